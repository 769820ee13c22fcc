'use strict'

const { loadBinding } = require('../addon/load-binding')
const { environmentProxy } = require('./environment-proxy')
const { environmentTrust } = require('./environment-trust')
const { UnreadableAnswer, isPlainRequest, nativeFetch } = require('./native-fetch')
const { reasonForFetch } = require('./node-fetch')
const { TextToGzip } = require('./text-to-gzip')

/**
 * After the native transport could not speak with a server, `fetch` makes so many requests before it is tried again, and twice as
 * many each time that it cannot again: a server may have taken the events of a request whose answer cannot be read.
 */
const REQUESTS_UNTIL_NATIVE = 100

/** Decides for each request of a client who carries it, Rust or `fetch`, and has it carried. */
class Carrier {
  /**
   * @param {object} options
   * @param {import('../client/options').NativeSettings} options.native
   * @param {() => unknown} options.ownFetch the user's `fetch`, if there is one at the time
   * @param {(line: string) => void} options.trace takes debug lines
   */
  constructor({ native, ownFetch, trace }) {
    this._native = native
    this._ownFetch = ownFetch
    this._trace = trace
    /** @type {string | undefined} what was told last of who carries requests */
    this._told = undefined
    this._requestsUntilNative = 0
    this._nextPause = REQUESTS_UNTIL_NATIVE
  }

  /**
   * Why `fetch` carries a request that is made now; `undefined` if Rust does.
   *
   * @returns {string | undefined}
   */
  reasonForFetch() {
    const { transport } = this._native
    if (transport === 'fetch') {
      return "native.transport is 'fetch'"
    }
    if (transport === 'auto') {
      const reason = this._ownFetch() ? 'the option fetch is given' : reasonForFetch()
      if (reason !== undefined) {
        return reason
      }
      if (this._requestsUntilNative > 0) {
        return 'the native transport cannot speak with the server'
      }
    }
    return isAddonLoadable() ? undefined : 'the addon cannot be loaded'
  }

  /**
   * @param {any} url
   * @param {any} options
   * @param {(url: any, options: any) => any} fetch posthog-node's own way, which is called at once if it is
   */
  fetch(url, options, fetch) {
    const reason = this.reasonForFetch()
    this._tell(reason)
    if (reason !== undefined || !isPlainRequest(url, options)) {
      this._requestsUntilNative = Math.max(this._requestsUntilNative - 1, 0)
      return fetchGzipped(url, options, fetch)
    }
    const route = { proxy: environmentProxy(url), ...environmentTrust() }
    const answer = nativeFetch(url, options, route, this._native.maxDocumentBytes)
    const succeed = (/** @type {Response} */ response) => {
      this._nextPause = REQUESTS_UNTIL_NATIVE
      return response
    }
    return answer.then(succeed, (error) => {
      if (!(error instanceof UnreadableAnswer)) {
        throw error
      }
      if (this._native.transport === 'native') {
        throw new TypeError('fetch failed', { cause: new Error(error.message) })
      }
      if (this._requestsUntilNative === 0) {
        this._requestsUntilNative = this._nextPause
        this._nextPause *= 2
      }
      this._tell(`the native transport failed: ${error.message}`)
      return fetchGzipped(url, options, fetch)
    })
  }

  /**
   * What is sent of a text. Where Rust carries the request, it is compressed there.
   *
   * @param {string} text
   * @param {(text: string) => any} compress posthog-node's own way
   */
  compress(text, compress) {
    if (typeof text !== 'string' || this.reasonForFetch() !== undefined) {
      return compress(text)
    }
    return new TextToGzip(text)
  }

  /** The next request says again who carries it. */
  forgetTold() {
    this._told = undefined
  }

  /** @param {string | undefined} reason */
  _tell(reason) {
    const line = reason === undefined ? 'Requests are carried by Rust' : `Requests are carried by fetch: ${reason}`
    if (line !== this._told) {
      this._told = line
      this._trace(line)
    }
  }
}

/**
 * @param {any} url
 * @param {any} options
 * @param {(url: any, options: any) => any} fetch
 */
function fetchGzipped(url, options, fetch) {
  const body = options?.body
  return body instanceof TextToGzip
    ? body.gzip().then((bytes) => fetch(url, { ...options, body: bytes }))
    : fetch(url, options)
}

function isAddonLoadable() {
  try {
    loadBinding()
    return true
  } catch {
    return false
  }
}

module.exports = { Carrier }
