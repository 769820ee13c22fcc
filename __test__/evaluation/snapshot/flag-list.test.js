'use strict'

const assert = require('node:assert/strict')
const test = require('node:test')
const { setImmediate } = require('node:timers/promises')

const { FlagList } = require('../../../lib/evaluation/flag-list.js')
const { FlagDefinitions } = require('../../../lib/addon/load-binding.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')

/** @param {any[]} flags */
function compile(flags) {
  return FlagDefinitions.compile(JSON.stringify({ flags, cohorts: {} }), 'cache', [])
}

/**
 * The flags, and what was asked of the native side since.
 *
 * @param {any[]} flags
 */
function listOf(flags) {
  const definitions = compile(flags)
  /** @type {string[]} */
  const asked = []
  const watched = new Proxy(definitions, {
    get:
      (_target, /** @type {'keys'} */ method) =>
      (/** @type {[]} */ ...args) => {
        asked.push([method, ...args].join(' '))
        return definitions[method](...args)
      },
  })
  return { list: new FlagList(watched, JSON.parse(definitions.overview())), asked }
}

/** @param {string} key @param {number} id */
const flag = (key, id) => ({ key, id, active: true })

test('a record is made when its flag is first asked for, and no other is', () => {
  const { list, asked } = listOf(Array.from({ length: 1000 }, (_, id) => flag(`flag-${id}`, id)))
  assert.equal(list.length, 1000)
  assert.deepEqual(asked, [])
  const record = list.byKey['flag-700']
  assert.equal(record.key, 'flag-700')
  assert.deepEqual(asked, ['find flag-700'])
  assert.equal(record.id, 700)
  assert.equal(record.active, true)
  assert.equal(list.byKey['flag-700'], record)
  assert.deepEqual(asked, ['find flag-700', 'details 700'])
})

test('the list of all flags holds the very records that were found by key, whichever came first', () => {
  const { list, asked } = listOf([flag('a', 0), flag('b', 1), flag('c', 2)])
  const { b } = list.byKey
  const all = list.all
  assert.equal(all[1], b)
  assert.equal(list.byKey.c, all[2])
  assert.deepEqual(
    all.map(({ key, id }) => [key, id]),
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]
  )
  assert.equal(list.all, all)
  assert.equal(asked.filter((call) => call === 'keys').length, 1)
})

test('keys that objects or lists have a meaning for are keys like any other', () => {
  const keys = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '',
    '0',
    '-1',
    'é',
    '\u{1f600}',
    '\ud800',
  ]
  const { list } = listOf(keys.map(flag))
  for (const [id, key] of keys.entries()) {
    assert.ok(key in list.byKey, key)
    assert.equal(list.byKey[key].id, id, key)
    // Now that it has been found.
    assert.equal(list.byKey[key].key, key)
  }
  assert.deepEqual(
    list.all.map(({ key }) => key),
    keys
  )
})

test('keys that no flag has are not found, whatever they are', () => {
  const { list } = listOf([flag('a', 0)])
  for (const key of ['b', '__proto__', 'constructor', 'toString', '', '0', Symbol.toStringTag, Symbol.iterator]) {
    assert.equal(Reflect.get(list.byKey, key), undefined)
    assert.equal(key in list.byKey, false)
  }
  assert.deepEqual(Object.keys(list.byKey), [])
})

test('of a key that comes twice the last definition is found and both are listed', () => {
  const { list } = listOf([flag('a', 0), flag('b', 1), flag('a', 2)])
  assert.equal(list.length, 3)
  assert.equal(list.byKey.a.id, 2)
  assert.deepEqual(
    list.all.map(({ key, id, index }) => [key, id, index]),
    [
      ['a', 0, 0],
      ['b', 1, 1],
      ['a', 2, 0],
    ]
  )
  assert.equal(list.all[2], list.byKey.a)
})

test('keys that are no text are found by their text and listed as stored', () => {
  const { list } = listOf([{ key: 5 }, { key: null }, {}, { key: true, id: 3 }])
  assert.equal(list.byKey[5].key, 5)
  assert.equal(list.byKey['true'].id, 3)
  assert.deepEqual(
    list.all.map(({ key }) => key),
    [5, null, undefined, true]
  )
  assert.equal(list.byKey['undefined'], list.all[2])
})

test('definitions that nobody uses any more are collected without anybody asking for it', async () => {
  const flags = Array.from({ length: 20_000 }, (_, id) => ({ ...flag(`flag-${id}`, id), filters: { groups: [{}] } }))
  const document = JSON.stringify({ flags, cohorts: {} })
  let collected = 0
  const registry = new FinalizationRegistry(() => collected++)
  let made = 0
  // 60 of them are 170 MB, of which V8 would see nothing but the handles; it waits for 64 MB.
  while (collected === 0 && made < 60) {
    const definitions = FlagDefinitions.compile(document, 'cache', [])
    registry.register(definitions, undefined)
    assert.equal(new Snapshot(definitions).length, 20_000)
    made++
    await setImmediate()
  }
  assert.ok(collected > 0, `${made} were made and none was collected`)
})
