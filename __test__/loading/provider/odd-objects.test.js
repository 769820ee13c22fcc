'use strict'

// Definitions as objects that JSON.parse does not make, one by one, beside posthog-node.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')
const { createRealm } = require('../../support/realm')

class Condition {
  #share
  /** @param {unknown} share */
  constructor(share) {
    this.#share = share
  }
  get rollout_percentage() {
    return this.#share
  }
}

/** @param {object} filters @param {object} [others] */
const documentOf = (filters, others) => ({ flags: [flag('f', { filters })], cohorts: {}, ...others })
/** @param {unknown} filter */
const withFilter = (filter) => documentOf({ groups: [{ properties: [filter] }] })
const cyclic = { list: [/** @type {any} */ (undefined)] }
cyclic.list[0] = cyclic

/** What both answer. @type {Record<string, () => any>} */
const SAME = {
  'a percentage behind an accessor': () => documentOf({ groups: [new Condition(0)] }),
  'a percentage that is inherited': () => documentOf({ groups: [Object.create({ rollout_percentage: 0 })] }),
  'a percentage that is hidden': () =>
    documentOf({ groups: [Object.defineProperty({}, 'rollout_percentage', { value: 0 })] }),
  'a percentage in a Number object': () => documentOf({ groups: [{ rollout_percentage: Object(0) }] }),
  'a percentage that is a date': () => documentOf({ groups: [{ rollout_percentage: new Date(0) }] }),
  'a percentage that is NaN': () => documentOf({ groups: [{ rollout_percentage: NaN }] }),
  'a holdout of bigints': () => documentOf({ groups: [{}], holdout: { id: 7n, exclusion_percentage: 100n } }),
  'a flag with toJSON': () => ({ flags: [{ ...flag('f'), toJSON: () => flag('g') }], cohorts: {} }),
  'a Boolean object for active': () => ({ flags: [flag('f', { active: Object(false) })], cohorts: {} }),
  'a bigint for active': () => ({ flags: [flag('f', { active: 0n })], cohorts: {} }),
  'a flag that is inherited as a whole': () => ({ flags: [Object.create(flag('f'))], cohorts: {} }),
  'a document of a class': () =>
    new (class {
      flags = [flag('f')]
      get cohorts() {
        return {}
      }
    })(),
  'objects without a prototype': () => ({
    flags: [Object.assign(Object.create(null), flag('f'))],
    cohorts: Object.create(null),
  }),
  'classes for cohorts and group types': () => ({
    flags: [flag('f')],
    cohorts: class {
      static 1 = { type: 'AND', values: [] }
    },
    group_type_mapping: class {
      static 0 = 'company'
    },
  }),
  'a frozen document': () => Object.freeze(documentOf({ groups: [Object.freeze({ rollout_percentage: 0 })] })),
  'conditions of a subclass': () => documentOf({ groups: class extends Array {}.from([{ rollout_percentage: 0 }]) }),
  'inactive whatever else': () => ({ flags: [flag('f', { active: false, filters: { groups: 5n } })], cohorts: {} }),
  'a hole among the flags': () =>
    Object.assign(documentOf({ groups: [{}] }), { flags: Object.assign(new Array(2), { 1: flag('f') }) }),
  'a cohort that is inherited': () => ({
    ...withFilter({ type: 'cohort', value: 1 }),
    cohorts: Object.create({ 1: { type: 'AND', values: [{ key: 'x', operator: 'is_set' }] } }),
  }),
  'a cohort of a class without fields of its own': () => ({
    ...withFilter({ type: 'cohort', value: 1 }),
    cohorts: {
      1: new (class {
        get type() {
          return 'OR'
        }
        get values() {
          return []
        }
      })(),
    },
  }),
  'cohorts in a Map': () => ({ ...withFilter({ type: 'cohort', value: 1 }), cohorts: new Map([['1', {}]]) }),
}

/** What only the server decides here, with an `error` event. @type {Record<string, () => any>} */
const UNREADABLE = {
  'a percentage that is a bigint': () => documentOf({ groups: [{ rollout_percentage: 0n }] }),
  'a percentage that throws': () =>
    documentOf({
      groups: [
        {
          get rollout_percentage() {
            throw new Error('no')
          },
        },
      ],
    }),
  'a bigint to compare with': () => withFilter({ key: 'age', operator: 'gt', value: 5n }),
  'a date to compare with': () => withFilter({ key: 'age', operator: 'is_date_after', value: new Date(0) }),
  'a regular expression': () => withFilter({ key: 'age', operator: 'regex', value: /6/ }),
  'a value with toJSON': () => withFilter({ key: 'age', value: { toJSON: () => '6' } }),
  'a value in a String object': () => withFilter({ key: 'age', value: Object('6') }),
  'a value that is undefined in a list': () => withFilter({ key: 'age', value: ['6', undefined] }),
  'a value that holds itself': () => withFilter({ key: 'age', operator: 'icontains', value: cyclic }),
  'conditions in a Set': () => documentOf({ groups: new Set([{}]) }),
  'filters in a Set': () => documentOf({ groups: [{ properties: new Set([{ key: 'none' }]) }] }),
  'a payload that is a Map': () => documentOf({ groups: [{}], payloads: { true: new Map() } }),
  'a cohort with a bigint': () => ({
    ...withFilter({ type: 'cohort', value: 1 }),
    cohorts: { 1: { type: 'AND', values: [{ key: 'age', operator: 'gt', value: 5n }] } },
  }),
  'a group type in a String object': () =>
    documentOf({ aggregation_group_type_index: 0, groups: [{}] }, { group_type_mapping: { 0: Object('company') } }),
}

const CALL = { personProperties: { age: 6 }, groups: { company: 'acme' }, onlyEvaluateLocally: true }

/** @param {any} PostHog @param {unknown} cached */
async function answersOf(PostHog, cached) {
  /** @type {string[]} */
  const errors = []
  const client = new PostHog('phc_x', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }),
  })
  client.on('error', (/** @type {Error} */ { message }) => errors.push(message))
  try {
    await client.waitForLocalEvaluationReady(10_000)
    return { ...(await client.getAllFlagsAndPayloads('kari', CALL)), errors }
  } finally {
    await client.shutdown()
  }
}

describe('definitions with', () => {
  for (const [name, make] of Object.entries(SAME)) {
    test(`${name} are read as posthog-node reads them`, async () => {
      const { featureFlags, featureFlagPayloads } = await answersOf(STOCK, make())
      const ours = await answersOf(NATIVE, make())
      assert.deepEqual([ours.featureFlags, ours.featureFlagPayloads], [featureFlags, featureFlagPayloads])
      assert.deepEqual(ours.errors, [])
      assert.deepEqual(new LocalEvaluator(make()).getAllFlags('kari', CALL), featureFlags)
    })
  }

  for (const [name, make] of Object.entries(UNREADABLE)) {
    test(`${name} leave that flag to the server, and say why`, async () => {
      const document = make()
      document.flags.push(flag('beside'))
      const { featureFlags, errors } = await answersOf(NATIVE, document)
      assert.deepEqual(featureFlags, { beside: true })
      assert.equal(errors.length, 1, errors.join())
      assert.match(errors[0], /^Error computing flag locally: f: .*plain data/)
      assert.deepEqual(new LocalEvaluator(document).getAllFlags('kari', CALL), { beside: true })
      assert.equal(new LocalEvaluator(document).getFeatureFlag('f', 'kari', CALL), undefined)
    })
  }
})

test('what others have put on Object.prototype counts where it counts for posthog-node', () => {
  const realm = createRealm()
  const { LocalEvaluator: Evaluator } = realm.package
  realm.run('Object.prototype.active = false; Object.prototype.toJSON = () => ({}); Array.prototype.toJSON = () => 5')
  const document = realm.run(`({ flags: [{ key: 'off' }, { key: 'on', active: true, filters: { groups: [{}] } }] })`)
  assert.deepEqual({ ...new Evaluator(document).getAllFlags('kari') }, { off: false, on: true })
})

test("a bigint from a fetch's json() costs one flag, and the provider is handed the others whole", async () => {
  const document = () => ({
    flags: [
      { ...flag('f'), filters: { groups: [{ rollout_percentage: 0n }] } },
      { ...flag('on'), name: 'On', created_at: 'today', filters: { groups: [{ description: 'all' }] } },
    ],
    cohorts: {},
  })
  const provider = memoryProvider()
  const client = new NATIVE('phc_x', {
    host: 'http://127.0.0.1:9',
    secretKey: 'phs_x',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: provider,
    fetch: async () => ({ status: 200, headers: { get: () => null }, json: async () => document() }),
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ { message }) => errors.push(message))
  try {
    assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
    assert.deepEqual(await client.getAllFlags('kari', CALL), { on: true })
    assert.match(errors.join(), /^Error computing flag locally: f: .*bigint/)
    await client.reloadFeatureFlags()
    assert.deepEqual(provider.stored[0].flags[1], document().flags[1])
  } finally {
    await client.shutdown()
  }
})
