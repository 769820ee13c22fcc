'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { flag } = require('../support/observe')

/** @param {any[]} flags @returns {any} */
const snapshotOf = (...flags) => /** @type {any} */ (new LocalEvaluator({ flags }))._snapshot()

const layout = flag('layout', {
  id: 7,
  has_experiment: true,
  evaluation_runtime: 'server',
  filters: {
    groups: [{ properties: [], rollout_percentage: 100 }],
    multivariate: {
      variants: [
        { key: 'wide', rollout_percentage: 100 },
        { key: 'true', rollout_percentage: 0 },
      ],
    },
    payloads: { wide: '{"a":1}', true: '[2]', false: '"never"', empty: '' },
  },
})

test('a record tells what the definition holds', () => {
  const { layout: record, plain } = snapshotOf(layout, { key: 'plain' }).featureFlagsByKey
  assert.deepEqual(
    [record.key, record.id, record.active, record.has_experiment, record.evaluation_runtime, record.isUnreadable],
    ['layout', 7, true, true, 'server', false]
  )
  assert.deepEqual(
    [plain.id, plain.active, plain.has_experiment, plain.evaluation_runtime, plain.payloads],
    [undefined, undefined, undefined, undefined, undefined]
  )
  assert.equal(record.payloads.wide, layout.filters.payloads.wide)
})

test('values and payloads are found by result codes', () => {
  const { layout: record, plain } = snapshotOf(layout, flag('plain')).featureFlagsByKey
  assert.deepEqual(record.valueTable, [false, true, 'wide', 'true'])
  assert.deepEqual(
    [0, 1, 2, 3].map((code) => record.valueAt(code)),
    record.valueTable
  )
  const payloads = [0, 1, 2, 3].map((code) => record.payloadAt(code)?.fresh())
  assert.deepEqual(payloads, [undefined, [2], { a: 1 }, [2]])
  assert.equal(record.payloadAt(2), record.payloadAt(2))
  assert.deepEqual(record.payloadOf('wide').fresh(), { a: 1 })
  assert.equal(record.payloadOf('empty'), undefined)
  assert.deepEqual(
    [0, 1].map((code) => plain.payloadAt(code)),
    [undefined, undefined]
  )
  assert.deepEqual(plain.valueTable, [false, true])
})

test('a record knows its definitions', () => {
  const [one, other] = [snapshotOf(flag('a')), snapshotOf(flag('a'))]
  const { a } = one.featureFlagsByKey
  assert.equal(a.isOf(one._definitions), true)
  assert.equal(a.isOf(other._definitions), false)
})
