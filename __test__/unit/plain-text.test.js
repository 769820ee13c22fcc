'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const vm = require('node:vm')

const { textOf } = require('../../lib/document/copied-text')
const plainText = require('../../lib/document/plain-text')

const { MAX_LENGTH, MAX_PAYLOAD_DEPTH, Unreadable, isObject, kindOf, listOf } = plainText
const { comparedValue, dividedValue, exactValue, truthValue } = plainText

/** The text of a copy, if there is one. @param {unknown} copy */
const text = (copy) => (copy === undefined ? undefined : textOf(copy))

/** @param {() => unknown} read @param {string} found what stands in the message */
function assertUnreadable(read, found) {
  assert.throws(read, (error) => {
    assert.ok(error instanceof Unreadable)
    const remedy = 'return definitions as JSON.parse makes them, or as JSON text'
    assert.equal(error.message, `expected the field to be plain data but received ${found}; ${remedy}`)
    return true
  })
}

/** @param {unknown} value @param {number} [depth] */
const exact = (value, depth) => text(exactValue(value, 'the field', depth))

/** Nested lists or objects. @param {number} depth @param {(inner: any) => any} wrap @param {any} [inner] */
function nested(depth, wrap, inner = wrap(undefined)) {
  for (let level = 1; level < depth; level += 1) {
    inner = wrap(inner)
  }
  return inner
}
const inList = (/** @type {any} */ inner) => (inner === undefined ? [] : [inner])
const inObject = (/** @type {any} */ inner) => (inner === undefined ? {} : { a: inner })

test('objects and functions may have fields of their own, and nothing else may', () => {
  for (const value of [{}, [], () => {}, class {}, Object(1)]) {
    assert.equal(isObject(value), true)
  }
  for (const value of [null, undefined, 0, '', 'a', true, 5n, Symbol('s')]) {
    assert.equal(isObject(value), false)
  }
})

test('plain values have the text of JSON', () => {
  for (const value of [
    null,
    true,
    false,
    'a"b',
    1.5,
    [],
    {},
    [[]],
    [{}, [], null, 1, 'a', [true, { a: [] }]],
    { a: { b: [1, { c: null }] }, 'd"': false, e: 'f' },
    { ['\ufdd0']: 'key' },
    '\ufdd1',
    'a\ufdd0',
  ]) {
    assert.equal(exact(value), JSON.stringify(value))
  }
  assert.equal(exact(undefined), undefined)
  assert.equal(exact([-0, Infinity]), '[-0,1e400]')
})

test('what has no text is refused, wherever it is', () => {
  for (const [value, found] of /** @type {[unknown, string][]} */ ([
    [NaN, 'NaN'],
    [5n, 'a bigint'],
    [Symbol('s'), 'a symbol'],
    [() => {}, 'a function'],
    ['\ufdd0a', 'a text that begins with U+FDD0'],
    [new Date(0), 'an object of the class Date instead of an ordinary object'],
    [new Map(), 'an object of the class Map instead of an ordinary object'],
    [Object.create(null), 'an object without a class instead of an ordinary object'],
    [Object.create({ constructor: 5 }), 'an object without a class instead of an ordinary object'],
    [vm.runInNewContext('({})'), 'an object of the class Object instead of an ordinary object'],
    [Object.defineProperty({ a: 1 }, 'b', { value: 1 }), 'an object with hidden fields'],
    [{ [Symbol('s')]: 1 }, 'an object with hidden fields'],
    [class extends Array {}.from([1]), 'an object without a class instead of an ordinary list'],
    [Object.assign([1], { toString: () => '' }), 'an object of the class Array instead of an ordinary list'],
    [Object.assign([1], { join: () => '' }), 'an object of the class Array instead of an ordinary list'],
    [Object.assign([1], { join: undefined }), 'an object of the class Array instead of an ordinary list'],
    [
      Object.setPrototypeOf([1], { constructor: class Odd {} }),
      'an object of the class Odd instead of an ordinary list',
    ],
    [
      new Proxy([], { get: (target, name) => (name === 'length' ? 1e9 : Reflect.get(target, name)) }),
      'a list of more than 10000000 items',
    ],
    [
      new Proxy([], { get: (target, name) => (name === 'length' ? NaN : Reflect.get(target, name)) }),
      'a list of more than 10000000 items',
    ],
  ])) {
    assertUnreadable(() => exact(value), found)
    assertUnreadable(() => exact([1, value]), found)
    assertUnreadable(() => exact({ a: 1, b: { c: value } }), found)
  }
  assertUnreadable(() => exact([undefined]), 'undefined inside it')
  assertUnreadable(() => exact({ a: undefined }), 'undefined inside it')
  assertUnreadable(() => exact(Array(1)), 'undefined inside it')
})

test('lists of another realm, and those whose functions are the same, are lists like any other', () => {
  assert.equal(exact(vm.runInNewContext('[1, [2]]')), '[1,[2]]')
  assert.equal(exact(Object.assign([1], { join: Array.prototype.join, toString: Array.prototype.toString })), '[1]')
  const foreign = vm.runInNewContext('Array.prototype')
  assert.equal(exact(Object.assign([1], { join: foreign.join, toString: foreign.toString })), '[1]')
  // Written by a caller, though with the name of the real one.
  const join = {
    join() {
      return ''
    },
  }.join
  assertUnreadable(
    () => exact(Object.assign([1], { join })),
    'an object of the class Array instead of an ordinary list'
  )
  const slice = Array.prototype.slice
  assertUnreadable(
    () => exact(Object.assign([1], { join: slice })),
    'an object of the class Array instead of an ordinary list'
  )
})

test('values may nest 120 levels deep, or as deep as is said', () => {
  for (const wrap of [inList, inObject]) {
    assert.equal(exact(nested(121, wrap)), JSON.stringify(nested(121, wrap)))
    assertUnreadable(() => exact(nested(122, wrap)), 'what nests more than 120 levels deep')
    assert.equal(exact(nested(3, wrap), 2), JSON.stringify(nested(3, wrap)))
    assertUnreadable(() => exact(nested(4, wrap), 2), 'what nests more than 2 levels deep')
  }
  // Not on the stack.
  assert.equal(exact(nested(20_000, inList), MAX_PAYLOAD_DEPTH), '['.repeat(20_000) + ']'.repeat(20_000))
  assert.deepEqual([MAX_LENGTH, MAX_PAYLOAD_DEPTH], [10_000_000, 100_000])
})

test('a list that for … of walks otherwise than by its indices is refused', () => {
  const write = (/** @type {any} */ list) => listOf(list, 'the field', (item) => `<${String(item)}>`)
  assert.deepEqual(write([]), [])
  assert.deepEqual(write([1, 'a', Object.assign(Array(2), { 1: 3 })]), ['<1>', '<a>', '<,3>'])
  assert.deepEqual(write(Object.assign(Array(2), { 1: 3 })), ['<undefined>', '<3>'])
  const walking = (/** @type {any[]} */ list, /** @type {any[]} */ items) =>
    Object.assign(list, { [Symbol.iterator]: () => items[Symbol.iterator]() })
  assert.deepEqual(write(walking([1, NaN], [1, NaN])), ['<1>', '<NaN>'])
  for (const [list, items] of [
    [[1, 2], [1]],
    [[1], [1, 2]],
    [
      [1, 2],
      [2, 1],
    ],
    [[0], [-0]],
    [[1], []],
    [[undefined], [undefined, undefined]],
    [[], [undefined]],
  ]) {
    assertUnreadable(() => write(walking(list, items)), 'an object of the class Array instead of an ordinary list')
  }
  const long = new Proxy([], {
    get: (target, name) => (name === 'length' ? MAX_LENGTH + 1 : Reflect.get(target, name)),
  })
  assertUnreadable(() => write(long), 'a list of more than 10000000 items')
})

test('a value is named in the words of a message', () => {
  for (const [value, words] of /** @type {[unknown, string][]} */ ([
    [null, 'null'],
    [undefined, 'a undefined'],
    [5, 'a number'],
    [() => {}, 'a function'],
    [{}, 'an object of the class Object'],
    [[], 'an object of the class Array'],
    [new (class Cache {})(), 'an object of the class Cache'],
    [new (class {})(), 'an object without a class'],
    [Object.create(null), 'an object without a class'],
    [{ constructor: 'text' }, 'an object without a class'],
    [{ constructor: Object.defineProperty(() => {}, 'name', { value: 5 }) }, 'an object without a class'],
  ])) {
    assert.equal(kindOf(value), words)
  }
})

test('of a value that is only asked whether it is truthy, the text says that', () => {
  for (const [value, expected] of /** @type {[unknown, string | undefined][]} */ ([
    [undefined, undefined],
    [null, 'null'],
    [0, '0'],
    ['', '""'],
    ['a', '"a"'],
    [true, 'true'],
    [NaN, 'false'],
    [0n, 'false'],
    [5n, 'true'],
    [Symbol('s'), 'true'],
    [{}, 'true'],
    [() => {}, 'true'],
    [new Date(NaN), 'true'],
  ])) {
    assert.equal(text(truthValue(value, 'the field')), expected)
  }
  assertUnreadable(() => truthValue('\ufdd0', 'the field'), 'a text that begins with U+FDD0')
})

test('a value that is only compared has a text that equals nothing, unless it may be equal to something', () => {
  for (const [value, expected] of /** @type {[unknown, string | undefined][]} */ ([
    [undefined, undefined],
    [null, 'null'],
    [7, '7'],
    ['a', '"a"'],
    [true, 'true'],
    [NaN, '0'],
    [5n, '0'],
    [Symbol('s'), '0'],
    [{}, '0'],
    [[], '0'],
    [() => {}, '0'],
  ])) {
    assert.equal(text(comparedValue(value, 'the field')), expected)
  }
  assertUnreadable(() => comparedValue('\ufdd0', 'the field'), 'a text that begins with U+FDD0')
})

test('a value that is divided counts as a number', () => {
  for (const [value, expected] of /** @type {[unknown, string | undefined][]} */ ([
    [undefined, undefined],
    [null, 'null'],
    [50, '50'],
    ['50', '"50"'],
    [true, 'true'],
    [NaN, '"NaN"'],
    [{}, '"NaN"'],
    [[], '0'],
    [[25], '25'],
    [Object(0.5), '0.5'],
    [new Date(7), '7'],
    [{ valueOf: () => -0 }, '-0'],
    [() => {}, '"NaN"'],
  ])) {
    assert.equal(text(dividedValue(value, 'the field')), expected)
  }
  assertUnreadable(() => dividedValue(5n, 'the field'), 'a bigint')
  assertUnreadable(() => dividedValue(Symbol('s'), 'the field'), 'a symbol')
  // What refuses to be a number does so as JSON too, although a proxy may not list by what it does.
  const refusing = { valueOf: 0, toString: 0 }
  const hiding = new Proxy({}, { get: (_, field) => Reflect.get(refusing, field) })
  for (const value of [refusing, hiding]) {
    assert.equal(text(dividedValue(value, 'the field')), '{"toString":0}')
  }
})

test('a proxy that becomes another text than its fields say is refused', () => {
  for (const field of ['toString', 'valueOf', 'toJSON', Symbol.toPrimitive]) {
    const get = (/** @type {any} */ target, /** @type {string | symbol} */ name) =>
      name === field ? () => 'x' : target[name]
    assertUnreadable(() => exact(new Proxy({ a: 1 }, { get })), 'a proxy that does not list its fields')
  }
  assert.equal(exact(new Proxy({ a: 1, toString: 5 }, {})), '{"a":1,"toString":5}')
})
