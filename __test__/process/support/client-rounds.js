'use strict'

// Makes clients of one thread, a few at a time and in every way, and lets go of them. Prints how many bytes of the C heap
// each way left behind per client.
const { settled } = require('./settled')

const [host, rounds, addon] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
/** @type {() => number} */
const allocated = require(addon)

// Node's own would be loaded sooner or later, by posthog-node, and counted here.
for (const name of ['fetch', 'Request', 'Response', 'Headers']) {
  Object.defineProperty(globalThis, name, { value: class {} })
}
const { LocalEvaluator, PostHog } = require('../../..')

const AT_A_TIME = 10
const TIMES = 3
const never = () => new Promise(() => {})
const provider = {
  shouldFetchFlagDefinitions: () => true,
  getFlagDefinitions: () => undefined,
  onFlagDefinitionsReceived: () => undefined,
  shutdown: () => undefined,
}
// By default a `fetch` that is not Node's own would make the requests.
const NATIVE = { transport: /** @type {const} */ ('native') }
const create = (options) => new PostHog('phc_project', { host, secretKey: 'phs_secret', native: NATIVE, ...options })

/** @type {Record<string, () => unknown>} */
const WAYS = {
  async 'loaded and shut down'() {
    const client = create()
    await client.waitForLocalEvaluationReady()
    client.localEvaluator.getAllFlags('somebody')
    await client.shutdown()
  },
  async 'shut down while loading'() {
    const client = create({ secretKey: 'phs_hang' })
    await new Promise(setImmediate)
    await client.shutdown()
  },
  async 'shut down while the provider is called'() {
    const client = create({ flagDefinitionCacheProvider: { ...provider, shouldFetchFlagDefinitions: never } })
    await new Promise(setImmediate)
    await client.shutdown()
  },
  async 'with a provider that stored the definitions'() {
    const client = create({ flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady()
    await client.shutdown()
  },
  async 'dropped without a shutdown'() {
    const client = create({ featureFlagsPollingInterval: null })
    await client.waitForLocalEvaluationReady()
  },
  async 'reloaded many times'() {
    const client = create({ featureFlagsPollingInterval: null })
    for (let load = 0; load < 5; load += 1) await client.reloadFeatureFlags()
    await client.shutdown()
  },
  'an evaluator without a client'() {
    new LocalEvaluator({ flags: [] }).getAllFlags('somebody')
  },
}

/**
 * @param {() => unknown} way
 * @param {number} count
 */
async function run(way, count) {
  for (let number = 0; number < count; number += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, way))
    globalThis.gc()
  }
}

async function main() {
  const left = {}
  for (const [name, way] of Object.entries(WAYS)) {
    // The last of them may not be collected yet, just as those below.
    await run(way, rounds)
    let before = await settled(allocated, 5)
    left[name] = Infinity
    // What each leaves behind is there every time; what V8 happens to be compiling is not.
    for (let time = 0; time < TIMES; time += 1) {
      await run(way, rounds)
      const after = await settled(allocated, 5)
      left[name] = Math.min(left[name], Math.round((after - before) / rounds))
      before = after
    }
  }
  console.log(JSON.stringify(left))
}

main()
