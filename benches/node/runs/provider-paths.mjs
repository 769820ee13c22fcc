// `node benches/node/runs/provider-paths.mjs [--megabytes 5] [--rounds 15] [--json]`: what it costs to load definitions from a
// cache provider, by what the provider returns. Of each load: how long the event loop stood still at most, and how long it
// took until the flags were in use. Medians over all rounds, in which the cases take turns.
import { parseArgs } from 'node:util'
import { PostHog as StockPostHog } from 'posthog-node'
import { PostHog } from 'posthog-node-native'
import { mixedDefinitions } from '../definitions/mixed-definitions.js'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
})

// In turn, so that each load brings something new: what is held already is not compiled again.
const texts = ['pro', 'free'].map((plan) => documentOf(Number(values.megabytes) * 1_000_000, plan))
const bytes = texts.map((text) => Buffer.from(text))

/** What a provider over a remote store returns once it has the text or bytes; loads count from 0. */
const RETURNS = {
  'an object parsed from text': (/** @type {number} */ load) => JSON.parse(texts[load % 2]),
  'the text': (/** @type {number} */ load) => texts[load % 2],
  'the bytes': (/** @type {number} */ load) => bytes[load % 2],
}

const cases = [
  createCase('posthog-node', StockPostHog, 'an object parsed from text'),
  createCase('posthog-node-native', PostHog, 'an object parsed from text'),
  createCase('posthog-node-native', PostHog, 'the text'),
  createCase('posthog-node-native', PostHog, 'the bytes'),
]

try {
  for (let round = -2; round < Number(values.rounds); round += 1) {
    for (const { client, stalls, loads } of cases) {
      const { stall, load } = await measure(() => client.reloadFeatureFlags())
      // The first rounds warm up.
      if (round >= 0) {
        stalls.push(stall)
        loads.push(load)
      }
    }
  }
  const rows = cases.map(({ name, returned, client, stalls, loads }) => ({
    client: name,
    'the provider returns': returned,
    flags: client.getFeatureFlagKeysByEvaluationRuntime('all').length,
    'longest stall (ms)': median(stalls),
    'until in use (ms)': median(loads),
  }))
  console.log(`Documents of ${(texts[0].length / 1e6).toFixed(1)} MB, ${values.rounds} rounds, medians:`)
  if (values.json) console.log(JSON.stringify(rows, null, 2))
  else console.table(rows)
} finally {
  await Promise.all(cases.map(({ client }) => client.shutdown()))
}

/**
 * @param {number} size in bytes, at least
 * @param {string} plan of cohort 1
 */
function documentOf(size, plan) {
  const perFlag = JSON.stringify(mixedDefinitions(1000)).length / 1000
  const definitions = mixedDefinitions(Math.ceil(size / perFlag))
  const planned = { type: 'AND', values: [{ key: 'plan', value: plan, operator: 'exact', type: 'person' }] }
  return JSON.stringify({ ...definitions, cohorts: Object.assign({}, definitions.cohorts, { 1: planned }) })
}

/**
 * @param {string} name
 * @param {any} Client
 * @param {keyof typeof RETURNS} returned
 */
function createCase(name, Client, returned) {
  /** @type {number[]} */
  const stalls = []
  /** @type {number[]} */
  const loads = []
  return { name, returned, client: createReader(Client, RETURNS[returned]), stalls, loads }
}

/**
 * A client that reads from a cache and loads only when told to.
 *
 * @param {any} Client
 * @param {(load: number) => unknown} read
 */
function createReader(Client, read) {
  let loads = 0
  return new Client('phc_project', {
    host: 'http://127.0.0.1:1',
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: {
      shouldFetchFlagDefinitions: () => false,
      // As if it came from a socket: in a turn of its own.
      getFlagDefinitions: () => new Promise((resolve) => setImmediate(() => resolve(read(loads++)))),
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
}

/** @param {() => Promise<void>} load */
async function measure(load) {
  globalThis.gc?.()
  let stall = 0
  let last = performance.now()
  const watching = { on: true }
  const tick = () => {
    const now = performance.now()
    stall = Math.max(stall, now - last)
    last = now
    if (watching.on) setImmediate(tick)
  }
  setImmediate(tick)
  const before = performance.now()
  await load()
  const took = performance.now() - before
  // What the load left for the next turns counts as well.
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
  watching.on = false
  return { stall, load: took }
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return Number(sorted[Math.floor(sorted.length / 2)].toFixed(1))
}
