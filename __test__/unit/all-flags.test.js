'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')

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
