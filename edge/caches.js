'use strict'

const { RedisFlagCache: TextCache } = require('../lib/caches/redis-flag-cache')

/** On the edge flags are evaluated by posthog-node's own build, which takes no text. There, definitions are parsed. */
class RedisFlagCache extends TextCache {
  /** @override */
  async getFlagDefinitions() {
    const stored = await super.getFlagDefinitions()
    return stored && JSON.parse(typeof stored === 'string' ? stored : new TextDecoder().decode(stored))
  }
}

module.exports = { RedisFlagCache }
