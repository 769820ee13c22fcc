'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Exchange, evaluateTogether } = require('../../lib/evaluation/exchange')

test('an array is used again once it was given back, and by nobody else before', () => {
  const exchange = new Exchange(Uint16Array)
  const first = exchange.take(10)
  const second = exchange.take(10)
  assert.notEqual(first, second)
  assert.deepEqual([first.length, second.length], [10, 10])
  exchange.give(first)
  assert.equal(exchange.take(10), first)
  assert.notEqual(exchange.take(10), first)
})

test('an array that is too short is left, and one that is longer is taken', () => {
  const exchange = new Exchange(Int32Array)
  const short = exchange.take(5)
  exchange.give(short)
  assert.equal(exchange.take(6).length, 6)
  assert.equal(exchange.take(3), short)
})

test('the buffer of an array is its own, however often arrays were taken and given back', () => {
  const exchange = new Exchange(Uint16Array)
  const arrays = [exchange.take(10), exchange.take(10), exchange.take(20)]
  for (const array of [...arrays, ...arrays]) {
    exchange.give(array)
    assert.ok(arrays.every((other) => exchange.bufferOf(other) === other.buffer))
  }
})

test('an array of a great many numbers is not kept', () => {
  const exchange = new Exchange(Uint16Array)
  for (const [length, isKept] of /** @type {[number, boolean][]} */ ([
    [64 * 1024, true],
    [64 * 1024 + 1, false],
  ])) {
    const array = exchange.take(length)
    exchange.give(array)
    assert.equal(exchange.take(length) === array, isKept)
  }
})

test('several flags are evaluated in one call: which, what they read, and how each ended', () => {
  const flags = [{ index: 3 }, { index: 9 }, { index: 4 }]
  const read = (/** @type {number} */ slot) => `input ${slot}`
  /** @type {unknown[]} */
  let passed = []
  const some = (/** @type {ArrayBuffer} */ buffer, /** @type {unknown[]} */ ...values) => {
    const numbers = new Int32Array(buffer)
    passed = [[...numbers.slice(0, 7)], values]
    numbers.set([1, 0xffff, 0xfffb], 2)
    return JSON.stringify([0, [2, 'it threw']])
  }
  assert.deepEqual(evaluateTogether(some, flags, [5, 0], read), [1, 0xffff, { code: 0xfffb, message: 'it threw' }])
  assert.deepEqual(passed, [
    [3, 2, 3, 9, 4, 5, 0],
    ['input 5', 'input 0'],
  ])
  assert.deepEqual(
    evaluateTogether(() => 0, [{ index: 1 }], [], read),
    [1]
  )
})
