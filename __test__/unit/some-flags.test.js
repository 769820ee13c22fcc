'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { mayServerTellMore, recordsOf, unresolvedOf, valuesOf } = require('../../lib/evaluation/some-flags')
const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')
const { isShaped } = require('./support/engine')
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

const LAST_VALUE = 0xfff0
const [LACKS_CONTEXT, LACKS_DEPENDENCY, THROWN] = [0xfffc, 0xfffd, 0xfffb]

/** A record of a flag, whose payload is a list of its key and the code. @param {any} key @param {object} [more] */
const recordOf = (key, more) =>
  /** @type {any} */ ({
    key,
    id: 7,
    has_experiment: true,
    evaluation_runtime: 'all',
    valueAt: (/** @type {number} */ code) => [false, true, 'blue', 'red'][code] ?? code,
    payloadAt: (/** @type {number} */ code) => (code === 3 ? undefined : { fresh: () => [key, code] }),
    ...more,
  })

const empty = { payloadAt: () => ({ fresh: () => 0 }) }

test('ends of flags are values and payloads, in their order', () => {
  const records = ['a', 'toString', 'c', 'd', 'e', 'f', 5].map((key) => recordOf(key))
  const ends = [0, 2, 3, LACKS_CONTEXT, { code: THROWN, message: 'no' }, LAST_VALUE, 1]
  const { response, payloads } = valuesOf(records, ends)
  assert.deepEqual(Object.entries(response), [
    ['5', true],
    ['a', false],
    ['toString', 'blue'],
    ['c', 'red'],
    ['f', LAST_VALUE],
  ])
  assert.deepEqual(Object.entries(payloads), [
    ['5', [5, 1]],
    ['toString', ['toString', 2]],
    ['f', ['f', LAST_VALUE]],
  ])
  for (const made of [response, payloads]) {
    assert.equal(Object.getPrototypeOf(made), Object.prototype)
    assert.equal(isShaped(made), false)
  }
  const first = valuesOf([recordOf('a', empty)], [1])
  assert.deepEqual([Object.keys(first.response), Object.keys(first.payloads)], [['a'], []])
  assert.deepEqual(Object.keys(valuesOf([recordOf('a')], [LAST_VALUE + 1]).response), [])
})

test('the payload of a flag of the key __proto__ is inherited, and it has no value, record or reason', () => {
  const records = [recordOf('a'), recordOf('__proto__'), recordOf('b')]
  const { response, payloads } = valuesOf(records, [1, 2, 1])
  assert.deepEqual(Object.keys(response), ['a', 'b'])
  assert.deepEqual(Object.keys(payloads), ['a', 'b'])
  assert.deepEqual([...Object.getPrototypeOf(payloads)], ['__proto__', 2])
  assert.equal(Object.getPrototypeOf(valuesOf(records, [1, 0, 1]).payloads), Object.prototype)
  assert.deepEqual(Object.keys(recordsOf(records, [1, 2, 1])), ['a', 'b'])
  assert.deepEqual(Object.keys(unresolvedOf(records, [LACKS_CONTEXT, LACKS_CONTEXT, 1])), ['a'])
  assert.equal(Object.getPrototypeOf(unresolvedOf(records, [1, LACKS_CONTEXT, 1])), Object.prototype)
})

test('ends of flags are the records of posthog-node', () => {
  const records = ['a', 'toString', 'c', 'd', 'e'].map((key) => recordOf(key))
  const made = recordsOf(records, [2, 3, LACKS_CONTEXT, { code: THROWN, message: 'no' }, LAST_VALUE])
  assert.deepEqual(Object.keys(made), ['a', 'toString', 'e'])
  const { a, toString } = made
  assert.deepEqual(
    [a.key, a.id, a.hasExperiment, a.enabled, a.variant, a.payload],
    ['a', 7, true, true, 'blue', ['a', 2]]
  )
  // There is no payload: posthog-node finds by that key what every object inherits.
  assert.equal(/** @type {any} */ (toString).payload, Object.prototype.toString)
  assert.equal(isShaped(made), false)
  assert.deepEqual(Object.keys(recordsOf(records, [LAST_VALUE + 1, LAST_VALUE, 1, 1, 1])), ['toString', 'c', 'd', 'e'])
})

test('reasons are of the flags without a value, if there is a name for it', () => {
  const records = ['a', 5, 'c', 'd', 'e'].map((key) => recordOf(key))
  const ends = [1, LACKS_CONTEXT, LACKS_DEPENDENCY, { code: THROWN, message: 'no' }, LAST_VALUE]
  const unresolved = unresolvedOf(records, ends)
  assert.deepEqual(Object.entries(unresolved), [
    ['5', 'missing_context'],
    ['c', 'unresolved_dependency'],
  ])
  assert.equal(isShaped(unresolved), false)
})

test('the server can tell more of flags without a value that are not for clients alone', () => {
  const records = [recordOf('a', { evaluation_runtime: 'client' }), recordOf('b', { evaluation_runtime: undefined })]
  for (const [ends, expected] of /** @type {[number[], boolean][]} */ ([
    [[LACKS_CONTEXT, 1], false],
    [[1, LACKS_CONTEXT], true],
    [[1, LAST_VALUE], false],
    [[1, LAST_VALUE + 1], true],
    [[1, 0], false],
  ])) {
    assert.equal(mayServerTellMore(records, ends), expected)
  }
})

test('no payload is asked for of a flag that is off or has no value', () => {
  const never = recordOf('a', { payloadAt: () => assert.fail('asked for a payload') })
  for (const code of [0, LAST_VALUE + 1, LACKS_CONTEXT]) {
    assert.deepEqual({ ...valuesOf([never], [code]).payloads }, {})
    recordsOf([never], [code])
  }
})
