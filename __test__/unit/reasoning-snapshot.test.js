'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagDefinitions } = require('../../lib/addon/load-binding')
const { ReasoningSnapshot } = require('../../lib/evaluation/reasoning-snapshot')
const { calls } = require('../../lib/evaluation/told-reasons')
const { flag } = require('../support/flags')

const pro = { key: 'plan', value: 'pro', operator: 'exact', type: 'person' }
const DOCUMENT = JSON.stringify({
  flags: [
    flag('on', { filters: { groups: [{}], payloads: { true: '5' } } }),
    flag('off', { active: false }),
    flag('plan', { filters: { groups: [{ properties: [pro] }] } }),
    flag('sticky', { ensure_experience_continuity: true }),
  ],
})
const REPORTER = { error: () => {}, debug: () => {}, debugging: false }

const snapshotOf = () =>
  /** @type {any} */ (new ReasoningSnapshot(/** @type {any} */ (FlagDefinitions.compile(DOCUMENT, 'cache', []))))

/** @param {any} [personProperties] */
const contextOf = (personProperties = {}) => ({
  distinctId: 'kari',
  groups: {},
  personProperties,
  groupProperties: {},
})

/** What is told in the course of a call. @param {(evaluate: any) => unknown} call */
function toldIn(call) {
  const told = new Map()
  const answer = calls.run(told, () => call(undefined))
  return { answer, told: Object.fromEntries(told) }
}

/** A person whose plan is another each time that it is read. @param {...any} plans the last one may be an error to throw */
function changing(...plans) {
  return {
    get plan() {
      const plan = plans.length > 1 ? plans.shift() : plans[0]
      if (plan instanceof Error) throw plan
      return plan
    },
  }
}

test('one flag has its reason code, in the result and in what a call is told', () => {
  const snapshot = snapshotOf()
  const { featureFlagsByKey: records } = snapshot
  const { answer, told } = toldIn(() => [
    snapshot.evaluate(records.on, contextOf(), undefined, REPORTER),
    snapshot.evaluate(records.off, contextOf(), undefined, REPORTER),
  ])
  assert.deepEqual(answer, [
    { value: true, payload: 5, reasonCode: 'condition_match' },
    { value: false, payload: null, reasonCode: 'flag_disabled' },
  ])
  assert.deepEqual(told, { on: 'condition_match', off: 'flag_disabled' })
})

test('outside of a call the result has it too', () => {
  const snapshot = snapshotOf()
  const { reasonCode } = snapshot.evaluate(snapshot.featureFlagsByKey.on, contextOf(), undefined, REPORTER)
  assert.equal(reasonCode, 'condition_match')
})

test('a flag without a value has no reason, and neither has the payload of a value that is given', () => {
  const snapshot = snapshotOf()
  const { featureFlagsByKey: records } = snapshot
  const { answer, told } = toldIn(() => [
    snapshot.evaluate(records.sticky, contextOf(), undefined, REPORTER),
    snapshot.evaluate(records.on, contextOf(), true, REPORTER),
  ])
  assert.deepEqual(answer, [undefined, { value: true, payload: 5 }])
  assert.deepEqual(told, {})
})

test('all flags with a value are told of at once', () => {
  const snapshot = snapshotOf()
  const { answer, told } = toldIn(() => snapshot.evaluateAll(contextOf({ plan: 'free' }), undefined, REPORTER))
  assert.deepEqual({ .../** @type {any} */ (answer).response }, { on: true, off: false, plan: false })
  assert.deepEqual(told, { on: 'condition_match', off: 'flag_disabled', plan: 'no_condition_match' })
})

test('where nobody asks for reasons, all flags are evaluated once', () => {
  let reads = 0
  const personProperties = {
    get plan() {
      reads += 1
      return 'pro'
    },
  }
  const snapshot = snapshotOf()
  assert.equal(snapshot.evaluateAll(contextOf(personProperties), undefined, REPORTER).response.plan, true)
  assert.equal(reads, 1)
})

test('a flag that comes to another value the second time has no reason', () => {
  const snapshot = snapshotOf()
  for (const [first, second] of [
    ['pro', 'free'],
    ['free', 'pro'],
  ]) {
    const { answer, told } = toldIn(() =>
      snapshot.evaluate(snapshot.featureFlagsByKey.plan, contextOf(changing(first, second)), undefined, REPORTER)
    )
    const { value, reasonCode } = /** @type {any} */ (answer)
    assert.deepEqual([value, reasonCode, told], [first === 'pro', undefined, {}])
  }
})

test('a value that cannot be read again leaves the result as it is, without reasons', () => {
  const snapshot = snapshotOf()
  const person = contextOf(changing('pro', new Error('read already')))
  const { answer, told } = toldIn(() => snapshot.evaluate(snapshot.featureFlagsByKey.plan, person, undefined, REPORTER))
  assert.deepEqual(answer, { value: true, payload: null, reasonCode: undefined })
  assert.deepEqual(told, {})
})
