'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

const DEPTH = 15_000
const LISTS = '['.repeat(DEPTH) + ']'.repeat(DEPTH)
const OBJECTS = '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)

/** How deep a value nests; without recursion. @param {any} value */
function depthOf(value) {
  let depth = 0
  while (typeof value === 'object' && value !== null) {
    depth += 1
    value = Array.isArray(value) ? value[0] : value.a
  }
  return depth
}

const always = [{ properties: [], rollout_percentage: 100 }]

const FLAGS = [
  flag('lists', { filters: { groups: always, payloads: { true: LISTS } } }),
  flag('objects', {
    filters: {
      groups: always,
      multivariate: { variants: [{ key: 'a', rollout_percentage: 100 }] },
      payloads: { a: OBJECTS },
    },
  }),
  // Stored as JSON and not as text.
  flag('stored', { filters: { groups: always, payloads: { true: ['lists'] } } }),
  flag('beside', { filters: { groups: always, payloads: { true: '{"a":[1]}' } } }),
]

/** The definitions as JSON, which JSON.stringify cannot write. */
const DEFINITIONS = JSON.stringify({ flags: FLAGS, cohorts: {} }).replace('["lists"]', LISTS)

const KEYS = FLAGS.map(({ key }) => key)

/** Every way to a payload. @param {any} client */
async function depthsByWay(client) {
  const only = { onlyEvaluateLocally: true }
  /** @type {Record<string, unknown>} */
  const depths = {}
  for (const key of KEYS) {
    const { payload } = await client.getFeatureFlagResult(key, 'kari', only)
    depths[`${key} as a result`] = depthOf(payload)
    depths[`${key} alone`] = depthOf(await client.getFeatureFlagPayload(key, 'kari', undefined, only))
    depths[`${key} for a value`] = depthOf(await client.getFeatureFlagPayload(key, 'kari', 'a', only))
  }
  for (const flagKeys of [undefined, KEYS]) {
    const { featureFlagPayloads } = await client.getAllFlagsAndPayloads('kari', { ...only, flagKeys })
    depths[`all of ${flagKeys}`] = KEYS.map((key) => depthOf(featureFlagPayloads[key]))
  }
  const evaluations = await client.evaluateFlags('kari', only)
  depths.evaluations = KEYS.map((key) => [evaluations.getFlag(key), depthOf(evaluations.getFlagPayload(key))])
  depths.slice = KEYS.map((key) => depthOf(evaluations.only(KEYS).getFlagPayload(key)))
  return depths
}

test('a payload of any depth is handed out, and its flag and all others evaluated, as by posthog-node', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const seen = []
  for (const PostHog of [STOCK, NATIVE]) {
    const server = await DefinitionsServer.start()
    server.setDefinitions(DEFINITIONS)
    const client = new PostHog('phc_project', {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
      fetchRetryCount: 0,
    })
    t.after(async () => {
      await client.shutdown()
      await server.close()
    })
    /** @type {string[]} */
    const errors = []
    client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    await client.waitForLocalEvaluationReady()
    const depths = await depthsByWay(client)

    // Records of all flags are made by each of these, from an evaluation that nobody has looked at.
    const flags = await client.evaluateFlags('kari', { onlyEvaluateLocally: true })
    await client.captureImmediate({ distinctId: 'kari', event: 'seen', flags })
    const { keys } = await client.evaluateFlags('kari', { onlyEvaluateLocally: true })
    await client.flush()
    const { properties } = server.events.find(({ event }) => event === 'seen')
    const carried = Object.entries(properties).filter(([name]) => /feature/.test(name))
    seen.push({ depths, keys: keys.sort(), carried: Object.fromEntries(carried), errors })
  }
  const [theirs, ours] = seen
  assert.deepEqual(theirs.carried, {
    '$feature/lists': true,
    '$feature/objects': 'a',
    '$feature/stored': true,
    '$feature/beside': true,
    $active_feature_flags: ['beside', 'lists', 'objects', 'stored'],
  })
  assert.deepEqual(theirs.depths.evaluations, [
    [true, DEPTH],
    ['a', DEPTH],
    [true, DEPTH],
    [true, 2],
  ])
  assert.deepEqual(ours, theirs)
})

test('a LocalEvaluator hands out and explains a payload of any depth', () => {
  for (const definitions of [DEFINITIONS, Buffer.from(DEFINITIONS)]) {
    const evaluator = new LocalEvaluator(definitions)
    const { featureFlagPayloads } = evaluator.getAllFlagsAndPayloads('kari')
    for (const [key, depth] of Object.entries({ lists: DEPTH, objects: DEPTH, stored: DEPTH, beside: 2 })) {
      for (let call = 1; call <= 3; call++) {
        assert.equal(depthOf(evaluator.getFeatureFlagResult(key, 'kari')?.payload), depth)
      }
      assert.equal(depthOf(evaluator.explain(key, 'kari')?.payload), depth)
      assert.equal(depthOf(featureFlagPayloads[key]), depth)
    }
  }
})

test('an object may have payloads of any depth, and not one without an end', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const { payload } = new LocalEvaluator(JSON.parse(DEFINITIONS)).getFeatureFlagResult('stored', 'kari') ?? {}
  assert.equal(depthOf(payload), DEPTH)

  for (const depth of [119, 120, 121, 122, 125, 126, 127, 128, 3000, 100_001]) {
    const nested = JSON.parse('[{"a":'.repeat(depth >> 1) + '[]' + '}]'.repeat(depth >> 1))
    const flags = [flag('nested', { filters: { groups: always, payloads: { true: nested } } })]
    const expected = (await observe(STOCK, flags)).depth
    const ours = await observe(NATIVE, flags)
    assert.deepEqual(ours, { value: true, depth: expected, errors: [] }, String(depth))
  }

  /** @type {unknown[]} */
  const endless = []
  endless.push(1, { endless })
  const flags = [flag('nested', { filters: { groups: always, payloads: { true: endless } } }), flag('beside', {})]
  const { value, errors } = await observe(NATIVE, flags)
  assert.equal(value, undefined)
  assert.match(errors.join(), /the payload of "true" .* more than 100000 levels deep/)

  /** @param {any} PostHog @param {any[]} flags */
  async function observe(PostHog, flags) {
    const client = new PostHog('phc_project', {
      host: 'http://127.0.0.1:9',
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: { flags, cohorts: {} } }),
      featureFlagsPollingInterval: null,
      before_send: () => null,
    })
    t.after(() => client.shutdown())
    /** @type {string[]} */
    const errors = []
    client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    await client.waitForLocalEvaluationReady()
    const { featureFlags, featureFlagPayloads } = await client.getAllFlagsAndPayloads('kari', {
      onlyEvaluateLocally: true,
    })
    return { value: featureFlags.nested, depth: depthOf(featureFlagPayloads.nested), errors }
  }
})

test('a provider may hand out payloads of any depth, as text of all kinds', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const texts = { flags: FLAGS.filter(({ key }) => key !== 'stored'), cohorts: {} }
  for (const definitions of [DEFINITIONS, Buffer.from(DEFINITIONS), texts]) {
    const provider = memoryProvider({ fetch: false, cached: definitions })
    const client = new NATIVE('phc_project', {
      host: 'http://127.0.0.1:9',
      flagDefinitionCacheProvider: provider,
      featureFlagsPollingInterval: null,
      before_send: () => null,
    })
    t.after(() => client.shutdown())
    await client.waitForLocalEvaluationReady()
    for (const { key } of texts.flags) {
      const payload = await client.getFeatureFlagPayload(key, 'kari', undefined, { onlyEvaluateLocally: true })
      assert.equal(depthOf(payload), key === 'beside' ? 2 : DEPTH)
    }
  }
})
