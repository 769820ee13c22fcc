'use strict'

// Runs alone: it measures.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { payloadOf } = require('../../../lib/evaluation/payloads.js')

/** @param {number} count */
const fields = (
  count,
  value = (/** @type {number} */ index) => index,
  name = (/** @type {number} */ index) => `k${index}`
) => Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), value(index)]))

/** @param {number} depth */
const nestedLists = (depth) => '['.repeat(depth) + ']'.repeat(depth)

/** @param {number} depth */
const nestedObjects = (depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)

/** @param {unknown} value */
const json = (value) => JSON.stringify(value)

/** Texts by what is peculiar about them. @type {Record<string, string>} */
const TEXTS = {
  'an empty object': '{}',
  'an empty list': '[]',
  'a few fields': '{"color":"blue","size":2,"on":true,"none":null}',
  'ten fields': json(fields(10)),
  'a hundred fields': json(fields(100)),
  '128 fields': json(fields(128)),
  '129 fields': json(fields(129)),
  '900 fields': json(fields(900)),
  '5,000 fields': json(fields(5000)),
  'many fields deep inside': json({ a: [{ b: fields(200) }, fields(10)] }),
  'objects in lists in objects':
    '{"title":"x","buttons":[{"label":"a","at":[1,2]},{"label":"b"}],"theme":{"dark":true}}',
  'many numbers': json(Array.from({ length: 2000 }, (_, index) => index / 3)),
  'many objects': json(Array.from({ length: 300 }, (_, index) => ({ id: index, name: `n${index}` }))),
  'objects that are all different': json(Array.from({ length: 300 }, (_, index) => ({ [`id${index}`]: index }))),
  'a text of a megabyte': json({ text: 'x'.repeat(1_000_000) }),
  'a few levels': nestedObjects(8),
  '17 levels of lists': nestedLists(17),
  '17 levels of objects': nestedObjects(17),
  '1,000 levels': nestedLists(1000),
  'a field that is an element': '{"b":1,"10":{"x":1},"2":[3],"a":4}',
  'a hundred elements': json(
    fields(
      100,
      (index) => index,
      (index) => String(index * 7)
    )
  ),
  'elements far apart': '{"100000000":1,"5":{"4294967294":2,"4294967295":3,"007":4}}',
  'an own field of the name __proto__': '{"a":1,"__proto__":{"b":[2]},"c":3}',
  '__proto__ that is no object': '{"__proto__":5}',
  '__proto__ deep inside': '[{"a":{"__proto__":{"b":2}}}]',
  'fields of other names that objects inherit':
    '{"constructor":{"a":1},"toString":[1],"hasOwnProperty":null,"toJSON":{}}',
  'a field that comes twice': '{"a":{"x":1},"b":2,"a":[3]}',
  'numbers that JSON.stringify does not write': '[-0,1e400,{"a":-0,"b":[-1e400]}]',
  'surrogates without a partner': '{"\\ud800":["\\udc00"]}',
  'an empty name': '{"":{"":1}}',
  'space around everything': ' { "a" : [ 1 , { } ] } ',
}

/**
 * Whether two values are the same in every respect, the order of fields and own `__proto__` included. Does not recurse.
 *
 * @param {any} left
 * @param {any} right
 */
function isSame(left, right) {
  const rest = [[left, right]]
  for (let pair = rest.pop(); pair !== undefined; pair = rest.pop()) {
    const [one, other] = pair
    if (typeof one !== 'object' || one === null) {
      if (!Object.is(one, other)) {
        return false
      }
      continue
    }
    const keys = Reflect.ownKeys(one)
    const isAlike =
      typeof other === 'object' &&
      other !== null &&
      one !== other &&
      Object.getPrototypeOf(one) === Object.getPrototypeOf(other) &&
      Reflect.ownKeys(other).join('\n') === keys.join('\n')
    if (!isAlike) {
      return false
    }
    for (const key of keys) {
      const [own, others] = [one, other].map((object) => Object.getOwnPropertyDescriptor(object, key))
      if (own?.writable !== others?.writable || own?.enumerable !== others?.enumerable) {
        return false
      }
      rest.push([own?.value, others?.value])
    }
  }
  return true
}

/** @param {any} value */
function spoil(value) {
  const rest = [value]
  for (let object = rest.pop(); object !== undefined; object = rest.pop()) {
    for (const key of Object.keys(object)) {
      const inside = Object.getOwnPropertyDescriptor(object, key)?.value
      if (typeof inside === 'object' && inside !== null) {
        rest.push(inside)
      }
      Object.defineProperty(object, key, { value: 'spoilt' })
    }
    object.more = true
  }
}

for (const [what, text] of Object.entries(TEXTS)) {
  test(`a payload with ${what} is what JSON.parse makes of its text, each time anew`, () => {
    const payload = payloadOf({ true: text }, true)
    for (let call = 1; call <= 5; call++) {
      const fresh = payload?.fresh()
      assert.ok(isSame(fresh, JSON.parse(text)), `call ${call}`)
      spoil(fresh)
    }
  })
}

test('a payload that is no list and no object is the same each time', () => {
  for (const [text, expected] of [
    ['5', 5],
    ['-0', -0],
    ['null', null],
    ['"text"', 'text'],
    ['no JSON', 'no JSON'],
    ['{bad', '{bad'],
    [' ', ' '],
  ]) {
    const payload = payloadOf({ a: text }, 'a')
    assert.deepEqual([payload?.fresh(), payload?.fresh(), payload?.fresh()], [expected, expected, expected])
  }
})

test('a payload that is stored as JSON and not as text is handed out itself, as by posthog-node', () => {
  const stored = { a: [1] }
  const payload = payloadOf({ true: stored }, true)
  assert.equal(payload?.fresh(), stored)
  assert.equal(payload?.fresh(), stored)
})

/**
 * What a call takes, in nanoseconds.
 *
 * @param {() => unknown} call
 */
function timeOf(call) {
  let rounds = 1
  for (;;) {
    const start = process.hrtime.bigint()
    for (let round = 0; round < rounds; round++) {
      call()
    }
    const elapsed = Number(process.hrtime.bigint() - start)
    if (elapsed > 500_000) {
      return elapsed / rounds
    }
    rounds *= 2
  }
}

test('no payload takes much longer to hand out than its text to parse', () => {
  for (const [what, text] of Object.entries(TEXTS)) {
    const payload = payloadOf({ true: text }, true)
    let [parsing, handingOut] = [Infinity, Infinity]
    // The best of many rounds each: other processes are busy in some. As few as decide it.
    for (let round = 0; round < 200 && (round < 8 || handingOut > 1.5 * parsing); round++) {
      parsing = Math.min(
        parsing,
        timeOf(() => JSON.parse(text))
      )
      handingOut = Math.min(
        handingOut,
        timeOf(() => payload?.fresh())
      )
    }
    assert.ok(handingOut <= 1.5 * parsing, `${what}: ${handingOut} ns, ${parsing} ns to parse`)
  }
})
