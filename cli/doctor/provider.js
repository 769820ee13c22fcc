'use strict'

const { isDeepStrictEqual } = require('node:util')

const { piecesOf } = require('../../lib/document/document-pieces.js')
const { messageOf, toDocument } = require('../definitions/file.js')
const { ok, problem, skipped, warning } = require('./check.js')
const { METHODS, loadProvider } = require('./provider-module.js')
const { name } = require('../../package.json')

/**
 * @typedef {import('./check.js').Check} Check
 * @typedef {import('../definitions/file.js').Document} Document
 *
 * @typedef {object} ProviderOptions
 * @property {string} file
 * @property {string} cwd
 * @property {boolean} write go through all that a client that leads does, instead of reading alone
 * @property {Document} [document] what to write: the server's
 * @property {number} timeoutMs
 */

/** The limit on a module that waits for a connection, say, before it exports anything. */
const LOAD_MS = 30_000

/**
 * Calls a cache provider as a client would. Unless told to write, it only reads: asking whether to fetch takes the lock
 * that processes share, and `shutdown` may release another's, so neither is done to a cache that is in use.
 *
 * @param {ProviderOptions} options
 * @returns {Promise<{ checks: Check[], document?: Document }>}
 */
async function checkProvider({ file, cwd, write, document, timeoutMs }) {
  let provider
  try {
    provider = await within(LOAD_MS, 'the module', () => loadProvider(file, cwd))
  } catch (error) {
    const remedy = remedyFor(file, error)
    return { checks: [problem('provider', `${file} does not export a provider: ${messageOf(error)}`, { remedy })] }
  }
  const missing = METHODS.filter((method) => typeof provider[method] !== 'function')
  if (missing.length > 0) {
    return {
      checks: [
        problem('provider', `the provider has no ${missing.join(', no ')}`, { remedy: 'add the missing methods' }),
      ],
    }
  }
  const calls = new ProviderCalls(provider, timeoutMs)
  const read = await checkReading(calls)
  if (!write || read.check.status === 'problem') {
    const note = 'without --provider-write nothing was written, no lock was asked for and shutdown was not called'
    return { checks: [read.check, ...(write ? [] : [skipped('provider-write', note)])], document: read.document }
  }
  return { checks: [read.check, await checkWriting(calls, document ?? read.document)], document: read.document }
}

/**
 * What can be done about a module that cannot be loaded.
 *
 * @param {string} file
 * @param {unknown} error
 */
function remedyFor(file, error) {
  const { code } = Object(error)
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' || (/\.[cm]?tsx?$/.test(file) && error instanceof SyntaxError)) {
    return `let tsx load TypeScript: npm install tsx, then NODE_OPTIONS="--import tsx" npx ${name} doctor --provider ${file}`
  }
  return (
    'export the provider by default. Where its class needs arguments, write a module that makes one: ' +
    "export default () => new RedisFlagCache(new Redis(process.env.REDIS_URL), 'shop')"
  )
}

/** @param {ProviderCalls} calls */
async function checkReading(calls) {
  try {
    const { value, ms } = await calls.make('getFlagDefinitions')
    if (!value) {
      return {
        check: warning('provider', `getFlagDefinitions found nothing, in ${ms} ms`, {
          remedy: 'a cache is empty until a leader has stored definitions',
          data: { found: false, ms },
        }),
      }
    }
    const { document, bytes } = parse(value)
    const form = typeof value === 'string' ? 'text' : value instanceof Uint8Array ? 'bytes' : 'an object'
    const data = { found: true, ms, form, bytes, flags: document.flags.length }
    const message = `getFlagDefinitions returned ${form} with ${data.flags} flags, ${kilobytes(bytes)}, in ${ms} ms`
    return { check: ok('provider', message, { data }), document }
  } catch (error) {
    return {
      check: problem('provider', messageOf(error), {
        remedy:
          'check the store of the provider: does it run, and does it hold what a client stored? Meanwhile clients ' +
          'evaluate with the definitions that they have',
      }),
    }
  }
}

/**
 * @param {ProviderCalls} calls
 * @param {Document} [document]
 * @returns {Promise<Check>}
 */
async function checkWriting(calls, document) {
  try {
    const decision = await calls.make('shouldFetchFlagDefinitions')
    if (!decision.value) {
      return await ended(calls, () =>
        skipped('provider-write', 'shouldFetchFlagDefinitions says no: another process leads, so nothing was written', {
          remedy: 'run this again when no client runs, or use another key for this provider',
          data: { leads: false },
        })
      )
    }
    if (document === undefined) {
      return await ended(calls, () =>
        skipped('provider-write', 'nothing was written: the cache is empty and no definitions were loaded', {
          remedy: 'set the keys in the environment, so that there are definitions of the server to write',
          data: { leads: true },
        })
      )
    }
    const written = document
    const stored = await calls.make('onFlagDefinitionsReceived', structuredClone(written))
    const { value, ms } = await calls.make('getFlagDefinitions')
    return await ended(calls, () =>
      compare(written, value, { decisionMs: decision.ms, storeMs: stored.ms, readMs: ms })
    )
  } catch (error) {
    return problem('provider-write', messageOf(error), { remedy: 'clients report this as an error event' })
  }
}

/**
 * @param {Document} written
 * @param {any} value
 * @param {{ decisionMs: number, storeMs: number, readMs: number }} times
 */
function compare(written, value, times) {
  if (!value) {
    return problem('provider-write', 'getFlagDefinitions found nothing after definitions were stored', { data: times })
  }
  const { document } = parse(value)
  const fields = ['flags', 'cohorts', 'group_type_mapping', 'property_matching_version', 'minimal_flag_called_events']
  const changed = fields.filter((field) => !isDeepStrictEqual(plain(written[field]), plain(document[field])))
  if (changed.length > 0) {
    return problem('provider-write', `the provider returned other ${changed.join(', ')} than it was given`, {
      remedy: 'store the document unchanged, for instance JSON.stringify(data)',
      data: { ...times, changed },
    })
  }
  const { decisionMs, storeMs, readMs } = times
  return ok(
    'provider-write',
    `the same definitions came back: shouldFetch ${decisionMs} ms, store ${storeMs} ms, read ${readMs} ms`,
    { data: { leads: true, ...times } }
  )
}

/**
 * The last call that a provider gets.
 *
 * @param {ProviderCalls} calls
 * @param {() => Check} check
 */
async function ended(calls, check) {
  const result = check()
  const { ms } = await calls.make('shutdown')
  return { ...result, data: { ...result.data, shutdownMs: ms } }
}

/** Calls methods on the user's own object, each within the limit of a client. */
class ProviderCalls {
  /**
   * @param {any} provider
   * @param {number} timeoutMs
   */
  constructor(provider, timeoutMs) {
    this._provider = provider
    this._timeoutMs = timeoutMs
  }

  /**
   * @param {string} method
   * @param {...unknown} args
   * @returns {Promise<{ value: any, ms: number }>}
   */
  async make(method, ...args) {
    const startedAt = performance.now()
    try {
      const value = await within(this._timeoutMs, method, async () => this._provider[method](...args))
      return { value, ms: Math.round(performance.now() - startedAt) }
    } catch (error) {
      throw new Error(`${method} failed: ${messageOf(error)}`, { cause: error })
    }
  }
}

/**
 * @template T
 * @param {number} timeoutMs
 * @param {string} what
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
async function within(timeoutMs, what, call) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([call(), /** @type {Promise<never>} */ (limit)])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * What a client reads of a provider's value, with the fields that posthog-node's semantics do not look at.
 *
 * @param {any} value
 */
function parse(value) {
  const decoder = new TextDecoder()
  const pieces = [...piecesOf(value, true)].map((piece) => (typeof piece === 'string' ? piece : decoder.decode(piece)))
  const text = pieces.join('')
  try {
    return { document: toDocument(JSON.parse(text.replace(/^\uFEFF/, ''))), bytes: Buffer.byteLength(text) }
  } catch (error) {
    throw new Error(`getFlagDefinitions returned no flag definitions: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * A copy of a value as JSON writes it; `null` if there is no value.
 *
 * @param {any} value
 */
function plain(value) {
  return value === undefined ? null : JSON.parse(JSON.stringify(value))
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} KB`
}

module.exports = { checkProvider }
