'use strict'

// A program in CommonJS that is given definitions by a cache provider.
const { PostHog } = require('posthog-node-native')
const definitions = require('./definitions.json')

class MemoryFlagCache {
  #definitions = definitions

  getFlagDefinitions() {
    return this.#definitions
  }

  shouldFetchFlagDefinitions() {
    return false
  }

  onFlagDefinitionsReceived() {}

  shutdown() {}
}

async function main() {
  const posthog = new PostHog('phc_clean_room', {
    host: process.env.POSTHOG_HOST,
    flagDefinitionCacheProvider: new MemoryFlagCache(),
  })
  await posthog.waitForLocalEvaluationReady()
  const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
  const flags = await posthog.getAllFlagsAndPayloads('user-17', person)
  console.log(JSON.stringify({ engine: posthog.localEvaluationEngine, ...flags }))
  await posthog.shutdown()
}

void main()
