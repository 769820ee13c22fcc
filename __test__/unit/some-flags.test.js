'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')
const { openPair } = require('./support/world')

const COUNT = 9
const flags = Array.from({ length: COUNT }, (_, number) =>
  flag(`flag-${number}`, {
    evaluation_runtime: number === 0 ? 'client' : 'all',
    filters: {
      groups: [
        {
          properties: [{ key: `property-${number}`, operator: 'exact', value: 'x', type: 'person' }],
          rollout_percentage: 100,
        },
      ],
    },
  })
)

/** The person who has these properties: one bit of a number for each. @param {number} set */
const personOf = (set) =>
  Object.fromEntries(
    Array.from({ length: COUNT }, (_, number) => [`property-${number}`, number % 2 ? 'x' : 'y']).filter(
      (_, number) => set & (1 << number)
    )
  )

/** @param {number} set */
const expectedOf = (set) => flags.flatMap(({ key }, number) => (set & (1 << number) ? [[key, number % 2 === 1]] : []))

test('whichever flags are left without a value, the others have theirs, also after many other sets of them', () => {
  const evaluator = new LocalEvaluator({ flags })
  // More sets than are kept; each is asked for again soon, and once more after all others.
  const sets = Array.from({ length: 2 ** COUNT }, (_, set) => set)
  for (const set of [...sets.flatMap((set) => [set, set]), ...sets.reverse()]) {
    const personProperties = personOf(set)
    assert.deepEqual(Object.entries(evaluator.getAllFlags('kari', { personProperties })), expectedOf(set))
  }
})

test('the reasons, and whether the server is asked, are those of posthog-node for each set of flags', async (t) => {
  const [theirs, ours] = await openPair(t, { flags })
  for (const set of [0, 1, 2, 2 ** COUNT - 1, 2 ** COUNT - 2, 5, 2 ** COUNT - 2]) {
    const personProperties = personOf(set)
    const context = { distinctId: 'kari', groups: {}, personProperties, groupProperties: {} }
    const [their, our] = await Promise.all(
      [theirs, ours].map(({ featureFlagsPoller }) => featureFlagsPoller.getAllFlagsAndPayloads(context))
    )
    assert.deepEqual({ ...our.response }, { ...their.response })
    assert.equal(our.fallbackToFlags, their.fallbackToFlags)
    const evaluations = await Promise.all(
      [theirs, ours].map((client) => client.evaluateFlags('kari', { personProperties, onlyEvaluateLocally: true }))
    )
    const [one, other] = evaluations.map((each) => ({ ...each.unresolvedFlags }))
    assert.deepEqual(other, one)
  }
})

test('without any flag the server is asked, and of a key that is defined twice one definition counts', async (t) => {
  const on = (/** @type {string} */ key, /** @type {object} */ more) => flag(key, more)
  for (const definitions of [
    { flags: [] },
    { flags: [on('a', { active: false }), on('b', {}), on('a', {})] },
    { flags: [on('a', {}), on('b', { ensure_experience_continuity: true }), on('a', { active: false })] },
  ]) {
    const [theirs, ours] = await openPair(t, definitions)
    const context = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
    for (let call = 0; call < 110; call += 1) {
      const our = await ours.featureFlagsPoller.getAllFlagsAndPayloads(context)
      if (call === 0 || call === 109) {
        const their = await theirs.featureFlagsPoller.getAllFlagsAndPayloads(context)
        assert.deepEqual({ ...our.response }, { ...their.response })
        assert.equal(our.fallbackToFlags, their.fallbackToFlags)
      }
      const evaluations = await ours.evaluateFlags('kari', { onlyEvaluateLocally: true })
      assert.deepEqual(evaluations.keys.sort(), Object.keys(our.response).sort())
    }
  }
})
