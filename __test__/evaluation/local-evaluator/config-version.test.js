'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../../..')

const withVersion = (/** @type {unknown} */ version) => ({
  flags: [{ key: 'f', active: true, filters: { version, groups: [{}] } }],
  cohorts: {},
})

test('a flag of the format with conditions is decided, whether it says so or not', () => {
  for (const version of [undefined, null, 1]) {
    assert.equal(new LocalEvaluator(withVersion(version)).getFeatureFlag('f', 'kari'), true, String(version))
  }
})

test('a flag of another format is left to the server', () => {
  for (const version of [2, 3, 0, '1', true, {}]) {
    const { value, unresolvedReason } = new LocalEvaluator(withVersion(version)).explain('f', 'kari') ?? {}
    assert.deepEqual([value, unresolvedReason], [undefined, 'unsupported_definition'], String(version))
  }
})

test('a flag of another format that is switched off is off', () => {
  const { flags, cohorts } = withVersion(2)
  const evaluator = new LocalEvaluator({ flags: [{ ...flags[0], active: false }], cohorts })
  assert.equal(evaluator.getFeatureFlag('f', 'kari'), false)
})
