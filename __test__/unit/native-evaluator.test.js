'use strict'

// How flags are evaluated by native calls, and what comes of calls that fail.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { reasonCodeOf } = require('../../lib/evaluation/result-codes')
const { Snapshot } = require('../../lib/evaluation/snapshot')
const { flag } = require('../support/flags')
const { CONTEXT, PANIC, failed, reporterOf, snapshotOf } = require('./support/stand-in-definitions')

const [LAST_VALUE, PANICKED, THROWN, LACKS_CONTEXT] = [0xfff0, 0xfff9, 0xfffb, 0xfffc]

test('an input that cannot be read for all flags costs those alone that need it', () => {
  const codes = [1, failed(THROWN, [1, 'unreadable']), LACKS_CONTEXT]
  const { snapshot, panics } = snapshotOf({
    all: () => {
      throw new Error('unreadable')
    },
    one: (index) => codes[index],
  })
  const evaluated = snapshot.evaluateCodes(CONTEXT)
  assert.deepEqual([...evaluated.codes], [1, THROWN, LACKS_CONTEXT])
  assert.equal(evaluated.undecided, 2)
  assert.deepEqual([...evaluated.failures], [[1, 'unreadable']])
  assert.deepEqual(panics, [])
  const last = snapshotOf({
    all: () => {
      throw new Error('unreadable')
    },
    one: (index) => LAST_VALUE + index,
  })
  assert.equal(last.snapshot.evaluateCodes(CONTEXT).undecided, 2)
})

test('a panic leaves all flags of its call without a value, and is told', () => {
  const panicking = () => {
    throw PANIC
  }
  const { snapshot, records, panics } = snapshotOf({ one: panicking, some: panicking, all: panicking })
  const { reporter, told } = reporterOf({ debugging: true })
  const evaluated = snapshot.evaluateCodes(CONTEXT)
  assert.deepEqual([[...evaluated.codes], evaluated.undecided], [[PANICKED, PANICKED, PANICKED], 3])
  assert.deepEqual(panics, [PANIC])
  assert.deepEqual(snapshot.endsOf(records, CONTEXT), [PANICKED, PANICKED, PANICKED])
  assert.equal(panics.length, 2)
  assert.equal(snapshot.valueOf(records[0], CONTEXT, reporter), undefined)
  assert.equal(panics.length, 3)
  assert.deepEqual(snapshot.evaluateAll(CONTEXT, undefined, reporter).unresolved, {})
  // It has been told as a panic.
  assert.deepEqual(told, [])
})

test('a call of one flag that cannot be made at all ends as posthog-node ends', () => {
  const { snapshot, records } = snapshotOf({
    one: () => {
      throw new TypeError('no such property')
    },
  })
  assert.deepEqual(snapshot.endsOf([records[0]], CONTEXT), [{ code: THROWN, message: 'TypeError: no such property' }])
})

test('several flags are evaluated in one call with what they read, one or none without', () => {
  const inputs = [['distinctId'], ['person', 'plan'], ['person', 'age'], ['person', 'name']]
  const slots = [[0, 1], [1], [3]]
  const { snapshot, records, calls } = snapshotOf({
    inputs,
    slots,
    one: () => 1,
    some: (numbers) => {
      calls.push([...numbers.subarray(0, 2 + numbers[0] + numbers[1])])
      numbers.set([1, 2], 2)
      return 0
    },
  })
  const context = { ...CONTEXT, personProperties: { plan: 'pro', age: 5, name: 'x' } }
  assert.deepEqual(snapshot.endsOf(records.slice(0, 2), context), [1, 2])
  assert.deepEqual(calls.splice(0), [
    ['inputsOf', 0],
    ['inputsOf', 1],
    ['some', 'kari', 'pro'],
    [2, 2, 0, 1, 0, 1],
  ])
  // What they read is known now; four of four inputs were looked at, so that all are read.
  assert.equal(snapshot.endsOf(records, context).length, 3)
  assert.deepEqual(calls.splice(0).slice(0, 2), [
    ['inputsOf', 2],
    ['some', 'kari', 'pro', 5, 'x'],
  ])
  assert.deepEqual(snapshot.endsOf([records[2]], context), [1])
  assert.deepEqual(snapshot.endsOf([], context), [])
  assert.deepEqual(calls, [
    ['inputsOf', 2],
    ['one', 2, 'x'],
  ])
})

test('if several cannot be evaluated at once, each is by itself', () => {
  const { snapshot, records } = snapshotOf({
    some: () => {
      throw new Error('unreadable')
    },
    one: (index) => index,
  })
  assert.deepEqual(snapshot.endsOf(records, CONTEXT), [0, 1, 2])
})

test('what a flag reads is asked for once', () => {
  const inputs = [['distinctId'], ['groupKey', 'company'], ['person', 'plan']]
  const { snapshot, records, calls } = snapshotOf({ inputs, slots: [[2], [1]] })
  assert.deepEqual(snapshot.readsOfOne(records[0]), { person: 1, groupTypes: undefined })
  assert.deepEqual(snapshot.readsOfOne(records[1]), { person: 0, groupTypes: new Set(['company']) })
  assert.equal(snapshot.readsOfOne(records[1]), snapshot.readsOfOne(records[1]))
  assert.deepEqual(calls, [
    ['inputsOf', 0],
    ['inputsOf', 1],
  ])
  snapshot.valueOf(records[0], CONTEXT, reporterOf().reporter)
  snapshot.valueOf(records[0], CONTEXT, reporterOf().reporter)
  assert.equal(calls.filter(([what]) => what === 'inputsOf').length, 3)
})

test('reasons are asked for in a call of their own', () => {
  const off = { ...flag('off'), active: false }
  const snapshot = Snapshot.compile(JSON.stringify({ flags: [flag('on'), off] }))
  const { on, off: disabled } = snapshot.featureFlagsByKey
  /** @type {number[]} */
  const numbers = []
  const evaluator = /** @type {any} */ (snapshot)._evaluator
  assert.deepEqual(evaluator.reasoned([on, disabled], CONTEXT, numbers), [1, 0])
  assert.deepEqual(numbers.map(reasonCodeOf), ['condition_match', 'flag_disabled'])
})
