'use strict'

/**
 * Definitions that are given rather than loaded, for tests of programs. Our poller takes them as they are, see
 * `fixed-loader.js`; to posthog-node's own it is a cache that somebody else fills.
 */
class FixedDefinitions {
  /** @param {any} document an object, JSON text, or that text as bytes */
  constructor(document) {
    this.document = document
  }

  getFlagDefinitions() {
    const { document } = this
    if (typeof document === 'string') {
      return JSON.parse(document)
    }
    return ArrayBuffer.isView(document) ? JSON.parse(new TextDecoder().decode(/** @type {any} */ (document))) : document
  }

  shouldFetchFlagDefinitions() {
    return false
  }

  onFlagDefinitionsReceived() {}

  shutdown() {}
}

module.exports = { FixedDefinitions }
