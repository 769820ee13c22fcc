'use strict'

const { promisify } = require('node:util')

/** The body of a request, which is compressed by who carries the request. */
class TextToGzip {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }

  /** In bytes, before compression. posthog-node quotes it in errors, as it does for a `Blob`. */
  get size() {
    return Buffer.byteLength(this.text)
  }

  /**
   * For a request that `fetch` carries after all.
   *
   * @returns {Promise<Uint8Array>}
   */
  gzip() {
    return promisify(require('node:zlib').gzip)(this.text)
  }
}

module.exports = { TextToGzip }
