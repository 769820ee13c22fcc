'use strict'

const assert = require('node:assert/strict')
const { requireIsolated, requireWithSynchronousDigest } = require('./runs/isolated.js')

/**
 * Who is compared, with the same definitions loaded and nobody to ask.
 *
 * @typedef {import('posthog-node').PostHog} Client
 *
 * @typedef {object} Contenders
 * @property {Client} stock posthog-node as published
 * @property {Client} sync posthog-node with its digest made synchronous
 * @property {Client} client this package's client
 * @property {import('posthog-node-native').LocalEvaluator} evaluator this package's evaluator
 * @property {Client} floor posthog-node's client over a poller that does nothing
 */

/** @type {Record<keyof Contenders, string>} */
const NAMES = {
  stock: 'posthog-node',
  sync: 'posthog-node, synchronous digest',
  client: 'posthog-node-native, client',
  evaluator: 'posthog-node-native, LocalEvaluator',
  floor: 'posthog-node over an idle poller',
}

/**
 * @param {object} definitions
 * @returns {Promise<Contenders>}
 */
async function createContenders(definitions) {
  return {
    stock: await createClient(requireIsolated('posthog-node').PostHog, definitions),
    sync: await createClient(requireWithSynchronousDigest().PostHog, definitions),
    client: await createClient(requireIsolated('posthog-node-native').PostHog, definitions),
    evaluator: new (requireIsolated('posthog-node-native').LocalEvaluator)(definitions),
    floor: createFloor(requireIsolated('posthog-node').PostHog, definitions),
  }
}

/** The options of every client here: no network, and of events no more than their making. */
const OPTIONS = {
  before_send: () => null,
  host: 'http://127.0.0.1:9',
  disableGeoip: true,
  sendFeatureFlagEvent: false,
  featureFlagsPollingInterval: null,
}

/**
 * A client that holds the definitions and asks nobody.
 *
 * @param {any} PostHog
 * @param {object} definitions
 * @returns {Promise<Client>}
 */
async function createClient(PostHog, definitions) {
  const client = new PostHog('phc_bench', { ...OPTIONS, flagDefinitionCacheProvider: providerOf(() => definitions) })
  assert.ok(await client.waitForLocalEvaluationReady(60_000), 'the definitions were not loaded')
  // What is loaded late is loaded now, before the module cache is another contender's.
  await client.evaluateFlags('nobody', { onlyEvaluateLocally: true })
  return client
}

/**
 * A cache provider that always has definitions and never lets the client fetch them.
 *
 * @param {() => unknown} getFlagDefinitions
 */
function providerOf(getFlagDefinitions) {
  return {
    getFlagDefinitions,
    shouldFetchFlagDefinitions: () => false,
    onFlagDefinitionsReceived() {},
    shutdown() {},
  }
}

/**
 * What posthog-node's client costs by itself: its poller is replaced by one that answers every call with the same object,
 * in which each flag is on.
 *
 * @param {any} PostHog
 * @param {any} definitions
 * @returns {Client}
 */
function createFloor(PostHog, { flags }) {
  const client = new PostHog('phc_bench', OPTIONS)
  const one = { value: true, payload: null }
  const response = Object.fromEntries(flags.map((/** @type {any} */ { key }) => [key, true]))
  const all = { response, payloads: {}, unresolved: {}, fallbackToFlags: false }
  client.featureFlagsPoller = {
    featureFlags: flags,
    featureFlagsByKey: Object.fromEntries(flags.map((/** @type {any} */ flag) => [flag.key, flag])),
    loadFeatureFlags() {},
    computeFlagAndPayloadLocally: () => one,
    getAllFlagsAndPayloads: () => all,
    getFlagDefinitionsLoadedAt() {},
    stopPoller() {},
  }
  return client
}

/** @param {Contenders} contenders */
async function shutDown({ stock, sync, client, floor }) {
  await Promise.all([stock, sync, client, floor].map((each) => each.shutdown()))
}

module.exports = { NAMES, OPTIONS, createContenders, providerOf, shutDown }
