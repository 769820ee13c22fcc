'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { EventServer } = require('../support/event-server')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')

const pro = { key: 'plan', value: 'pro', operator: 'exact', type: 'person' }
const DEFINITIONS = {
  flags: [
    flag('on'),
    flag('off', { active: false }),
    flag('nobody', { filters: { groups: [{ properties: [], rollout_percentage: 0 }] } }),
    flag('plan', { filters: { groups: [{ properties: [pro], rollout_percentage: 100 }] } }),
    flag('held', { filters: { groups: [{ properties: [] }], holdout: { id: 5, exclusion_percentage: 100 } } }),
    flag('layout', {
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 }],
        multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
        payloads: { wide: '{"a":1}' },
      },
    }),
    flag('company', { filters: { groups: [{ properties: [] }], aggregation_group_type_index: 0 } }),
  ],
  group_type_mapping: { 0: 'company' },
}
const ABOUT = { personProperties: { plan: 'free' } }
const REASONS = {
  on: 'condition_match',
  off: 'flag_disabled',
  nobody: 'out_of_rollout_bound',
  plan: 'no_condition_match',
  held: 'holdout_condition_value',
  layout: 'condition_match',
  company: 'no_group_type',
}

/**
 * A client that holds these definitions and sends its events to a server of the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} PostHog
 * @param {Record<string, unknown>} [options]
 */
async function open(t, PostHog, options) {
  const server = await EventServer.start()
  const client = new PostHog('phc_project', {
    host: server.url,
    featureFlagsPollingInterval: null,
    fetchRetryCount: 0,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DEFINITIONS }),
    strictLocalEvaluation: true,
    ...options,
  })
  t.after(async () => {
    await client.shutdown(1000)
    await server.close()
  })
  await client.waitForLocalEvaluationReady(10_000)
  /** The events that the server has received, by the flag that they are about. */
  const sent = async () => {
    await client.flush()
    const events = server.received.flatMap(({ body }) => body.batch)
    return new Map(events.map(({ properties }) => [properties.$feature_flag, properties]))
  }
  return { client, sent }
}

const TELLING = { native: { reasons: true } }

test("results and events of single flags tell PostHog's reason code", async (t) => {
  const { client, sent } = await open(t, NATIVE, TELLING)
  for (const [key, reasonCode] of Object.entries(REASONS)) {
    const result = await client.getFeatureFlagResult(key, 'kari', ABOUT)
    assert.deepEqual([result.reason, result.reasonCode], ['Evaluated locally', reasonCode], key)
  }
  const { variant, payload } = await client.getFeatureFlagResult('layout', 'ola', ABOUT)
  assert.deepEqual([variant, payload], ['wide', { a: 1 }])
  const events = await sent()
  for (const [key, reasonCode] of Object.entries(REASONS)) {
    assert.equal(events.get(key).$feature_flag_reason, reasonCode, key)
    assert.equal(events.get(key).locally_evaluated, true)
  }
})

test('so do the records and events of evaluateFlags', async (t) => {
  const { client, sent } = await open(t, NATIVE, TELLING)
  for (const [distinctId, options] of [
    ['kari', {}],
    ['ola', { flagKeys: Object.keys(REASONS) }],
    ['per', { onlyEvaluateLocally: true }],
  ]) {
    const flags = await client.evaluateFlags(distinctId, { ...ABOUT, ...options })
    for (const [key, reasonCode] of Object.entries(REASONS)) {
      flags.getFlag(key)
      assert.deepEqual([flags._flags[key].reason, flags._flags[key].reasonCode], [reasonCode, reasonCode], key)
    }
    assert.deepEqual(flags.getFlagPayload('layout'), { a: 1 })
  }
  const events = await sent()
  Object.entries(REASONS).forEach(([key, reasonCode]) => assert.equal(events.get(key).$feature_flag_reason, reasonCode))
})

test('without the option, results and events are those of posthog-node', async (t) => {
  /** @type {any[]} */
  const seen = []
  for (const PostHog of [STOCK, NATIVE]) {
    const { client, sent } = await open(t, PostHog)
    const results = []
    for (const key of Object.keys(REASONS)) {
      results.push(await client.getFeatureFlagResult(key, 'kari', ABOUT))
    }
    const records = (await client.evaluateFlags('kari', ABOUT))._flags
    const reasons = [...(await sent()).values()].map((properties) => properties.$feature_flag_reason)
    assert.deepEqual([...new Set(reasons)], ['Evaluated locally'])
    seen.push({ results, records: { ...records } })
  }
  assert.deepEqual(seen[1], seen[0])
})

test('values, payloads and the status are the same with the option', async (t) => {
  const answers = []
  for (const options of [{}, TELLING]) {
    const { client } = await open(t, NATIVE, options)
    const all = await client.getAllFlagsAndPayloads('kari', ABOUT)
    const values = []
    for (const key of Object.keys(REASONS)) {
      values.push(
        await client.getFeatureFlag(key, 'kari', ABOUT),
        await client.getFeatureFlagPayload(key, 'kari', undefined, ABOUT)
      )
    }
    const flags = await client.evaluateFlags('kari', ABOUT)
    const keys = flags.keys.map((/** @type {string} */ key) => [key, flags.getFlag(key), flags.getFlagPayload(key)])
    answers.push([all, values, keys, client.localEvaluationStatus().evaluations])
  }
  assert.deepEqual(answers[1], answers[0])
})

test('evaluations that are under way at the same time are told their own reasons', async (t) => {
  const { client } = await open(t, NATIVE, TELLING)
  const plans = ['pro', 'free']
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      client.getFeatureFlagResult('plan', `user-${n}`, { personProperties: { plan: plans[n % 2] } })
    )
  )
  results.forEach(({ reasonCode, enabled }, n) => {
    assert.deepEqual([reasonCode, enabled], n % 2 ? ['no_condition_match', false] : ['condition_match', true])
  })
})

test('a property that runs code which evaluates flags leaves the reason of the flag as it is', async (t) => {
  const { client } = await open(t, NATIVE, TELLING)
  const personProperties = {
    get plan() {
      void client.getFeatureFlagResult('nobody', 'ola')
      return 'pro'
    },
  }
  const { reasonCode } = await client.getFeatureFlagResult('plan', 'kari', { personProperties })
  assert.equal(reasonCode, 'condition_match')
})

test('the localEvaluator of such a client tells reasons, and overridden flags have none', async (t) => {
  const { client } = await open(t, NATIVE, TELLING)
  for (const [key, reasonCode] of Object.entries(REASONS)) {
    assert.equal(client.localEvaluator.getFeatureFlagResult(key, 'kari', ABOUT).reasonCode, reasonCode, key)
    assert.equal(client.localEvaluator.explain(key, 'kari', ABOUT).reasonCode, reasonCode, key)
  }
  client.overrideFeatureFlags({ flags: { nobody: true } })
  assert.equal((await client.getFeatureFlagResult('nobody', 'kari', ABOUT)).reasonCode, undefined)
  const { _flags: records } = await client.evaluateFlags('kari', ABOUT)
  assert.deepEqual([records.nobody.reason, records.on.reason], ['Evaluated locally', 'condition_match'])
  const { value, reasonCode, conditionIndex } = client.localEvaluator.explain('nobody', 'kari', ABOUT)
  assert.deepEqual([value, reasonCode, conditionIndex], [true, undefined, undefined])
})

test('a class that extends the client still has its own evaluateFlags', async (t) => {
  class Own extends NATIVE {
    /** @param {any[]} args */
    async evaluateFlags(...args) {
      const flags = await super.evaluateFlags(...args)
      return Object.assign(flags, { isOwn: true })
    }
  }
  const { client } = await open(t, Own, TELLING)
  const flags = await client.evaluateFlags('kari', ABOUT)
  assert.deepEqual([flags.isOwn, flags._flags.on.reason], [true, 'condition_match'])
})

test("posthog-node's own engine takes the option, and tells what it tells without", async (t) => {
  const { client } = await open(t, NATIVE, { native: { reasons: true, engine: 'javascript' } })
  const { enabled, reason, reasonCode } = await client.getFeatureFlagResult('nobody', 'kari', ABOUT)
  assert.deepEqual([enabled, reason, reasonCode], [false, 'Evaluated locally', undefined])
})
