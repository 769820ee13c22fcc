'use strict'

const { toCacheData } = require('../../lib/loading/cache-provider.js')
const { DefinitionLoader } = require('../../lib/loading/definition-loader.js')
const { readNativeOptions } = require('../../lib/client/options.js')
const { messageOf, toDocument } = require('../definitions/file.js')

/**
 * @typedef {object} Target
 * @property {string} host
 * @property {string} projectKey
 * @property {string} secretKey
 * @property {number} timeoutMs
 * @property {Record<string, string>} headers
 * @property {string} [reasonForFetch] why a client would leave its requests to Node's `fetch` here
 *
 * @typedef {object} Answer what came of a request for definitions
 * @property {number} [status] of the response; nothing if none came
 * @property {string} [cause] why none came, or why the body cannot be used
 * @property {import('../definitions/file.js').Document} [document]
 * @property {string} [text] that document as it came
 * @property {string} [fallback] why Node's `fetch` brought it instead of the native transport
 * @property {number} ms
 */

/** Of posthog-node's errors, by the status they are raised for. @type {[RegExp, number][]} */
const REFUSALS = [
  [/key is invalid/, 401],
  [/does not have permission/, 403],
  [/rate limited/, 429],
]

/** Requests definitions as the client does: by its poller, over its transport. */
class NativeRequests {
  /** @param {Target} target */
  constructor({ host, projectKey, secretKey, timeoutMs, headers, reasonForFetch }) {
    /** @type {Omit<Answer, 'ms'>} */
    this._answer = {}
    /** Why Node's `fetch` makes the requests, once it does. @type {string | undefined} */
    this._fallback = undefined
    const options = {
      host,
      projectApiKey: projectKey,
      personalApiKey: secretKey,
      pollingInterval: null,
      requestTimeout: timeoutMs,
      customHeaders: headers,
      native: readNativeOptions({ pollingJitter: 0, transport: reasonForFetch === undefined ? 'auto' : 'fetch' }),
      // The poller keeps what it fetched for itself, and gives it to a provider alone.
      cacheProvider: {
        shouldFetchFlagDefinitions: () => true,
        getFlagDefinitions: () => undefined,
        onFlagDefinitionsReceived() {},
        onFlagDefinitionsTextReceived: (/** @type {string} */ text) =>
          this._set({ text, document: toCacheData(JSON.parse(text)) }),
        shutdown() {},
      },
    }
    this._loader = new DefinitionLoader(options, {
      newDefinitions: () => this._set({ status: 200 }),
      loaded() {},
      notModified: () => this._set({ status: 304 }),
      quotaExceeded: () => this._set({ status: 402 }),
      invalidBody: (_body, reason) => this._set({ status: 200, cause: reason }),
      clientError: (message) => this._fail(message),
      error: (message) => this._fail(message),
      fellBack: (cause) => {
        this._fallback = cause
      },
      trace: (line) => this._fail(line),
    })
  }

  /** A second request carries the `ETag` that the first was answered with. @returns {Promise<Answer>} */
  async send() {
    this._answer = {}
    const startedAt = performance.now()
    await this._loader.load(true)
    return { ...this._answer, fallback: this._fallback, ms: performance.now() - startedAt }
  }

  close() {
    return this._loader.stop(1000)
  }

  /** @param {Omit<Answer, 'ms'>} found */
  _set(found) {
    this._answer = { ...this._answer, ...found }
  }

  /** @param {string} text as the poller words it */
  _fail(text) {
    const cause = text
      .replace(/^Failed to load feature flags: /, '')
      .replace(/\. There are no definitions to use\.$/, '')
    const status = /^HTTP status (\d+)$/.exec(cause)?.[1] ?? REFUSALS.find(([words]) => words.test(text))?.[1]
    this._set(status === undefined ? { cause } : { status: Number(status) })
  }
}

/**
 * The same request by Node's `fetch`: where there is no addon, and for a second opinion.
 *
 * @param {Target} target
 * @returns {Promise<Answer>}
 */
async function requestByFetch({ host, projectKey, secretKey, timeoutMs, headers }) {
  const startedAt = performance.now()
  /** @returns {Promise<Omit<Answer, 'ms'>>} */
  const exchange = async () => {
    const response = await fetch(`${host}/flags/definitions?token=${encodeURIComponent(projectKey)}&send_cohorts`, {
      headers: { ...headers, Authorization: `Bearer ${secretKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const { status } = response
    if (status !== 200) {
      await response.body?.cancel()
      return { status }
    }
    // A body that breaks off does not count as an answer.
    const text = await response.text()
    try {
      return { status, text, document: toDocument(JSON.parse(text)) }
    } catch (error) {
      return { status, cause: messageOf(error) }
    }
  }
  try {
    return { ...(await exchange()), ms: performance.now() - startedAt }
  } catch (error) {
    return { cause: causeOf(error), ms: performance.now() - startedAt }
  }
}

/** An error of Node's `fetch` only says that it failed. The reason is in its cause. @param {any} error */
function causeOf(error) {
  if (error?.name === 'TimeoutError') {
    return 'the request timed out'
  }
  const cause = error?.cause
  return cause ? `${messageOf(error)}: ${cause.code ?? ''} ${messageOf(cause)}`.replace(/ +/g, ' ') : messageOf(error)
}

module.exports = { NativeRequests, requestByFetch }
