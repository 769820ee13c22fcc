'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { assign, defineProperty } = require('../../lib/evaluation/define-property')

/** @type {any} */
const everything = Object.prototype

test('a property is defined as an assignment would, whatever its name', () => {
  for (const key of ['a', '__proto__', 'toString', 'constructor', '0']) {
    const object = {}
    defineProperty(object, key, 5)
    assert.deepEqual(Object.getOwnPropertyDescriptor(object, key), {
      value: 5,
      writable: true,
      enumerable: true,
      configurable: true,
    })
    assert.equal(Object.getPrototypeOf(object), Object.prototype)
    defineProperty(object, key, 6, false)
    assert.equal(Object.getOwnPropertyDescriptor(object, key)?.enumerable, false)
  }
})

test('what somebody added to every object is no part of a descriptor', (t) => {
  t.after(() => {
    delete everything.get
    delete everything.set
  })
  everything.get = () => 'polluted'
  everything.set = () => {}
  const object = {}
  defineProperty(object, 'a', 5)
  assert.deepEqual(Object.keys(object), ['a'])
  assert.equal(/** @type {any} */ (object).a, 5)
})

test('an assignment works for names that every object inherits, also where those cannot be overridden', (t) => {
  const { constructor } = everything
  t.after(() => Object.defineProperty(everything, 'constructor', { value: constructor, writable: true }))
  Object.defineProperty(everything, 'constructor', { writable: false })
  /** @type {Record<string, any>} */
  const object = {}
  assign(object, 'constructor', 5)
  assign(object, 'a', 6)
  assert.deepEqual(Object.entries(object), [
    ['constructor', 5],
    ['a', 6],
  ])
})

test('an assignment to __proto__ is what it is in JavaScript', () => {
  const parent = { inherited: true }
  /** @type {Record<string, any>} */
  const object = {}
  assign(object, '__proto__', parent)
  assert.equal(Object.getPrototypeOf(object), parent)
  assert.deepEqual(Object.keys(object), [])
})
