'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { completed, copyContext, lookAtContext } = require('../../lib/evaluation/evaluation-context')
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

test('whether properties are complete is looked at for definitions that ask for it alone', () => {
  const person = { plan: 'x' }
  for (const personProperties of [person, new Proxy(person, {})]) {
    for (const propertiesAreComplete of [true, false, undefined]) {
      const options = { personProperties, propertiesAreComplete }
      const reads = { person: 1, groupTypes: undefined }
      assert.equal('isComplete' in lookAtContext(reads, 'kari', options), false)
      const context = lookAtContext({ ...reads, completeness: true }, 'kari', options)
      assert.equal(context.isComplete, propertiesAreComplete)
    }
  }
  assert.equal(
    lookAtContext({ person: 0, groupTypes: undefined, completeness: true }, 'kari', undefined).isComplete,
    undefined
  )
  const copied = copyContext('kari', { propertiesAreComplete: true })
  assert.equal('isComplete' in copied, false)
  assert.equal(
    completed({ person: 0, groupTypes: undefined }, copied, { propertiesAreComplete: true }).isComplete,
    undefined
  )
})

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

test('of groups that a flag does not ask for, nothing is looked at', () => {
  const evaluator = new LocalEvaluator(DEFINITIONS)
  /** @type {string[]} */
  const asked = []
  const groupProperties = {
    company: { name: 'x' },
    get project() {
      asked.push('project')
      return {}
    },
  }
  const options = { groups: { company: 'acme', project: 'p' }, groupProperties }
  assert.equal(evaluator.getFeatureFlag('by name', 'kari', options), true)
  assert.equal(evaluator.getFeatureFlag('by plan', 'kari', options), undefined)
  assert.equal(evaluator.getAllFlags('kari', options)['by name'], true)
  assert.deepEqual(asked, [])
})

test('of a person of whom many properties are read, those are seen that a copy would have', async (t) => {
  const keys = ['plan', 'role', 'team', 'seat', '__proto__', 'distinct_id']
  const flags = keys.map((key) =>
    flag(`by ${key}`, { filters: { groups: [{ properties: [filter(key)], rollout_percentage: 100 }] } })
  )
  const all = { properties: keys.slice(0, 4).map((key) => filter(key)), rollout_percentage: 100 }
  const definitions = { flags: [...flags, flag('by all', { filters: { groups: [all] } })] }
  const plain = () => ({ plan: 'x', role: 'x', team: 'x', seat: 'x' })
  class Person {
    plan = 'x'
    role = 'x'
    team = 'x'
    get seat() {
      return 'x'
    }
  }
  /** @type {Record<string, () => any>} */
  const people = {
    plain,
    'with a hidden property': () => Object.defineProperty(plain(), 'role', { enumerable: false }),
    'with a hidden getter': () => Object.defineProperty(plain(), 'role', { get: () => 'x', enumerable: false }),
    'with a hidden distinct id': () => Object.defineProperty(plain(), 'distinct_id', { value: 'x' }),
    'with a getter': () => Object.defineProperty(plain(), 'role', { get: () => 'x', enumerable: true }),
    'with an own __proto__': () => JSON.parse('{"plan": "x", "__proto__": "x", "role": "x"}'),
    'of a class': () => new Person(),
    'that inherits': () => Object.assign(Object.create(plain()), { plan: 'x' }),
    'of no prototype': () => Object.assign(Object.create(null), plain()),
    'with a symbol': () => ({ ...plain(), [Symbol('role')]: 'x' }),
    'with undefined and null': () => ({ ...plain(), role: undefined, seat: null }),
    'that is a function': () => Object.assign(() => {}, plain()),
    'that is a list': () => Object.assign(['x'], plain()),
    'that is a text': () => 'role',
    'that is frozen': () => Object.freeze(plain()),
    'of many properties': () => ({ ...Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [n, n])), ...plain() }),
    'behind a proxy': () => new Proxy(plain(), { ownKeys: () => ['plan', 'role'] }),
  }
  const [theirs] = await openPair(t, definitions)
  const evaluator = new LocalEvaluator(definitions)
  for (const [what, make] of Object.entries(people)) {
    const expected = await theirs.getAllFlags('kari', { personProperties: make(), onlyEvaluateLocally: true })
    assert.deepEqual(evaluator.getAllFlags('kari', { personProperties: make() }), expected, `a person ${what}`)
    const one = evaluator.getFeatureFlag('by all', 'kari', { personProperties: make() })
    assert.equal(one, expected['by all'], `a person ${what}, of one flag`)
  }
  let asked = 0
  const counting = Object.defineProperty(plain(), 'role', { get: () => (asked++, null), enumerable: true })
  evaluator.getFeatureFlag('by all', 'kari', { personProperties: counting })
  assert.equal(asked, 1, 'a getter is asked once in a call for one flag')
})
