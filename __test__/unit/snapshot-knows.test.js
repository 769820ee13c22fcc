'use strict'

// What a snapshot knows beside the values of flags: its keys, what has changed, counts, and why a flag is what it is.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { EvaluationCounts } = require('../../lib/evaluation/evaluation-counts')
const { Snapshot } = require('../../lib/evaluation/snapshot')
const binding = require('../../lib/addon/load-binding')
const { flag } = require('../support/flags')
const { PANIC, reporterOf } = require('./support/stand-in-definitions')

const isPro = { key: 'plan', type: 'person', operator: 'exact', value: ['pro'] }
const forPro = (/** @type {string} */ key) => flag(key, { filters: { groups: [{ properties: [isPro] }] } })

/** @param {Record<string, unknown>} [personProperties] */
const contextOf = (personProperties = {}) => ({ distinctId: 'kari', groups: {}, personProperties, groupProperties: {} })

/** @param {unknown[]} flags */
const textOf = (...flags) => JSON.stringify({ flags })

test('each key is listed once, though it may be defined twice', () => {
  assert.deepEqual(Snapshot.compile(textOf(flag('b'), flag('a'), flag('b'))).keys, ['b', 'a'])
})

test('what has changed since other definitions is told by keys, and all is new where there were none', () => {
  const earlier = Snapshot.compile(textOf(flag('same'), flag('other'), flag('gone')))
  const later = Snapshot.compile(textOf(flag('same'), forPro('other'), flag('new')))
  assert.deepEqual(later.changesSince(earlier), { added: ['new'], removed: ['gone'], changed: ['other'] })
  assert.deepEqual(later.changesSince(undefined), { added: ['same', 'other', 'new'], removed: [], changed: [] })
})

test('flags with a value are counted, and the others by their reasons, whichever way they are evaluated', () => {
  const counts = new EvaluationCounts()
  const definitions = binding.FlagDefinitions.compile(textOf(flag('on'), forPro('pro')), 'cache', [])
  const snapshot = new Snapshot(definitions, undefined, counts)
  const { reporter } = reporterOf()
  const { on, pro } = snapshot.featureFlagsByKey
  snapshot.valueOf(on, contextOf(), reporter)
  snapshot.evaluate(on, contextOf(), undefined, reporter)
  snapshot.evaluate(pro, contextOf(), undefined, reporter)
  snapshot.evaluateAll(contextOf(), undefined, reporter)
  snapshot.evaluateAll(contextOf({ plan: 'pro' }), undefined, reporter)
  snapshot.evaluateAll(contextOf(), ['on', 'pro'], reporter)
  assert.equal(counts.local, 1 + 1 + 1 + 2 + 1)
  assert.deepEqual(counts.read().unresolvedFlags, { pro: { reason: 'missing_context', count: 3 } })
})

test('a flag is examined: its value with the payload, the conditions, and why there is no value', () => {
  const told = flag('told', { filters: { groups: [{ properties: [isPro] }], payloads: { true: '{"of":"pro"}' } } })
  const snapshot = Snapshot.compile(textOf(told))
  const record = snapshot.featureFlagsByKey.told
  const pro = snapshot.examine(record, contextOf({ plan: 'pro' }))
  assert.deepEqual([pro.value, pro.payload, pro.unresolvedReason], [true, { of: 'pro' }, undefined])
  assert.deepEqual(
    pro.flag.conditions[0].properties.map(({ key, given }) => [key, given]),
    [['plan', 'pro']]
  )
  const unknown = snapshot.examine(record, contextOf())
  assert.deepEqual([unknown.value, unknown.unresolvedReason], [undefined, 'missing_context'])
})

test('of a flag that cannot be examined only that is told, and a panic is a panic', () => {
  /** @type {Error[]} */
  const panics = []
  const definitions = binding.FlagDefinitions.compile(textOf(forPro('pro')), 'cache', [])
  const snapshot = new Snapshot(definitions, (panic) => panics.push(panic))
  const record = snapshot.featureFlagsByKey.pro
  const thrower = {
    get plan() {
      throw new Error('not to be read')
    },
  }
  const nothing = { value: undefined, payload: undefined, isWhole: true, flag: { conditions: [] } }
  assert.deepEqual(snapshot.examine(record, contextOf(thrower)), { ...nothing, unresolvedReason: undefined })
  assert.deepEqual(panics, [])
  const evaluator = /** @type {any} */ (snapshot)._evaluator
  evaluator._explain = () => {
    throw PANIC
  }
  assert.deepEqual(snapshot.examine(record, contextOf({ plan: 'pro' })), { ...nothing, unresolvedReason: undefined })
  assert.deepEqual(panics, [PANIC])
})

test('whether what is not given is not there is what the call says, or else what the snapshot was made with', () => {
  const isUnset = { key: 'plan', type: 'person', operator: 'is_not_set', value: 'is_not_set' }
  const text = textOf(flag('unset', { filters: { groups: [{ properties: [isUnset] }] } }))
  const valueOf = (/** @type {boolean | undefined} */ byDefault, /** @type {boolean | undefined} */ said) => {
    const options = { semantics: /** @type {const} */ ('server'), propertiesAreComplete: byDefault }
    const snapshot = Snapshot.compile(text, [], options)
    const context = { ...contextOf(), isComplete: said }
    return snapshot.valueOf(snapshot.featureFlagsByKey.unset, context, reporterOf().reporter)
  }
  assert.deepEqual([valueOf(undefined, undefined), valueOf(false, undefined)], [undefined, undefined])
  assert.deepEqual([valueOf(true, undefined), valueOf(false, true)], [true, true])
  assert.equal(valueOf(true, false), undefined)
})
