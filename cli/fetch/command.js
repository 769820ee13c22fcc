'use strict'

const { randomUUID } = require('node:crypto')
const { renameSync, rmSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const { createRedactor } = require('../../lib/errors/redact.js')
const { name } = require('../../package.json')
const { messageOf } = require('../definitions/file.js')
const { explainAnswer } = require('../doctor/answers.js')
const { NativeRequests, requestByFetch } = require('../doctor/definitions-request.js')
const { KEYS_HELP, PROJECT_KEY_NAMES, SECRET_KEY_NAMES, findMixup, readKeys } = require('../doctor/keys.js')
const { isAddonUsable, targetOf } = require('../doctor/server.js')
const { printLine } = require('../printable.js')
const { parse, refuseMore, wholeNumber } = require('../usage.js')

const HELP = `Usage: ${name} fetch [options]

Asks PostHog for the flag definitions of a project and writes them unchanged, for native.bootstrap or a LocalEvaluator.
This counts as one billable request.

${KEYS_HELP}

Options:
  --output FILE       write to this file, as a whole. If there is a problem, an older file stays unchanged.
                      Without this option, the definitions go to standard output.
  --timeout MS        the limit on the request (10000)
  --help              print this

Exit codes: 0 written, 1 they could not be loaded or written, 2 the command was used wrongly.
`

/**
 * @param {string[]} argv
 * @param {import('../terminal.js').Io} io
 * @returns {Promise<number>}
 */
async function fetchDefinitions(argv, io) {
  const { values, positionals } = parse({
    args: argv,
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      timeout: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return 0
  }
  refuseMore(positionals, 0)
  const timeoutMs = wholeNumber('timeout', values.timeout, { most: 2 ** 31 - 1, otherwise: 10_000 })
  const keys = readKeys(io.env)
  const redact = createRedactor([keys.projectKey?.value, keys.secretKey?.value])
  const say = (/** @type {string} */ line) => printLine(io.stderr, redact(line))
  try {
    const answer = await request(keys, timeoutMs)
    if (answer.document === undefined || answer.text === undefined) {
      const { message, remedy } = explainAnswer(answer)
      throw problem(`${keys.host} ${message}`, remedy)
    }
    const { text } = answer
    const written = `${answer.document.flags.length} flags, ${Buffer.byteLength(text)} bytes`
    if (values.output === undefined) {
      io.stdout.write(text)
      say(written)
    } else {
      write(path.resolve(io.cwd, values.output), text)
      say(`${written}, written to ${values.output}`)
    }
    return 0
  } catch (error) {
    say(`problem: ${messageOf(error)}`)
    const remedy = /** @type {any} */ (error)?.remedy
    if (remedy !== undefined) {
      say(`→ ${remedy}`)
    }
    return 1
  }
}

/**
 * One request as a client makes it, or by Node's `fetch` where the addon does not load or gets no answer.
 *
 * @param {import('../doctor/keys.js').Keys} keys
 * @param {number} timeoutMs
 */
async function request(keys, timeoutMs) {
  const { projectKey, secretKey } = keys
  if (projectKey === undefined || secretKey === undefined) {
    const missing = [
      ...(projectKey === undefined ? [`the project API key in ${PROJECT_KEY_NAMES[0]}`] : []),
      ...(secretKey === undefined ? [`the secret key in ${SECRET_KEY_NAMES[0]}`] : []),
    ]
    throw problem('there are no keys to ask with', `set ${missing.join(' and ')} in the environment`)
  }
  const mixup = findMixup(keys)
  if (mixup !== undefined) {
    throw problem(mixup, 'swap them')
  }
  const target = targetOf(keys.host, projectKey.value, secretKey.value, timeoutMs)
  if (target instanceof Error) {
    throw problem(messageOf(target), 'check the keys and the host')
  }
  if (!isAddonUsable()) {
    return requestByFetch(target)
  }
  const requests = new NativeRequests(target)
  try {
    const answer = await requests.send()
    if (answer.status !== undefined) {
      return answer
    }
    const second = await requestByFetch(target)
    return second.status === undefined ? answer : second
  } finally {
    await requests.close()
  }
}

/**
 * @param {string} message
 * @param {string} [remedy]
 */
function problem(message, remedy) {
  return Object.assign(new Error(message), { remedy })
}

/**
 * Writes a file at once: whoever reads it meanwhile sees the old text or the new one.
 *
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

module.exports = { fetchDefinitions }
