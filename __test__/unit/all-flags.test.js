'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { AllFlags } = require('../../lib/evaluation/all-flags')
const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')
const { isShaped } = require('./support/engine')

/** Built by a literal, by a loop, by several functions, and as a table. */
const SIZES = [1, 16, 17, 128, 129, 300, 1020, 1021]
/** More calls than it takes for code to be generated. */
const CALLS = 110

/** Of three kinds in turn: on for everybody, for some plan, and with variants by plan. @param {number} number */
function definition(number) {
  const by = (/** @type {string} */ plan, /** @type {object} */ more = {}) => ({
    properties: [{ key: 'plan', operator: 'exact', value: plan, type: 'person' }],
    rollout_percentage: 100,
    ...more,
  })
  const payload = { payloads: { true: `{"of":${number}}`, wide: `{"wide":${number}}` } }
  const multivariate = {
    variants: [
      { key: 'wide', rollout_percentage: 50 },
      { key: 'narrow', rollout_percentage: 50 },
    ],
  }
  return flag(
    number === 5 ? 'toString' : number === 6 ? '__proto__' : `flag-${number}`,
    [
      { filters: { groups: [{ properties: [], rollout_percentage: 100 }], ...payload } },
      { filters: { groups: [by('pro')] } },
      {
        filters: {
          groups: [by('pro', { variant: 'wide' }), by('free', { variant: 'narrow' })],
          multivariate,
          ...payload,
        },
      },
    ][number % 3]
  )
}

/** What such a flag is, by plan; nothing is known without one. @param {number} number @param {string | undefined} plan */
function expectedOf(number, plan) {
  if (number % 3 === 0) {
    return { value: true, payload: { of: number } }
  }
  if (plan === undefined) {
    return undefined
  }
  if (number % 3 === 1) {
    return { value: plan === 'pro' }
  }
  return plan === 'pro' ? { value: 'wide', payload: { wide: number } } : { value: plan === 'free' ? 'narrow' : false }
}

for (const size of SIZES) {
  test(`all of ${size} flags have their values and payloads, in each call, in stored order`, () => {
    const flags = Array.from({ length: size }, (_, number) => definition(number))
    const evaluator = new LocalEvaluator({ flags })
    for (let call = 0; call < CALLS; call += 1) {
      const plan = ['pro', 'free', 'other', undefined][call % 4]
      const options = { personProperties: plan === undefined ? {} : { plan } }
      const { featureFlags, featureFlagPayloads } = evaluator.getAllFlagsAndPayloads('kari', options)
      const decided = flags.flatMap(({ key }, number) => {
        const expected = key === '__proto__' ? undefined : expectedOf(number, plan)
        return expected === undefined ? [] : [{ key, ...expected }]
      })
      const values = decided.map(({ key, value }) => [key, value])
      assert.deepEqual(Object.entries(featureFlags), values)
      assert.deepEqual(Object.entries(evaluator.getAllFlags('kari', options)), values)
      const payloads = decided.flatMap(({ key, payload }) => (payload === undefined ? [] : [[key, payload]]))
      assert.deepEqual(Object.entries(featureFlagPayloads), payloads)
      assert.equal(Object.getPrototypeOf(featureFlags), Object.prototype)
      // Each caller has a response of its own.
      featureFlags['flag-0'] = 'spoilt'
      featureFlags.added = true
      delete featureFlagPayloads['flag-0']
    }
  })
}

test('where code must not be generated all flags have their values too', (t) => {
  let refused = 0
  const { Function } = globalThis
  t.after(() => Object.assign(globalThis, { Function }))
  globalThis.Function = /** @type {any} */ (
    function () {
      refused += 1
      throw new EvalError('Code generation from strings disallowed for this context')
    }
  )
  for (const size of [7, 150]) {
    const flags = Array.from({ length: size }, (_, number) => flag(`other-${number}`, { active: number % 2 === 0 }))
    const evaluator = new LocalEvaluator({ flags })
    const expected = flags.map(({ key, active }) => [key, active])
    for (let call = 0; call < CALLS; call += 1) {
      assert.deepEqual(Object.entries(evaluator.getAllFlags('kari')), expected)
    }
  }
  assert.ok(refused > 0)
})

const LAST_VALUE = 0xfff0
const [LACKS_CONTEXT, LACKS_DEPENDENCY, THROWN] = [0xfffc, 0xfffd, 0xfffb]
/** The call in which code for whole answers is generated. */
const EIGHTH = 8

/**
 * What codes mean of flags whose payload is `of <key> at <code>`, but for the code 3. Those that were looked up are listed.
 *
 * @param {...any} outlines
 */
function allOf(...outlines) {
  /** @type {string[]} */
  const asked = []
  const flags = outlines.map((outline, position) => ({
    index: outlines.length - 1 - position,
    position,
    values: ['blue', 'red'],
    hasPayloads: false,
    isForClients: false,
    id: position,
    hasExperiment: undefined,
    noPayload: undefined,
    record: undefined,
    ...outline,
  }))
  const list = /** @type {any} */ ({
    outline: () => flags,
    at(/** @type {number} */ position, /** @type {string} */ key) {
      asked.push(`${position} ${key}`)
      return {
        payloadAt: (/** @type {number} */ code) =>
          code === 3 ? undefined : { fresh: () => flags[position].payload ?? { of: `${key} at ${code}` } },
      }
    },
  })
  return { all: new AllFlags(list), asked }
}

/** The codes of flags in the order in which they are listed. @param {...number} codes */
const codesOf = (...codes) => Uint16Array.from([...codes].reverse())

test('codes of flags are values, and those that have none are left out', () => {
  const { all } = allOf(
    { key: 'a' },
    { key: 'b' },
    { key: 'toString' },
    { key: 'd' },
    { key: 'plain', values: undefined }
  )
  for (let call = 1; call <= EIGHTH * 2; call += 1) {
    assert.deepEqual(Object.entries(all.values(codesOf(0, 1, 2, 3, 1), 0)), [
      ['a', false],
      ['b', true],
      ['toString', 'blue'],
      ['d', 'red'],
      ['plain', true],
    ])
    assert.deepEqual(Object.entries(all.values(codesOf(0, LACKS_CONTEXT, 2, THROWN, 0), 2)), [
      ['a', false],
      ['toString', 'blue'],
      ['plain', false],
    ])
  }
  assert.deepEqual(
    { ...all.values(codesOf(0, 0, 0, LAST_VALUE, LAST_VALUE + 1), 1), d: 0 },
    { a: false, b: false, toString: false, d: 0 }
  )
})

test('an answer that lacks nothing has a shape once it is asked for often, and one that lacks flags never has', () => {
  const { all } = allOf({ key: 'a' }, { key: 'b' })
  for (let call = 1; call <= EIGHTH * 5; call += 1) {
    for (const [undecided, codes] of /** @type {[number, Uint16Array][]} */ ([
      [0, codesOf(1, 0)],
      [1, codesOf(1, LACKS_CONTEXT)],
    ])) {
      for (const answer of [all.values(codes, undecided), all.records(codes, undecided)]) {
        assert.equal(isShaped(answer), undecided === 0 && call >= EIGHTH)
      }
    }
  }
})

test('records are those of posthog-node, with fresh payloads, of the flags that have a value', () => {
  const { all, asked } = allOf(
    { key: 'a', hasPayloads: true, id: 'x', hasExperiment: true },
    { key: 'b', hasPayloads: true },
    { key: 'toString' },
    { key: 'd', hasPayloads: true }
  )
  for (let call = 1; call <= EIGHTH * 2; call += 1) {
    for (const [last, undecided] of [
      [0, 0],
      [LACKS_CONTEXT, 1],
    ]) {
      const records = all.records(codesOf(2, 0, 1, last), undecided)
      assert.deepEqual(Object.keys(records), last === 0 ? ['a', 'b', 'toString', 'd'] : ['a', 'b', 'toString'])
      assert.equal(Object.getPrototypeOf(records), Object.prototype)
      const { a, b, toString: c } = /** @type {any} */ (records)
      assert.deepEqual(
        [a.key, a.id, a.hasExperiment, a.variant, a.enabled, a.payload],
        ['a', 'x', true, 'blue', true, { of: 'a at 2' }]
      )
      assert.deepEqual([b.key, b.variant, b.enabled, b.payload], ['b', undefined, false, undefined])
      assert.deepEqual(
        [c.key, c.variant, c.enabled, c.payload],
        ['toString', undefined, true, Object.prototype.toString]
      )
    }
  }
  // Neither of a flag without payloads nor of one that is off, and once of each other.
  assert.deepEqual(asked, ['0 a'])
})

test('the last code of a value has a record, and the one after it a reason', () => {
  const { all } = allOf({ key: 'a' }, { key: 'b' })
  const codes = codesOf(LAST_VALUE, LAST_VALUE + 1)
  assert.deepEqual(Object.keys(all.records(codes, 1)), ['a'])
  assert.deepEqual(Object.keys(all.values(codes, 1)), ['a'])
  assert.equal(all.mayServerTellMore(codesOf(LAST_VALUE, LAST_VALUE)), false)
  assert.equal(all.mayServerTellMore(codes), true)
})

for (const size of [1, 4, 5, 30]) {
  test(`payloads of ${size} flags that may have some are those of the values that have one`, () => {
    const keys = Array.from({ length: size }, (_, number) => (number === 0 ? 'constructor' : `flag ${number}`))
    const { all, asked } = allOf({ key: 'none' }, ...keys.map((key) => ({ key, hasPayloads: true })))
    for (let call = 0; call < 3; call += 1) {
      const payloads = all.payloads(codesOf(2, ...keys.map(() => 2)))
      assert.deepEqual(
        Object.entries(payloads),
        keys.map((key) => [key, { of: `${key} at 2` }])
      )
      assert.equal(Object.getPrototypeOf(payloads), Object.prototype)
      // Few of them have few sets of keys; of many, V8 is to know no shape.
      assert.equal(isShaped(payloads), size <= 4)
    }
    assert.equal(asked.length, size)
    for (const code of [0, 3, LACKS_CONTEXT, LAST_VALUE + 1]) {
      assert.deepEqual(Object.keys(all.payloads(codesOf(2, ...keys.map(() => code)))), [])
    }
    assert.deepEqual(all.payloads(codesOf(2, ...keys.map(() => LAST_VALUE))).constructor, {
      of: `constructor at ${LAST_VALUE}`,
    })
    assert.equal(asked.length, size)
  })
}

test('a payload that is falsy is none', () => {
  const { all } = allOf(
    { key: 'zero', hasPayloads: true, payload: 0 },
    ...Array.from({ length: 5 }, (_, number) => ({ key: `${number}`, hasPayloads: true, payload: '' }))
  )
  assert.deepEqual(Object.keys(all.payloads(codesOf(1, 1, 1, 1, 1, 1))), [])
  assert.deepEqual(Object.keys(allOf({ key: 'zero', hasPayloads: true, payload: 0 }).all.payloads(codesOf(1))), [])
})

test('few payloads are given although Object.prototype is frozen', () => {
  const program = `
    const { LocalEvaluator } = require('.')
    Object.freeze(Object.prototype)
    const flags = ['constructor', 'plain'].map((key) => ({
      key, active: true, filters: { groups: [{ properties: [] }], payloads: { true: '[1]' } },
    }))
    const { featureFlagPayloads } = new LocalEvaluator({ flags }).getAllFlagsAndPayloads('kari')
    console.log(JSON.stringify(Object.entries(featureFlagPayloads)))`
  const printed = execFileSync(process.execPath, ['-e', program], {
    cwd: path.join(__dirname, '../..'),
    encoding: 'utf8',
  })
  assert.deepEqual(JSON.parse(printed), [
    ['constructor', [1]],
    ['plain', [1]],
  ])
})

test('a flag of the key __proto__ has no value and no record, and its payload is what payloads inherit', () => {
  for (const others of [0, 6]) {
    const { all } = allOf(
      { key: '__proto__', hasPayloads: true },
      ...Array.from({ length: others }, (_, number) => ({ key: `flag ${number}`, hasPayloads: true }))
    )
    const codes = (/** @type {number} */ first) => codesOf(first, ...Array(others).fill(1))
    for (let call = 1; call <= EIGHTH + 1; call += 1) {
      assert.equal(Object.keys(all.values(codes(1), 0)).length, others)
      assert.equal(Object.keys(all.records(codes(1), 0)).length, others)
    }
    const payloads = all.payloads(codes(1))
    assert.deepEqual({ ...Object.getPrototypeOf(payloads) }, { of: '__proto__ at 1' })
    assert.equal(Object.keys(payloads).length, others)
    assert.equal(Object.getPrototypeOf(all.payloads(codes(0))), Object.prototype)
    assert.deepEqual(Object.keys(all.unresolved(codes(LACKS_CONTEXT))), [])
    assert.equal(all.mayServerTellMore(codes(LACKS_CONTEXT)), true)
  }
  const { all } = allOf({ key: '__proto__' }, { key: 'a', hasPayloads: true })
  assert.equal(Object.getPrototypeOf(all.payloads(codesOf(1, 1))), Object.prototype)
})

test('flags without a value have the reason, those excepted on which posthog-node throws', () => {
  const { all } = allOf({ key: 'a' }, { key: 'b' }, { key: 'toString' }, { key: 'd' })
  const unresolved = all.unresolved(codesOf(1, LACKS_CONTEXT, LACKS_DEPENDENCY, THROWN))
  assert.deepEqual(Object.entries(unresolved), [
    ['b', 'missing_context'],
    ['toString', 'unresolved_dependency'],
  ])
  assert.equal(Object.getPrototypeOf(unresolved), Object.prototype)
  assert.equal(isShaped(unresolved), false)
  assert.deepEqual(Object.keys(all.unresolved(codesOf(0, 1, LAST_VALUE, 2))), [])
})

test('the server can tell more if a flag without a value is not for clients alone', () => {
  const { all } = allOf({ key: 'a', isForClients: true }, { key: 'b' }, { key: 'c' })
  const cases = /** @type {[number[], boolean][]} */ ([
    [[0, 1, 2], false],
    [[LACKS_CONTEXT, 1, 2], false],
    [[LACKS_CONTEXT, 1, THROWN], true],
    [[1, LACKS_CONTEXT, LACKS_CONTEXT], true],
  ])
  cases.forEach(([codes, expected]) => assert.equal(all.mayServerTellMore(codesOf(...codes)), expected))
})
