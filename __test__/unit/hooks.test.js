'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { HOOKS } = require('../../lib/evaluation/hooks')

test('the clock is the one that the program has at the time', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 12_345 })
  assert.equal(HOOKS.now(), 12_345)
})

test('dates are read as JavaScript reads them', () => {
  assert.equal(HOOKS.parseDate('1970-01-01T00:00:05Z'), 5000)
  assert.ok(Number.isNaN(HOOKS.parseDate('no date')))
})

test('a long text is searched here, unless a letter of it has to be folded', () => {
  assert.equal(HOOKS.includes('abc', 'b'), true)
  assert.equal(HOOKS.includes('abc', 'x'), false)
  assert.equal(HOOKS.includes('aBc', 'b'), undefined)
  assert.equal(HOOKS.endsWith('abc', 'bc'), true)
  assert.equal(HOOKS.endsWith('abc', 'ab'), false)
  assert.equal(HOOKS.endsWith('Abc', 'bc'), true)
  assert.equal(HOOKS.endsWith('abC', 'bc'), undefined)
  assert.equal(HOOKS.toLowerCase('ÄİA'), 'ÄİA'.toLowerCase())
})
