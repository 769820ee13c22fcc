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
    [Object.create(null), 'an error that cannot be converted to a string'],
    [{ toString: () => assert.fail() }, 'an error that cannot be converted to a string'],
  ])) {
    assert.equal(describeError(thrown), text)
  }
})
