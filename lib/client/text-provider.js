'use strict'

const { bytesOf } = require('../document/document-pieces')

/**
 * A provider that returns text or bytes, as posthog-node's own poller takes it: methods are called on the user's object,
 * and text is parsed.
 */
class TextProvider {
  /** @param {any} provider */
  constructor(provider) {
    // Named as in posthog-node: V8 quotes this expression when a method is missing.
    this.cacheProvider = provider
  }

  shouldFetchFlagDefinitions() {
    return this.cacheProvider.shouldFetchFlagDefinitions()
  }

  async getFlagDefinitions() {
    const cached = await this.cacheProvider.getFlagDefinitions()
    const bytes = bytesOf(cached)
    if (bytes !== undefined) {
      return JSON.parse(new TextDecoder().decode(bytes))
    }
    return typeof cached === 'string' && cached !== '' ? JSON.parse(cached.replace(/^\uFEFF/, '')) : cached
  }

  /** @param {unknown} data */
  onFlagDefinitionsReceived(data) {
    return this.cacheProvider.onFlagDefinitionsReceived(data)
  }

  shutdown() {
    return this.cacheProvider.shutdown()
  }
}

module.exports = { TextProvider }
