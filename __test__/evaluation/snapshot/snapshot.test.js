'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const { FlagDefinitions } = require('../../../lib/addon/load-binding.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')
const { flag } = require('../../support/flags.js')

const CONTEXT = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }

function snapshotOf(...flags) {
  return new Snapshot(FlagDefinitions.compile(JSON.stringify({ flags, cohorts: {} }), 'cache', []))
}

function reporter() {
  const errors = []
  return { errors, error: (error) => errors.push(error.message), debug() {}, debugging: false }
}

test('a native evaluator that fails costs the call its flags and nothing else', () => {
  const snapshot = snapshotOf(flag('a'), flag('b', { evaluation_runtime: 'client' }))
  snapshot._evaluator._one = snapshot._evaluator._all = () => {
    throw new Error('the native evaluator failed')
  }
  const failure = (key) => `Error computing flag locally: ${key}: Error: the native evaluator failed`

  const all = reporter()
  assert.deepEqual(snapshot.evaluateAll(CONTEXT, undefined, all), {
    response: {},
    payloads: {},
    unresolved: {},
    fallbackToFlags: true,
  })
  assert.deepEqual(all.errors, [failure('a'), failure('b')])

  const one = reporter()
  assert.equal(snapshot.evaluate(snapshot.featureFlagsByKey.a, CONTEXT, undefined, one), undefined)
  assert.deepEqual(one.errors, [failure('a')])
})

test('an endless evaluation is told of once, a failing one each time', () => {
  const depends = (key, link) => ({
    ...flag(key),
    filters: { groups: [{ properties: [{ type: 'flag', key: link, value: true, dependency_chain: [link] }] }] },
  })
  const snapshot = snapshotOf(depends('a', 'b'), depends('b', 'a'), { ...flag('c'), filters: { groups: 5 } })
  const { errors, ...report } = reporter()
  const results = [1, 2, 3].map(() => snapshot.evaluateAll(CONTEXT, undefined, report))
  assert.deepEqual(results[2].unresolved, { a: 'unsupported_definition', b: 'unsupported_definition' })
  assert.equal(errors.filter((message) => message.includes('it depends on itself')).length, 2)
  assert.equal(errors.filter((message) => message.includes(': c: expected filters.groups')).length, 3)
})

test('a listener that evaluates flags when told of an error gets right answers', () => {
  const snapshot = snapshotOf(flag('good'), { ...flag('bad'), filters: { groups: 5 } }, flag('last'))
  const inner = []
  const quiet = reporter()
  const nosy = {
    ...quiet,
    error: () => inner.push(snapshot.evaluateAll(CONTEXT, undefined, quiet).response),
  }
  assert.deepEqual(snapshot.evaluateAll(CONTEXT, undefined, nosy).response, { good: true, last: true })
  assert.deepEqual(inner, [{ good: true, last: true }])
})

test('flags are read from the description one by one, by position in any text', () => {
  const flags = ['a', 'é', '\u{1f600}', 'b'].map((key, id) =>
    flag(key, { id, name: key, has_experiment: id % 2 === 0 })
  )
  flags[1].filters.payloads = { true: '"\u{1f600}é"' }
  const snapshot = snapshotOf(...flags)
  assert.deepEqual(
    snapshot.featureFlags.map(({ key, id, active, has_experiment }) => ({ key, id, active, has_experiment })),
    flags.map(({ key, id, active, has_experiment }) => ({ key, id, active, has_experiment }))
  )
  assert.deepEqual(snapshot.evaluateAll(CONTEXT, undefined, reporter()).payloads, { é: '\u{1f600}é' })
})

test('responses are objects of their own, however many calls share a shape', () => {
  const snapshot = snapshotOf(flag('a'), { key: 'b', active: false })
  const first = snapshot.evaluateAll(CONTEXT, undefined, reporter()).response
  first.a = 'changed'
  delete first.b
  assert.deepEqual(snapshot.evaluateAll(CONTEXT, undefined, reporter()).response, { a: true, b: false })
})
