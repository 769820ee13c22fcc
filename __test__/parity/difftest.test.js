'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { shortcomingsOf } = require('./support/thoroughness.js')
const { OPERATOR_NAMES } = require('./generate/operator-case.js')
const { TYPE_NAMES } = require('./generate/value-types.js')

test('npm run difftest says what it compared', () => {
  const args = [path.join(__dirname, 'difftest.js'), '--seed=7', '--evaluations=3000']
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  assert.match(
    stdout,
    /^Seed 7, \d+ runs .*: [\d,]+ with posthog-node-native snapshot, [\d,]+ with posthog-node-native client\.$/m
  )
  assert.match(stdout, /^Differences: 0\.$/m)
  for (const name of [...OPERATOR_NAMES, ...TYPE_NAMES]) {
    assert.ok(stdout.includes(`\n${name} `), name)
  }
})

test('a long run that tried nothing in particular is not thorough', () => {
  const nothing = { answers: {}, kinds: {}, subjects: {}, pairs: {}, projects: {} }
  const shortcomings = shortcomingsOf({ evaluations: 1_000_000, ...nothing })
  const pairs = shortcomings.filter((text) => /expected a value of the kind/.test(text))
  assert.equal(pairs.length, OPERATOR_NAMES.length * TYPE_NAMES.length)
  assert.ok(shortcomings.some((text) => text.startsWith('semver_caret: expected on in at least')))
  assert.ok(shortcomings.includes("expected an answer 'variant'; received none"))
  assert.deepEqual(shortcomingsOf({ evaluations: 1000, ...nothing }), [])
})
