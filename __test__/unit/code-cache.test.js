'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { CodeCache, literal } = require('../../lib/evaluation/code-cache')

const MAX_LENGTH = 256 * 1024
/** @param {number} length */
const bodyOf = (length) => 'return 5'.padEnd(length)

test('functions have the parameters of their cache', () => {
  const cache = new CodeCache('a', 'b')
  assert.equal(cache.get('return a + b')(2, 3), 5)
  assert.equal(cache.get('return a + b').length, 2)
})

test('what cannot be made is nothing', () => {
  const cache = new CodeCache()
  assert.equal(cache.get('return {'), undefined)
  assert.equal(cache.get('return 1')(), 1)
})

test('as much text is kept as may be, and no more', () => {
  const cache = new CodeCache()
  const longest = cache.get(bodyOf(MAX_LENGTH))
  assert.equal(cache.get(bodyOf(MAX_LENGTH)), longest)
  const half = cache.get(bodyOf(MAX_LENGTH / 2))
  assert.notEqual(cache.get(bodyOf(MAX_LENGTH)), longest)
  assert.notEqual(cache.get(bodyOf(MAX_LENGTH / 2)), half)
  const other = cache.get(bodyOf(MAX_LENGTH / 2 - 1))
  assert.equal(cache.get(bodyOf(MAX_LENGTH / 2 - 1)), other)
  assert.notEqual(cache.get(bodyOf(MAX_LENGTH + 1)), cache.get(bodyOf(MAX_LENGTH + 1)))
})

test('any text is a literal that is that text', () => {
  for (const text of ['a', '"', "'", '\\', '\n\u2028', '${x}', '`', '</script>', '\ud800', '']) {
    assert.equal(new Function(`return ${literal(text)}`)(), text)
  }
})
