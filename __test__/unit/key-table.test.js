'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { PROTO, createFullTables, createTable, finish, internalize } = require('../../lib/evaluation/key-table')
const { isShaped, watchGenerating } = require('./support/engine')

/** The call in which code is generated. */
const EIGHTH = 8

test('a table has no shape, inherits nothing before it is finished, and is an ordinary object then', () => {
  const table = createTable()
  assert.equal(Object.getPrototypeOf(table), null)
  table.toString = 'a key'
  assert.equal(isShaped(table), false)
  assert.equal(finish(table), table)
  assert.equal(Object.getPrototypeOf(table), Object.prototype)
  assert.deepEqual(Object.entries(table), [['toString', 'a key']])
})

test('what was assigned to __proto__ is inherited from, as with an ordinary object', () => {
  assert.equal(PROTO, '__proto__')
  const list = [1]
  for (const assigned of [{ a: 1 }, list, 5, 'text', true, null, undefined]) {
    const ordinary = /** @type {any} */ ({})
    ordinary.__proto__ = assigned
    // An ordinary object would inherit nothing then; posthog-node's payloads are never null.
    const expected = assigned === null ? Object.prototype : Object.getPrototypeOf(ordinary)
    assert.equal(Object.getPrototypeOf(finish(createTable(), assigned)), expected)
  }
})

for (const [what, size] of /** @type {[string, number][]} */ ([
  ['no key', 0],
  ['a few keys', 3],
  ['as many keys as are copied', 2048],
  ['more keys than are copied', 2049],
])) {
  test(`a full table of ${what} has each of them in order, in every call, and is the caller's own`, (t) => {
    const seen = watchGenerating(t)
    const keys = Array.from({ length: size }, (_, number) => (number === 1 ? 'quote " \u2028' : `key ${size - number}`))
    const create = createFullTables(keys)
    const tables = new Set()
    for (let call = 1; call <= EIGHTH + 2; call += 1) {
      const table = create()
      assert.deepEqual(Object.keys(table), keys)
      assert.ok(Object.values(table).every((value) => value === false))
      assert.equal(Object.getPrototypeOf(table), null)
      assert.equal(isShaped(table), false)
      assert.ok(!tables.has(table))
      tables.add(table)
      table.added = true
      assert.equal(seen.made, call >= EIGHTH && size <= 2048 ? 1 : 0)
    }
  })
}

test('full tables are made without generated code where that is forbidden, which is asked once', (t) => {
  const seen = watchGenerating(t, { forbidden: true })
  const create = createFullTables(['a', 'b'])
  for (let call = 1; call <= EIGHTH * 3; call += 1) {
    assert.deepEqual(Object.entries(create()), [
      ['a', false],
      ['b', false],
    ])
  }
  assert.equal(seen.count, 1)
})

test('an internalized text is the same text', () => {
  for (const text of ['', 'a', '__proto__', 'toString', '\ud800', '5', 'long '.repeat(100)]) {
    assert.equal(internalize(text), text)
  }
})
