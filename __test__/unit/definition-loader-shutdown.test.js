'use strict'

// How a loader stops, and loads after that, over a stand-in for the native poller.

const assert = require('node:assert/strict')
const { createHook } = require('node:async_hooks')
const { test } = require('node:test')

// The limits that the loader sets itself are seen here: its timers are those that it finds when it is loaded.
const timers = require('../../lib/loading/timers')
/** @type {number[]} */
const limits = []
const { setTimeout: setTimer } = timers
/** @type {any} */
const replaced = timers
replaced.setTimeout = (/** @type {() => void} */ fire, /** @type {number} */ delay) => {
  limits.push(delay)
  return setTimer(fire, delay)
}

const { memoryProvider } = require('../support/providers')
const { openLoader, settle, timersHeld } = require('./support/stand-in-poller')

/** For those that wait for what does not come if they fail. */
const BRIEF = { timeout: 20_000 }
/** Longer than any test. */
const LONG_MS = 600_000

/** @param {string[]} order @param {string} name @param {Promise<unknown> | undefined} promise */
const note = (order, name, promise) => void promise?.then(() => order.push(name))

/** @param {any[][]} told */
const errorsOf = (told) => told.filter(([name]) => name === 'error').map(([, text]) => text)

/** A provider whose `shutdown` hangs, and how long it was given, which is over at once. @param {import('node:test').TestContext} t */
function hangingProvider(t) {
  /** @type {number[]} */
  const given = []
  t.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ fire, /** @type {number} */ delay) => {
    given.push(delay)
    setImmediate(fire)
  })
  return { given, cacheProvider: memoryProvider({ methods: { shutdown: () => new Promise(() => {}) } }) }
}

test('one that has nothing to do stops at once: polling ends, then the provider is released', async (t) => {
  const cacheProvider = memoryProvider()
  const { loader, poller, told } = openLoader(t, { cacheProvider, pollingInterval: 30_000 })
  const stopping = loader.stop(LONG_MS)
  assert.deepEqual(poller().news(), [['stopPolling'], ['close']])
  assert.equal(loader.stop(1), stopping)
  await stopping
  assert.deepEqual([cacheProvider.calls, told()], [['shutdown'], []])
  await loader.stop(1)
  assert.deepEqual([cacheProvider.calls, poller().news()], [['shutdown'], []])
})

test('without a provider there is nothing to release', async (t) => {
  const { loader, told } = openLoader(t)
  await loader.stop(LONG_MS)
  assert.deepEqual(told(), [])
})

test('the provider is given all of the time where no load is under way', async (t) => {
  const { given, cacheProvider } = hangingProvider(t)
  const { loader, told } = openLoader(t, { cacheProvider })
  await loader.stop(1234)
  assert.deepEqual(given, [1234])
  assert.deepEqual(errorsOf(told()), ['Error during cache shutdown: Error: Cache shutdown timeout after 1234ms'])
})

test('a load that nobody waits for is aborted', async (t) => {
  /** @type {any[]} */
  const signals = []
  const fetch = (/** @type {string} */ _url, /** @type {any} */ { signal }) => (
    signals.push(signal),
    new Promise(() => {})
  )
  const before = timersHeld()
  const { loader, poller, told } = openLoader(t, { fetch, native: { transport: 'fetch' } })
  loader.begin()
  poller().isIdle = false
  await loader.stop(LONG_MS)
  assert.deepEqual(poller().news().slice(-2), [['stopPolling'], ['stop']])
  assert.equal(signals[0].aborted, true)
  assert.deepEqual(told(), [['underWay']], 'that is no error')
  assert.equal(timersHeld(), before)
  // What the poller had sent already is not carried out.
  poller().tell('error', { text: 'late' })
  assert.deepEqual(told(), [])
})

for (const waits of ['called load', 'is known to the listener']) {
  test(
    `a load that somebody waits for who ${waits} comes to its end, and who waits goes on first`,
    BRIEF,
    async (t) => {
      /** @type {string[]} */
      const order = []
      const cacheProvider = memoryProvider({ methods: { shutdown: () => void order.push('released') } })
      const isAwaited = () => waits !== 'called load'
      const { loader, poller, told } = openLoader(t, { cacheProvider }, { isAwaited })
      if (waits === 'called load') {
        note(order, 'who waits', loader.load(true))
      } else {
        loader.begin()
      }
      poller().isIdle = false
      const stopping = loader.stop(LONG_MS)
      note(order, 'stopped', stopping)
      assert.deepEqual(told(), [['shutdownDelayed']])
      assert.deepEqual(poller().news(), [['load', waits === 'called load'], ['stopPolling']])
      await settle()
      assert.deepEqual(order, [])
      poller().tell('finished')
      assert.equal(poller().news().length, 2, 'finish and close')
      await stopping
      await settle()
      assert.deepEqual(order, [...(waits === 'called load' ? ['who waits'] : []), 'released', 'stopped'])
      assert.deepEqual(told(), [])
    }
  )
}

test('a load that began with a poll is waited for too, if the listener knows of somebody', BRIEF, async (t) => {
  const before = timersHeld()
  const { loader, poller, told } = openLoader(t, {}, { isAwaited: () => true })
  poller().isIdle = false
  const stopping = loader.stop(LONG_MS)
  assert.equal(timersHeld(), before + 2, 'for the load and for the limit on it')
  delete loader._listener.shutdownDelayed
  poller().tell('finished')
  await stopping
  assert.deepEqual(errorsOf(told()), [])
  assert.equal(timersHeld(), before)
})

test('that a load was waited for need not be known to the listener', BRIEF, async (t) => {
  const { loader, poller } = openLoader(t)
  delete loader._listener.shutdownDelayed
  loader.load(true)
  poller().isIdle = false
  const stopping = loader.stop(LONG_MS)
  poller().tell('finished')
  await stopping
})

test('an earlier load that somebody waited for does not make the shutdown wait', async (t) => {
  const { loader, poller, told } = openLoader(t)
  loader.load(true)
  poller().tell('finished')
  loader.begin()
  poller().isIdle = false
  await loader.stop(LONG_MS)
  assert.deepEqual(told(), [['underWay']])
  assert.deepEqual(poller().news().at(-1), ['stop'])
})

test('a load is given nine tenths of the time, all but a second of a long one, and no more than a timer takes', async (t) => {
  for (const [timeoutMs, limit] of [
    [5, 4.5],
    [8000, 7200],
    [10_000, 9000],
    [30_000, 29_000],
    [Infinity, 2 ** 31 - 1],
    [2 ** 40, 2 ** 31 - 1],
  ]) {
    const { loader, poller } = openLoader(t)
    loader.load(true)
    poller().isIdle = false
    limits.length = 0
    const stopping = loader.stop(timeoutMs)
    assert.deepEqual(limits, [limit])
    poller().tell('finished')
    await stopping
  }
})

test('a load that takes too long is given up, and is said to have failed', BRIEF, async (t) => {
  const { loader, poller, told } = openLoader(t)
  const load = loader.load(true)
  poller().isIdle = false
  await loader.stop(14)
  await load
  assert.deepEqual(told(), [
    ['shutdownDelayed'],
    ['error', 'Failed to load feature flags: the client was shut down, and that took longer than the 13ms left for it'],
  ])
  assert.deepEqual(poller().news().at(-1), ['stop'])
})

test('one that has its definitions has only not stored them', BRIEF, async (t) => {
  const { loader, poller, told } = openLoader(t)
  loader.load(true)
  poller().tell('newDefinitions', { definitions: {}, fromNetwork: true })
  poller().isIdle = false
  told()
  await loader.stop(20)
  assert.deepEqual(told(), [
    ['shutdownDelayed'],
    ['loaded', ''],
    ['error', 'Failed to store in cache: the client was shut down, and that took longer than the 18ms left for it'],
  ])
})

test('whether a load has its definitions is known of that load alone', BRIEF, async (t) => {
  const { loader, poller, told } = openLoader(t)
  loader.load(true)
  poller().tell('newDefinitions', { definitions: {}, fromNetwork: true })
  poller().tell('finished')
  loader.load(true)
  poller().isIdle = false
  await loader.stop(10)
  assert.match(errorsOf(told())[0], /^Failed to load feature flags: /)
})

test('the provider is given what a load has left of the time, and no less than nothing', BRIEF, async (t) => {
  // The clock of a process is not that of the test: it is told how late it is.
  const now = process.uptime()
  let late = 0
  t.mock.method(process, 'uptime', () => now + late)
  for (const [seconds, left] of [
    [1.5, 3500],
    [60, 0],
  ]) {
    late = 0
    const { given, cacheProvider } = hangingProvider(t)
    const { loader, poller } = openLoader(t, { cacheProvider })
    loader.load(true)
    poller().isIdle = false
    const stopping = loader.stop(5000)
    late = seconds
    poller().tell('finished')
    await stopping
    assert.deepEqual(given, [left])
  }
})

test('a provider whose shutdown fails is an error', async (t) => {
  const methods = { shutdown: () => Promise.reject(new Error('no lock')) }
  const { loader, told } = openLoader(t, { cacheProvider: memoryProvider({ methods }) })
  await loader.stop(LONG_MS)
  assert.deepEqual(told(), [['error', 'Error during cache shutdown: Error: no lock']])
})

test('a load after the shutdown opens the poller anew, holds nothing when it is over, and is stopped again', async (t) => {
  const cacheProvider = memoryProvider()
  const { loader, pollers, poller, told } = openLoader(t, { cacheProvider, pollingInterval: 30_000 })
  const before = timersHeld()
  await loader.stop(LONG_MS)
  poller().news()
  const load = loader.load(true)
  assert.deepEqual(poller().news(), [['open'], ['load', true]])
  poller().tell('trace', { text: 'heard' })
  assert.deepEqual(told(), [['trace', 'heard']])
  poller().tell('finished')
  await load
  assert.deepEqual(poller().news(), [['finish', 7], ['close']])
  assert.equal(timersHeld(), before)
  await loader.stop(LONG_MS)
  assert.deepEqual(poller().news(), [['stopPolling'], ['close']])
  assert.deepEqual(cacheProvider.calls, ['shutdown', 'shutdown'])
  assert.equal(pollers.length, 1)
})

test('a load after one that was aborted has a poller of its own, which does not poll', async (t) => {
  const { loader, pollers, poller } = openLoader(t)
  loader.begin()
  poller().isIdle = false
  await loader.stop(LONG_MS)
  const load = loader.load(true)
  assert.equal(pollers.length, 2)
  assert.deepEqual(poller().news(), [['stopPolling'], ['load', true]])
  poller().tell('finished')
  await load
  assert.deepEqual(poller().news(), [['finish', 7], ['close']])
  loader.load(true)
  assert.deepEqual([pollers.length, poller().news()], [2, [['open'], ['load', true]]])
})

test('one that was aborted is stopped again without a poller', async (t) => {
  const cacheProvider = memoryProvider()
  const { loader, pollers, poller } = openLoader(t, { cacheProvider })
  loader.begin()
  poller().isIdle = false
  await loader.stop(LONG_MS)
  await loader.stop(LONG_MS)
  assert.deepEqual([pollers.length, cacheProvider.calls], [1, ['shutdown']])
})

test('a load that is refused after the shutdown holds nothing open', async (t) => {
  const { loader, poller } = openLoader(t)
  await loader.stop(LONG_MS)
  poller().news()
  poller().answer = 'blocked'
  assert.equal(loader.load(false), undefined)
  assert.deepEqual(poller().news(), [['open'], ['load', false], ['close']])
})

test('what the provider has new after the shutdown is not read', async (t) => {
  /** @type {() => void} */
  let reload = () => {}
  const methods = { watchFlagDefinitions: (/** @type {() => void} */ tell) => void (reload = tell) }
  const { loader, poller } = openLoader(t, { cacheProvider: memoryProvider({ methods }) })
  loader.begin()
  poller().tell('finished')
  await loader.stop(LONG_MS)
  poller().news()
  reload()
  assert.deepEqual(poller().news(), [])
})

test('what the provider had new during the last load is not read either', BRIEF, async (t) => {
  const { loader, poller } = openLoader(t)
  loader.load(true)
  poller().answer = 'joined'
  loader.refresh()
  poller().isIdle = false
  const stopping = loader.stop(LONG_MS)
  poller().news()
  poller().tell('finished')
  await stopping
  assert.deepEqual(poller().news(), [['finish', 7], ['close']])
})

test('an answer of the provider that comes after an abort goes to nobody', async (t) => {
  /** @type {(decision: boolean) => void} */
  let answer = () => {}
  const cacheProvider = memoryProvider({
    methods: { shouldFetchFlagDefinitions: () => new Promise((resolve) => (answer = resolve)) },
  })
  const { loader, pollers, poller } = openLoader(t, { cacheProvider })
  loader.begin()
  poller().tell('shouldFetch')
  poller().isIdle = false
  await loader.stop(LONG_MS)
  const before = timersHeld()
  loader.load(true)
  poller().tell('shouldFetch')
  answer(true)
  await settle()
  assert.equal(timersHeld(), before + 1)
  assert.deepEqual(pollers.length, 2)
})

test('the context that callbacks run in is closed once', async (t) => {
  /** @type {number[]} */
  const open = []
  let destroyed = 0
  const hook = createHook({
    init: (id, type) => void (type === 'PostHogFeatureFlagsPoller' && open.push(id)),
    destroy: (id) => void (open.includes(id) && (destroyed += 1)),
  }).enable()
  t.after(() => hook.disable())
  const { loader, poller } = openLoader(t)
  assert.equal(open.length, 1)
  await loader.stop(LONG_MS)
  await settle()
  assert.equal(destroyed, 1)
  loader.load(true)
  poller().tell('finished')
  await loader.stop(LONG_MS)
  await settle()
  assert.equal(destroyed, 1)
})
