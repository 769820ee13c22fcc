'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { NATIVE, STOCK, flag, observe } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

/** A provider whose store fails the first `failures` times. @param {number} failures */
function unreliableProvider(failures) {
  /** @type {any} */
  const provider = memoryProvider({
    methods: {
      onFlagDefinitionsReceived: (data) => {
        if (failures > 0) {
          failures -= 1
          throw new Error('store is down')
        }
        provider.stored.push(data)
      },
    },
  })
  return provider
}

const FAILED = ['error', 'Error', 'Failed to store in cache: Error: store is down']

/** @type {Record<string, Record<string, unknown>>} */
const TRANSPORTS = { native: { native: { transport: 'native' } }, fetch: { native: { transport: 'fetch' } } }

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  describe(`over ${transport}, a leader that is answered 304`, () => {
    test('gives the provider again what it failed to store, where posthog-node leaves it without', async () => {
      const run = async (/** @type {any} */ PostHog) => {
        const provider = unreliableProvider(2)
        const seen = await observe(PostHog, {
          etag: '"1"',
          loads: 5,
          options: { ...options, flagDefinitionCacheProvider: provider },
        })
        return { ...seen, stored: provider.stored }
      }
      const stock = await run(STOCK)
      const native = await run(NATIVE)
      assert.deepEqual(stock.stored, [])
      assert.deepEqual(native.log, [FAILED, ['loaded', 1], FAILED])
      assert.deepEqual(native.requests, stock.requests)
      assert.equal(native.stored.length, 1, 'and no more once it is stored')
      assert.deepEqual(native.stored[0].flags, [flag('on')])
    })

    test('gives the provider the definitions again before they expire, where posthog-node lets them', async () => {
      const run = async (/** @type {any} */ PostHog) => {
        const provider = memoryProvider()
        await observe(PostHog, {
          etag: '"1"',
          loads: 3,
          // The next poll would come later than a minute after the last time.
          options: { ...options, flagDefinitionCacheProvider: provider, featureFlagsPollingInterval: 120_000 },
        })
        return provider.stored
      }
      assert.equal((await run(STOCK)).length, 1)
      const stored = await run(NATIVE)
      assert.equal(stored.length, 3)
      assert.deepStrictEqual(stored[2], stored[0])
      assert.notEqual(stored[2], stored[0], 'a fresh object each time')
    })
  })
}

test('text and bytes that a provider returns evaluate to the same as the object', async () => {
  const document = {
    flags: [
      flag('half', {
        filters: { groups: [{ properties: [], rollout_percentage: 50 }], payloads: { true: '{"größe":1.5}' } },
      }),
      flag('für alle'),
    ],
    group_type_mapping: { 0: 'company' },
    cohorts: {},
  }
  const text = JSON.stringify(document)
  const answers = []
  for (const cached of [document, text, Buffer.from(text), new TextEncoder().encode(text)]) {
    /** @type {unknown[]} */
    const seen = []
    const provider = memoryProvider({ fetch: false, cached })
    const { log, requests } = await observe(NATIVE, {
      options: { flagDefinitionCacheProvider: provider },
      between: async (client) => {
        for (let user = 0; user < 20; user += 1) {
          seen.push(client.localEvaluator.getAllFlagsAndPayloads(`user-${user}`))
        }
      },
    })
    assert.deepEqual({ log, requests }, { log: [['loaded', 2]], requests: [] })
    answers.push(seen)
  }
  answers.slice(1).forEach((answer) => assert.deepEqual(answer, answers[0]))
})
