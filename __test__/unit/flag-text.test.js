'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { groupTypesText } = require('../../lib/document/flag-text')
const { REFUSING } = require('../../lib/document/plain-text')
const {
  UNREADABLE,
  namesOf,
  written,
  filtersOf,
  reasonOf,
  reasonOfFilters,
  refused,
  cohortsOf,
  throwing,
  TEXTLESS,
} = require('./support/definition-text')

test('of a flag what evaluation reads is written, and nothing else', () => {
  const filter = { key: 'plan', type: 'person', value: ['a', 1], operator: 'exact', negation: false }
  const flag = {
    key: 'f',
    id: 7,
    active: true,
    ensure_experience_continuity: false,
    bucketing_identifier: 'distinct_id',
    evaluation_contexts: ['main'],
    evaluation_tags: ['web'],
    evaluation_runtime: 'server',
    has_experiment: true,
    filters: {
      aggregation_group_type_index: 0,
      groups: [
        {
          aggregation_group_type_index: 1,
          properties: [filter, { key: 'other', type: 'flag', value: true, dependency_chain: ['other', 1] }],
          rollout_percentage: 50,
          variant: 'blue',
        },
      ],
      multivariate: { variants: [{ key: 'blue', rollout_percentage: 100 }] },
      holdout: { id: 3, exclusion_percentage: 10 },
      early_exit: true,
      payloads: { blue: '{}', true: '1' },
    },
  }
  const more = { unread: 5n }
  const group = { ...flag.filters.groups[0], ...more }
  const given = { ...flag, ...more, filters: { ...flag.filters, ...more, groups: [group] } }
  // The id of a holdout becomes part of a text.
  const holdout = { id: '3', exclusion_percentage: 10 }
  assert.deepEqual(written(given), { ...flag, filters: { ...flag.filters, holdout } })
})

test('fields that a flag lacks are not written', () => {
  assert.deepEqual(written({}), {})
  assert.deepEqual(filtersOf({}), {})
  assert.deepEqual(filtersOf({ groups: [{}], multivariate: {}, holdout: {} }), {
    groups: [{}],
    multivariate: {},
    holdout: null,
  })
  assert.deepEqual(filtersOf({ groups: [{ properties: [{}] }] }), { groups: [{ properties: [{}] }] })
  assert.deepEqual(filtersOf({ multivariate: { variants: [{}] } }), { multivariate: { variants: [{}] } })
})

test('what should be an object and is none is written as a value without fields', () => {
  for (const [value, text] of /** @type {[any, any][]} */ ([
    [null, null],
    [5, 5],
    ['text', 'text'],
    [true, true],
    [0n, 0],
    [5n, 1],
    [NaN, 0],
    [Symbol('s'), 1],
  ])) {
    assert.deepEqual(written(value), text)
    assert.deepEqual(filtersOf(value), text)
    assert.deepEqual(filtersOf({ groups: value }), { groups: text })
    assert.deepEqual(filtersOf({ groups: [value] }), { groups: [text] })
    assert.deepEqual(filtersOf({ groups: [{ properties: value }] }), { groups: [{ properties: text }] })
    assert.deepEqual(filtersOf({ groups: [{ properties: [value] }] }), { groups: [{ properties: [text] }] })
    assert.deepEqual(filtersOf({ multivariate: value }), { multivariate: text })
    assert.deepEqual(filtersOf({ multivariate: { variants: value } }), { multivariate: { variants: text } })
    assert.deepEqual(filtersOf({ multivariate: { variants: [value] } }), { multivariate: { variants: [text] } })
    assert.deepEqual(filtersOf({ holdout: value }), { holdout: text })
    assert.deepEqual(cohortsOf({ 1: value }), { 1: text })
    assert.equal(groupTypesText(value, []), JSON.stringify(text))
    assert.deepEqual(written({ evaluation_contexts: value }), { evaluation_contexts: text })
    // As payloads, what is falsy counts as none.
    assert.deepEqual(filtersOf({ payloads: value }), value ? { payloads: text } : {})
  }
  assert.equal(written(undefined), null)
  assert.equal(groupTypesText(undefined, []), undefined)
  assert.deepEqual(filtersOf({ groups: [undefined] }), { groups: [null] })
})

test('fields are texts of the kind that evaluation looks for', () => {
  const flag = written({
    key: 5,
    active: {},
    ensure_experience_continuity: NaN,
    bucketing_identifier: {},
    evaluation_contexts: ['a', {}, undefined, 5n],
    evaluation_tags: new Map(),
    evaluation_runtime: [],
  })
  assert.deepEqual(flag, {
    key: 5,
    active: true,
    ensure_experience_continuity: false,
    bucketing_identifier: 0,
    evaluation_contexts: ['a', 0, null, 0],
    evaluation_tags: {},
    evaluation_runtime: 0,
  })
  const { groups, early_exit: exits } = filtersOf({
    early_exit: [],
    groups: [{ rollout_percentage: {}, properties: [{ type: [], negation: 0n, dependency_chain: 'text' }] }],
  })
  assert.equal(exits, true)
  assert.deepEqual(groups, [
    { rollout_percentage: 'NaN', properties: [{ type: 0, negation: false, dependency_chain: 0 }] },
  ])
})

test('of a flag that decides nothing here only the payloads of its filters are read', () => {
  const filters = Object.defineProperty({ payloads: { true: '1', blue: '2' } }, 'groups', throwing('read'))
  for (const flag of [
    { active: false, filters },
    { filters },
    { active: true, ensure_experience_continuity: true, filters },
  ]) {
    assert.deepEqual(written(flag).filters, { payloads: { true: '1', blue: '2' } })
  }
  assert.ok(UNREADABLE in written({ active: true, filters }))
  assert.ok(UNREADABLE in written({ active: true, ensure_experience_continuity: false, filters }))
})

test('a flag that cannot be read says why, and what of it can be read', () => {
  const cohort = { groups: [{ properties: [{ type: 'cohort', value: UNREADABLE }] }] }
  assert.deepEqual(
    written({
      key: 'f',
      id: 7,
      active: false,
      evaluation_contexts: ['main'],
      evaluation_tags: ['web'],
      evaluation_runtime: 'client',
      has_experiment: 5n,
      ensure_experience_continuity: true,
      filters: {},
    }),
    {
      key: 'f',
      id: 7,
      active: true,
      evaluation_contexts: ['main'],
      evaluation_tags: ['web'],
      evaluation_runtime: 'client',
      filters: cohort,
      [UNREADABLE]: refused('has_experiment', 'a bigint'),
    }
  )
  assert.equal(written({ key: 'f', id: 5n, has_experiment: true }).has_experiment, true)
  const flag = Object.defineProperties(
    { id: 5n, has_experiment: 5n, filters: {} },
    {
      key: throwing('no key'),
      evaluation_contexts: throwing('no contexts'),
      evaluation_tags: throwing('no tags'),
      evaluation_runtime: throwing('no runtime'),
    }
  )
  assert.deepEqual(written(flag), {
    key: { toString: 0 },
    active: true,
    filters: cohort,
    [UNREADABLE]: 'expected plain data but reading it failed: RangeError: no key',
  })
})

test('an object as a key is written as its text, as posthog-node looks it up', () => {
  assert.equal(
    written({
      key: new (class Key {
        toString() {
          return 'own'
        }
      })(),
    }).key,
    'own'
  )
  assert.deepEqual(written({ key: Object.assign(() => {}, { toString: () => 'called' }) }).key, 'called')
  assert.deepEqual(written({ key: Object.create(null) }).key, { toString: 0 })
  assert.deepEqual(written({ key: 5n }).key, { toString: 0 })
  // Of an ordinary one nothing is unreadable.
  assert.deepEqual(written({ key: { a: 1 } }), { key: { a: 1 } })
})

test('the reason names the field that cannot be read', () => {
  const condition = (/** @type {any} */ fields) => reasonOfFilters({ groups: [fields] })
  const filter = (/** @type {any} */ fields) => condition({ properties: [fields] })
  const variant = (/** @type {any} */ fields) => reasonOfFilters({ multivariate: { variants: [fields] } })
  for (const field of ['key', 'id', 'has_experiment']) {
    assert.equal(reasonOf({ [field]: 5n }), refused(field, 'a bigint'))
  }
  for (const field of ['active', 'ensure_experience_continuity', 'bucketing_identifier', 'evaluation_runtime']) {
    assert.equal(reasonOf({ [field]: '\ufdd0' }), refused(field, 'a text that begins with U+FDD0'))
  }
  const odd = Object.assign([1], { [Symbol.iterator]: () => [][Symbol.iterator]() })
  const aList = 'an object of the class Array instead of an ordinary list'
  assert.equal(reasonOf({ evaluation_contexts: odd }), refused('evaluation_contexts', aList))
  assert.equal(
    reasonOfFilters({ aggregation_group_type_index: 5n }),
    refused('aggregation_group_type_index', 'a bigint')
  )
  assert.equal(reasonOfFilters({ early_exit: '\ufdd0' }), refused('early_exit', 'a text that begins with U+FDD0'))
  assert.equal(reasonOfFilters({ groups: odd }), refused('filters.groups', aList))
  assert.equal(
    reasonOfFilters({ groups: new Set() }),
    refused('filters.groups', 'an object of the class Set instead of a list')
  )
  assert.equal(condition({ aggregation_group_type_index: 5n }), refused('aggregation_group_type_index', 'a bigint'))
  assert.equal(condition({ properties: odd }), refused('properties', aList))
  assert.equal(condition({ rollout_percentage: 5n }), refused('rollout_percentage', 'a bigint'))
  assert.equal(condition({ variant: 5n }), refused('variant', 'a bigint'))
  for (const field of ['key', 'value', 'operator']) {
    assert.equal(filter({ [field]: 5n }), refused(field, 'a bigint'))
  }
  for (const field of ['type', 'negation']) {
    assert.equal(filter({ [field]: '\ufdd0' }), refused(field, 'a text that begins with U+FDD0'))
  }
  assert.equal(filter({ dependency_chain: [5n] }), refused('dependency_chain', 'a bigint'))
  assert.equal(filter({ dependency_chain: [undefined] }), refused('dependency_chain', 'undefined inside it'))
  assert.equal(filter({ dependency_chain: odd }), refused('dependency_chain', aList))
  assert.equal(reasonOfFilters({ multivariate: { variants: odd } }), refused('multivariate.variants', aList))
  assert.equal(variant({ key: 5n }), refused("a variant's key", 'a bigint'))
  assert.equal(variant({ rollout_percentage: 5n }), refused("a variant's rollout_percentage", 'a bigint'))
  assert.equal(reasonOfFilters({ payloads: { true: 5n } }), refused('the payload of "true"', 'a bigint'))
  assert.equal(
    reasonOfFilters(Object.defineProperty({}, 'groups', throwing('no groups'))),
    'expected plain data but reading it failed: RangeError: no groups'
  )
})

test('what is no list is walked no further than to its length, unless it can be iterated', () => {
  for (const like of [{}, { 0: {}, length: 1 }, () => {}, { length: 'x' }]) {
    const { length } = /** @type {any} */ (like)
    assert.deepEqual(filtersOf({ groups: like }), { groups: length === undefined ? {} : { length } })
  }
  assert.equal(reasonOfFilters({ groups: { length: 5n } }), refused('the length of filters.groups', 'a bigint'))
  // posthog-node walks it: what it is asked for would have to be asked for here.
  for (const walked of [
    new Map(),
    new (class Odd {
      *[Symbol.iterator]() {}
    })(),
  ]) {
    assert.match(reasonOfFilters({ groups: walked }), /an object of the class (Map|Odd) instead of a list/)
  }
  assert.deepEqual(filtersOf({ groups: { [Symbol.iterator]: null, length: 2 } }), { groups: { length: 2 } })
})

test('the holdout is converted as posthog-node converts it', () => {
  const holdoutOf = (/** @type {any} */ holdout) => filtersOf({ holdout }).holdout
  for (const [holdout, expected] of /** @type {[any, any][]} */ ([
    [
      { id: 3, exclusion_percentage: 10 },
      { id: '3', exclusion_percentage: 10 },
    ],
    [
      { id: 7n, exclusion_percentage: 100n },
      { id: '7', exclusion_percentage: 100 },
    ],
    [
      { id: 'a', exclusion_percentage: '5' },
      { id: 'a', exclusion_percentage: 5 },
    ],
    [
      { id: [1, 2], exclusion_percentage: 'x' },
      { id: '1,2', exclusion_percentage: 'NaN' },
    ],
    [
      { id: 0, exclusion_percentage: 0 },
      { id: '0', exclusion_percentage: 0 },
    ],
    [
      { id: TEXTLESS, exclusion_percentage: 5 },
      { id: REFUSING, exclusion_percentage: 5 },
    ],
    [
      { id: 1, exclusion_percentage: TEXTLESS },
      { id: '1', exclusion_percentage: REFUSING },
    ],
    [
      { id: Symbol('s'), exclusion_percentage: Object.assign(() => {}, TEXTLESS) },
      { id: REFUSING, exclusion_percentage: REFUSING },
    ],
    [{ id: null, exclusion_percentage: 1 }, null],
    [{ id: 1, exclusion_percentage: null }, null],
    [{ id: 1 }, null],
    [{ exclusion_percentage: 1 }, null],
  ])) {
    const found = holdoutOf(holdout)
    assert.deepEqual(found && { ...found, id: typeof found.id === 'number' ? String(found.id) : found.id }, expected)
  }
})

test('payloads are written by all names they have, and by those that values have', () => {
  const payloadsOf = (/** @type {any} */ payloads, /** @type {object} */ more = {}) =>
    filtersOf({ ...more, payloads }).payloads
  assert.deepEqual(payloadsOf({ true: '1', blue: { a: [1] }, none: undefined, empty: '', zero: 0 }), {
    true: '1',
    blue: { a: [1] },
  })
  const inherited = Object.create({ blue: 'inherited', own: 'hidden' }, { own: { value: 'own', enumerable: false } })
  assert.deepEqual(payloadsOf(inherited), { blue: 'inherited', own: 'own' })
  assert.deepEqual(payloadsOf(Object.assign(['0'], { true: 'of a list' })), { 0: '0', true: 'of a list' })
  // A method is no payload where every object of the class has it, as is none of what every object has.
  class Payloads {
    true = '1'
    blue() {}
    get red() {
      return '2'
    }
  }
  assert.deepEqual(payloadsOf(new Payloads()), { true: '1', red: '2' })
  const asked = /** @type {string[]} */ ([])
  const hiding = new Proxy(
    {},
    {
      has: (_, name) => (asked.push(String(name)), true),
      get: (_, name) => `of ${String(name)}`,
      ownKeys: () => [],
    }
  )
  const variants = [{ key: 'blue' }, { key: 'toString' }, { key: 5 }, { key: TEXTLESS }]
  const more = { multivariate: { variants }, holdout: { id: 3, exclusion_percentage: 1 } }
  assert.deepEqual(payloadsOf(hiding, more), {
    true: 'of true',
    blue: 'of blue',
    5: 'of 5',
    'holdout-3': 'of holdout-3',
  })
  assert.deepEqual(asked, ['true', 'blue', '5', 'holdout-3'])
  assert.deepEqual(payloadsOf(hiding, { holdout: { id: TEXTLESS, exclusion_percentage: 1 } }), { true: 'of true' })
  assert.deepEqual(payloadsOf(Object.assign(Object.create(null), { true: '1' })), { true: '1' })
  const falsy = new Proxy({}, { has: () => true, get: () => undefined, ownKeys: () => [] })
  assert.deepEqual(payloadsOf(falsy), {})
  // Payloads nest as deeply as they like.
  const deep = JSON.parse('['.repeat(2000) + ']'.repeat(2000))
  assert.equal(JSON.stringify(payloadsOf({ true: deep })), JSON.stringify({ true: deep }))
})

test('the cohorts and group types that are referred to are noted', () => {
  const names = namesOf({ 0: 'company', 1: 'project' })
  const properties = [
    { type: 'cohort', value: 5 },
    { type: 'cohort', value: 'text' },
    { type: 'cohort', value: TEXTLESS },
    { type: 'person', value: 6 },
  ]
  filtersOf({ aggregation_group_type_index: 0, groups: [{ properties, aggregation_group_type_index: 1 }] }, names)
  filtersOf({ aggregation_group_type_index: null, groups: [{ aggregation_group_type_index: TEXTLESS }] }, names)
  assert.deepEqual([...names.cohorts], ['5', 'text'])
  assert.deepEqual([...names.groupTypes], ['0', '1'])
})

test('a flag of a group whose type has no text is unreadable', () => {
  const names = namesOf({ 0: 5n, 1: 'company' })
  const text = (/** @type {any} */ index) =>
    written({ active: true, filters: { aggregation_group_type_index: index } }, names)
  assert.equal(text(0)[UNREADABLE], refused('group_type_mapping', 'a bigint'))
  assert.deepEqual(text(1).filters, { aggregation_group_type_index: 1 })
  assert.deepEqual(text(null).filters, { aggregation_group_type_index: null })
  const noMapping = written({ active: true, filters: { aggregation_group_type_index: 0 } }, namesOf(null))
  assert.deepEqual(noMapping.filters, { aggregation_group_type_index: 0 })
})

test('group types are written by index, those left out that have no text', () => {
  const textOf = (/** @type {any} */ mapping, /** @type {string[]} */ indices = []) =>
    JSON.parse(groupTypesText(mapping, indices) ?? '"nothing"')
  assert.deepEqual(textOf({ 0: 'company', 1: 5n, 2: 7 }), { 0: 'company', 2: 7 })
  const hiding = new Proxy({}, { has: (_, name) => name === '3', get: () => 'behind a proxy', ownKeys: () => [] })
  assert.deepEqual(textOf(hiding, ['3', '4', 'toString']), { 3: 'behind a proxy' })
  assert.deepEqual(textOf({ 0: 'company' }, ['0']), { 0: 'company' })
  assert.deepEqual(textOf(['company', 'project']), { 0: 'company', 1: 'project' })
  assert.deepEqual(
    textOf(
      class {
        static company = 'a'
      }
    ),
    { company: 'a', name: '', length: 0 }
  )
})
