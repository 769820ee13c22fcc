'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')
const { openPair } = require('./support/world')

const filter = (/** @type {string} */ key, type = 'person') => ({ key, operator: 'exact', value: ['x', '5'], type })
const DEFINITIONS = {
  group_type_mapping: { 0: 'company' },
  flags: [
    flag('by plan', { filters: { groups: [{ properties: [filter('plan')], rollout_percentage: 100 }] } }),
    ...['name', '$group_key'].map((key) =>
      flag(`by ${key}`, {
        filters: {
          aggregation_group_type_index: 0,
          groups: [{ properties: [filter(key, 'group')], rollout_percentage: 100 }],
        },
      })
    ),
  ],
}

/** What callers pass. @type {Record<string, () => any>} */
const CALLS = {
  nothing: () => undefined,
  null: () => null,
  'empty options': () => ({}),
  'a person': () => ({ personProperties: { plan: 'x' } }),
  'no person': () => ({ personProperties: null }),
  'a text for a person': () => ({ personProperties: 'plan' }),
  'a person behind a proxy': () => ({ personProperties: new Proxy({ plan: 'x' }, {}) }),
  'a proxy that lists nothing': () => ({
    personProperties: new Proxy({ plan: 'x' }, { ownKeys: () => [], getOwnPropertyDescriptor: () => undefined }),
  }),
  'a proxy that hides what it has': () => ({ personProperties: new Proxy({ plan: 'x' }, { ownKeys: () => [] }) }),
  'a property that is not enumerable': () => ({ personProperties: Object.defineProperty({}, 'plan', { value: 'x' }) }),
  'a getter': () => ({
    personProperties: {
      get plan() {
        return 'x'
      },
    },
  }),
  'a group': () => ({ groups: { company: 'x' } }),
  'a group with properties': () => ({ groups: { company: 'acme' }, groupProperties: { company: { name: 'x' } } }),
  'a group whose key is a property': () => ({
    groups: { company: 'acme' },
    groupProperties: { company: { $group_key: 'x' } },
  }),
  'properties of a group that is not named': () => ({ groups: {}, groupProperties: { company: { name: 'x' } } }),
  'no groups but properties': () => ({ groupProperties: { company: { name: 'x' } } }),
  'groups that are null': () => ({ groups: null, groupProperties: null }),
  'a number for a group': () => ({ groups: { company: 5 }, groupProperties: { company: null } }),
  'inherited groups': () => ({ groups: Object.create({ company: 'x' }) }),
}

test('what a caller passes is what posthog-node makes of it', async (t) => {
  const [theirs, ours] = await openPair(t, DEFINITIONS)
  const evaluator = new LocalEvaluator(DEFINITIONS)
  for (const [what, call] of Object.entries(CALLS)) {
    const locally = { onlyEvaluateLocally: true }
    const expected = await theirs.getAllFlags('kari', { ...call(), ...locally })
    assert.deepEqual(await ours.getAllFlags('kari', { ...call(), ...locally }), expected, what)
    assert.deepEqual(evaluator.getAllFlags('kari', call()), expected, `${what}, of an evaluator`)
    for (const { key } of DEFINITIONS.flags) {
      assert.equal(evaluator.getFeatureFlag(key, 'kari', call()), expected[key], `${key} for ${what}`)
    }
    const evaluations = await ours.evaluateFlags('kari', { ...call(), ...locally })
    assert.deepEqual(evaluations.keys.sort(), Object.keys(expected).sort(), what)
  }
})

test('nothing that a caller passed is changed', () => {
  const evaluator = new LocalEvaluator(DEFINITIONS)
  const options = Object.freeze({
    personProperties: Object.freeze({ plan: 'x' }),
    groups: Object.freeze({ company: 'acme' }),
    groupProperties: Object.freeze({ company: Object.freeze({ name: 'x' }) }),
  })
  assert.deepEqual(evaluator.getAllFlags('kari', options), { 'by plan': true, 'by name': true, 'by $group_key': false })
  assert.deepEqual(options.groupProperties, { company: { name: 'x' } })
})
