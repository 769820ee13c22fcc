'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { isDeepStrictEqual } = require('node:util')

const { NATIVE, STOCK, flag, observe } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

const CACHED = { flags: [flag('cached')], groupTypeMapping: {}, cohorts: {} }

const boom = () => {
  throw new Error('boom')
}
/** @param {unknown} reason */
const rejecting = (reason) => () => Promise.reject(reason)

/**
 * Each entry makes a fresh provider; `keyless` clients have no key. posthog-node calls the provider inside the client's
 * constructor, where nobody can listen yet, so an error `raisedInConstructor` is only seen in the second load there.
 *
 * @type {Record<string, {
 *   provider: () => any, keyless?: boolean, raisedInConstructor?: boolean, scenario?: import('../../support/observe').Scenario
 * }>}
 */
const SAME_AS_POSTHOG_NODE = {
  'a leader': { provider: () => memoryProvider(), scenario: { loads: 2 } },
  'a leader that is answered 304': { provider: () => memoryProvider(), scenario: { etag: '"1"', loads: 3 } },
  'a follower with a filled cache': {
    provider: () => memoryProvider({ fetch: false, cached: CACHED }),
    scenario: { loads: 2 },
  },
  'a follower with an empty cache': { provider: () => memoryProvider({ fetch: false }), scenario: { loads: 2 } },
  'a reader without a key': {
    provider: () => memoryProvider({ cached: CACHED }),
    keyless: true,
    scenario: { loads: 2 },
  },
  'a reader without a key and with an empty cache': { provider: () => memoryProvider(), keyless: true },
  'a provider that cannot decide': {
    provider: () => memoryProvider({ methods: { shouldFetchFlagDefinitions: boom } }),
    raisedInConstructor: true,
    scenario: { loads: 2 },
  },
  'a provider that rejects a decision': {
    provider: () => memoryProvider({ methods: { shouldFetchFlagDefinitions: rejecting(new TypeError('no redis')) } }),
  },
  'a cache that cannot be read': {
    provider: () => memoryProvider({ fetch: false, methods: { getFlagDefinitions: boom } }),
  },
  'a cache that cannot be read, without a key': {
    provider: () => memoryProvider({ methods: { getFlagDefinitions: boom } }),
    keyless: true,
    raisedInConstructor: true,
    scenario: { loads: 2 },
  },
  'a cache that cannot be written': {
    provider: () => memoryProvider({ methods: { onFlagDefinitionsReceived: boom } }),
  },
  'a cache that refuses to be written': {
    provider: () => memoryProvider({ methods: { onFlagDefinitionsReceived: rejecting(new Error('read only')) } }),
  },
  'no methods at all': { provider: () => ({}), raisedInConstructor: true, scenario: { loads: 2 } },
  'no methods at all, without a key': {
    provider: () => ({}),
    keyless: true,
    raisedInConstructor: true,
    scenario: { loads: 2 },
  },
  'a quota that is used up': {
    provider: () => memoryProvider(),
    scenario: { answers: [{ body: { flags: [flag('on')] } }, { status: 402 }], loads: 2 },
  },
  'a key that is refused': { provider: () => memoryProvider(), scenario: { answers: [{ status: 401 }] } },
  'a body with a byte order mark': {
    provider: () => memoryProvider(),
    scenario: { answers: [{ body: `\uFEFF${JSON.stringify({ flags: [flag('marked')] })}` }] },
  },
  'a body of broken UTF-8': {
    provider: () => memoryProvider(),
    scenario: {
      answers: [{ body: Buffer.from(JSON.stringify({ flags: [flag('br\u00ffken')] }), 'latin1') }],
    },
  },
  'a body that cannot be used': { provider: () => memoryProvider(), scenario: { answers: [{ body: { nothing: 1 } }] } },
  ...Object.fromEntries(
    [undefined, null, '', 0, false].map((miss) => [
      `a miss that reads ${JSON.stringify(miss)}`,
      { provider: () => memoryProvider({ fetch: false, cached: miss }) },
    ])
  ),
  ...Object.fromEntries(
    [
      { flags: [flag('snake')], group_type_mapping: { 0: 'company' }, cohorts: {}, minimal_flag_called_events: true },
      { flags: [flag('camel')], groupTypeMapping: { 0: 'company' }, cohorts: {}, minimalFlagCalledEvents: true },
    ].map((cached) => [
      `a cached document in ${cached.flags[0].key} case`,
      { provider: () => memoryProvider({ fetch: false, cached }) },
    ])
  ),
}

describe("calls, requests, events and flags are posthog-node's for", () => {
  for (const [name, { provider: make, keyless, raisedInConstructor, scenario }] of Object.entries(
    SAME_AS_POSTHOG_NODE
  )) {
    test(name, async () => {
      const run = async (/** @type {any} */ PostHog) => {
        const provider = make()
        const keys = keyless ? { secretKey: undefined } : {}
        const seen = await observe(PostHog, {
          ...scenario,
          options: { ...keys, flagDefinitionCacheProvider: provider },
        })
        return { ...seen, calls: provider.calls, stored: provider.stored }
      }
      const stock = await run(STOCK)
      const native = await run(NATIVE)
      if (raisedInConstructor) {
        const [first] = native.log.splice(0, 1)
        assert.ok(stock.log.some((entry) => isDeepStrictEqual(entry, first)))
      }
      assert.deepEqual(native, stock)
    })
  }
})

test('what a provider is given to store deep-equals what posthog-node gives, in every key', async () => {
  const bodies = [
    {
      flags: [
        flag('a', { filters: { holdout: { id: 7, exclusion_percentage: 12.25 } }, unknown: { x: [1.5, 1e300] } }),
      ],
    },
    { flags: null, group_type_mapping: null, cohorts: null, minimal_flag_called_events: 'yes' },
    {
      flags: [],
      group_type_mapping: { 0: 'company' },
      cohorts: { 5: { type: 'AND', values: [] } },
      minimal_flag_called_events: true,
      property_matching_version: 2,
      extra: 'not stored',
    },
  ]
  for (const body of bodies) {
    const stored = []
    for (const PostHog of [STOCK, NATIVE]) {
      const provider = memoryProvider()
      await observe(PostHog, { answers: [{ body }], options: { flagDefinitionCacheProvider: provider } })
      assert.equal(provider.stored.length, 1)
      stored.push(provider.stored[0])
    }
    assert.deepStrictEqual(stored[1], stored[0])
    assert.deepEqual(Object.keys(stored[1]), Object.keys(stored[0]), 'so that its JSON text is the same too')
    assert.equal(Object.getPrototypeOf(stored[1]), Object.prototype)
  }
})

test('a malformed cached document is an error event that names the cache, and what is held stays', async () => {
  for (const cached of [{}, { flags: 5 }, [], 7, true, 'not json', Symbol('x'), () => {}]) {
    let document = /** @type {unknown} */ (CACHED)
    const provider = memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => document } })
    const seen = await observe(NATIVE, {
      loads: 2,
      options: { flagDefinitionCacheProvider: provider },
      between: () => {
        document = cached
      },
    })
    assert.deepEqual(seen.flags, ['cached'])
    const errors = seen.log.filter(([kind]) => kind === 'error')
    assert.equal(errors.length, 1, `for ${String(cached)}`)
    assert.match(String(errors[0][2]), /^Failed to load from cache: TypeError: /)
    assert.equal(seen.requests.length, 0)
  }
})
