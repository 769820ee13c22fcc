'use strict'

const path = require('node:path')
const { isUint8Array } = require('node:util').types

const { describeValue, mismatch, wrongArgument } = require('../errors/mismatch.js')
const { SEMANTIC_OPTIONS, readSemantics } = require('../evaluation/semantics.js')

/**
 * @typedef {object} NativeSettings the `native` options with their defaults
 * @property {number} providerTimeoutMs
 * @property {number} pollingJitter
 * @property {boolean} keepAlive
 * @property {'native' | 'fetch' | 'auto'} transport
 * @property {number} maxDocumentBytes
 * @property {'native' | 'javascript' | 'auto'} engine
 * @property {string | undefined} file where all processes of the machine share definitions
 * @property {boolean} shared whether clients of the process share definitions
 * @property {number | undefined} idleAfterMs after which polling rests
 * @property {boolean} reasons whether results and events tell PostHog's reason codes
 * @property {unknown} bootstrap definitions to start from, as an object, text or bytes
 * @property {import('../evaluation/semantics.js').Semantics['semantics']} semantics whose decisions the answers are
 * @property {string | undefined} timezone of the project, for the server's
 * @property {boolean} propertiesAreComplete what a call does not give is not there, for the server's
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
    expected: "'native', 'fetch' or 'auto'",
    accepts: (value) => value === 'native' || value === 'fetch' || value === 'auto',
    default: 'auto',
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
  file: {
    expected: 'the path of a file',
    accepts: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
    default: undefined,
  },
  shared: { expected: 'true or false', accepts: (value) => typeof value === 'boolean', default: false },
  idleAfterMs: {
    expected: 'a positive number of milliseconds',
    accepts: (value) => Number.isFinite(value) && value > 0,
    default: undefined,
  },
  reasons: { expected: 'true or false', accepts: (value) => typeof value === 'boolean', default: false },
  bootstrap: {
    expected: "flag definitions as an object with 'flags', JSON text or a Uint8Array",
    accepts: (value) => typeof value === 'string' || isUint8Array(value) || Array.isArray(value?.flags),
    default: undefined,
  },
}

/** Chooses the engine of all clients of a process, whatever their options say. */
const ENGINE_VARIABLE = 'POSTHOG_NATIVE_ENGINE'

/** @type {Set<string>} values of that variable that were warned about */
const warned = new Set()

/**
 * The settings in the option `native` of a client. Options that are `undefined` take their defaults.
 *
 * @param {unknown} native
 * @returns {NativeSettings}
 * @throws {TypeError} if an option is unknown or of the wrong kind
 */
function readNativeOptions(native) {
  if (native !== undefined && (typeof native !== 'object' || native === null || Array.isArray(native))) {
    throw wrongArgument('native to be an object of options', describeValue(native))
  }
  const given = /** @type {Record<string, unknown>} */ (native ?? {})
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(OPTIONS, name) && !Object.hasOwn(SEMANTIC_OPTIONS, name)) {
      const known = [...Object.keys(OPTIONS), ...Object.keys(SEMANTIC_OPTIONS)].join(', ')
      throw wrongArgument(`native to hold only the options ${known}`, `'${name}'`)
    }
  }
  const settings = Object.entries(OPTIONS).map(([name, option]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    const expected = value === undefined ? undefined : expectedInPlaceOf(value, option)
    if (expected !== undefined) {
      throw wrongArgument(`native.${name} to be ${expected}`, describeValue(value))
    }
    return [name, value ?? option.default]
  })
  const all = Object.fromEntries(settings)
  const semantics = readSemantics(Object.assign(Object.create(null), given), 'native.')
  if (semantics.semantics === 'server' && all.engine === 'javascript') {
    throw wrongArgument(
      "native.engine: 'native' or 'auto' with native.semantics: 'server'",
      "'javascript'",
      'posthog-node itself has no other semantics than its own'
    )
  }
  return {
    ...all,
    ...semantics,
    file: all.file === undefined ? undefined : path.resolve(all.file),
    providerTimeoutMs: Math.min(all.providerTimeoutMs, LONGEST_TIMEOUT_MS),
    engine: engineOfEnvironment() ?? all.engine,
  }
}

/**
 * What the environment says about the engine. A value that is none is warned about once: whoever operates a program must
 * not stop it by a typing error.
 *
 * @returns {NativeSettings['engine'] | undefined}
 */
function engineOfEnvironment() {
  const value = process.env[ENGINE_VARIABLE]
  if (value === undefined || value === '') {
    return undefined
  }
  if (OPTIONS.engine.accepts(value)) {
    return /** @type {NativeSettings['engine']} */ (value)
  }
  if (!warned.has(value)) {
    warned.add(value)
    console.warn(
      `[PostHog] ${mismatch(`${ENGINE_VARIABLE} to be ${OPTIONS.engine.expected}`, `'${value}'`)}; it is ignored.`
    )
  }
  return undefined
}

/**
 * @param {any} value
 * @param {typeof OPTIONS[string]} option
 * @returns {string | undefined} nothing if the value is as it should be
 */
function expectedInPlaceOf(value, { expected, accepts, most }) {
  if (!accepts(value)) {
    return expected
  }
  return most !== undefined && value > most ? `at most ${most}, the length of the longest text in Node,` : undefined
}

/** The options that do something only where Rust evaluates, and whose lack can be noticed. @type {(keyof NativeSettings)[]} */
const ONLY_NATIVE = ['bootstrap', 'file', 'shared', 'idleAfterMs', 'reasons']

/**
 * The options of a client that have no effect where posthog-node evaluates.
 *
 * @param {Partial<NativeSettings>} settings
 * @returns {string[]}
 */
function namesWithoutEffect(settings) {
  return ONLY_NATIVE.filter((name) => settings[name] !== undefined && settings[name] !== false).map(
    (name) => `native.${name}`
  )
}

/** @param {any} options */
function isOptionsObject(options) {
  return typeof options === 'object' && options !== null
}

/**
 * Whether a client with these options of posthog-node may evaluate flags locally, as far as can be told before it is made. Never
 * false where {@link wantsPoller} is true afterwards.
 *
 * @param {any} options
 */
function mayEvaluateLocally(options) {
  const hasSource =
    options?.secretKey || options?.personalApiKey || options?.flagDefinitionCacheProvider || hasOwnSource(options)
  return Boolean(hasSource) && options.enableLocalEvaluation !== false
}

/**
 * Whether the client has definitions that only this package can give it.
 *
 * @param {any} options
 */
function hasOwnSource(options) {
  return options?.native?.bootstrap !== undefined || options?.native?.file !== undefined
}

/**
 * Whether this client is to have a poller, as posthog-node would have made one. It keeps a `secretKey` as `personalApiKey`.
 *
 * @param {any} client
 */
function wantsPoller({ disabled, options }) {
  if (!isOptionsObject(options)) {
    // A mock of posthog-node, in somebody's tests.
    return false
  }
  const hasSource = options.personalApiKey || options.flagDefinitionCacheProvider || hasOwnSource(options)
  return Boolean(!disabled && hasSource && options.enableLocalEvaluation !== false)
}

module.exports = {
  hasOwnSource,
  isOptionsObject,
  mayEvaluateLocally,
  namesWithoutEffect,
  readNativeOptions,
  wantsPoller,
}
