'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { wholeText } = require('../../lib/document/whole-text')

/** What is read of a value: its key. @param {any} value */
const write = (value) => JSON.stringify({ key: value.key })

test('a value has a text with all its fields if what is read of it is the same', () => {
  assert.equal(wholeText('{"key":1}', { key: 1, more: [2] }, write), '{"key":1,"more":[2]}')
})

test('a value has no such text if its JSON says something else, or there is none', () => {
  for (const value of [
    { key: 2 },
    Object.create({ key: 1 }),
    { key: 1, more: 5n },
    { key: 1, toJSON: () => ({ key: 1 }) },
    undefined,
  ]) {
    assert.equal(wholeText('{"key":1}', value, write), undefined)
  }
})
