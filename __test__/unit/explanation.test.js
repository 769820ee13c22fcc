'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OWN_UNDEFINED, UNREADABLE } = require('../../lib/evaluation/exotic-value')
const { nothingTold, readExplanation } = require('../../lib/evaluation/explanation')
const { LAST_VALUE } = require('../../lib/evaluation/result-codes')

const MISSING_CONTEXT = 0xfffc

/** A record with the values `false`, `true` and variants. @param {string} key @param {any[]} variants */
const record = (key, ...variants) =>
  /** @type {any} */ ({
    key,
    valueAt: (/** @type {number} */ code) => [false, true, ...variants][code],
    payloadAt: (/** @type {number} */ code) => (code === 2 ? { fresh: () => ({ of: key }) } : undefined),
  })

const RECORDS = new Map([record('f', 'wide', 'slim'), record('g', 'blue')].map((each) => [each.key, each]))

/**
 * What is read of parts of a definition.
 *
 * @param {any[]} parts
 * @param {any} [call]
 */
function explain(parts, call) {
  return readExplanation(JSON.stringify({ isWhole: true, parts }), /** @type {any} */ (RECORDS.get('f')), {
    recordOf: (key) => RECORDS.get(key),
    inputs: [],
    values: new Map(),
    groupProperties: undefined,
    ...call,
  })
}

/** A flag of one condition with these parts in it. @param {any[]} parts @param {number} count @param {any} [call] */
const propertiesOf = (parts, count, call) =>
  explain([{ kind: 'flag', key: 'f', code: 1, count: 1 }, { kind: 'condition', matches: true, count }, ...parts], call)
    .flag.conditions[0].properties

test('a flag with a value has the value, its payload and no reason to have none', () => {
  const { flag, ...rest } = explain([
    { kind: 'flag', key: 'f', code: 2, reasonCode: 'condition_match', conditionIndex: 4 },
  ])
  assert.deepEqual(rest, { value: 'wide', payload: { of: 'f' }, unresolvedReason: undefined, isWhole: true })
  assert.deepEqual(flag, {
    key: 'f',
    value: 'wide',
    unresolvedReason: undefined,
    reasonCode: 'condition_match',
    conditionIndex: 4,
    holdout: undefined,
    conditions: [],
  })
})

test('a flag that is off has no payload, and neither has a value without one', () => {
  const asked = /** @type {number[]} */ ([])
  const spied = { ...record('f'), payloadAt: (/** @type {number} */ code) => void asked.push(code) }
  for (const code of [0, 1, LAST_VALUE, LAST_VALUE + 1]) {
    const told = JSON.stringify({ isWhole: false, parts: [{ kind: 'flag', key: 'f', code }] })
    const { payload, isWhole } = readExplanation(told, spied, /** @type {any} */ ({ recordOf: () => spied }))
    assert.deepEqual([payload, isWhole], [undefined, false])
  }
  assert.deepEqual(asked, [1, LAST_VALUE])
})

test('a flag without a value has the reason', () => {
  const { value, payload, unresolvedReason, flag } = explain([{ kind: 'flag', key: 'f', code: MISSING_CONTEXT }])
  assert.deepEqual([value, payload, unresolvedReason], [undefined, undefined, 'missing_context'])
  assert.deepEqual([flag.value, flag.unresolvedReason], [undefined, 'missing_context'])
})

test('of a flag that could not be evaluated nothing is told but the reason', () => {
  assert.deepEqual(nothingTold('experience_continuity'), {
    value: undefined,
    payload: undefined,
    unresolvedReason: 'experience_continuity',
    isWhole: true,
    flag: { conditions: [] },
  })
})

test('a holdout has the value that it gives, where there is one', () => {
  const of = (/** @type {any} */ holdout) => explain([{ kind: 'flag', key: 'f', code: 1, holdout }]).flag.holdout
  assert.deepEqual(of({ exclusion: 10, code: 3, bucket: 4.5, matches: true }), {
    value: 'slim',
    exclusion: 10,
    bucket: 4.5,
    matches: true,
  })
  assert.deepEqual(of({ exclusion: 0 }), { value: undefined, exclusion: 0, bucket: undefined, matches: undefined })
})

test('conditions are told in turn, each with what it consists of', () => {
  const { conditions } = explain([
    { kind: 'flag', key: 'f', code: 1, count: 2 },
    { kind: 'condition', matches: true, rollout: 30, bucket: 3.5, variant: 2, count: 1 },
    { kind: 'condition', matches: false, outOfRollout: true, count: 2 },
    { kind: 'broken', matches: undefined },
    { kind: 'broken', matches: true },
    { kind: 'broken', matches: false },
  ]).flag
  const broken = (/** @type {any} */ matches) => ({
    key: undefined,
    operator: undefined,
    value: undefined,
    given: undefined,
    matches,
  })
  assert.deepEqual(conditions, [
    { matches: true, outOfRollout: false, rollout: 30, bucket: 3.5, variant: 'wide', properties: [broken(undefined)] },
    {
      matches: false,
      outOfRollout: true,
      rollout: undefined,
      bucket: undefined,
      variant: undefined,
      properties: [broken(true), broken(false)],
    },
  ])
})

test('a property has its name, its operator, and what was given for it', () => {
  const inputs = [
    { kind: 'person', key: 'age' },
    { kind: 'person', key: 'plan' },
  ]
  const values = new Map(
    /** @type {[number, any][]} */ ([
      [0, 8],
      [1, 'pro'],
    ])
  )
  const parts = [
    { kind: 'property', slot: 1, value: 'pro', matches: true },
    { kind: 'property', slot: 0, operator: 'gt', value: 3, matches: true, negation: true },
    { kind: 'property', slot: 0, operator: null, value: 3, matches: false },
  ]
  assert.deepEqual(propertiesOf(parts, 3, { inputs, values }), [
    { key: 'plan', operator: 'exact', value: 'pro', given: 'pro', matches: true },
    { key: 'age', operator: 'gt', value: 3, given: 8, matches: true, negation: true },
    { key: 'age', operator: 'exact', value: 3, given: 8, matches: false },
  ])
})

test('what was not given, was undefined or could not be read is told as nothing', () => {
  const inputs = ['a', 'b', 'c'].map((key) => ({ kind: 'person', key }))
  const values = new Map(
    /** @type {[number, any][]} */ ([
      [0, OWN_UNDEFINED],
      [1, UNREADABLE],
    ])
  )
  const parts = [0, 1, 2].map((slot) => ({ kind: 'property', slot }))
  assert.deepEqual(
    propertiesOf(parts, 3, { inputs, values }).map(({ given }) => given),
    [undefined, undefined, undefined]
  )
})

test('a property of a group names the group, and has what was given only if the call has properties of that group', () => {
  const inputs = [{ kind: 'group', group: 'company', key: 'tier' }]
  const values = new Map([[0, 'gold']])
  const of = (/** @type {any} */ groupProperties) =>
    propertiesOf([{ kind: 'property', slot: 0, value: 'gold', matches: true }], 1, {
      inputs,
      values,
      groupProperties,
    })[0]
  const expected = { key: 'tier', operator: 'exact', value: 'gold', given: 'gold', matches: true, group: 'company' }
  assert.deepEqual(of({ company: { tier: 'gold' } }), expected)
  for (const groupProperties of [{}, undefined, null, Object.create({ company: {} })]) {
    assert.deepEqual(of(groupProperties), { ...expected, given: undefined })
  }
})

test('a cohort has the group that it consists of, and a group its values', () => {
  const inputs = [{ kind: 'person', key: 'a' }]
  const values = new Map([[0, 1]])
  const parts = [
    { kind: 'cohort', key: 'id', value: 7, matches: true, count: 1 },
    { kind: 'cohort', key: 'id', operator: 'not_in', value: 9, matches: false, negation: true },
    { kind: 'group', type: 'OR', matches: true, count: 2 },
    { kind: 'property', slot: 0, value: 1, matches: true },
    { kind: 'group', type: 'AND', matches: false },
  ]
  const cohort = { type: 'cohort', key: 'id', given: undefined }
  assert.deepEqual(propertiesOf(parts, 2, { inputs, values }), [
    {
      ...{ ...cohort, operator: 'in', value: 7, matches: true },
      cohort: {
        type: 'OR',
        matches: true,
        values: [
          { key: 'a', operator: 'exact', value: 1, given: 1, matches: true },
          { type: 'AND', matches: false, values: [] },
        ],
      },
    },
    { ...cohort, operator: 'not_in', value: 9, matches: false, negation: true, cohort: undefined },
  ])
})

test('a dependency has the flags that it names, and what the one that it is about came to', () => {
  const parts = [
    { kind: 'dependency', key: 'g', value: true, matches: true, count: 2 },
    { kind: 'dependency', key: 'gone', operator: 'other', value: 'x', negation: true },
    { kind: 'flag', key: 'f', code: 3 },
    { kind: 'flag', key: 'g', code: 2, count: 1 },
    { kind: 'condition', matches: true, variant: 2 },
  ]
  const [first, second] = propertiesOf(parts, 2)
  const { dependencies, ...rest } = first
  assert.deepEqual(rest, {
    type: 'flag',
    key: 'g',
    operator: 'flag_evaluates_to',
    value: true,
    given: 'blue',
    matches: true,
  })
  assert.deepEqual(
    dependencies.map((/** @type {any} */ { key, value }) => [key, value]),
    [
      ['f', 'slim'],
      ['g', 'blue'],
    ]
  )
  // Of the flag that it belongs to, not of the one that is explained.
  assert.equal(dependencies[1].conditions[0].variant, 'blue')
  assert.deepEqual(second, {
    ...{
      type: 'flag',
      key: 'gone',
      operator: 'other',
      value: 'x',
      given: undefined,
      matches: undefined,
      negation: true,
    },
    dependencies: [],
  })
})

test('what stands at another place is told there alone', () => {
  const [{ dependencies }] = propertiesOf(
    [
      { kind: 'dependency', key: 'g', count: 1 },
      { kind: 'flag', key: 'g', code: 1, isTold: true },
    ],
    1
  )
  assert.deepEqual([dependencies[0].value, dependencies[0].conditions], [true, undefined])
})

test('a flag that is not defined has no value and no variant', () => {
  const [{ given, dependencies }] = propertiesOf(
    [
      { kind: 'dependency', key: 'gone', count: 1 },
      { kind: 'flag', key: 'gone', code: 1, count: 1 },
      { kind: 'condition', variant: 2 },
    ],
    1
  )
  assert.deepEqual(
    [given, dependencies[0].value, dependencies[0].conditions[0].variant],
    [undefined, undefined, undefined]
  )
  const [{ dependencies: others }] = propertiesOf(
    [
      { kind: 'dependency', key: 'gone', count: 1 },
      { kind: 'flag', key: 'gone' },
    ],
    1
  )
  assert.deepEqual([others[0].value, others[0].unresolvedReason], [undefined, undefined])
})
