'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { KeepAlive } = require('../../lib/loading/keep-alive')

/** The timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/**
 * Timers that are run by hand.
 *
 * @param {import('node:test').TestContext} t
 */
function fakeTimers(t) {
  /** @type {{ delay: number, run: () => void }[]} */
  const pending = []
  t.mock.method(globalThis, 'setTimeout', (/** @type {() => void} */ run, /** @type {number} */ delay) => {
    const timer = { delay, run }
    pending.push(timer)
    return timer
  })
  t.mock.method(globalThis, 'clearTimeout', (/** @type {any} */ timer) => {
    const at = pending.indexOf(timer)
    if (at >= 0) {
      pending.splice(at, 1)
    }
  })
  return pending
}

test('a load keeps the process alive until it is over, however often it is begun', () => {
  const before = timers()
  const keepAlive = new KeepAlive({}, undefined)
  keepAlive.beginLoad()
  keepAlive.beginLoad()
  assert.equal(timers(), before + 1)
  keepAlive.endLoad()
  assert.equal(timers(), before)
  keepAlive.endLoad()
  assert.equal(timers(), before)
})

test('a load that waits for the provider keeps a process alive only where polling does', (t) => {
  const before = timers()
  const withoutPolling = new KeepAlive({}, undefined)
  // Nothing to hold yet.
  withoutPolling.setAskingProvider(true)
  withoutPolling.beginLoad()
  withoutPolling.setAskingProvider(true)
  assert.equal(timers(), before)
  withoutPolling.setAskingProvider(false)
  assert.equal(timers(), before + 1)
  withoutPolling.endLoad()

  const pending = fakeTimers(t)
  const polling = new KeepAlive({}, 1000)
  polling.beginLoad()
  polling.setAskingProvider(true)
  assert.equal(timers(), before + 1)
  polling.endPolling()
  polling.setAskingProvider(true)
  assert.equal(timers(), before)
  polling.endLoad()
  assert.deepEqual(pending, [])
})

test('between polls there is one timer of the program, of the length of an interval', (t) => {
  const pending = fakeTimers(t)
  for (const [interval, delay] of [
    [1000, 1000],
    [100, 100],
    [99, 100],
    [0, 100],
    [-5, 100],
    [NaN, 100],
    [2 ** 40, 2 ** 31 - 1],
  ]) {
    const keepAlive = new KeepAlive({}, interval)
    keepAlive.beginLoad()
    assert.deepEqual(pending, [])
    keepAlive.endLoad()
    keepAlive.endLoad()
    assert.deepEqual(
      pending.map((timer) => timer.delay),
      [delay]
    )
    // A load takes its place.
    keepAlive.beginLoad()
    assert.deepEqual(pending, [])
    keepAlive.endLoad()
    assert.equal(pending.length, 1)
    keepAlive.endPolling()
    assert.deepEqual(pending, [])
    keepAlive.beginLoad()
    keepAlive.endLoad()
    assert.deepEqual(pending, [])
  }
})

test('a timer that has run is followed by another, unless it came too early to be a real one', (t) => {
  const pending = fakeTimers(t)
  let now = 1000
  t.mock.method(process, 'uptime', () => now)
  const keepAlive = new KeepAlive({}, 10_000)
  keepAlive.endLoad()
  now += 10
  pending.splice(0)[0].run()
  assert.equal(pending.length, 1)
  // A real timer is a little early sometimes.
  now += 6
  pending.splice(0)[0].run()
  assert.equal(pending.length, 1)
  now += 4
  pending.splice(0)[0].run()
  assert.deepEqual(pending, [])
  // The next load begins anew.
  keepAlive.beginLoad()
  keepAlive.endLoad()
  assert.equal(pending.length, 1)
  keepAlive.endPolling()
})

test('where the program has no timers any more there is none', (t) => {
  const { setTimeout } = globalThis
  t.after(() => Object.assign(globalThis, { setTimeout }))
  const keepAlive = new KeepAlive({}, 1000)
  Reflect.deleteProperty(globalThis, 'setTimeout')
  keepAlive.endLoad()
  keepAlive.endPolling()
})
