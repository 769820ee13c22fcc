'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { definitionsOf } = require('../../testing')
const { NATIVE, STOCK } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { openWorld } = require('./support/world')

const FLAGS = {
  on: true,
  off: false,
  variant: 'b',
  'søk 😀': { variant: 'b', payload: { columns: 3, deep: [null, 'é'] } },
  'payload of on': { payload: 'text' },
  'payload of off': { enabled: false, variant: 'b', payload: 0 },
  null: { payload: null },
  nothing: {},
  toString: true,
}

const EXPECTED = {
  featureFlags: {
    on: true,
    off: false,
    variant: 'b',
    'søk 😀': 'b',
    'payload of on': true,
    'payload of off': false,
    null: true,
    nothing: true,
    toString: true,
  },
  featureFlagPayloads: { 'søk 😀': { columns: 3, deep: [null, 'é'] }, 'payload of on': 'text' },
}

test('each form of a flag has its value and payload, for everybody, with posthog-node and with this package', async (t) => {
  const { open } = await openWorld(t)
  const cached = definitionsOf(FLAGS)
  const clients = [STOCK, NATIVE].map((PostHog) =>
    open(PostHog, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }) })
  )
  for (const client of clients) {
    await client.waitForLocalEvaluationReady()
    for (const person of ['kari', 'ola', 'per']) {
      const { featureFlags, featureFlagPayloads } = await client.getAllFlagsAndPayloads(person)
      assert.deepEqual(featureFlags, EXPECTED.featureFlags)
      assert.deepEqual(featureFlagPayloads, EXPECTED.featureFlagPayloads)
    }
  }
  const evaluator = new LocalEvaluator(definitionsOf(FLAGS))
  assert.deepEqual(evaluator.getAllFlags('kari'), EXPECTED.featureFlags)
  assert.equal(evaluator.getFeatureFlagResult('off', 'kari')?.reasonCode, undefined, 'it is off, and not inactive')
})

test('flags that are none of the forms are refused by name', () => {
  /** @type {[any, RegExp][]} */
  const wrong = [
    [
      { search: 5 },
      /^Expected the flag 'search' to be true, false, the key of a variant.* but received 5 of type number/,
    ],
    [{ search: null }, /'search'.*received null/],
    [{ search: [] }, /'search'.*received an array/],
    [{ search: '' }, /'search'.*received '' of type string/],
    [{ search: { value: true } }, /'search'.*received the field 'value'/],
    [{ search: { enabled: 'yes' } }, /'enabled' of the flag 'search' to be true or false/],
    [{ search: { variant: 5 } }, /'variant' of the flag 'search' to be the key of a variant/],
    [null, /flags as an object, such as .* but received null/],
    [['search'], /received an array/],
  ]
  for (const [flags, message] of wrong) {
    assert.throws(() => definitionsOf(flags), { name: 'TypeError', message })
  }
})
