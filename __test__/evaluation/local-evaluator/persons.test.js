'use strict'

// Whatever a caller passes for a person, a LocalEvaluator reads what the client reads, which is what `{ ...person }` holds.

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { openBoth } = require('../../support/both-clients')
const { flag } = require('../../support/flags')

/** @param {string} key @param {string} operator @param {unknown} [value] */
const reads = (key, operator, value = operator) =>
  flag(`${key} ${operator}`, { filters: { groups: [{ properties: [{ key, operator, value, type: 'person' }] }] } })

const DEFINITIONS = {
  flags: [
    reads('role', 'exact', 'owner'),
    reads('role', 'is_set'),
    reads('role', 'is_not', 'member'),
    reads('age', 'gt', 5),
    reads('distinct_id', 'exact', 'kari'),
    reads('0', 'exact', 'o'),
    reads('length', 'is_set'),
    reads('size', 'is_set'),
    reads('constructor', 'is_set'),
    reads('toString', 'is_set'),
    reads('__proto__', 'is_set'),
    ...Array.from({ length: 3 }, (_, place) => reads(`unknown ${place}`, 'is_set')),
    flag('device', { bucketing_identifier: 'device_id' }),
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
  ],
  group_type_mapping: {},
  cohorts: {},
}

/** @param {Record<string, unknown>} properties */
const hidden = (properties) =>
  Object.defineProperties(
    {},
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value, enumerable: false }]))
  )

class Person {
  role = 'owner'
  get age() {
    return 10
  }
}

/** @type {Record<string, () => any>} */
const PERSONS = {
  'an ordinary object': () => ({ role: 'owner', age: 10 }),
  'an object without a prototype': () => Object.assign(Object.create(null), { role: 'owner', age: 10 }),
  'an object that inherits': () => Object.create({ role: 'owner', age: 10 }),
  'an object that inherits from one without a prototype': () =>
    Object.create(Object.create(null, { role: { value: 'x' } })),
  'hidden properties': () => hidden({ role: 'owner', age: 10, distinct_id: 'other', $device_id: 'd', toString: 'x' }),
  'hidden properties beside others': () => Object.assign(hidden({ role: 'owner' }), { age: 10, $device_id: 'd' }),
  'a property that is undefined': () => ({ role: undefined, age: null, distinct_id: undefined }),
  'an own property by the name of an inherited one': () => ({ toString: 'x', constructor: 1, ['__proto__']: 'p' }),
  getters: () => ({
    get role() {
      return 'owner'
    },
    get age() {
      return this.role.length
    },
  }),
  'a hidden getter': () => Object.defineProperty({}, 'role', { get: () => 'owner' }),
  'a property by a symbol': () => ({ [Symbol('role')]: 'owner' }),
  'an instance of a class': () => new Person(),
  'a list': () => ['o', 'p'],
  'a list with a property': () => Object.assign(['o'], { role: 'owner' }),
  'a text': () => 'owner',
  'an object of a text': () => new String('owner'),
  'a number': () => 5,
  true: () => true,
  false: () => false,
  null: () => null,
  nothing: () => undefined,
  'a function': () => Object.assign(() => {}, { role: 'owner' }),
  'a map': () => new Map([['role', 'owner']]),
  'a date': () => Object.assign(new Date(), { role: 'owner' }),
  'a proxy': () => new Proxy({ role: 'owner', age: 10 }, {}),
  'a proxy of a function': () =>
    new Proxy(
      Object.assign(() => {}, { role: 'owner' }),
      {}
    ),
  'a proxy that answers everything': () => new Proxy({}, { get: () => 'owner', has: () => true }),
  'a proxy that makes up its properties': () =>
    new Proxy(
      {},
      {
        ownKeys: () => ['role', 'age'],
        getOwnPropertyDescriptor: (_, key) => ({ configurable: true, enumerable: key === 'role', value: 'x' }),
        get: (_, key) => (key === 'role' ? 'owner' : 10),
      }
    ),
  'a proxy without a prototype': () => new Proxy(Object.create(null), { get: () => 'owner' }),
  'a proxy of a proxy': () => new Proxy(new Proxy({ role: 'owner' }, {}), { has: () => false }),
  'a frozen object': () => Object.freeze({ role: 'owner' }),
}

/** @type {any} */
let theirs
/** @type {any} */
let ours
before(async () => {
  ;[theirs, ours] = await openBoth(DEFINITIONS)
})
after(() => Promise.all([theirs, ours].map((client) => client?.shutdown())))

describe('of a person that is', () => {
  for (const [name, make] of Object.entries(PERSONS)) {
    it(`${name}, a LocalEvaluator reads what the client reads`, async () => {
      const evaluator = new LocalEvaluator(DEFINITIONS)
      const options = () => ({ personProperties: make(), onlyEvaluateLocally: true, sendFeatureFlagEvents: false })
      const expected = await theirs.getAllFlags('kari', options())
      assert.deepEqual(await ours.getAllFlags('kari', options()), expected)
      assert.deepEqual(evaluator.getAllFlags('kari', options()), expected)
      for (const { key } of DEFINITIONS.flags) {
        assert.equal(evaluator.getFeatureFlag(key, 'kari', options()), expected[key], key)
      }
      const missing = evaluator.explain('role is_set', 'kari', options())?.missing.personProperties
      assert.deepEqual(missing, expected['role is_set'] ? [] : ['role'])
    })
  }
})
