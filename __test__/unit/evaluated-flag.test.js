'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { createRecord } = require('../../lib/evaluation/evaluated-flag')

const flag = { key: 'layout', id: 7, hasExperiment: true, noPayload: 'inherited' }

test('a record of an evaluated flag has the fields of posthog-node, in its order', () => {
  const record = createRecord(flag, 'wide', [1])
  assert.deepEqual(Object.entries(record), [
    ['key', 'layout'],
    ['enabled', true],
    ['variant', 'wide'],
    ['payload', [1]],
    ['id', 7],
    ['version', undefined],
    ['reason', 'Evaluated locally'],
    ['locallyEvaluated', true],
    ['hasExperiment', true],
  ])
})

test('a flag is enabled unless it is false, and has a variant if its value is a text', () => {
  const read = (/** @type {any} */ value) => {
    const { enabled, variant } = createRecord(flag, value, undefined)
    return [enabled, variant]
  }
  assert.deepEqual([false, true, 'false', ''].map(read), [
    [false, undefined],
    [true, undefined],
    [true, 'false'],
    [true, ''],
  ])
})

test('where there is no payload, what posthog-node would find is in its place', () => {
  for (const [payload, expected] of [
    [undefined, 'inherited'],
    [0, 'inherited'],
    ['', 'inherited'],
    [false, 'inherited'],
    [5, 5],
  ]) {
    assert.equal(createRecord(flag, true, payload).payload, expected)
  }
})
