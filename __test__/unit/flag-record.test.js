'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagRecord } = require('../../lib/evaluation/flag-record')
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

test('what a definition holds is read once, whatever of it is asked for first', () => {
  for (const field of [
    'id',
    'active',
    'has_experiment',
    'evaluation_runtime',
    'payloads',
    'isUnreadable',
    'valueTable',
  ]) {
    let reads = 0
    const details = { id: 7, active: true, has_experiment: false, evaluation_runtime: 'all', values: ['wide'] }
    const definitions = /** @type {any} */ ({
      details: (/** @type {number} */ position) => {
        assert.equal(position, 3)
        reads += 1
        return JSON.stringify(details)
      },
    })
    const record = /** @type {any} */ (new FlagRecord('layout', 1, definitions, 3))
    assert.equal(reads, 0)
    const first = record[field]
    for (let time = 0; time < 3; time += 1) {
      assert.deepEqual(record[field], first)
      assert.deepEqual(
        [record.id, record.active, record.has_experiment, record.evaluation_runtime],
        [7, true, false, 'all']
      )
      assert.deepEqual(
        [record.payloads, record.isUnreadable, record.valueTable],
        [undefined, false, [false, true, 'wide']]
      )
      // Where there are no payloads none is looked for.
      assert.deepEqual([record.payloadAt(1), record.payloadAt(2)], [undefined, undefined])
    }
    assert.equal(reads, 1, field)
  }
})

test('false and true are known of a flag without reading its definition', () => {
  const record = new FlagRecord('layout', 1, /** @type {any} */ ({ details: () => assert.fail('read') }), 3)
  assert.deepEqual([record.valueAt(0), record.valueAt(1)], [false, true])
})

test('a record of which something is unreadable says so', () => {
  const definitions = /** @type {any} */ ({ details: () => '{"values":[],"unreadable":"why"}' })
  assert.equal(new FlagRecord('a', 0, definitions, 0).isUnreadable, true)
})
