'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { chooseSeed } = require('./support/seed.js')
const { checkExplanations } = require('./support/explained.js')

/** How many evaluations are explained; `npm run test:long` has a test of 100,000. */
const EVALUATIONS = 6_000

for (const semantics of /** @type {const} */ (['posthog-node', 'server'])) {
  test(`by the semantics of ${semantics}, random explanations agree with the value, and each condition and filter with definitions that have it alone`, (t) => {
    t.mock.method(console, 'warn', () => {})
    const seed = chooseSeed()
    t.diagnostic(`PARITY_SEED=${seed}`)
    const { evaluations, codes, probes } = checkExplanations({
      seed,
      evaluations: EVALUATIONS,
      probes: 0.1,
      options: { semantics },
    })
    t.diagnostic(JSON.stringify({ evaluations, probes, codes }))
    for (const code of [
      'condition_match',
      'no_condition_match',
      'out_of_rollout_bound',
      'flag_disabled',
      'no_group_type',
    ]) {
      assert.ok(codes[code] > 0, `no flag with the reason ${code}`)
    }
  })
}
