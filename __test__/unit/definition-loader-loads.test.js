'use strict'

// How loads begin, end and hold the process, over a stand-in for the native poller.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')

const { memoryProvider } = require('../support/providers')
const { openLoader, settle, timersHeld } = require('./support/stand-in-poller')

/** For those that wait for what does not come if they fail. */
const BRIEF = { timeout: 20_000 }

/** Calls of a `fetch` that never answers. */
function silentFetch() {
  /** @type {[url: string, options: any][]} */
  const calls = []
  const fetch = (/** @type {string} */ url, /** @type {any} */ options) => {
    calls.push([url, options])
    return new Promise(() => {})
  }
  return { calls, fetch }
}

/** Whether a promise is settled by now. @param {Promise<unknown> | undefined} promise */
async function isOver(promise) {
  let over = false
  promise?.finally(() => (over = true))
  await settle()
  return over
}

/** Records the delays of the program's timers, which never fire. @param {import('node:test').TestContext} t */
function recordTimers(t) {
  /** @type {{ delay: number, cleared: boolean }[]} */
  const timers = []
  t.mock.method(globalThis, 'setTimeout', (/** @type {unknown} */ _, /** @type {number} */ delay) => {
    timers.push({ delay, cleared: false })
    return timers.at(-1)
  })
  t.mock.method(globalThis, 'clearTimeout', (/** @type {any} */ timer) => {
    if (timer) timer.cleared = true
  })
  return timers
}

test('a load is over when the poller has finished it, and whoever asks meanwhile waits for the same', async (t) => {
  const { loader, poller } = openLoader(t)
  const load = loader.load(false)
  poller().answer = 'joined'
  assert.equal(loader.load(true), load)
  assert.deepEqual(poller().news(), [
    ['load', false],
    ['load', true],
  ])
  assert.equal(await isOver(load), false)
  poller().tell('finished')
  await load
  poller().answer = 'started'
  const next = loader.load(false)
  assert.notEqual(next, load)
  assert.equal(await isOver(next), false)
})

test('there is nothing to wait for where the server refused a moment ago, which is a debug line', (t) => {
  const { loader, poller, told } = openLoader(t)
  const before = timersHeld()
  poller().answer = 'blocked'
  assert.equal(loader.load(false), undefined)
  assert.deepEqual(told(), [['trace', 'Skipping fetch, in backoff period']])
  poller().answer = 'stopped'
  assert.equal(loader.load(false), undefined)
  assert.deepEqual(told(), [])
  assert.equal(timersHeld(), before)
  // It may begin again at any time.
  assert.deepEqual(poller().news(), [
    ['load', false],
    ['load', false],
  ])
})

test('the first load is forced by nobody, and this thread has nothing to do meanwhile', (t) => {
  const { loader, poller, told } = openLoader(t)
  loader.begin()
  assert.deepEqual(poller().news(), [['load', false]])
  assert.deepEqual(told(), [['underWay']])
})

test('the first load with a provider is not under way until the provider has answered', (t) => {
  const { loader, poller, told } = openLoader(t, { cacheProvider: memoryProvider() })
  loader.begin()
  assert.deepEqual(poller().news(), [['load', false]])
  assert.deepEqual(told(), [])
})

test('a load begins although nobody wants to know that it is under way', (t) => {
  const { loader, poller } = openLoader(t)
  delete loader._listener.underWay
  loader.begin()
  assert.deepEqual(poller().news(), [['load', false]])
})

test('a request by fetch is made at once, and is the one that the poller asks for', async (t) => {
  const { calls, fetch } = silentFetch()
  const { loader, poller } = openLoader(t, { fetch, native: { transport: 'auto' } })
  loader.load(false)
  assert.deepEqual(
    calls.map(([url, { headers }]) => [url, headers]),
    [['http://127.0.0.1:1/flags/definitions', { Authorization: 'Bearer of a test' }]]
  )
  poller().answer = 'joined'
  loader.load(false)
  assert.equal(calls.length, 1)
  poller().tell('fetch', { text: 'http://127.0.0.1:1/other' })
  assert.equal(calls.length, 1)
  // A second one, such as after a redirect, is made when it is asked for.
  poller().tell('fetch', { text: 'http://127.0.0.1:1/other' })
  assert.deepEqual([calls.length, calls[1][0]], [2, 'http://127.0.0.1:1/other'])
})

test('a request that was made at once and not asked for is none of the next load', (t) => {
  const { calls, fetch } = silentFetch()
  const { loader, poller } = openLoader(t, { fetch, native: { transport: 'auto' } })
  loader.load(false)
  poller().tell('finished')
  poller().tell('fetch', { text: 'http://127.0.0.1:1/poll' })
  assert.deepEqual([calls.length, calls[1][0]], [2, 'http://127.0.0.1:1/poll'])
})

test('no request is made at once by the native transport, or where a provider is asked first', (t) => {
  const { calls, fetch } = silentFetch()
  for (const options of [
    { fetch, native: { transport: 'native' } },
    { fetch, native: { transport: 'auto' }, cacheProvider: memoryProvider() },
  ]) {
    const { loader, poller } = openLoader(t, options)
    loader.load(false)
    assert.deepEqual(poller().news(), [['load', false]])
  }
  assert.equal(calls.length, 0)
})

test('who has begun a request makes it, although another could by now', (t) => {
  const own = globalThis.fetch
  t.after(() => (globalThis.fetch = own))
  const { calls, fetch } = silentFetch()
  globalThis.fetch = /** @type {any} */ (fetch)
  const { loader, poller } = openLoader(t, { native: { transport: 'auto' } })
  loader.load(false)
  assert.equal(calls.length, 1)
  globalThis.fetch = own
  poller().news()
  poller().tell('mayCarry')
  assert.deepEqual(poller().news(), [['replyDecision', 7, false]])
  poller().tell('fetch')
  poller().tell('mayCarry')
  assert.deepEqual(poller().news(), [['replyDecision', 7, true]])
})

test('a load that somebody asked for holds the process, with or without polling', async (t) => {
  for (const options of [{}, { pollingInterval: 30_000 }, { pollingInterval: 30_000, native: { keepAlive: false } }]) {
    const timers = recordTimers(t)
    const { loader, poller } = openLoader(t, options)
    const before = timersHeld()
    loader.load(false)
    assert.equal(timersHeld(), before + 1)
    poller().tell('finished')
    assert.equal(timersHeld(), before)
    const { pollingInterval = null, native = { keepAlive: true } } = options
    const expected = pollingInterval !== null && native.keepAlive ? [pollingInterval] : []
    assert.deepEqual(
      timers.map(({ delay }) => delay),
      expected,
      'what holds it until the next poll is a timer of the program'
    )
    await loader.stop(1)
    assert.ok(timers.every(({ cleared }) => cleared))
    t.mock.restoreAll()
  }
})

test('a load that waits for the provider holds nothing itself, until the provider has answered', async (t) => {
  /** @type {() => void} */
  let answer = () => {}
  const cacheProvider = memoryProvider({
    methods: { shouldFetchFlagDefinitions: () => new Promise((resolve) => (answer = () => resolve(true))) },
  })
  const { loader, poller } = openLoader(t, { cacheProvider })
  const before = timersHeld()
  loader.load(false)
  poller().tell('shouldFetch')
  assert.equal(timersHeld(), before)
  answer()
  await settle()
  assert.equal(timersHeld(), before + 1)
  for (const kind of ['shouldFetch', 'getDefinitions', 'store']) {
    poller().tell(kind, { id: 8, body: Buffer.from('{"flags":[]}') })
    assert.equal(timersHeld(), before, kind)
    // The poller has given up on the answer.
    poller().tell('trace', { id: 9, text: '' })
    assert.equal(timersHeld(), before + 1)
  }
})

test('an answer that comes late is none to the question after it', async (t) => {
  /** @type {((decision: boolean) => void)[]} */
  const answers = []
  const cacheProvider = memoryProvider({
    methods: { shouldFetchFlagDefinitions: () => new Promise((resolve) => answers.push(resolve)) },
  })
  const { loader, poller } = openLoader(t, { cacheProvider })
  const before = timersHeld()
  loader.load(false)
  poller().tell('shouldFetch', { id: 1 })
  poller().tell('shouldFetch', { id: 2 })
  answers[0](true)
  await settle()
  assert.equal(timersHeld(), before, 'the second is still open')
  answers[1](true)
  await settle()
  assert.equal(timersHeld(), before + 1)
})

test('news from the provider during a load is read once that load is over, and only then', async (t) => {
  /** @type {() => void} */
  let reload = () => {}
  const cacheProvider = memoryProvider({
    methods: { watchFlagDefinitions: (/** @type {() => void} */ tell) => void (reload = tell) },
  })
  const { loader, poller } = openLoader(t, { cacheProvider })
  loader.begin()
  poller().news()
  poller().answer = 'joined'
  reload()
  reload()
  assert.deepEqual(poller().news(), [
    ['load', true],
    ['load', true],
  ])
  poller().answer = 'started'
  poller().tell('finished')
  assert.deepEqual(poller().news(), [
    ['finish', 7],
    ['load', true],
  ])
  poller().tell('finished')
  assert.deepEqual(poller().news(), [['finish', 7]])
  // A load that begins with the news is not followed by another.
  reload()
  poller().tell('finished')
  assert.deepEqual(poller().news(), [
    ['load', true],
    ['finish', 7],
  ])
})

test('a provider that cannot say when there is something new is an error, and one that can is none', async (t) => {
  for (const fails of [true, false]) {
    const methods = {
      async watchFlagDefinitions() {
        if (fails) throw new Error('no channel')
      },
    }
    const { loader, told } = openLoader(t, { cacheProvider: memoryProvider({ methods }) })
    loader.begin()
    await settle()
    assert.deepEqual(told(), fails ? [['error', 'Error in watchFlagDefinitions: Error: no channel']] : [])
  }
})

test('a loader that nobody holds is collected, and neither commands nor its provider find it', BRIEF, async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  /** @type {() => void} */
  let reload = () => {}
  /** @type {(error: Error) => void} */
  let fail = () => {}
  const methods = {
    watchFlagDefinitions(/** @type {() => void} */ tell) {
      reload = tell
      return new Promise((_, reject) => (fail = reject))
    },
  }
  const { poller, told, reference } = (() => {
    const { loader, poller, told } = openLoader(t, { cacheProvider: memoryProvider({ methods }) })
    loader.begin()
    poller().tell('finished')
    return { poller, told, reference: new WeakRef(loader) }
  })()
  const uncaught = /** @type {unknown[]} */ ([])
  const note = (/** @type {unknown} */ error) => uncaught.push(error)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))
  while (reference.deref() !== undefined && !t.signal.aborted) {
    await settle()
    collect()
  }
  poller().news()
  poller().tell('trace', { text: 'to nobody' })
  reload()
  fail(new Error('too late'))
  await settle()
  assert.deepEqual([told(), poller().news(), uncaught], [[], [], []])
})

test('a load that was asked for is known to be under way until it is over', (t) => {
  const { loader, poller } = openLoader(t)
  assert.equal(loader.isLoading, false)
  loader.load(true)
  assert.equal(loader.isLoading, true)
  poller().tell('finished')
  assert.equal(loader.isLoading, false)
})

for (const [native, isShared] of /** @type {const} */ ([
  [{}, false],
  [{ file: '/tmp/flags' }, true],
  [{ shared: true }, true],
])) {
  test(`what others have left is ${isShared ? 'taken' : 'not asked for'} with ${JSON.stringify(native)}`, async (t) => {
    const { loader, poller } = openLoader(t, { native })
    assert.deepEqual(loader.takeShared(), isShared ? { confirmedAt: 9 } : {})
    assert.deepEqual(poller().news(), isShared ? [['begin']] : [])
    loader.load(true)
    await loader.stop(1)
    assert.deepEqual(loader.takeShared(), {}, 'nothing once it was stopped in the middle of a load')
  })
}

test('polling rests and goes on when it is told to, and a client that rests asks nobody', async (t) => {
  /** @type {unknown[]} */
  const roles = []
  const { loader, poller } = openLoader(t, {}, { role: (role) => void roles.push(role) })
  loader.rest()
  loader.wake()
  assert.deepEqual(poller().news(), [['rest'], ['wake']])
  assert.deepEqual(roles, [undefined])
  await loader.stop(1)
  poller().news()
  loader.wake()
  assert.deepEqual(poller().news(), [], 'a client that was shut down does not poll')
})

test('one that was stopped in the middle of a load neither rests nor wakes', async (t) => {
  const { loader, pollers } = openLoader(t)
  loader.load(true)
  await loader.stop(1)
  pollers.at(-1)?.news()
  loader.rest()
  loader.wake()
  assert.deepEqual(pollers.at(-1)?.news(), [])
})
