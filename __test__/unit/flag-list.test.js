'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagList } = require('../../lib/evaluation/flag-list')

/**
 * A list of flags as the native side tells of them.
 *
 * @param {[key: string, outline?: object][]} flags
 * @param {object} [listing]
 */
function listOf(flags, listing) {
  /** @type {string[]} */
  const asked = []
  const definitions = /** @type {any} */ ({
    keys: () => (asked.push('keys'), JSON.stringify(flags.map(([key]) => key))),
    outline: () => JSON.stringify(flags.map(([, outline]) => outline ?? {})),
    find: (/** @type {string} */ key) => {
      asked.push(`find ${key}`)
      const position = flags.map(([known]) => known).lastIndexOf(key)
      return position < 0 ? null : position
    },
  })
  return { list: new FlagList(definitions, { length: flags.length, ...listing }), asked }
}

test('the outline has what an evaluation of all flags reads of each', () => {
  const { list } = listOf([
    ['a', { values: ['wide'], has_payloads: true, id: 7, has_experiment: true, evaluation_runtime: 'client' }],
    ['toString', { evaluation_runtime: 'server' }],
  ])
  assert.deepEqual(list.outline(), [
    {
      key: 'a',
      index: 0,
      position: 0,
      values: ['wide'],
      hasPayloads: true,
      isForClients: true,
      id: 7,
      hasExperiment: true,
      noPayload: undefined,
      record: undefined,
    },
    {
      key: 'toString',
      index: 1,
      position: 1,
      values: [],
      hasPayloads: false,
      isForClients: false,
      id: undefined,
      hasExperiment: undefined,
      noPayload: undefined,
      record: undefined,
    },
  ])
})

test('a key that comes twice is listed once, first in order and last in what it holds', () => {
  const { list } = listOf(
    [
      ['a', { id: 1 }],
      ['b', { id: 2 }],
      ['a', { id: 3 }],
    ],
    { decidedBy: [1, 0, 1] }
  )
  assert.deepEqual(
    list.outline().map(({ key, id, index, position }) => [key, id, index, position]),
    [
      ['a', 3, 1, 2],
      ['b', 2, 0, 1],
    ]
  )
  assert.deepEqual(
    list.all.map(({ key, index }) => [key, index]),
    [
      ['a', 1],
      ['b', 0],
      ['a', 1],
    ]
  )
})

test('a key is for clients alone if all of its definitions are', () => {
  const isForClients = (/** @type {string[]} */ ...runtimes) =>
    listOf(
      runtimes.map((runtime) => ['a', { evaluation_runtime: runtime }]),
      { decidedBy: runtimes.map(() => 0) }
    )
      .list.outline()
      .map((flag) => flag.isForClients)[0]
  assert.equal(isForClients('client'), true)
  assert.equal(isForClients('client', 'client'), true)
  assert.equal(isForClients('server', 'client'), false)
  assert.equal(isForClients('client', 'server'), false)
  assert.equal(isForClients('server', 'server'), false)
  assert.equal(isForClients('client', 'server', 'client'), false)
})

test('where the native side says nothing of it, a flag decides itself and its key is a text', () => {
  const { list } = listOf([['a'], ['b']])
  assert.deepEqual(
    list.all.map(({ key, index }) => [key, index]),
    [
      ['a', 0],
      ['b', 1],
    ]
  )
  const unusual = listOf([['undefined'], ['5'], ['c']], { unusualKeys: [[0], [1, 5]], decidedBy: [2, 2, 0] }).list
  assert.deepEqual(
    unusual.all.map(({ key, index }) => [key, index]),
    [
      [undefined, 2],
      [5, 2],
      ['c', 0],
    ]
  )
})

test('a record is made once, whether by its position, its key or with all others', () => {
  const { list, asked } = listOf([['a'], ['b'], ['c']])
  const first = list.at(1, 'b')
  assert.equal(list.at(1, 'b'), first)
  assert.equal(list.byKey.b, first)
  assert.equal(list.byKey.b, first)
  assert.deepEqual(asked, ['find b'])
  assert.equal('c' in list.byKey, true)
  assert.equal('d' in list.byKey, false)
  assert.equal(list.byKey.d, undefined)
  assert.equal(/** @type {any} */ (list.byKey)[Symbol.iterator], undefined)
  assert.equal(Symbol.iterator in list.byKey, false)
  const { all } = list
  assert.equal(all[1], first)
  assert.equal(list.all, all)
  assert.equal(list.at(1, 'b'), first)
  assert.equal(list.at(2, 'c'), all[2])
  assert.equal(list.byKey.c, all[2])
  assert.deepEqual(Object.keys(list.byKey), ['b', 'c'])
  assert.equal(asked.filter((call) => call === 'keys').length, 1)
})
