'use strict'

const binding = require('../addon/load-binding')
const { asciiAddress } = require('./ascii-address')
const { lazyResponse } = require('./lazy-response')
const { TextToGzip } = require('./text-to-gzip')

/**
 * @typedef {import('../addon/binding').ClientRequestNews} ClientRequestNews
 * @typedef {{ proxy?: string, certificateFile?: string, certificateDirectories?: string, extraCertificates?: string }} Route
 *   how a server is reached, and whom to trust
 */

/** Statuses of answers that have no body; `Response` refuses one. */
const BODILESS = [204, 205, 304]

/** As of Node's `fetch`, but for the URL, which may hold a token. */
const INVALID_URL = { text: 'Invalid URL', code: 'ERR_INVALID_URL' }

/** Answers that were dropped without being read. What is left of them is not to be received any more. */
const dropped = new FinalizationRegistry((/** @type {import('../addon/binding').ClientRequest} */ request) =>
  request.abort()
)

/** The native transport has no answer, which another may have. */
class UnreadableAnswer extends Error {}

/**
 * Whether the native transport makes such a request. posthog-node makes no others, but `fetch` is a method that everybody may
 * call.
 *
 * @param {unknown} url
 * @param {any} options
 */
function isPlainRequest(url, options) {
  if (typeof url !== 'string' || typeof options !== 'object' || options === null) {
    return false
  }
  for (const name in options) {
    if (name !== 'method' && name !== 'headers' && name !== 'body' && name !== 'signal') {
      return false
    }
  }
  const { method, headers, body, signal } = options
  const hasBody = typeof body === 'string' || body instanceof Uint8Array || body instanceof TextToGzip
  return (
    (method === 'GET'
      ? body === undefined
      : hasBody && (method === 'POST' || method === 'PUT' || method === 'PATCH')) &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.getPrototypeOf(headers) === Object.prototype &&
    (signal === undefined || signal instanceof AbortSignal) &&
    typeof globalThis.Response === 'function'
  )
}

/** The URL that was asked last, and its address; a client has few, and asks mostly the same. */
let last = { url: '', address: /** @type {string | undefined} */ (undefined) }

/**
 * How a URL is given to the addon.
 *
 * @param {string} url
 * @returns {string | undefined} nothing if it is none
 */
function addressOf(url) {
  if (last.url !== url) {
    last = { url, address: URL.canParse(url) ? asciiAddress(url) : undefined }
  }
  return last.address
}

/**
 * Makes a request as `fetch` does, on the background thread. Keeps the process alive until it is over.
 *
 * @param {string} url
 * @param {{ method: string, headers: Record<string, string>, body?: string | Uint8Array | TextToGzip, signal?: AbortSignal }} options a plain request
 * @param {Route} route
 * @param {number} maxBodyBytes
 * @returns {Promise<Response>} rejected as by `fetch`, or with an {@link UnreadableAnswer}
 */
function nativeFetch(url, options, route, maxBodyBytes) {
  const { method, signal } = options
  const gzip = options.body instanceof TextToGzip
  const body = options.body instanceof TextToGzip ? options.body.text : options.body
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      return reject(signal.reason)
    }
    const address = addressOf(url)
    if (address === undefined) {
      return reject(new TypeError('Failed to parse the URL of a request', { cause: causeOf(INVALID_URL) }))
    }
    const headers = []
    for (const name in options.headers) {
      headers.push(name, String(options.headers[name]))
    }
    if (typeof body === 'string' && !gzip && !headers.some((name, index) => index % 2 === 0 && isContentType(name))) {
      headers.push('Content-Type', 'text/plain;charset=UTF-8')
    }
    const request = new binding.ClientRequest(
      { method, url: address, headers, gzip, maxBodyBytes, ...route },
      body,
      receive
    )
    /** @type {BodySource | undefined} of an answer whose body is still to come */
    let source
    const abort = () => {
      request.abort()
      reject(signal?.reason)
      source?.fail(signal?.reason)
    }
    const settle = () => signal?.removeEventListener('abort', abort)
    signal?.addEventListener('abort', abort)

    /** @param {ClientRequestNews} news */
    function receive(news) {
      if (news.kind === 'head' && news.body === undefined) {
        source = new BodySource(request, settle)
        const response = createResponse(news, source.stream, url)
        dropped.register(response, request)
        return resolve(response)
      }
      settle()
      if (news.kind === 'head') {
        resolve(answerOf(news, url))
      } else if (news.kind === 'body') {
        source?.end(news.body)
      } else if (source !== undefined) {
        source.fail(new TypeError('terminated', { cause: causeOf(news) }))
      } else {
        reject(
          news.isUnreadable ? new UnreadableAnswer(news.text) : new TypeError('fetch failed', { cause: causeOf(news) })
        )
      }
    }
  })
}

/** @param {string} name */
function isContentType(name) {
  return name.length === 12 && name.toLowerCase() === 'content-type'
}

/** @param {{ text?: string, code?: string }} news */
function causeOf({ text, code }) {
  const error = new Error(text)
  return code === undefined ? error : Object.assign(error, { code })
}

/**
 * The answer whose body has come with its head.
 *
 * @param {ClientRequestNews} news
 * @param {string} url
 */
function answerOf(news, url) {
  const { status = 0, body } = news
  const create = () => createResponse(news, body, url)
  return BODILESS.includes(status) ? create() : lazyResponse(status, create)
}

/**
 * A genuine answer: what a program can do with one of `fetch`, it can do with this.
 *
 * @param {ClientRequestNews} head
 * @param {Uint8Array | ReadableStream | undefined} body
 * @param {string} url
 */
function createResponse({ status = 0, statusText, headers = [], redirectedTo }, body, url) {
  const pairs = []
  for (let index = 0; index < headers.length; index += 2) {
    pairs.push([headers[index], headers[index + 1]])
  }
  const isKnown = status >= 200 && status <= 599
  const response = new Response(BODILESS.includes(status) ? null : body, {
    status: isKnown ? status : 200,
    statusText,
    headers: /** @type {[string, string][]} */ (pairs),
  })
  if (!isKnown) {
    Object.defineProperties(response, { status: { value: status }, ok: { value: false } })
  }
  return Object.defineProperties(response, {
    url: { value: redirectedTo ?? url },
    redirected: { value: redirectedTo !== undefined },
    type: { value: 'basic' },
  })
}

/** The body of an answer that comes later than its head, whole. */
class BodySource {
  /**
   * @param {import('../addon/binding').ClientRequest} request
   * @param {() => void} settle is called when nothing more will come
   */
  constructor(request, settle) {
    /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} nothing once it is over */
    this._controller = undefined
    /** @type {() => void} */
    this._finish = () => {}
    // Loaded by `Response` already, and missing among the globals of some sandboxes.
    const { ReadableStream } = require('node:stream/web')
    const finished = new Promise((resolve) => (this._finish = () => resolve(undefined)))
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this._controller = controller
        },
        pull: () => {
          request.read()
          return finished
        },
        cancel: () => {
          this._controller = undefined
          request.abort()
          settle()
        },
      },
      { highWaterMark: 0 }
    )
  }

  /** @param {Uint8Array} [bytes] */
  end(bytes) {
    if (bytes !== undefined && bytes.length > 0) {
      this._controller?.enqueue(bytes)
    }
    this._controller?.close()
    this._controller = undefined
    this._finish()
  }

  /** @param {unknown} reason */
  fail(reason) {
    this._controller?.error(reason)
    this._controller = undefined
    this._finish()
  }
}

module.exports = { UnreadableAnswer, isPlainRequest, nativeFetch }
