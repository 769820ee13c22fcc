'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { DefinitionsOrigin } = require('../../lib/client/definitions-origin')
const { LocalEvaluationStatus, statusOfNone } = require('../../lib/client/local-evaluation-status')

const NO_LOADS = { attempts: 0, changed: 0, unchanged: 0, failed: 0, bytes: 0 }
const NO_EVALUATIONS = {
  local: 0,
  unresolved: { experience_continuity: 0, unsupported_definition: 0, unresolved_dependency: 0, missing_context: 0 },
}
const INTERVAL_MS = 1000
const START = 1_000_000

/**
 * A status, at a time that the test sets.
 *
 * @param {import('node:test').TestContext} t
 * @param {number | null} [pollingInterval]
 */
function statusAt(t, pollingInterval = INTERVAL_MS) {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  return new LocalEvaluationStatus(pollingInterval)
}

/** What is read of it. @param {LocalEvaluationStatus} status @param {any} [holding] */
function read(status, holding) {
  return status.read({
    engine: 'native',
    flags: 0,
    isLoaded: false,
    isStopped: false,
    origin: new DefinitionsOrigin(),
    ...holding,
  })
}

/** @param {LocalEvaluationStatus} status @param {any} [holding] */
const stateOf = (status, holding) => read(status, holding).state

test('a status has all its fields before anything is loaded', (t) => {
  assert.deepEqual(read(statusAt(t)), {
    engine: 'native',
    state: 'loading',
    source: undefined,
    flags: 0,
    changedAt: undefined,
    confirmedAt: undefined,
    role: undefined,
    loads: NO_LOADS,
    evaluations: NO_EVALUATIONS,
    unresolvedFlags: {},
  })
})

test('what is held is told as it is, the time of another process as a whole number', (t) => {
  const origin = Object.assign(new DefinitionsOrigin(), {
    source: 'cache',
    role: 'follower',
    changedAt: START - 7,
    confirmedAt: START - 0.5,
  })
  const provider = { calls: 3, failures: 1, lastMs: 12 }
  const told = read(statusAt(t), { engine: 'javascript', flags: 2, isLoaded: true, origin, provider })
  assert.deepEqual(
    { ...told, evaluations: undefined, unresolvedFlags: undefined, loads: undefined },
    {
      engine: 'javascript',
      state: 'ready',
      source: 'cache',
      flags: 2,
      changedAt: START - 7,
      confirmedAt: START - 1,
      role: 'follower',
      provider: { calls: 3, failures: 1, lastMs: 12 },
      loads: undefined,
      evaluations: undefined,
      unresolvedFlags: undefined,
    }
  )
  provider.calls++
  assert.equal(told.provider?.calls, 3, 'a copy')
})

test('each load counts by how it ended, with its bytes', (t) => {
  const status = statusAt(t)
  status.finished({ end: 'changed', bytes: 70 })
  const before = read(status).loads
  status.finished({ end: 'unchanged', bytes: 0 })
  status.finished({ end: 'failed', cause: 'HTTP status 500', bytes: 5 })
  status.finished({ end: 'refused', cause: 'HTTP status 401', bytes: 0 })
  assert.deepEqual(read(status).loads, { attempts: 4, changed: 1, unchanged: 1, failed: 2, bytes: 75 })
  assert.deepEqual(before, { attempts: 1, changed: 1, unchanged: 0, failed: 0, bytes: 70 })
})

test('a load that fails leaves its cause as the last error, unless it has told of an error itself', (t) => {
  const status = statusAt(t)
  assert.equal('lastError' in read(status), false)
  status.finished({ end: 'failed', cause: 'HTTP status 500', bytes: 0 })
  assert.deepEqual(read(status).lastError, { at: START, message: 'Failed to load feature flags: HTTP status 500' })
  t.mock.timers.setTime(START + 9)
  status.finished({ end: 'refused', cause: 'HTTP status 401', bytes: 0 })
  assert.deepEqual(read(status).lastError, { at: START + 9, message: 'Failed to load feature flags: HTTP status 401' })
  status.failed('the key is invalid')
  status.finished({ end: 'refused', cause: 'HTTP status 401', bytes: 0 })
  assert.equal(read(status).lastError?.message, 'the key is invalid')
  status.finished({ end: 'failed', cause: 'HTTP status 503', bytes: 0 })
  assert.equal(read(status).lastError?.message, 'Failed to load feature flags: HTTP status 503')
})

test('what a status tells of an error is a copy', (t) => {
  const status = statusAt(t)
  status.failed('one')
  Object.assign(/** @type {any} */ (read(status).lastError), { message: 'another' })
  assert.equal(read(status).lastError?.message, 'one')
})

test('without flags a client is loading until a load has brought that there are none', (t) => {
  const status = statusAt(t)
  assert.equal(stateOf(status), 'loading')
  status.finished({ end: 'failed', cause: 'HTTP status 500', bytes: 0 })
  assert.equal(stateOf(status), 'loading')
  assert.equal(stateOf(status, { isLoaded: true }), 'empty')
  assert.equal(stateOf(status, { isStopped: true }), 'stopped')
  status.emptied()
  assert.equal(stateOf(status), 'empty')
})

test('a client whose key is refused has nothing to wait for, unless a cache may have definitions', (t) => {
  const status = statusAt(t)
  assert.equal(status.isHopeless(false), false)
  status.refused()
  assert.deepEqual([status.isHopeless(false), status.isHopeless(true)], [true, false])
  assert.equal(stateOf(status), 'empty')
  assert.equal(stateOf(status, { provider: { calls: 1, failures: 0, lastMs: 1 } }), 'loading')
})

test('a key stays refused as long as loads find what there was, and no longer', (t) => {
  const status = statusAt(t)
  status.finished({ end: 'unchanged', bytes: 0 })
  assert.equal(status.isHopeless(false), false)
  status.finished({ end: 'refused', cause: 'HTTP status 401', bytes: 0 })
  assert.equal(status.isHopeless(false), true)
  status.finished({ end: 'unchanged', bytes: 0 })
  assert.equal(status.isHopeless(false), true)
  for (const end of /** @type {const} */ (['changed', 'failed'])) {
    status.refused()
    status.finished({ end, cause: 'something', bytes: 0 })
    assert.equal(status.isHopeless(false), false, end)
  }
})

test('where nothing is polled, there is nothing to wait for after the first load, whether there is a cache or not', (t) => {
  const status = statusAt(t, null)
  assert.equal(status.isHopeless(false), false)
  status.finished({ end: 'failed', cause: 'HTTP status 500', bytes: 0 })
  assert.deepEqual([status.isHopeless(false), status.isHopeless(true)], [true, true])
})

test('definitions are stale when they were not confirmed for more than three intervals', (t) => {
  const status = statusAt(t)
  const origin = new DefinitionsOrigin()
  const state = () => stateOf(status, { flags: 1, isLoaded: true, origin })
  // Of those that a program starts from, it counts from the start of the client.
  t.mock.timers.setTime(START + 3 * INTERVAL_MS)
  assert.equal(state(), 'ready')
  t.mock.timers.setTime(START + 3 * INTERVAL_MS + 1)
  assert.equal(state(), 'stale')
  origin.confirmed()
  assert.equal(state(), 'ready')
  t.mock.timers.setTime(START + 6 * INTERVAL_MS + 2)
  assert.equal(state(), 'stale')
})

test('definitions are never stale where nothing is polled', (t) => {
  const status = statusAt(t, null)
  t.mock.timers.setTime(START * 1000)
  assert.equal(stateOf(status, { flags: 1, isLoaded: true }), 'ready')
})

test('flags without a value are counted, and told to the diagnostics if there are some', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: START })
  /** @type {any[]} */
  const told = []
  const diagnostics = /** @type {any} */ ({ unresolved: (/** @type {any[]} */ ...args) => void told.push(args) })
  const status = new LocalEvaluationStatus(INTERVAL_MS, diagnostics)
  assert.equal(new LocalEvaluationStatus(INTERVAL_MS).counts.onUnresolved, undefined)
  status.counts.onUnresolved?.('plan', 'missing_context')
  assert.deepEqual(told, [['plan', 'missing_context']])
  status.counts.add('plan', 3, 2)
  status.counts.local += 4
  const { evaluations, unresolvedFlags } = read(status)
  assert.deepEqual(evaluations, { local: 4, unresolved: { ...NO_EVALUATIONS.unresolved, missing_context: 2 } })
  assert.deepEqual(unresolvedFlags, { plan: { reason: 'missing_context', count: 2 } })
})

test('a client that evaluates nothing locally has a status of few fields', () => {
  assert.deepEqual(statusOfNone(), {
    engine: undefined,
    state: 'empty',
    flags: 0,
    loads: NO_LOADS,
    evaluations: NO_EVALUATIONS,
    unresolvedFlags: {},
  })
})
