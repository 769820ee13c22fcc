'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { test } = require('node:test')

const { ClientState, eventOf } = require('../../lib/openfeature/client-state')

/**
 * A client of which the test sets the state.
 *
 * @param {any} status
 * @param {any} [options] of the client
 */
function clientWith(status, options) {
  const emitter = new EventEmitter()
  const client = {
    status,
    options,
    emitter,
    localEvaluationStatus: () => client.status,
    on(/** @type {string} */ name, /** @type {any} */ listener) {
      emitter.on(name, listener)
      return () => emitter.off(name, listener)
    },
  }
  return client
}

const READY = { state: 'ready', engine: 'native' }
const LOST = { at: 1, message: 'HTTP status 500' }

/** What is told of a client. @param {any} client */
function follow(client) {
  /** @type {any[]} */
  const told = []
  const state = new ClientState(client, (event, details) => void told.push([event, details]))
  return { state, told }
}

/** @param {import('node:test').TestContext} t a timer that fires only when the test says so; it must not keep the process */
function ownTimers(t) {
  const timers = require('node:timers')
  /** @type {Map<any, () => void>} */
  const running = new Map()
  let released = 0
  let delay = 0
  t.mock.method(timers, 'setInterval', (/** @type {() => void} */ look, /** @type {number} */ ms) => {
    delay = ms
    const timer = { unref: () => (released += 1) }
    running.set(timer, look)
    return timer
  })
  t.mock.method(timers, 'clearInterval', (/** @type {any} */ timer) => running.delete(timer))
  // The module takes the functions when it is loaded.
  delete require.cache[require.resolve('../../lib/openfeature/client-state')]
  const { ClientState: Fresh } = require('../../lib/openfeature/client-state')
  return {
    Fresh,
    count: () => running.size,
    delay: () => delay,
    released: () => released,
    fire: () => running.forEach((look) => look()),
  }
}

test('the event of a client is that of its state', () => {
  const of = (/** @type {any} */ status) => eventOf(clientWith(status))
  assert.equal(of({ state: 'ready', engine: 'native' }), 'PROVIDER_READY')
  assert.equal(of({ state: 'stale', engine: 'native' }), 'PROVIDER_STALE')
  assert.equal(of({ state: 'loading', engine: 'native' }), undefined)
  assert.equal(of({ state: 'stopped', engine: 'native' }), undefined)
  assert.equal(of({ state: 'stale', engine: 'native', lastError: LOST }), 'PROVIDER_STALE')
})

test('to have no flags is an error only where there was one', () => {
  const of = (/** @type {any} */ status) => eventOf(clientWith(status))
  assert.equal(of({ state: 'empty', engine: 'native' }), 'PROVIDER_READY')
  assert.equal(of({ state: 'empty', engine: 'native', lastError: LOST }), 'PROVIDER_ERROR')
  // It evaluates none locally.
  assert.equal(of({ state: 'empty', engine: undefined, lastError: LOST }), 'PROVIDER_READY')
})

test('a state is told once, when definitions were loaded or an error was raised', (t) => {
  const client = clientWith(READY)
  const { state, told } = follow(client)
  t.after(() => state.end())
  client.emitter.emit('localEvaluationFlagsLoaded')
  assert.deepEqual(told, [])
  client.status = { state: 'stale', engine: 'native', lastError: LOST }
  client.emitter.emit('error', new Error('any'))
  client.emitter.emit('error', new Error('any'))
  assert.deepEqual(told, [['PROVIDER_STALE', { message: 'HTTP status 500' }]])
  client.status = { ...READY, lastError: LOST }
  client.emitter.emit('localEvaluationFlagsLoaded')
  assert.deepEqual(told.slice(1), [['PROVIDER_READY', { message: undefined }]])
})

test('without an error the message is the state, and of a client that loads or was shut down nothing is told', (t) => {
  const client = clientWith(READY)
  const { state, told } = follow(client)
  t.after(() => state.end())
  for (const each of ['loading', 'stopped']) {
    client.status = { state: each, engine: 'native' }
    client.emitter.emit('error')
  }
  assert.deepEqual(told, [])
  client.status = { state: 'stale', engine: 'native' }
  client.emitter.emit('error')
  assert.deepEqual(told, [['PROVIDER_STALE', { message: 'definitions are stale' }]])
})

test('changes are told with the keys of all flags that are concerned', (t) => {
  const client = clientWith(READY)
  const { state, told } = follow(client)
  t.after(() => state.end())
  client.emitter.emit('definitionsChanged', { added: ['a'], removed: ['b'], changed: ['c', 'd'] })
  assert.deepEqual(told, [['PROVIDER_CONFIGURATION_CHANGED', { flagsChanged: ['a', 'b', 'c', 'd'] }]])
})

test('a client that polls is looked at each second, by a timer that does not keep the process', (t) => {
  const { Fresh, count, delay, released, fire } = ownTimers(t)
  for (const options of [undefined, {}, { featureFlagsPollingInterval: 5 }]) {
    const client = clientWith(READY, options)
    /** @type {any[]} */
    const told = []
    const state = new Fresh(client, (/** @type {string} */ event) => void told.push(event))
    assert.deepEqual([count(), delay()], [1, 1000])
    client.status = { state: 'stale', engine: 'native' }
    fire()
    assert.deepEqual(told, ['PROVIDER_STALE'])
    state.end()
    assert.equal(count(), 0)
  }
  assert.equal(released(), 3)
})

test('a client that does not poll needs no timer', (t) => {
  const { Fresh, count } = ownTimers(t)
  new Fresh(clientWith(READY, { featureFlagsPollingInterval: null }), () => {})
  assert.equal(count(), 0)
})

test('after the end nothing is told any more, and the client has no listeners', () => {
  const client = clientWith(READY)
  const { state, told } = follow(client)
  state.end()
  client.status = { state: 'stale', engine: 'native' }
  client.emitter.emit('localEvaluationFlagsLoaded')
  client.emitter.emit('definitionsChanged', { added: [], removed: [], changed: [] })
  assert.deepEqual(told, [])
  assert.deepEqual(client.emitter.eventNames(), [])
})
