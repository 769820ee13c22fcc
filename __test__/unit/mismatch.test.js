'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { describeValue, mismatch, wrongArgument } = require('../../lib/errors/mismatch')

test('a message says what was expected, what came, and what to do if there is something', () => {
  assert.equal(mismatch('a list', 'null'), 'expected a list but received null')
  assert.equal(mismatch('a list', 'null', 'pass one'), 'expected a list but received null; pass one')
})

test('a wrong argument is a TypeError that begins with a capital', () => {
  const error = wrongArgument('what is expected', 'a number', 'pass it')
  assert.ok(error instanceof TypeError)
  assert.equal(error.message, 'Expected what is expected but received a number; pass it')
})

test('a value is described by its kind, and short ones by themselves', () => {
  assert.deepEqual([null, 'a', [], {}, () => {}, 5, true, undefined, 5n, Symbol('s')].map(describeValue), [
    'null',
    "'a' of type string",
    'an array',
    'an object',
    'a function',
    '5 of type number',
    'true of type boolean',
    'undefined of type undefined',
    '5 of type bigint',
    'Symbol(s) of type symbol',
  ])
})
