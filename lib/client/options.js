'use strict'

/**
 * @typedef {object} NativeSettings the `native` options with their defaults
 * @property {number} providerTimeoutMs
 * @property {number} pollingJitter
 * @property {boolean} keepAlive
 * @property {'native' | 'fetch' | undefined} transport
 * @property {number} maxDocumentBytes
 * @property {'native' | 'javascript' | 'auto'} engine
 */

/** The longest time a timer takes. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** As many characters has the longest text of V8, and a document is handed to a cache provider as text. */
const MOST_DOCUMENT_BYTES = 2 ** 29 - 24

/** @type {Record<string, { expected: string, accepts: (value: any) => boolean, most?: number, default: unknown }>} */
const OPTIONS = {
  providerTimeoutMs: {
    expected: 'a positive number of milliseconds',
    accepts: (value) => Number.isFinite(value) && value > 0,
    default: 10_000,
  },
  pollingJitter: {
    expected: 'a fraction of the polling interval from 0 to 1',
    accepts: (value) => Number.isFinite(value) && value >= 0 && value <= 1,
    default: 0.1,
  },
  keepAlive: { expected: 'true or false', accepts: (value) => typeof value === 'boolean', default: true },
  transport: {
    expected: "'native' or 'fetch'",
    accepts: (value) => value === 'native' || value === 'fetch',
    default: undefined,
  },
  maxDocumentBytes: {
    expected: 'a positive whole number of bytes',
    accepts: (value) => Number.isSafeInteger(value) && value > 0,
    most: MOST_DOCUMENT_BYTES,
    default: 256 * 1024 * 1024,
  },
  engine: {
    expected: "'native', 'javascript' or 'auto'",
    accepts: (value) => value === 'native' || value === 'javascript' || value === 'auto',
    default: 'auto',
  },
}

/**
 * The settings in the option `native` of a client. Options that are `undefined` take their defaults.
 *
 * @param {unknown} native
 * @returns {NativeSettings}
 * @throws {TypeError} if an option is unknown or of the wrong kind
 */
function readNativeOptions(native) {
  if (native !== undefined && (typeof native !== 'object' || native === null || Array.isArray(native))) {
    throw new TypeError(`Expected native to be an object of options but received ${describeValue(native)}`)
  }
  const given = /** @type {Record<string, unknown>} */ (native ?? {})
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      const known = Object.keys(OPTIONS).join(', ')
      throw new TypeError(`Expected native to hold only the options ${known} but received '${name}'`)
    }
  }
  const settings = Object.entries(OPTIONS).map(([name, option]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    const expected = value === undefined ? undefined : expectedInPlaceOf(value, option)
    if (expected !== undefined) {
      throw new TypeError(`Expected native.${name} to be ${expected} but received ${describeValue(value)}`)
    }
    return [name, value ?? option.default]
  })
  const all = Object.fromEntries(settings)
  return { ...all, providerTimeoutMs: Math.min(all.providerTimeoutMs, LONGEST_TIMEOUT_MS) }
}

/**
 * @param {any} value
 * @param {typeof OPTIONS[string]} option
 * @returns {string | undefined} nothing if the value is as it should be
 */
function expectedInPlaceOf(value, { expected, accepts, most = Infinity }) {
  if (!accepts(value)) {
    return expected
  }
  return value > most ? `at most ${most}, the length of the longest text in Node,` : undefined
}

/** @param {unknown} value */
function describeValue(value) {
  if (value === null) {
    return 'null'
  }
  switch (typeof value) {
    case 'string':
      return `'${value}' of type string`
    case 'object':
      return Array.isArray(value) ? 'an array' : 'an object'
    case 'function':
      return 'a function'
    default:
      return `${String(value)} of type ${typeof value}`
  }
}

module.exports = { readNativeOptions }
