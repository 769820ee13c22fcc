'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { chooseSeed } = require('../parity/support/seed.js')
const { checkExplanations } = require('../parity/support/explained.js')

test('100,000 random explanations agree with the value and with the walk of the evaluation', (t) => {
  t.mock.method(console, 'warn', () => {})
  const seed = chooseSeed()
  t.diagnostic(`PARITY_SEED=${seed}`)
  const { evaluations, codes, probes } = checkExplanations({ seed, evaluations: 100_000, probes: 0.05 })
  t.diagnostic(JSON.stringify({ evaluations, probes, codes }))
  assert.ok(evaluations >= 100_000)
  assert.ok(codes.holdout_condition_value > 0 && codes.missing_dependency > 0)
})
