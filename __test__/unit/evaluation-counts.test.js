'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { EvaluationCounts } = require('../../lib/evaluation/evaluation-counts')
const { ENDLESS, PANICKED, REASONS, THROWN } = require('../../lib/evaluation/result-codes')

const NONE = Object.fromEntries(REASONS.map((reason) => [reason, 0]))
const CONTINUITY = 0xffff
const MISSING = 0xffff - REASONS.indexOf('missing_context')
const UNSUPPORTED = 0xffff - REASONS.indexOf('unsupported_definition')

/** What was counted of flags without a value: by reason, and of which flags. @param {EvaluationCounts} counts */
function unresolvedOf(counts) {
  const { evaluations, unresolvedFlags } = counts.read()
  return [evaluations.unresolved, unresolvedFlags]
}

test('nothing is counted at first, and flags with a value are counted as they are added', () => {
  const counts = new EvaluationCounts()
  assert.deepEqual(counts.read(), { evaluations: { local: 0, unresolved: NONE }, unresolvedFlags: {} })
  counts.local += 3
  assert.equal(counts.read().evaluations.local, 3)
})

test('each flag without a value counts by its reason, and is named with its most frequent one', () => {
  const counts = new EvaluationCounts()
  const current = counts.ofDefinitions(3)
  current.add('plan', 0, MISSING)
  current.add('sticky', 2, CONTINUITY)
  current.add('sticky', 2, MISSING)
  current.add('sticky', 2, MISSING)
  current.add('round', 1, ENDLESS)
  assert.deepEqual(unresolvedOf(counts), [
    { ...NONE, missing_context: 3, experience_continuity: 1, unsupported_definition: 1 },
    {
      plan: { reason: 'missing_context', count: 1 },
      sticky: { reason: 'missing_context', count: 3 },
      round: { reason: 'unsupported_definition', count: 1 },
    },
  ])
  assert.deepEqual(unresolvedOf(counts), unresolvedOf(counts), 'to read changes nothing')
})

test('of reasons that are as frequent the first one is named', () => {
  const counts = new EvaluationCounts()
  const current = counts.ofDefinitions(1)
  for (const code of [MISSING, UNSUPPORTED, MISSING, UNSUPPORTED]) current.add('a', 0, code)
  assert.deepEqual(counts.read().unresolvedFlags.a, { reason: 'unsupported_definition', count: 4 })
})

test('a failure that has no name among the reasons does not count, and nobody learns of it', () => {
  /** @type {any[]} */
  const told = []
  const counts = new EvaluationCounts((...args) => void told.push(args))
  const current = counts.ofDefinitions(1)
  for (const code of [THROWN, PANICKED]) current.add('a', 0, code)
  assert.deepEqual(unresolvedOf(counts), [NONE, {}])
  current.add('a', 0, CONTINUITY)
  assert.deepEqual(told, [['a', 'experience_continuity']])
})

test('what was counted stays by key when other definitions come, and is added to what these have', () => {
  const counts = new EvaluationCounts()
  const first = counts.ofDefinitions(2)
  first.add('a', 0, MISSING)
  first.add('b', 1, CONTINUITY)
  const second = counts.ofDefinitions(2)
  assert.deepEqual(counts.read().unresolvedFlags, {
    a: { reason: 'missing_context', count: 1 },
    b: { reason: 'experience_continuity', count: 1 },
  })
  // The place of a flag says nothing of its key.
  second.add('b', 0, UNSUPPORTED)
  second.add('b', 0, UNSUPPORTED)
  second.add('c', 1, MISSING)
  assert.deepEqual(unresolvedOf(counts), [
    { ...NONE, missing_context: 2, experience_continuity: 1, unsupported_definition: 2 },
    {
      b: { reason: 'unsupported_definition', count: 3 },
      c: { reason: 'missing_context', count: 1 },
      a: { reason: 'missing_context', count: 1 },
    },
  ])
})

test('an evaluation that began with earlier definitions counts after they were replaced', () => {
  const counts = new EvaluationCounts()
  const first = counts.ofDefinitions(1)
  first.add('a', 0, MISSING)
  const second = counts.ofDefinitions(1)
  first.add('a', 0, MISSING)
  first.add('late', 0, CONTINUITY)
  assert.equal(second.has('a'), false)
  assert.equal(first.has('a'), false)
  first.close()
  first.each(() => assert.fail('all was handed on'))
  assert.deepEqual(counts.read().unresolvedFlags, {
    a: { reason: 'missing_context', count: 2 },
    late: { reason: 'experience_continuity', count: 1 },
  })
})

test('the hundred most frequent flags are named, and of equally frequent ones those that came first', () => {
  const counts = new EvaluationCounts()
  const current = counts.ofDefinitions(150)
  const add = (/** @type {number} */ flag, /** @type {number} */ times) => {
    for (let time = 0; time < times; time++) current.add(`f${flag}`, flag, MISSING)
  }
  for (let flag = 0; flag < 99; flag++) add(flag, 2)
  const named = () => Object.keys(counts.read().unresolvedFlags)
  add(99, 1)
  assert.equal(named().length, 100)
  for (let flag = 100; flag < 149; flag++) add(flag, 1)
  assert.deepEqual(
    named(),
    Array.from({ length: 100 }, (_, flag) => `f${flag}`)
  )
  add(149, 200)
  assert.deepEqual(named().slice(98), ['f98', 'f149'])
  assert.deepEqual(counts.read().unresolvedFlags.f149, { reason: 'missing_context', count: 200 })
  assert.equal(counts.read().evaluations.unresolved.missing_context, 99 * 2 + 50 + 200)
})

test('a flag that is less frequent than a hundred others is not named, although it came first', () => {
  const counts = new EvaluationCounts()
  const current = counts.ofDefinitions(101)
  current.add('rare', 0, MISSING)
  for (let flag = 1; flag <= 100; flag++) {
    current.add(`f${flag}`, flag, MISSING)
    current.add(`f${flag}`, flag, MISSING)
  }
  assert.deepEqual(
    Object.keys(counts.read().unresolvedFlags),
    Array.from({ length: 100 }, (_, flag) => `f${flag + 1}`)
  )
})

test('keys of earlier definitions are kept up to ten thousand, and beyond them only sums are', () => {
  const counts = new EvaluationCounts()
  for (let key = 0; key < 10_000; key++) counts.add(`k${key}`, 3, 1)
  counts.add('beyond', 0, 500)
  counts.add('k7', 3, 4)
  const { evaluations, unresolvedFlags } = counts.read()
  assert.deepEqual(evaluations.unresolved, { ...NONE, missing_context: 10_004, experience_continuity: 500 })
  assert.equal('beyond' in unresolvedFlags, false)
  assert.deepEqual(unresolvedFlags.k7, { reason: 'missing_context', count: 5 })
})

test('a flag may be named __proto__', () => {
  const counts = new EvaluationCounts()
  counts.ofDefinitions(1).add('__proto__', 0, MISSING)
  assert.deepEqual(Object.entries(counts.read().unresolvedFlags), [
    ['__proto__', { reason: 'missing_context', count: 1 }],
  ])
})
