'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { CodeCache } = require('../../../lib/evaluation/code-cache')

/** A function body of about a kilobyte that no other number has. @param {number} number */
const body = (number) => `return ${JSON.stringify(String(number).padEnd(1000))}`
/** More than is kept. */
const MANY = 1000

test('the same text makes the same function, as long as it is asked for now and then', () => {
  const cache = new CodeCache()
  const first = cache.get(body(0))
  assert.equal(first().trim(), '0')
  for (let number = 1; number < MANY; number += 1) {
    assert.notEqual(cache.get(body(number)), first)
    assert.equal(cache.get(body(0)), first)
  }
})

test('what was not asked for in a long time is forgotten, one after the other', () => {
  const cache = new CodeCache()
  const functions = Array.from({ length: MANY }, (_, number) => cache.get(body(number)))
  assert.notEqual(cache.get(body(1)), functions[1])
  assert.equal(cache.get(body(MANY - 100)), functions[MANY - 100])
  assert.equal(functions[0]().trim(), '0', 'whoever has it goes on using it')
})

test('a text that is longer than all that is kept makes a function, and is not kept', () => {
  const cache = new CodeCache()
  const small = cache.get(body(0))
  const large = `return ${JSON.stringify('x'.repeat(2 ** 20))}`
  assert.equal(cache.get(large)().length, 2 ** 20)
  assert.notEqual(cache.get(large), cache.get(large))
  assert.equal(cache.get(body(0)), small, 'what is kept stays')
})
