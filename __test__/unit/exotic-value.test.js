'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OWN_UNDEFINED, UNREADABLE, questions } = require('../../lib/evaluation/exotic-value')
const { flag } = require('../support/observe')
const { openPair } = require('./support/world')

const { canonicalOf, isRepresentable, isTrue, meaningOf, templateOf, textOf, timeOf } = /** @type {any} */ (questions)

/** @type {any} */
const cyclic = { list: [] }
cyclic.list.push(cyclic)
/** @type {any} */
const cyclicObject = {}
cyclicObject.self = cyclicObject
const shared = [1]
const throwing = {
  toString() {
    throw new RangeError('no text')
  },
}

test('a list is true only if all of it is, without holes', () => {
  for (const value of [true, 'true', 'TRUE', 'True', [], [true], ['true', [true, []]]]) {
    assert.equal(isTrue(value), true, JSON.stringify(value))
  }
  const hole = [true, true]
  delete hole[0]
  const last = [true]
  last.length = 2
  for (const value of [false, 'false', '', 'yes', 1, null, undefined, {}, [false], [true, 'no'], [[1]], hole, last]) {
    assert.equal(isTrue(value), false, JSON.stringify(value))
  }
})

test('JSON can represent what is plain all through, and whole characters alone', () => {
  for (const value of [
    true,
    'a 😀',
    0,
    -1.5,
    null,
    [],
    {},
    [1, ['a', null, {}]],
    { a: { 'b 😀': [] } },
    Object.assign(Object.create(null), { a: 1 }),
    [shared, shared],
    { a: shared, b: shared },
    Array(3),
  ]) {
    assert.equal(isRepresentable(value), true)
  }
  for (const value of [
    undefined,
    NaN,
    Infinity,
    5n,
    Symbol('s'),
    () => {},
    new Date(0),
    new Map(),
    '\ud800',
    'x\udc00y',
    { '\ud800': 1 },
    { a: [{ 'x\udc00': null }] },
    [undefined],
    { a: NaN },
    [[{ a: new Date(0) }]],
    cyclic,
    cyclicObject,
    Array(100_001),
    [Array(60_000), Array(60_000)],
  ]) {
    assert.equal(isRepresentable(value), false)
  }
})

test('the text of a value has its keys in the order of their characters, and leaves whole numbers to the server', () => {
  for (const [value, text] of /** @type {[unknown, string | undefined][]} */ ([
    [true, 'true'],
    [false, 'false'],
    ['a"b', '"a\\"b"'],
    [1.5, '1.5'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
    [[true, 'a', null], '[true,"a",null]'],
    [{ b: 1.5, a: 'x', A: [] }, '{"A":[],"a":"x","b":1.5}'],
    // By code points, not by the halves of characters.
    [{ '\uffee': true, '😀': true }, '{"\uffee":true,"😀":true}'],
    [{ '😀': true, '\uffee': true }, '{"\uffee":true,"😀":true}'],
    [[shared.map(String), shared.map(String)], '[["1"],["1"]]'],
    [Object.assign(Array(2), { 1: true }), '[null,true]'],
    [5, undefined],
    [NaN, undefined],
    [Infinity, undefined],
    [undefined, undefined],
    [5n, undefined],
    [new Date(0), undefined],
    ['\ud800', undefined],
    [{ '\ud800': true }, undefined],
    [{ a: { 'x\udc00': true } }, undefined],
    [[1], undefined],
    [{ a: [undefined] }, undefined],
    [cyclic, undefined],
    [Array(100_001), undefined],
  ])) {
    assert.equal(canonicalOf(value), text)
  }
})

test('what is no property has a meaning of its own', () => {
  assert.deepEqual([OWN_UNDEFINED, UNREADABLE, Symbol('undefined')].map(meaningOf), [1, 2, 0])
})

test('the text of a value is that of JavaScript', () => {
  for (const value of [{}, [], [1, [2, null], undefined], new Date(0), 5n, null, [[[]], ['a']], Array(3)]) {
    assert.equal(textOf(value), String(value))
    assert.equal(templateOf(value), `${value}`)
  }
  assert.equal(textOf(Symbol('s')), 'Symbol(s)')
  assert.deepEqual(templateOf(Symbol('s')), { thrown: 'TypeError: Cannot convert a Symbol value to a string' })
  const own = Object.assign([1, 2], { toString: () => 'own' })
  assert.equal(textOf(own), 'own')
  assert.equal(textOf([own, own]), 'own,own')
  const list = /** @type {any[]} */ ([1])
  list.push(list, [list])
  assert.equal(textOf(list), String(list))
  /** @type {any} */
  let deep = 'x'
  for (let depth = 0; depth < 50; depth += 1) {
    deep = [deep]
  }
  assert.equal(textOf(deep), 'x')
})

test('what is thrown is told if it is an error', () => {
  assert.deepEqual(textOf(throwing), { thrown: 'RangeError: no text' })
  assert.deepEqual(textOf([1, throwing]), { thrown: 'RangeError: no text' })
  const rude = {
    toString() {
      throw 'a text'
    },
  }
  assert.deepEqual(textOf(rude), { thrown: '' })
  const nasty = {
    toString() {
      throw Object.assign(new Error('x'), throwing)
    },
  }
  assert.deepEqual(textOf(nasty), { thrown: 'the value cannot be converted to text' })
})

test('a list of too many elements has no text, those of lists within it counted', () => {
  const thrown = 'RangeError: expected a list of no more than 100000 elements'
  assert.equal(textOf(Array(100_000)), ','.repeat(99_999))
  for (const list of [Array(100_001), [Array(60_000), Array(60_000)], Array(4).fill(Array(30_000))]) {
    assert.deepEqual(textOf(list), { thrown })
    assert.deepEqual(templateOf(list), { thrown })
  }
})

/** What is asked of a list, in order. @param {any[]} list @param {string[]} log */
const watched = (list, log) =>
  new Proxy(list, {
    get(target, name, receiver) {
      log.push(`get ${String(name)}`)
      return Reflect.get(target, name, receiver)
    },
    has: (target, name) => (log.push(`has ${String(name)}`), Reflect.has(target, name)),
    getOwnPropertyDescriptor(target, name) {
      log.push(`describe ${String(name)}`)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    getPrototypeOf: (target) => (log.push('prototype'), Reflect.getPrototypeOf(target)),
  })

/** @param {string} text @param {string[]} log */
const telling = (text, log) => ({
  toString() {
    log.push(`text ${text}`)
    return text
  },
})

class List extends Array {}

/** A list whose class, or only its constructor, notes each list that it makes. @param {string[]} log @param {boolean} isOfClass */
function noting(log, isOfClass) {
  class Noting extends Array {
    /** @param {any[]} elements */
    constructor(...elements) {
      super(...elements)
      log.push('made')
    }
  }
  const list = isOfClass ? new Noting('a', 'b') : Object.assign(['a', 'b'], { constructor: Noting })
  log.length = 0
  return list
}

/** Lists that may run code of a caller's when their text is asked for. @type {Record<string, (log: string[]) => any>} */
const LISTS = {
  'of objects': (log) => [telling('a', log), [telling('b', log)], telling('c', log)],
  'behind a proxy': (log) => watched([1, watched([2, telling('a', log)], log)], log),
  'in a proxy': (log) => [watched([1], log), [watched([], log)]],
  'with a getter': (log) =>
    Object.defineProperty([1, 2, 3], 1, { get: () => (log.push('element'), [telling('a', log)]), enumerable: true }),
  'of a subclass': (log) => List.from([1, telling('a', log), List.from([2])]),
  'of a class that notes what it makes': (log) => noting(log, true),
  'with a constructor that notes what it makes': (log) => noting(log, false),
  'with a constructor of its own': (log) => Object.assign([1, telling('a', log)], { constructor: List }),
  'without a prototype of lists': (log) => Object.setPrototypeOf([telling('a', log)], { join: () => 'joined' }),
  'with a join of its own': (log) => [Object.assign([1], { join: () => (log.push('join'), 'joined') }), 2],
  'with a text of its own': (log) => [Object.assign([1], telling('own', log)), 2],
  'with a primitive of its own': (log) => [
    Object.assign([1], { [Symbol.toPrimitive]: (/** @type {string} */ hint) => (log.push(hint), 'primitive') }),
  ],
  'that grows while it is read': (log) => {
    /** @type {any[]} */
    const list = [1, 2]
    list[0] = { toString: () => (log.push('grow'), list.push('later'), 'grown') }
    return list
  },
  'with holes': () => [Object.assign(Array(2), { 1: 1 }), Array(3)],
  'in itself': () => {
    /** @type {any[]} */
    const list = [1]
    list.push(list, [list, 2])
    return list
  },
  'twice in another': () => {
    const inner = [1, 2]
    return [inner, [inner], inner]
  },
  'of functions': (log) => [Object.assign(() => {}, telling('a function', log)), telling('an object', log)],
  'after an object, with a text of its own': (log) => [telling('a', log), Object.assign([1, [2]], telling('own', log))],
  'of the most elements there may be, with a text of its own': (log) => [
    telling('a', log),
    Object.assign(Array(99_998), telling('own', log)),
  ],
  'in itself, with a text of its own': (log) => {
    /** @type {any[]} */
    const list = Object.assign([], telling('own', log))
    list.push(list)
    return [list, 1]
  },
  'of what is no object': () => [null, undefined, true, 5n, 'a', 1.5, -0],
}

for (const [what, make] of Object.entries(LISTS)) {
  test(`a list ${what} is asked for its text as String asks, and no more often`, () => {
    /** @type {[string[], string[]]} */
    const [expected, log] = [[], []]
    const text = String(make(expected))
    assert.equal(textOf(make(log)), text)
    // Whether it is a proxy's own prototype or constructor that decides is asked of no proxy.
    assert.deepEqual(log, expected)
    /** @type {string[]} */
    const again = []
    assert.equal(templateOf(make(again)), text)
    assert.deepEqual(again, expected)
  })
}

/** @param {number} depth @param {any} inner */
const nested = (depth, inner) => {
  for (let level = 0; level < depth; level += 1) {
    inner = [inner]
  }
  return inner
}

test('lists have their text however deep they are within each other', () => {
  for (const depth of [1, 18, 19, 20, 21, 22, 100]) {
    for (const inner of ['x', [1, 2], [[], [3]], Object.assign([1], { toString: () => 'own' })]) {
      assert.equal(textOf(nested(depth, inner)), String(nested(depth, inner)))
    }
    /** @type {any[]} */
    const list = [1]
    list.push(nested(depth, list), nested(depth, [2]))
    assert.equal(textOf(list), String(list))
  }
})

test('whether there is room for the text of very deep lists is left to V8', () => {
  for (const depth of [1000, 6000]) {
    const list = nested(depth, 'x')
    /** @type {unknown} */
    let expected
    try {
      expected = String(list)
    } catch (error) {
      expected = { thrown: String(error) }
    }
    assert.deepEqual(textOf(list), expected)
  }
})

test('elements are counted to the last one, at any depth, and in lists with a text of their own', () => {
  const thrown = { thrown: 'RangeError: expected a list of no more than 100000 elements' }
  const isTooLong = (/** @type {any} */ list) => {
    const text = textOf(list)
    if (typeof text === 'string') {
      return false
    }
    assert.deepEqual(text, thrown)
    return true
  }
  const own = (/** @type {any[]} */ list) => Object.assign(list, { toString: () => 'own' })
  for (const depth of [1, 10, 25]) {
    assert.equal(isTooLong(nested(depth, Array(100_000 - depth))), false)
    assert.equal(isTooLong(nested(depth, Array(100_001 - depth))), true)
    assert.equal(isTooLong(nested(depth, [Array(50_000), Array(50_000 - depth - 2)])), false)
    assert.equal(isTooLong(nested(depth, [Array(50_000), Array(50_001 - depth - 2)])), true)
    assert.equal(isTooLong(own(nested(depth, Array(100_000 - depth)))), false)
    assert.equal(isTooLong(own(nested(depth, Array(100_001 - depth)))), true)
    assert.equal(isTooLong([own(nested(depth, Array(99_999 - depth)))]), false)
    assert.equal(isTooLong([own(nested(depth, Array(100_000 - depth)))]), true)
  }
  assert.equal(isTooLong(nested(25, [Array(99_973), []])), false)
  assert.equal(isTooLong(nested(25, [Array(99_973), [1]])), true)
  for (const [first, second] of [
    [49_000, 50_997],
    [99_997, 0],
  ]) {
    assert.equal(isTooLong(own([[Array(first)], Array(second)])), false)
    assert.equal(isTooLong(own([[Array(first)], Array(second + 1)])), true)
  }
  const shared = Array(30_000)
  assert.equal(isTooLong(nested(25, [shared, shared, shared])), false)
  assert.equal(isTooLong(nested(25, [shared, shared, shared, shared])), true)
  /** @type {any[]} */
  const cyclic = Array(60_000)
  cyclic[0] = nested(25, cyclic)
  assert.equal(isTooLong(cyclic), false)
})

test('what is walked through is counted to the last element too', () => {
  assert.equal(isRepresentable(Array(100_000)), true)
  assert.equal(isRepresentable([Array(99_999)]), true)
  assert.equal(isRepresentable([Array(100_000)]), false)
  const strings = (/** @type {number} */ count) => Array(count).fill('a')
  assert.equal(typeof canonicalOf(strings(100_000)), 'string')
  assert.equal(canonicalOf(strings(100_001)), undefined)
  const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, number) => [`f${number}`, true]))
  assert.equal(isRepresentable([fields, strings(49_998)]), true)
  assert.equal(isRepresentable([fields, strings(49_999)]), false)
  // Keys with characters of two halves are sorted otherwise than those without.
  assert.equal(canonicalOf({ b: null, a: null, c: null }), '{"a":null,"b":null,"c":null}')
})

test('nothing is asked beyond the end of a list', () => {
  /** @type {string[]} */
  const log = []
  assert.equal(isRepresentable(watched([true], log)), true)
  assert.equal(textOf(watched(Object.assign([1], { toString: () => 'own' }), log)), 'own')
  assert.equal(textOf(nested(25, watched([1], log))), '1')
  assert.deepEqual(
    log.filter((asked) => asked.endsWith(' 1')),
    []
  )
})

test('a time is asked of dates alone', () => {
  assert.equal(timeOf(new Date(5)), 5)
  assert.ok(Number.isNaN(timeOf(new Date(NaN))))
  assert.equal(timeOf({ getTime: () => 5 }), undefined)
  assert.deepEqual(timeOf(throwing), { thrown: 'RangeError: no text' })
})

test('odd values are matched as by posthog-node', async (t) => {
  const filters = [
    ['is_set', 'is_set'],
    ['exact', ['true']],
    ['exact', ['a', '{"b":1}']],
    ['is_not', ['true']],
    ['icontains', 'a'],
    ['regex', '^a'],
    ['gt', 1],
    ['is_date_before', '2030-01-01'],
  ]
  const flags = [1, 2].flatMap((version) =>
    filters.map(([operator, value], number) =>
      flag(`${operator} ${number} ${version}`, {
        filters: {
          groups: [{ properties: [{ key: 'odd', operator, value, type: 'person' }], rollout_percentage: 100 }],
        },
      })
    )
  )
  const hole = [true, true]
  delete hole[0]
  for (const version of [1, 2]) {
    const [theirs, ours] = await openPair(t, { flags, property_matching_version: version })
    for (const odd of [
      hole,
      [true],
      ['true', true],
      [],
      { '\ud800': 1 },
      { b: 1 },
      ['a', '\ud800'],
      new Date(0),
      5n,
      [undefined],
      { toString: () => 'a' },
    ]) {
      const options = { personProperties: { odd }, onlyEvaluateLocally: true }
      const [their, our] = await Promise.all([theirs, ours].map((client) => client.getAllFlags('kari', options)))
      assert.deepEqual(our, their)
    }
  }
})
