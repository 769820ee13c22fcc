'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { openPair, openWorld } = require('./support/world')

const LOCALLY = { onlyEvaluateLocally: true }

/** @param {string} variant @param {unknown} payload */
const always = (variant, payload) => ({
  filters: {
    groups: [{ properties: [], rollout_percentage: 100 }],
    multivariate: { variants: [{ key: variant, rollout_percentage: 100 }] },
    payloads: { [variant]: JSON.stringify(payload), true: '"any"' },
  },
})

/** A key that has several definitions, one of which cannot be read. */
const REPEATED = [
  flag('twice', { id: 1, ...always('first', { of: 'first' }) }),
  flag('once', { id: 2, ...always('only', { of: 'only' }) }),
  flag('twice', { id: 3, active: false }),
  flag('twice', { id: 5, filters: { groups: 5, payloads: { first: '"of one that cannot be read"' } } }),
  flag('twice', { id: 4, ...always('last', { of: 'last' }) }),
]

test('of a key that is defined more than once the last definition counts, whichever record a caller holds', async (t) => {
  const clients = await openPair(t, { flags: REPEATED })
  const context = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
  const [theirs, ours] = await Promise.all(
    clients.map(async ({ featureFlagsPoller: poller }) =>
      Promise.all(
        [...poller.featureFlags, poller.featureFlagsByKey.twice].flatMap((record) => [
          poller.computeFlagAndPayloadLocally(record, context),
          poller.computeFlagAndPayloadLocally(record, context, { matchValue: true }),
          poller.computeFlagAndPayloadLocally(record, context, { matchValue: 'last' }),
          poller.computeFlagAndPayloadLocally(record, context, { matchValue: 'first' }),
        ])
      )
    )
  )
  assert.deepEqual(ours, theirs)
  assert.deepEqual(ours[0], { value: 'last', payload: { of: 'last' } })
})

test('all flags of a document with repeated keys are as posthog-node has them', async (t) => {
  const documents = [
    REPEATED,
    [...REPEATED].reverse(),
    [REPEATED[0], REPEATED[2]],
    [REPEATED[0], REPEATED[3]],
    [REPEATED[3], REPEATED[0]],
    [REPEATED[2], REPEATED[0]],
    [REPEATED[0], flag('twice', { ensure_experience_continuity: true })],
    [flag('twice', { ensure_experience_continuity: true }), REPEATED[0]],
    [REPEATED[0], flag('twice', always('other', null))],
  ]
  for (const flags of documents) {
    const clients = await openPair(t, { flags })
    const [theirs, ours] = await Promise.all(
      clients.map(async (client) => {
        const all = await client.getAllFlagsAndPayloads('kari', LOCALLY)
        const some = await client.getAllFlagsAndPayloads('kari', { ...LOCALLY, flagKeys: ['twice', 'once'] })
        const evaluations = await client.evaluateFlags('kari', LOCALLY)
        const read = ['twice', 'once'].map((key) => [evaluations.getFlag(key), evaluations.getFlagPayload(key)])
        return { all, some, read, keys: [...evaluations.keys].sort(), unresolved: { ...evaluations.unresolvedFlags } }
      })
    )
    assert.deepEqual(ours, theirs, JSON.stringify(flags))
  }
})

test('a record of definitions that were replaced stands for the flag of its key in the new ones', async (t) => {
  const context = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
  const seen = []
  for (const PostHog of [STOCK, NATIVE]) {
    const { server, open } = await openWorld(t, { flags: [flag('other'), flag('moved', always('old', 1))] })
    const client = open(PostHog)
    await client.reloadFeatureFlags()
    const { featureFlagsPoller: poller } = client
    const held = poller.featureFlagsByKey.moved
    server.setDefinitions({ flags: [flag('moved', always('new', 2)), flag('other', { active: false })] })
    await client.reloadFeatureFlags()
    seen.push([
      await poller.computeFlagAndPayloadLocally(held, context),
      await poller.computeFlagAndPayloadLocally(held, context, { matchValue: 'new' }),
    ])
  }
  assert.deepEqual(seen[1], seen[0])
  assert.deepEqual(seen[1][0], { value: 'new', payload: 2 })
})

test('keys that are no list, or of flags that there are not, are as with posthog-node', async (t) => {
  const clients = await openPair(t, { flags: [flag('on'), flag('__proto__'), flag('toString')] })
  for (const flagKeys of [
    [],
    ['missing'],
    ['on', 'on'],
    ['toString', 'on'],
    ['__proto__'],
    'on',
    5,
    null,
    {},
    [undefined, null, 5],
  ]) {
    const [theirs, ours] = await Promise.all(
      clients.map(async (client) => {
        try {
          const { featureFlags } = await client.getAllFlagsAndPayloads('kari', { ...LOCALLY, flagKeys })
          return { ...featureFlags }
        } catch (error) {
          return /** @type {any} */ (error).name
        }
      })
    )
    assert.deepEqual(ours, theirs, String(flagKeys))
  }
})

test('flags that can never be decided locally are found, by date texts that are none too', () => {
  const dated = (/** @type {string} */ key, /** @type {unknown} */ value) =>
    flag(key, {
      filters: {
        groups: [{ properties: [{ key: 'born', operator: 'is_date_before', value, type: 'person' }] }],
      },
    })
  const snapshot = /** @type {any} */ (
    new LocalEvaluator({
      flags: [
        dated('good', '2020-01-01'),
        dated('bad', 'no date'),
        flag('sticky', { ensure_experience_continuity: true }),
      ],
    })
  )._snapshot()
  assert.deepEqual(
    snapshot.unresolvable.map((/** @type {any} */ { key, reason }) => [key, reason]),
    [
      ['bad', 'unsupported_definition'],
      ['sticky', 'experience_continuity'],
    ]
  )
})
