'use strict'

const { parseArgs } = require('node:util')

const { mismatch } = require('../lib/errors/mismatch.js')
const { readSemantics } = require('../lib/evaluation/semantics.js')

/** The command was used wrongly. The exit code is 2. */
class UsageError extends Error {}

/**
 * @param {string} expected
 * @param {string} received
 */
function misused(expected, received) {
  return new UsageError(mismatch(expected, received))
}

/**
 * `parseArgs` whose complaints are a {@link UsageError}.
 *
 * @template {import('node:util').ParseArgsConfig} T
 * @param {T} config
 * @returns {ReturnType<typeof parseArgs<T>>}
 */
function parse(config) {
  try {
    return parseArgs(config)
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error)
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'([^']*)'/.exec(message)?.[1] : undefined
    if (unknown !== undefined) {
      const known = Object.keys(config.options ?? {}).map((name) => `--${name}`)
      throw misused(`an option of ${known.join(', ')}`, `'${unknown}'`)
    }
    throw new UsageError(message.replaceAll('\n', ' '))
  }
}

/**
 * @param {string} name of the option
 * @param {string | undefined} text
 * @param {{ least?: number, most?: number, otherwise: number }} limits
 * @returns {number}
 */
function wholeNumber(name, text, { least = 1, most = Number.MAX_SAFE_INTEGER, otherwise }) {
  if (text === undefined) {
    return otherwise
  }
  const number = Number(text)
  if (text.trim() === '' || !Number.isInteger(number) || number < least || number > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw misused(`--${name} to be a whole number ${range}`, `'${text}'`)
  }
  return number
}

/**
 * The project's time zone.
 *
 * @param {string | undefined} timezone
 * @throws {UsageError} if there is no such zone
 */
function readTimezone(timezone) {
  try {
    return readSemantics({ semantics: 'server', timezone }, '--').timezone
  } catch (/** @type {any} */ error) {
    throw new UsageError(error.message.replace('Expected', 'expected'))
  }
}

/**
 * @param {string[]} positionals
 * @param {number} most
 */
function refuseMore(positionals, most) {
  if (positionals.length > most) {
    throw misused(most === 0 ? 'options only' : 'one file', `'${positionals[most]}' too`)
  }
}

module.exports = { UsageError, misused, parse, readTimezone, refuseMore, wholeNumber }
