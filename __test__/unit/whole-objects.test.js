'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { createWholeObjects } = require('../../lib/evaluation/whole-objects')
const { isShaped, watchGenerating } = require('./support/engine')

/** The call in which code is generated. */
const EIGHTH = 8
/** An object of this many keys is made by one literal, one of more by functions of as many properties each. */
const LITERAL = 128
/** Up to this many properties an object has a shape. */
const SHAPED = 1020
/** By so many calls V8 has seen a generated function often enough to copy the shape with the object. */
const WARM = 40
/** V8 copies large shapes quickly before this version. */
const COPIES_SHAPES = Number.parseInt(process.versions.v8, 10) < 14

/** Flags whose native indices are in another order. @param {number} size */
const flagsOf = (size) =>
  Array.from({ length: size }, (_, place) => ({
    key: place === 1 ? 'a "quote"' : `flag ${place}`,
    index: size - 1 - place,
  }))

/** @param {number} size @param {number} call */
const codesOf = (size, call) => Uint16Array.from({ length: size + 3 }, (_, index) => (index + call) % 3)

/** @type {[number, number][]} a size, and how many functions are generated for it */
const SIZES = [
  [0, 1],
  [1, 1],
  [LITERAL, 1],
  [LITERAL + 1, COPIES_SHAPES ? 4 : 0],
  [LITERAL * 2, COPIES_SHAPES ? 4 : 0],
  [LITERAL * 2 + 1, COPIES_SHAPES ? 5 : 0],
  [SHAPED, COPIES_SHAPES ? 10 : 0],
  [SHAPED + 1, 0],
]

for (const [size, generated] of SIZES) {
  test(`objects of ${size} flags are made from the eighth call on, of ${generated} functions`, (t) => {
    const seen = watchGenerating(t)
    const flags = flagsOf(size)
    const make = createWholeObjects(
      flags,
      flags.map(({ key }) => [false, true, `value of ${key}`])
    )
    const called = createWholeObjects(flags, ({ key }, code) => ({ key, code }))
    const made = new Set()
    for (let call = 1; call <= WARM; call += 1) {
      const codes = codesOf(size, call)
      const [object, other] = [make(codes), called(codes)]
      assert.equal(seen.made, call < EIGHTH ? 0 : generated * 2)
      if (call < EIGHTH || generated === 0) {
        assert.deepEqual([object, other], [undefined, undefined])
        continue
      }
      const codeOf = (/** @type {number} */ place) => codes[size - 1 - place]
      assert.deepEqual(
        Object.entries(object ?? {}),
        flags.map(({ key }, place) => [key, [false, true, `value of ${key}`][codeOf(place)]])
      )
      assert.deepEqual(
        Object.entries(other ?? {}),
        flags.map(({ key }, place) => [key, { key, code: codeOf(place) }])
      )
      assert.ok(call < WARM || isShaped(object ?? {}))
      assert.equal(Object.getPrototypeOf(object), Object.prototype)
      assert.ok(!made.has(object))
      made.add(object)
    }
  })
}

test('each copier has a text of its own', { skip: !COPIES_SHAPES && 'nothing is copied by this V8' }, (t) => {
  const seen = watchGenerating(t)
  for (let round = 0; round < 3; round += 1) {
    const make = createWholeObjects(flagsOf(LITERAL + 1), () => 0)
    for (let call = 1; call <= EIGHTH; call += 1) {
      make(codesOf(LITERAL + 1, call))
    }
  }
  const copiers = seen.texts.filter((text) => text.includes('...template'))
  assert.equal(new Set(copiers).size, 3)
  // What is copied has all the keys already, so that the copies have the shape before anything is assigned.
  const templates = seen.texts.filter(
    (text) => text.startsWith('return { "') && text.includes(`"flag ${LITERAL}": false`)
  )
  assert.equal(templates.length, 3)
})

test('nothing is made where code must not be generated, which is asked once', (t) => {
  const seen = watchGenerating(t, { forbidden: true })
  for (const size of [2, LITERAL + 1]) {
    const before = seen.count
    const make = createWholeObjects(flagsOf(size), () => 0)
    for (let call = 1; call <= EIGHTH * 2; call += 1) {
      assert.equal(make(codesOf(size, call)), undefined)
    }
    assert.equal(seen.count - before, size <= LITERAL || COPIES_SHAPES ? 1 : 0)
  }
})
