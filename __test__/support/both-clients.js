'use strict'

const assert = require('node:assert/strict')

const { NATIVE, STOCK } = require('./observe')
const { memoryProvider } = require('./providers')

/**
 * A client of posthog-node's and one of ours that have read the same definitions from a cache.
 *
 * @param {object} definitions
 * @returns {Promise<[theirs: any, ours: any]>}
 */
async function openBoth(definitions) {
  const open = async (/** @type {any} */ PostHog) => {
    const client = new PostHog('phc_project', {
      host: 'http://127.0.0.1:9',
      featureFlagsPollingInterval: null,
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: definitions }),
    })
    assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
    return client
  }
  return [await open(STOCK), await open(NATIVE)]
}

module.exports = { openBoth }
