'use strict'

const { isNativeError } = require('node:util').types

const { describeError } = require('../errors/describe-error')
const { piecesOfObject, piecesOfText } = require('../document/document-pieces')

/**
 * @typedef {import('../document/document-pieces').DocumentPieces} DocumentPieces
 * @typedef {{ status: number, etag?: string, retryAfter?: string, body?: DocumentPieces }} DefinitionsResponse
 */

/** Makes the poller's requests through a `fetch` function: the user's own, or the process's. */
class FetchTransport {
  /**
   * @param {((url: string, options: any) => Promise<any>) | undefined} fetch
   * @param {import('node:async_hooks').AsyncResource} scope the context to call it in
   * @param {number} maxBytes the largest body that is read
   * @param {boolean} [isWhole] whether definitions that are objects are taken with all their fields
   */
  constructor(fetch, scope, maxBytes, isWhole = false) {
    this._fetch = fetch
    this._scope = scope
    this._maxBytes = maxBytes
    this._isWhole = isWhole
    /** @type {AbortController | undefined} */
    this._controller = undefined
  }

  /**
   * Does not throw. Aborts a request that is still under way.
   *
   * @param {string} url
   * @param {Record<string, string>} headers
   * @returns {Promise<{ value: DefinitionsResponse } | { error: string }>}
   */
  async request(url, headers) {
    this.abort()
    const controller = new AbortController()
    this._controller = controller
    try {
      const options = { method: 'GET', headers, signal: controller.signal }
      return { value: await this._scope.runInAsyncScope(() => this._exchange(url, options)) }
    } catch (error) {
      return { error: describeFailure(error) }
    } finally {
      if (this._controller === controller) {
        this._controller = undefined
      }
    }
  }

  abort() {
    this._controller?.abort()
    this._controller = undefined
  }

  /**
   * @param {string} url
   * @param {any} options
   * @returns {Promise<DefinitionsResponse>}
   */
  async _exchange(url, options) {
    // Looked up now, so that a patched `globalThis.fetch` counts; called without a receiver as posthog-node does.
    const fetch = this._fetch ?? globalThis.fetch
    const response = await fetch(url, options)
    const { status } = response
    const etag = headerText(response, 'ETag')
    if (status !== 200) {
      discardBody(response)
      return { status, etag, retryAfter: headerText(response, 'Retry-After') }
    }
    return { status, etag, body: await readBody(response, this._maxBytes, this._isWhole) }
  }
}

/**
 * Whether this is a `Response` of the process. A sandbox, such as that of a test runner, may have none.
 *
 * @param {any} response
 * @returns {response is Response}
 */
function isResponse(response) {
  const { Response } = globalThis
  return typeof Response === 'function' && response instanceof Response
}

/**
 * A header of a response. In an object that stands in for a response it may be a number, for example.
 *
 * @param {any} response
 * @param {string} name
 */
function headerText(response, name) {
  const value = response.headers?.get(name)
  return value ? String(value) : undefined
}

/**
 * Cancels a body that nobody will read. It would otherwise hold its connection until the response is collected.
 *
 * @param {any} response
 */
function discardBody(response) {
  if (isResponse(response)) {
    response.body?.cancel().catch(() => {})
  }
}

/**
 * Describes an error of Node's `fetch`, whose message only says that it failed. The reason is in its cause.
 *
 * @param {any} error
 */
function describeFailure(error) {
  // The error may be of another realm: a test runner's sandbox has other classes than the process's `fetch`.
  const cause = isNativeError(error) ? /** @type {any} */ (error).cause : undefined
  const text = cause === undefined ? describeError(error) : `${describeError(error)}: ${describeError(cause)}`
  // OpenSSL ends its errors with a line break.
  return text.trim()
}

/**
 * The JSON text of a response. Anything but a genuine `Response` is only asked for `json()`, as posthog-node does: the
 * other methods of a stand-in may be missing or unlike.
 *
 * @param {any} response
 * @param {number} maxBytes
 * @param {boolean} isWhole
 * @returns {Promise<DocumentPieces>}
 */
async function readBody(response, maxBytes, isWhole) {
  if (isResponse(response) && response.json === globalThis.Response.prototype.json) {
    return readBytes(response, maxBytes)
  }
  const document = await response.json()
  return Array.isArray(document?.flags)
    ? piecesOfObject(document, true, isWhole)
    : piecesOfText(jsonText(document) ?? 'null')
}

/**
 * The body of a response that holds no definitions, to be quoted in an `error` event.
 *
 * @param {unknown} value
 */
function jsonText(value) {
  try {
    return JSON.stringify(value)
  } catch (error) {
    return JSON.stringify(`[${describeError(error)}]`)
  }
}

/**
 * The bytes of a body, or the first of them: one byte beyond the limit, by which the poller knows it as too large.
 *
 * @param {Response} response
 * @param {number} maxBytes
 */
async function readBytes({ body }, maxBytes) {
  const pieces = []
  let length = 0
  // Leaving the loop early cancels the rest of the body.
  for await (const piece of body ?? []) {
    pieces.push(piece.length > maxBytes - length ? piece.subarray(0, maxBytes + 1 - length) : piece)
    length += piece.length
    if (length > maxBytes) {
      break
    }
  }
  return pieces
}

module.exports = { FetchTransport }
