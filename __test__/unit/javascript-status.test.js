'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { observe, statusOf } = require('../../lib/client/javascript-status')

const NONE = { experience_continuity: 0, unsupported_definition: 0, unresolved_dependency: 0, missing_context: 0 }

/** A poller as posthog-node's, which does what the test says. */
class Poller {
  /** @param {any} [fields] */
  constructor(fields) {
    this.pollingInterval = /** @type {number | undefined} */ (1000)
    this.featureFlags = /** @type {any} */ ([{ key: 'on' }])
    this.loadedSuccessfullyOnce = false
    this.pollerStopped = false
    this.loadingPromise = /** @type {Promise<void> | undefined} */ (undefined)
    this.answers = /** @type {string[]} */ ([])
    this.evaluated = /** @type {any} */ ({ response: {} })
    this.error = /** @type {any} */ (undefined)
    this.calls = /** @type {any[]} */ ([])
    Object.assign(this, fields)
  }

  /** @type {any} */
  onLoad = (/** @type {any[]} */ ...args) => this.calls.push(['onLoad', ...args])

  /** @type {any} */
  onError = (/** @type {any[]} */ ...args) => this.calls.push(['onError', ...args])

  clearBackoff() {
    this.calls.push(['clearBackoff', this])
    return 'cleared'
  }

  /** What a load does, in turn. */
  async _loadFeatureFlags() {
    await undefined
    for (const answer of this.answers.shift()?.split(' ') ?? []) {
      if (answer === 'answered') this.clearBackoff()
      if (answer === 'loaded') this.onLoad(1)
      if (answer === 'failed') this.onError(new Error('HTTP status 500'))
    }
  }

  /** @param {any[]} args */
  async getAllFlagsAndPayloads(...args) {
    this.calls.push(['all', ...args])
    return this.evaluated
  }

  /** @param {any[]} args */
  async computeFlagAndPayloadLocally(...args) {
    this.calls.push(['one', ...args])
    if (this.error !== undefined) throw this.error
    return { value: true }
  }
}

/** @param {any} [fields] of the poller */
function observed(fields) {
  const poller = new Poller(fields)
  /** @type {any[]} */
  const loads = []
  /** @type {any[]} */
  const others = []
  const diagnostics = {
    wantsLoads: true,
    load: (/** @type {any} */ load) => void loads.push(load),
    error: (/** @type {any} */ error) => void others.push(error.message),
    unresolved: (/** @type {any[]} */ ...args) => void others.push(args),
  }
  observe(poller, /** @type {any} */ (diagnostics))
  return { poller, diagnostics, loads, others, status: () => /** @type {any} */ (statusOf(poller)) }
}

test('without a poller, or of one that is not observed, there is the status of a client that evaluates nothing locally', () => {
  for (const poller of [undefined, null, new Poller()]) {
    const { engine, state } = statusOf(poller)
    assert.deepEqual([engine, state], [undefined, 'empty'])
  }
})

test('what a poller holds is told', () => {
  const { poller, status } = observed()
  assert.deepEqual([status().engine, status().flags, status().state], ['javascript', 1, 'ready'])
  poller.featureFlags = undefined
  assert.deepEqual([status().flags, status().state], [0, 'loading'])
  poller.loadedSuccessfullyOnce = true
  assert.equal(status().state, 'empty')
  poller.pollerStopped = true
  assert.equal(status().state, 'stopped')
})

test('definitions are stale by the interval of the poller, and never without one', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 })
  const [polling, alone] = [observed(), observed({ pollingInterval: undefined })]
  t.mock.timers.setTime(9000)
  assert.deepEqual([polling.status().state, alone.status().state], ['stale', 'ready'])
})

test('a load that the server answers with definitions has changed them, and comes from the network', async () => {
  const { poller, status, loads } = observed({ answers: ['answered loaded'] })
  await poller._loadFeatureFlags()
  const { source, loads: counted, changedAt, confirmedAt } = status()
  assert.equal(source, 'network')
  assert.deepEqual(counted, { attempts: 1, changed: 1, unchanged: 0, failed: 0, bytes: 0 })
  assert.ok(Number.isFinite(changedAt) && confirmedAt >= changedAt)
  assert.deepEqual(loads, [{ outcome: 'changed', source: 'network', flags: 1, bytes: 0 }])
  assert.deepEqual(poller.calls, [
    ['clearBackoff', poller],
    ['onLoad', 1],
  ])
})

test('definitions that come without an answer of the server come from a cache', async () => {
  const { poller, status } = observed({ answers: ['loaded', 'answered loaded', 'loaded'] })
  for (const source of ['cache', 'network', 'cache']) {
    await poller._loadFeatureFlags()
    assert.equal(status().source, source)
  }
  assert.deepEqual(status().loads, { attempts: 3, changed: 3, unchanged: 0, failed: 0, bytes: 0 })
})

test('a load that is answered and brings nothing has left things unchanged, and confirms them', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 })
  const { poller, status, loads } = observed({ answers: ['answered', '', 'answered'] })
  await poller._loadFeatureFlags()
  assert.deepEqual(status().loads, { attempts: 1, changed: 0, unchanged: 1, failed: 0, bytes: 0 })
  assert.deepEqual([status().confirmedAt, status().changedAt], [5000, undefined])
  // What one load was answered says nothing of the next one.
  await poller._loadFeatureFlags()
  await poller._loadFeatureFlags()
  assert.deepEqual(status().loads, { attempts: 3, changed: 0, unchanged: 2, failed: 1, bytes: 0 })
  assert.deepEqual(
    loads.map(({ outcome, source }) => [outcome, source]),
    [
      ['unchanged', undefined],
      ['failed', undefined],
      ['unchanged', undefined],
    ]
  )
})

test('a load that fails has its error as the last one, which is published', async () => {
  const { poller, status, others } = observed({ answers: ['failed'] })
  await poller._loadFeatureFlags()
  assert.equal(status().loads.failed, 1)
  assert.equal(status().lastError.message, 'HTTP status 500')
  assert.deepEqual(others, ['HTTP status 500'])
  assert.equal(poller.calls[0][1].message, 'HTTP status 500')
})

test('what is raised may be no error', () => {
  const { poller, status, diagnostics } = observed()
  diagnostics.error = () => {}
  poller.onError(undefined)
  assert.equal(status().lastError.message, 'undefined')
})

test('loads are published only where somebody listens, without flags where there are none', async () => {
  const { poller, diagnostics, loads, status } = observed({
    answers: ['answered loaded', 'answered'],
    featureFlags: undefined,
  })
  diagnostics.wantsLoads = false
  await poller._loadFeatureFlags()
  assert.deepEqual([loads, status().loads.attempts], [[], 1])
  diagnostics.wantsLoads = true
  await poller._loadFeatureFlags()
  assert.deepEqual(loads, [{ outcome: 'unchanged', source: 'network', flags: 0, bytes: 0 }])
})

test('a load that is under way when a client begins to observe counts', async () => {
  /** @type {() => void} */
  let end = () => {}
  const { poller, status } = observed({ loadingPromise: new Promise((resolve) => (end = () => resolve(undefined))) })
  assert.equal(status().loads.attempts, 0)
  poller.clearBackoff()
  end()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(status().loads, { attempts: 1, changed: 0, unchanged: 1, failed: 0, bytes: 0 })
})

test('of all flags those with a value count, and the others by their reasons', async () => {
  const evaluated = {
    response: { on: true, off: false },
    unresolved: { plan: 'missing_context', sticky: 'experience_continuity', odd: 'no reason of PostHog' },
  }
  const { poller, status, others } = observed({ evaluated })
  assert.equal(await poller.getAllFlagsAndPayloads('kari', ['on']), evaluated)
  assert.deepEqual(poller.calls, [['all', 'kari', ['on']]])
  poller.evaluated = { response: { on: true } }
  await poller.getAllFlagsAndPayloads('kari')
  const { evaluations, unresolvedFlags } = status()
  assert.deepEqual(evaluations, { local: 3, unresolved: { ...NONE, missing_context: 1, experience_continuity: 1 } })
  assert.deepEqual(unresolvedFlags, {
    plan: { reason: 'missing_context', count: 1 },
    sticky: { reason: 'experience_continuity', count: 1 },
  })
  assert.deepEqual(others, [
    ['plan', 'missing_context'],
    ['sticky', 'experience_continuity'],
  ])
})

test('a flag that is asked for by itself counts, unless it is one of all, or only its payload is asked for', async () => {
  const { poller, status } = observed()
  const flag = { key: 'on' }
  assert.deepEqual(await poller.computeFlagAndPayloadLocally(flag, 'context', {}), { value: true })
  await poller.computeFlagAndPayloadLocally(flag, 'context')
  assert.equal(status().evaluations.local, 2)
  for (const options of [{ skipLoadCheck: true }, { matchValue: 'wide' }, { matchValue: false }]) {
    assert.deepEqual(await poller.computeFlagAndPayloadLocally(flag, 'context', options), { value: true })
  }
  assert.equal(status().evaluations.local, 2)
  assert.deepEqual(poller.calls[0], ['one', flag, 'context', {}])
})

test('a flag that has no value counts by the reason of the error, which is thrown on', async () => {
  const error = Object.assign(new Error('no'), { reason: 'unresolved_dependency' })
  const { poller, status, others } = observed({ error })
  await assert.rejects(poller.computeFlagAndPayloadLocally({ key: 'reads' }), error)
  poller.error = new Error('another')
  await assert.rejects(poller.computeFlagAndPayloadLocally({ key: 'reads' }), /another/)
  poller.error = null
  await assert.rejects(poller.computeFlagAndPayloadLocally({ key: 'reads' }), (/** @type {any} */ e) => e === null)
  assert.deepEqual(status().evaluations, { local: 0, unresolved: { ...NONE, unresolved_dependency: 1 } })
  assert.deepEqual(others, [['reads', 'unresolved_dependency']])
})

test('a poller that lacks some methods is observed in the others, and what is put in their place is not enumerable', async () => {
  const { poller, status } = observed({ clearBackoff: undefined, onError: 5, answers: ['loaded'] })
  assert.deepEqual([poller.clearBackoff, poller.onError], [undefined, 5])
  await poller._loadFeatureFlags()
  assert.equal(status().loads.changed, 1)
  assert.equal(Object.keys(poller).includes('_loadFeatureFlags'), false)
})
