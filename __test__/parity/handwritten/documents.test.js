'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const {
  agrees,
  onlyOurs,
  flag,
  when,
  property,
  always,
  js,
  rawJson,
  UNSUPPORTED,
  CRASH,
} = require('../support/handwritten.js')
const { snapshot, client } = require('../support/native.js')

/** Its key cannot be turned into text. */
const unreadable = { key: { toString: 1, valueOf: 1 }, value: 'x' }
const member = { key: 'id', type: 'cohort', value: 1 }
const companyFlag = flag('company', always, { filters: { aggregation_group_type_index: 0 } })
const acme = { groups: { company: 'acme' }, personProperties: { beta: 'no' } }
const legacy = flag('legacy', [when([property('beta', 'exact', 'false')])])

agrees(
  'documents in snake_case',
  { flags: [companyFlag, legacy], group_type_mapping: { 0: 'company' }, property_matching_version: 2 },
  [[acme, { company: true, legacy: false }]]
)
agrees(
  'documents in camelCase',
  { flags: [companyFlag, legacy], groupTypeMapping: { 0: 'company' }, propertyMatchingVersion: 2 },
  [[acme, { company: true, legacy: false }]]
)
agrees(
  'where both spellings are there, snake_case counts',
  {
    flags: [companyFlag, legacy],
    group_type_mapping: { 0: 'company' },
    groupTypeMapping: { 0: 'project' },
    property_matching_version: 1,
    propertyMatchingVersion: 2,
  },
  [[acme, { company: true, legacy: true }]]
)
agrees(
  'a null in snake_case gives way to camelCase',
  {
    flags: [companyFlag, legacy],
    group_type_mapping: null,
    groupTypeMapping: { 0: 'company' },
    property_matching_version: null,
    propertyMatchingVersion: 2,
  },
  [[acme, { company: true, legacy: false }]]
)
agrees(
  'an empty mapping in snake_case hides the camelCase one',
  { flags: [companyFlag], group_type_mapping: {}, groupTypeMapping: { 0: 'company' } },
  [[acme, { company: UNSUPPORTED }]]
)
agrees('a mapping may be a list', { flags: [companyFlag], group_type_mapping: ['company'] }, [
  [acme, { company: true }],
])
agrees(
  'documents without cohorts crash only where a cohort is asked for',
  { flags: [flag('asks', [when([member])]), flag('on', always)], cohorts: null },
  [[{}, { asks: CRASH, on: true }]]
)
agrees('no flags at all ask the server', { flags: [] }, [[{}, {}, { fallbackToFlags: true }]])

agrees(
  'each malformed part costs its own flag alone',
  {
    flags: [
      flag('groups 5', 5),
      flag('groups object', {}),
      flag('groups text', 'ab'),
      flag('groups null', null),
      flag('groups false', false),
      flag('null condition', [null]),
      flag('number condition', [5]),
      flag('null condition after a match', [...always, null]),
      flag('properties null', [{ properties: null }]),
      flag('properties object', [{ properties: {} }]),
      flag('properties text', [{ properties: 'ab' }]),
      flag('null property', [when([null])]),
      flag('number property', [when([5])]),
      flag('null property after a doubt', [when([property('x', 'exact', 'y'), null])]),
      flag('unreadable key after a doubt', [when([property('x', 'exact', 'y'), unreadable])]),
      flag('unreadable key', [when([unreadable])]),
      { id: 1, key: 'no filters', active: true },
      { id: 1, key: 'null filters', active: true, filters: null },
      { id: 1, key: 'number filters', active: true, filters: 5 },
      { id: 1, key: 'list filters', active: true, filters: [] },
      flag('payloads 5', always, { filters: { payloads: 5 } }),
      flag('on', always),
    ],
  },
  [
    [
      {},
      {
        'groups 5': CRASH,
        'groups object': CRASH,
        'groups text': true,
        'groups null': false,
        'groups false': false,
        'null condition': CRASH,
        'number condition': true,
        'null condition after a match': true,
        'properties null': true,
        'properties object': true,
        'properties text': UNSUPPORTED,
        'null property': CRASH,
        'number property': UNSUPPORTED,
        'null property after a doubt': CRASH,
        'unreadable key after a doubt': 'unresolved: missing_context',
        'unreadable key': CRASH,
        'no filters': false,
        'null filters': false,
        'number filters': false,
        'list filters': false,
        'payloads 5': true,
        on: true,
      },
    ],
  ]
)

agrees(
  'what cannot be read as a number or a text crashes where it is looked at',
  {
    flags: [
      flag('rollout', [{ rollout_percentage: unreadable.key }]),
      flag('no variant', [{ variant: 'test' }], { filters: { multivariate: { variants: [null, { key: 'test' }] } } }),
      flag('cohort of a list', [when([member])]),
      flag('on', always),
    ],
    cohorts: { 1: { type: 'OR', values: [[], { values: [] }] } },
  },
  [
    [{}, { rollout: CRASH, 'no variant': CRASH, 'cohort of a list': true, on: true }],
    [{ distinctId: js('Symbol("s")') }, { rollout: CRASH, 'no variant': CRASH, 'cohort of a list': CRASH, on: CRASH }],
  ]
)

agrees('of two flags with one key the last answers for both', { flags: [flag('twice', always), flag('twice', [])] }, [
  [{}, { twice: false }],
])
agrees('a flag may be no object at all', { flags: [5, 'x', true, [], {}, flag('on', always)] }, [
  [{}, { undefined: false, on: true }],
])
agrees(
  'keys need not be text',
  {
    flags: [
      flag(5, always),
      flag(null, always),
      flag(true, []),
      flag(['a', 'b'], always),
      flag({}, always),
      flag(1e21, always),
      flag('ключ', always),
      flag('', always),
    ],
  },
  [
    [
      {},
      { 5: true, null: true, true: false, 'a,b': true, '[object Object]': true, '1e+21': true, ключ: true, '': true },
    ],
  ]
)
agrees(
  'of a key repeated in the JSON text the last one counts',
  {
    flags: [
      rawJson(
        '{"key":"no","active":false,"filters":5,"key":"repeated","active":true,"filters":{"groups":5,"groups":[{"properties":[{"key":"plan","value":"free","value":"pro"}]}]}}'
      ),
      flag('cohort', [when([member])]),
    ],
    cohorts: rawJson('{"1":{"type":"OR","values":[]},"1":{"type":"AND","values":[]}}'),
  },
  [[{ personProperties: { plan: 'pro' } }, { repeated: true, cohort: true }]]
)

agrees(
  'names of fields may be written with escapes',
  {
    flags: [rawJson('{"k\\u0065y":"escaped","active":true,"filters":{"groups":[{}]}}')],
  },
  [[{}, { escaped: true }]]
)

// posthog-node throws such a document away as a whole; ours keeps every flag it can read.
onlyOurs(
  'a null among the flags costs nothing but itself',
  { flags: [null, flag('on', always), null] },
  async (opened) => {
    const { response } = await opened.evaluateAll()
    assert.deepEqual(response, { on: true })
  }
)
onlyOurs(
  'evaluation contexts of the wrong type cost their own flag alone',
  { flags: [flag('broken', always, { evaluation_contexts: 5 }), flag('on', always)] },
  async (opened) => {
    const { response } = await opened.evaluateAll()
    assert.equal(response.on, true)
  },
  { evaluationContexts: ['api'] }
)

for (const contender of [client, snapshot]) {
  test(`names of Object.prototype are ordinary keys (${contender.name})`, async (t) => {
    t.mock.method(console, 'warn', () => {})
    const opened = await contender.open(
      JSON.stringify({ flags: [flag('toString', always), flag('constructor', [])], cohorts: {} })
    )
    const context = {
      distinctId: 'user-1',
      groups: {},
      personProperties: { plan: 'pro' },
      groupProperties: {},
      evaluationCache: {},
    }
    const { response } = await opened.evaluateAll(context)
    await opened.close()
    assert.equal(Object.hasOwn(response, 'toString') && response.toString, true)
    assert.equal(Object.hasOwn(response, 'constructor') && response.constructor, false)
  })
}
