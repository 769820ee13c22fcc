'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { describeError } = require('../../lib/errors/describe-error')

test('anything that can be thrown has a text', () => {
  for (const [thrown, text] of /** @type {[unknown, string][]} */ ([
    [new RangeError('far'), 'RangeError: far'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    ['Error', 'Error'],
    [new Error(), 'Error'],
    [new (class TimeoutError extends Error {})(), 'TimeoutError'],
    [new (class TimeoutError extends Error {})('late'), 'Error: late'],
    [new (class extends Error {})(), 'Error'],
    [Object.assign(new Error(), { constructor: null }), 'Error'],
    [Object.create(null), 'an error that cannot be converted to a string'],
    [{ toString: () => assert.fail() }, 'an error that cannot be converted to a string'],
  ])) {
    assert.equal(describeError(thrown), text)
  }
})
