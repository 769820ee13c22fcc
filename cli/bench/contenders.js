'use strict'

const { nameOfPosthogNode } = require('../../lib/original.js')
const { requireIsolated } = require('./isolated.js')

/**
 * What is compared. Each has loaded the same definitions, and none has a server to ask.
 *
 * @typedef {import('posthog-node').PostHog} Client
 *
 * @typedef {object} Contenders
 * @property {Client} stock posthog-node's client
 * @property {Client} client this package's
 * @property {import('posthog-node-native').LocalEvaluator} evaluator this package's evaluator without a client
 */

/** @type {Record<keyof Contenders, string>} */
const NAMES = { stock: 'posthog-node', client: 'posthog-node-native', evaluator: 'its LocalEvaluator' }

/** Options that allow no network, and send no events for flags that are read. */
const OPTIONS = {
  host: 'http://127.0.0.1:9',
  disableGeoip: true,
  sendFeatureFlagEvent: false,
  featureFlagsPollingInterval: null,
}

/** @param {import('../definitions/file.js').Document} document */
async function createContenders(document) {
  /** @type {Contenders} */
  const contenders = {
    stock: await createClient(requireIsolated(nameOfPosthogNode()).PostHog, document),
    client: await createClient(requireIsolated('posthog-node-native').PostHog, document, {
      native: { engine: 'native' },
    }),
    evaluator: new (requireIsolated('posthog-node-native').LocalEvaluator)(document),
  }
  return contenders
}

/**
 * @param {any} PostHog
 * @param {object} document
 * @param {object} [options]
 * @returns {Promise<Client>}
 */
async function createClient(PostHog, document, options) {
  const client = new PostHog('phc_bench', {
    ...OPTIONS,
    ...options,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => document,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  if (!(await client.waitForLocalEvaluationReady(60_000))) {
    throw new Error('the definitions were not loaded')
  }
  // What is loaded late is loaded now, before the module cache is another contender's.
  await client.evaluateFlags('nobody', { onlyEvaluateLocally: true })
  return client
}

/** @param {Contenders} contenders */
async function shutDown({ stock, client }) {
  await Promise.all([stock.shutdown(), client.shutdown()])
}

module.exports = { NAMES, createContenders, shutDown }
