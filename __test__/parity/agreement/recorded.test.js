'use strict'

// The answers that tests/agreement.rs holds the Rust core to are posthog-node's, and still are.

const test = require('node:test')
const assert = require('node:assert/strict')
const { readRecorded, askOracle } = require('./support/recorded-cases.js')

// Dates without a zone are read in the local one.
process.env.TZ = 'UTC'

const RECORD_ANEW = 'record them anew with: node __test__/parity/agreement/record.mjs'

test('posthog-node gives the recorded answers to all recorded cases, and reads the recorded dates', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const { cases, dates } = readRecorded()
  assert.ok(cases.length > 100)
  const seen = {}
  for (const [index, recorded] of cases.entries()) {
    const answers = await askOracle(recorded, seen)
    for (const [turn, call] of recorded.calls.entries()) {
      assert.deepEqual(answers[turn], call.answers, `case ${index}, call ${turn}; ${RECORD_ANEW}`)
    }
  }
  assert.deepEqual(seen, dates, RECORD_ANEW)
})

test('the recorded answers are of every kind', () => {
  const { cases } = readRecorded()
  const counts = {}
  for (const { answers } of cases.flatMap(({ calls }) => calls)) {
    for (const answer of Object.values(answers)) {
      const kind = typeof answer === 'object' ? JSON.stringify(answer) : typeof answer === 'string' ? 'variant' : answer
      counts[kind] = (counts[kind] ?? 0) + 1
    }
  }
  const kinds = [
    'true',
    'false',
    'variant',
    '{"throws":true}',
    '{"unresolved":"experience_continuity"}',
    '{"unresolved":"unsupported_definition"}',
    '{"unresolved":"unresolved_dependency"}',
    '{"unresolved":"missing_context"}',
    '{"server":"unsupported_definition"}',
    '{"server":"unresolved_dependency"}',
  ]
  for (const kind of kinds) {
    assert.ok(counts[kind] > 0, `no ${kind}`)
  }
})
