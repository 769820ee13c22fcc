'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { UNREADABLE, namesOf, refused, cohortsOf, throwing, TEXTLESS } = require('./support/definition-text')

test('cohorts are written with what they hold, and are those that are referred to', () => {
  const filter = { key: 'plan', value: 'pro' }
  const group = { type: 'OR', values: [filter, { key: 'a', type: 'cohort', value: 9 }] }
  const names = namesOf()
  assert.deepEqual(cohortsOf({ 1: { ...group, unread: 5n }, 2: { type: 'AND', values: [group, group] } }, names), {
    1: group,
    2: { type: 'AND', values: [group, group] },
  })
  assert.deepEqual([...names.cohorts], ['9'])
  // Those that a cohort refers to may be behind a proxy too.
  const hiding = new Proxy(
    {},
    {
      has: (_, name) => name === '5' || name === '6',
      get: (_, name) =>
        name === '5' ? { type: 'OR', values: [{ type: 'cohort', value: 6 }] } : { type: 'AND', values: [] },
      ownKeys: () => [],
    }
  )
  const some = namesOf()
  some.cohorts.add('5')
  assert.deepEqual(cohortsOf(hiding, some), {
    5: { type: 'OR', values: [{ type: 'cohort', value: 6 }] },
    6: { type: 'AND', values: [] },
  })
})

test('a cohort without fields of its own matches everyone if it inherits values', () => {
  assert.deepEqual(cohortsOf({ 1: {}, 2: Object.create({ values: [1] }), 3: [], 4: { type: 'AND' }, 5: [1] }), {
    1: {},
    2: { type: 'AND', values: [] },
    3: [],
    4: { type: 'AND', values: null },
    5: [0],
  })
  assert.deepEqual(cohortsOf({ 1: Object.assign([1], { type: 'OR' }) })['1'], {
    type: 'OR',
    values: { length: 0 },
  })
})

test('a cohort that cannot be read says why', () => {
  const reason = (/** @type {any} */ cohort) => {
    const { 1: text } = cohortsOf({ 1: cohort })
    assert.equal(text.type, UNREADABLE)
    return text[UNREADABLE]
  }
  assert.equal(reason({ type: 'OR', values: [{ value: 5n }] }), refused('value', 'a bigint'))
  assert.equal(reason({ type: Symbol('s'), values: [] }), refused("a cohort's type", 'a symbol'))
  assert.equal(reason({ type: TEXTLESS, values: [] }), refused("a cohort's type", 'a object'))
  assert.equal(reason({ type: '\ufdd0', values: [] }), refused('type', 'a text that begins with U+FDD0'))
  assert.equal(
    reason({ values: new Set() }),
    refused("a cohort's values", 'an object of the class Set instead of a list')
  )
  assert.equal(
    reason(Object.defineProperty({ a: 1 }, 'values', throwing('no values'))),
    'expected plain data but reading it failed: RangeError: no values'
  )
})

test('groups of a cohort nest 60 levels deep', () => {
  const nested = (/** @type {number} */ depth) => {
    /** @type {any} */
    let group = { type: 'OR', values: [{ key: 'a' }] }
    for (let level = 0; level < depth; level += 1) {
      group = { type: 'OR', values: [group] }
    }
    return group
  }
  assert.deepEqual(cohortsOf({ 1: nested(60) }), { 1: nested(60) })
  const found = refused("a cohort's values", 'groups that nest more than 60 levels deep')
  assert.equal(cohortsOf({ 1: nested(61) })['1'][UNREADABLE], found)
  // Also where they stand beside filters, so that they are read as filters.
  const beside = (/** @type {number} */ depth) => ({ type: 'OR', values: [{ key: 'a' }, nested(depth)] })
  const { 1: text } = cohortsOf({ 1: beside(59) })
  assert.equal(text[UNREADABLE], undefined)
  assert.equal(cohortsOf({ 1: beside(60) })['1'][UNREADABLE], found)
})

test('the members of a cohort are groups or filters by the first of them', () => {
  const [filter, group] = [
    { key: 'a', value: 1 },
    { type: 'OR', values: [{ key: 'b' }] },
  ]
  const membersOf = (/** @type {any[]} */ ...values) => cohortsOf({ 1: { type: 'AND', values } })['1'].values
  assert.deepEqual(membersOf(group, filter), [group, filter])
  // A group after a filter is read as a filter that has values.
  assert.deepEqual(membersOf(filter, group, { key: 'c', values: undefined }), [
    filter,
    { type: 'OR', values: [{ key: 'b' }] },
    { key: 'c', values: null },
  ])
  assert.deepEqual(membersOf(5, group), [5, { type: 'OR', values: [{ key: 'b' }] }])
  assert.deepEqual(membersOf(null, 5n), [null, 1])
  assert.deepEqual(membersOf({ values: [], key: 'd' }, { values: [{ values: [], type: 'X' }], type: 'Y' }), [
    { values: [] },
    { values: [{ values: [], type: 'X' }], type: 'Y' },
  ])
  assert.deepEqual(membersOf(filter, { values: [5], key: 'd', negation: true }), [
    filter,
    { key: 'd', negation: true, values: [5] },
  ])
})
