'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { IS_COMPLETE } = require('../../lib/evaluation/completeness')
const { createCall, prepareInput, readInput, readsOf } = require('../../lib/evaluation/inputs')
const { OWN_UNDEFINED, UNREADABLE } = require('../../lib/evaluation/exotic-value')
const { flag } = require('../support/observe')
const { openPair } = require('./support/world')

/** What generated code reads, what is read in a loop, and what is passed in a list. */
const COUNTS = [0, 70, 1100]

/**
 * A flag that reads so many properties that nobody has, before those of its filters.
 *
 * @param {string} key
 * @param {number} count
 * @param {object[]} filters
 * @param {object} [more]
 */
function readingMany(key, count, filters, more) {
  const others = Array.from({ length: count }, (_, number) => ({
    key: `absent-${number}`,
    value: 'x',
    operator: 'exact',
    type: 'person',
  }))
  return flag(key, {
    filters: {
      ...more,
      groups: [
        ...others.map((filter) => ({ properties: [filter], rollout_percentage: 0 })),
        { properties: filters, rollout_percentage: 100 },
      ],
    },
  })
}

/** @param {number} count */
const projectOf = (count) => ({
  group_type_mapping: { 0: 'company', 1: 'team' },
  flags: [
    readingMany('by distinct id', count, [{ key: 'distinct_id', value: 'kari', operator: 'exact', type: 'person' }]),
    readingMany('by plan', count, [{ key: 'plan', value: ['pro'], operator: 'exact', type: 'person' }]),
    readingMany('unless set', count, [{ key: 'set', value: 'is_not_set', operator: 'is_not_set', type: 'person' }]),
    flag('for companies', {
      filters: {
        aggregation_group_type_index: 0,
        groups: [{ properties: [{ key: 'size', value: 5, operator: 'gt', type: 'group' }], rollout_percentage: 100 }],
      },
    }),
    flag('for teams', {
      filters: { aggregation_group_type_index: 1, groups: [{ properties: [], rollout_percentage: 100 }] },
    }),
    flag('for companies, by condition', {
      filters: {
        groups: [
          {
            aggregation_group_type_index: 0,
            properties: [{ key: 'size', value: 5, operator: 'lt', type: 'group' }],
            rollout_percentage: 100,
          },
        ],
      },
    }),
  ],
})

/** What a caller may tell. @type {Record<string, any>} */
const PEOPLE = {
  nothing: {},
  'the distinct id of another': { personProperties: { distinct_id: 'ola' } },
  'a distinct id that is undefined': { personProperties: { distinct_id: undefined } },
  properties: { personProperties: { plan: 'pro', set: undefined } },
  'no plan': { personProperties: { plan: null, set: null } },
  'inherited properties': { personProperties: Object.create({ plan: 'pro', distinct_id: 'ola' }) },
  'a company': { groups: { company: 'acme' }, groupProperties: { company: { size: 10 } } },
  'a company of another type': { groups: { company: 'acme' }, groupProperties: { team: { size: 10 } } },
  'a team': { groups: { team: 'red' }, groupProperties: { company: { size: 1 }, team: { size: 1 } } },
  'properties without a group': { groupProperties: { company: { size: 1 } } },
  'a group without properties': { groups: { company: 'acme', team: 'red' } },
  'no properties of a group': { groups: { company: 'acme' }, groupProperties: { company: null } },
  'both groups': {
    groups: { company: 'acme', team: 'red' },
    groupProperties: { company: { size: 3 }, team: { size: 10 } },
  },
}

/** posthog-node takes its time over a thousand properties that are missing. */
const FEW = ['nothing', 'properties', 'a team']

for (const count of COUNTS) {
  test(`with ${count} more properties to read, flags are as posthog-node has them`, async (t) => {
    const definitions = projectOf(count)
    const [theirs, ours] = await openPair(t, definitions)
    const { localEvaluator } = ours
    for (const distinctId of ['kari', 'ola']) {
      for (const [name, person] of Object.entries(PEOPLE)) {
        if (count > 1000 && !FEW.includes(name)) {
          continue
        }
        const options = { ...person, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
        const told = `${distinctId}, ${name}`
        const expected = await theirs.getAllFlags(distinctId, options)
        assert.deepEqual(await ours.getAllFlags(distinctId, options), expected, told)
        for (const { key } of count > 1000 ? [] : definitions.flags) {
          const one = await theirs.getFeatureFlag(key, distinctId, options)
          assert.equal(await ours.getFeatureFlag(key, distinctId, options), one, `${key}, ${told}`)
          assert.equal(localEvaluator.getFeatureFlag(key, distinctId, person), one, `${key} of the evaluator, ${told}`)
        }
        assert.deepEqual(localEvaluator.getAllFlags(distinctId, person), expected, told)
      }
    }
  })
}

/** The inputs of a definition, and what a context brings for each: generated code and the loop read alike. */
const PREPARED = /** @type {any[]} */ ([
  ['distinctId'],
  ['person', 'plan'],
  ['person', 'distinct_id'],
  ['person', 'toString'],
  ['group', 'company', 'size'],
  ['group', 'toString', 'size'],
  ['groupKey', 'company'],
  ['groupKey', 'toString'],
  ['groupGiven', 'company'],
  ['groupGiven', 'other'],
]).map(prepareInput)

const getter = (/** @type {unknown} */ value) =>
  Object.defineProperty({}, 'plan', { get: () => value, enumerable: true, configurable: true })
const hidden = Object.defineProperty({}, 'plan', { value: 'pro', enumerable: false })
const throwing = (/** @type {string} */ name) =>
  Object.defineProperty({}, name, {
    get() {
      throw new Error('read')
    },
    enumerable: true,
  })

/** @param {any} context @param {number} count of more inputs */
function readBy(context, count) {
  const more = Array.from({ length: count }, (_, number) => prepareInput(['person', `more-${number}`]))
  const call = createCall([...PREPARED, ...more])
  /** @type {unknown[]} */
  let passed = []
  call(
    (/** @type {unknown} */ first, /** @type {unknown[]} */ ...values) => {
      assert.equal(first, 'first')
      passed = values.length === 1 && Array.isArray(values[0]) ? values[0] : values
    },
    context,
    'first'
  )
  assert.equal(passed.length, PREPARED.length + count)
  return passed.slice(0, PREPARED.length)
}

/** @param {any} context */
function readAll(context) {
  const loop = PREPARED.map((input) => readInput(input, context))
  for (const count of [0, 60, 1100]) {
    assert.deepEqual(readBy(context, count), loop)
  }
  return loop
}

test('few inputs are read by code that is generated for them, more in a loop, and a great many are passed in a list', () => {
  const some = (/** @type {number} */ count) =>
    Array.from({ length: count }, (_, number) => prepareInput(['person', `property-${number}`]))
  const isGenerated = (/** @type {any[]} */ inputs) => !String(createCall(inputs)).includes('inputs')
  assert.deepEqual([PREPARED, some(64), some(65)].map(isGenerated), [true, true, false])
  const argumentsOf = (/** @type {number} */ count) => {
    let passed = 0
    const context = contextOf({})
    createCall(some(count))((/** @type {unknown[]} */ ...values) => (passed = values.length), context, 'first')
    return passed
  }
  assert.deepEqual([0, 64, 65, 1024, 1025].map(argumentsOf), [1, 65, 66, 1025, 2])
})

const contextOf = (/** @type {any} */ parts) => ({
  distinctId: 'kari',
  groups: {},
  personProperties: {},
  groupProperties: {},
  ...parts,
})

test('what a context brings is read alike by generated code and in a loop', () => {
  const read = (/** @type {any} */ parts) => {
    const [, plan, distinctId, inherited, size, , company, , given, other] = readAll(contextOf(parts))
    return { plan, distinctId, inherited, size, company, given, other }
  }
  assert.equal(read({ personProperties: { plan: 'pro' } }).plan, 'pro')
  assert.equal(read({ personProperties: { plan: null } }).plan, null)
  assert.equal(read({ personProperties: { plan: undefined } }).plan, OWN_UNDEFINED)
  assert.equal(read({ personProperties: Object.create({ plan: 'pro' }), isUncopied: true }).plan, undefined)
  assert.equal(read({ personProperties: { toString: 'own' } }).inherited, 'own')
  assert.equal(read({ personProperties: { toString: undefined } }).inherited, OWN_UNDEFINED)
  for (const isUncopied of [undefined, true]) {
    assert.equal(read({ personProperties: { distinct_id: 'ola' }, isUncopied }).distinctId, 'ola')
    assert.equal(read({ personProperties: { distinct_id: undefined }, isUncopied }).distinctId, OWN_UNDEFINED)
    assert.equal(read({ personProperties: {}, distinctId: undefined, isUncopied }).distinctId, OWN_UNDEFINED)
    assert.equal(read({ personProperties: getter('pro'), isUncopied }).plan, 'pro')
    assert.equal(read({ personProperties: getter(undefined), isUncopied }).plan, OWN_UNDEFINED)
    assert.throws(() => read({ personProperties: throwing('plan'), isUncopied }), /read/)
  }
  assert.equal(read({ personProperties: hidden, isUncopied: true }).plan, undefined)
  assert.equal(
    read({
      personProperties: Object.defineProperty({}, 'distinct_id', { value: 'hidden', enumerable: false }),
      isUncopied: true,
    }).distinctId,
    'kari'
  )
})

test('groups are read from where they are, and one that cannot be read harms nobody else', () => {
  const read = (/** @type {any} */ parts) => {
    const [, , , , size, , company, inherited, given, other] = readAll(contextOf(parts))
    return { size, company, inherited, given, other }
  }
  const full = read({ groups: { company: 'acme' }, groupProperties: { company: { size: 5 } } })
  assert.deepEqual([full.size, full.company, full.given, full.other], [5, 'acme', true, undefined])
  assert.equal(read({ groups: { company: undefined } }).company, OWN_UNDEFINED)
  assert.equal(read({ groups: 'company' }).company, UNREADABLE)
  assert.equal(read({ groups: undefined }).company, UNREADABLE)
  assert.equal(read({ groups: Object.assign(() => {}, { company: 'acme' }) }).company, 'acme')
  assert.equal(read({ groups: throwing('company') }).company, UNREADABLE)
  assert.equal(read({ groupProperties: { company: { size: undefined } } }).size, OWN_UNDEFINED)
  assert.equal(read({ groupProperties: { company: Object.create({ size: 5 }) } }).size, undefined)
  assert.equal(read({ groupProperties: throwing('company') }).size, undefined)
  assert.equal(read({ groupProperties: throwing('company') }).given, null)
  assert.equal(read({ groupProperties: { company: null } }).given, null)
  assert.equal(read({ groupProperties: { other: {} } }).given, undefined)
  assert.equal(read({ groupProperties: { other: {} } }).other, true)
})

test('what is read of a call in short tells people from groups', () => {
  const reads = (/** @type {any[]} */ ...inputs) => readsOf(inputs.map(prepareInput))
  assert.deepEqual(reads(['distinctId']), { person: 0, groupTypes: undefined })
  assert.deepEqual(reads(['distinctId'], ['person', 'plan']), { person: 1, groupTypes: undefined })
  for (const input of [
    ['group', 'company', 'size'],
    ['groupKey', 'company'],
    ['groupGiven', 'company'],
  ]) {
    assert.deepEqual(reads(input), { person: 0, groupTypes: new Set(['company']) })
  }
  assert.deepEqual(reads(['complete']), { person: 0, groupTypes: undefined, completeness: true, geoip: false })
  const withGeoip = reads(['complete'], ['person', '$geoip_country_code'])
  assert.deepEqual(withGeoip, { person: 1, groupTypes: undefined, completeness: true, geoip: true })
})

test('whether properties are complete is what the call says, or else the definitions', () => {
  for (const count of [1, 70]) {
    for (const isComplete of [true, false, undefined]) {
      const inputs = Array.from({ length: count }, () => ({ ...prepareInput(['complete']), isComplete }))
      const call = createCall(inputs)
      /** @param {any} context */
      const read = (context) => {
        const values = call((/** @type {any[]} */ ...args) => args.slice(1), context, 'first')
        assert.equal(new Set(values).size, 1)
        assert.equal(values.length, count)
        return values[0]
      }
      const context = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
      assert.equal(read(context), isComplete === true)
      for (const said of [true, false]) {
        assert.equal(read({ ...context, isComplete: said }), said)
        assert.equal(read({ ...context, personProperties: { [IS_COMPLETE]: said } }), said)
        assert.equal(read({ ...context, isComplete: said, personProperties: { [IS_COMPLETE]: !said } }), said)
      }
      assert.equal(read({ ...context, personProperties: null }), isComplete === true)
      assert.equal(read({ ...context, isComplete: 'yes' }), isComplete === true)
    }
  }
})

test('a person whose property cannot be read costs an evaluation the flags that read it, and no others', () => {
  const evaluator = new LocalEvaluator(projectOf(70))
  const all = evaluator.getAllFlags('kari', { personProperties: throwing('plan') })
  assert.equal('by plan' in all, false)
  assert.equal(all['by distinct id'], true)
})
