'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { numberValue, put, quote, textOf } = require('../../lib/document/copied-text')

test('a text is quoted as by JSON, whatever is in it', () => {
  const odd = [
    '\u0000',
    '\n',
    '\u001f',
    ' ',
    '!',
    '"',
    '#',
    '[',
    '\\',
    ']',
    '\u007f',
    '\u2028',
    '\ud7ff',
    '\ue000',
    '\uffff',
  ]
  for (const text of ['', 'plain', 'é', '😀', '\ud800', 'a\udfffb', ...odd, ...odd.map((one) => `a${one}b`)]) {
    assert.equal(quote(text), JSON.stringify(text))
    assert.equal(JSON.parse(quote(text)), text)
  }
})

test('a number is the text that JSON.parse reads as the same number', () => {
  for (const number of [0, -0, 1, -1.5, 1e21, 1e-7, Number.MAX_VALUE, Infinity, -Infinity]) {
    assert.ok(Object.is(JSON.parse(textOf(numberValue(number))), number), String(number))
  }
  assert.deepEqual(
    [-0, 0, Infinity, -Infinity, 5].map((number) => textOf(numberValue(number))),
    ['-0', '0', '1e400', '-1e400', '5']
  )
})

test('what stands for a number is one wherever a value may stand, and nothing else becomes one', () => {
  for (const number of [-0, Infinity, -Infinity]) {
    const odd = numberValue(number)
    assert.deepEqual(JSON.parse(textOf(odd)), number)
    assert.deepEqual(JSON.parse(textOf([odd, { a: odd, b: [odd] }, odd])), [number, { a: number, b: [number] }, number])
    // The same text as a name, and inside of others.
    for (const text of [`a,"${odd}`, `a,"${odd}"`, `${odd}a`, `\\"${odd}`, `\\${odd}`, `:"${odd}",`]) {
      const copy = { [String(odd)]: text, list: [text], [text]: 1 }
      assert.deepEqual(JSON.parse(textOf(copy)), copy)
    }
  }
})

test('what nests more deeply than the stack is high is written as JSON.stringify writes the rest', () => {
  const around = (/** @type {any} */ inner) => ({
    key: 'a"b',
    none: undefined,
    list: [1, null, [], {}, { x: undefined, y: true }, numberValue(-0)],
    '__proto__x"': inner,
    last: false,
  })
  let [deep, text] = [/** @type {any} */ ({}), '{}']
  for (let level = 0; level < 50_000; level += 1) {
    deep = level % 2 === 0 ? [deep] : { a: deep }
    text = level % 2 === 0 ? `[${text}]` : `{"a":${text}}`
  }
  const expected = textOf(around('HERE')).replace('"HERE"', () => text)
  assert.equal(textOf(around(deep)) === expected, true)
})

test('methods that were given to all objects or texts have no say', (t) => {
  const prototypes = /** @type {any[]} */ ([Object.prototype, Array.prototype, String.prototype])
  for (const prototype of prototypes) {
    t.after(() => delete prototype.toJSON)
    prototype.toJSON = () => 'own'
    const text = textOf({ a: [1, 'b', null], b: {}, c: undefined })
    delete prototype.toJSON
    assert.equal(text, '{"a":[1,"b",null],"b":{}}')
  }
})

test('a field may have any name', () => {
  const object = {}
  for (const name of ['a', '__proto__', 'constructor', 'toString']) {
    put(object, name, name)
  }
  assert.equal(textOf(object), '{"a":"a","__proto__":"__proto__","constructor":"constructor","toString":"toString"}')
  assert.equal(Object.getPrototypeOf(object), Object.prototype)
})
