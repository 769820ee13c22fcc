'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const { mkdtemp, rm } = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { loadBinding } = require('../../lib/addon/load-binding')
const { createNativePoller, handOver, reasonToFetch } = require('../../lib/loading/native-poller')

/** @param {any} options */
const choose = ({ fetch, transport = 'auto' }) =>
  reasonToFetch(/** @type {any} */ ({ fetch, native: { transport } })) !== undefined

/**
 * Hands over pieces; notes what happens.
 *
 * @param {Iterable<string>} pieces
 * @param {(piece: string) => boolean} [wants]
 */
async function handOverTo(pieces, wants = () => true) {
  /** @type {unknown[]} */
  const taken = []
  const native = /** @type {any} */ ({
    addPiece(/** @type {number} */ id, /** @type {string} */ piece) {
      taken.push([id, piece])
      return wants(piece)
    },
  })
  const done = handOver(native, 7, /** @type {any} */ (pieces), new AsyncResource('test'))
  const atOnce = taken.length
  await done
  return { taken, atOnce }
}

test('who makes the requests is chosen by transport, or else by whether there is a fetch', (t) => {
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env
  t.after(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    if (before !== undefined) {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
  })
  const fetch = async () => {}
  for (const value of [undefined, '1', '', '0']) {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    if (value !== undefined) {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = value
    }
    assert.equal(choose({}), value === '0')
    assert.equal(choose({ fetch }), true)
    assert.equal(choose({ transport: 'native' }), false)
    assert.equal(choose({ fetch, transport: 'native' }), false)
    assert.equal(choose({ transport: 'fetch' }), true)
    assert.equal(choose({ fetch, transport: 'fetch' }), true)
  }
})

test('pieces are handed over in order, one in each turn', async () => {
  const { taken, atOnce } = await handOverTo(['a', 'b', 'c'])
  assert.deepEqual(taken, [
    [7, 'a'],
    [7, 'b'],
    [7, 'c'],
  ])
  assert.equal(atOnce, 1)
})

test('a single piece takes no turn, and nothing is nothing', async () => {
  let isOver = false
  const done = handOverTo(['a']).then(() => (isOver = true))
  for (let tick = 0; tick < 10; tick += 1) {
    await undefined
  }
  assert.equal(isOver, true)
  await done
  assert.deepEqual(await handOverTo([]), { taken: [], atOnce: 0 })
  await handOver(/** @type {any} */ ({ addPiece: () => assert.fail() }), 1, undefined, new AsyncResource('test'))
})

test('no more is written once it is not wanted', async () => {
  /** @type {string[]} */
  const written = []
  function* write() {
    for (const piece of ['a', 'b', 'c']) {
      written.push(piece)
      yield piece
    }
  }
  const { taken } = await handOverTo(write(), (piece) => piece !== 'b')
  assert.deepEqual(taken.length, 2)
  assert.ok(!written.includes('c'))
})

test('each piece is written in the context that it is to be written in', async () => {
  const storage = new AsyncLocalStorage()
  const scope = storage.run('where it was made', () => new AsyncResource('test'))
  /** @type {unknown[]} */
  const seen = []
  function* write() {
    seen.push(storage.getStore())
    yield 'a'
    seen.push(storage.getStore())
    yield 'b'
    seen.push(storage.getStore())
  }
  const native = /** @type {any} */ ({ addPiece: () => true })
  await storage.run('where it is read', () => handOver(native, 1, write(), scope))
  assert.deepEqual(seen, Array(3).fill('where it was made'))
})

test('the native poller is told in its own terms what a client is told', (t) => {
  const binding = /** @type {any} */ (loadBinding())
  const { FlagPoller } = binding
  t.after(() => (binding.FlagPoller = FlagPoller))
  binding.FlagPoller = class {
    /** @param {any} told @param {Function} receive */
    constructor(told, receive) {
      this.told = told
      this.receive = receive
    }
  }
  const native = { providerTimeoutMs: 5, pollingJitter: 0.5, maxDocumentBytes: 7, transport: 'auto' }
  const options = { host: 'http://host', projectApiKey: 'phc', pollingInterval: 30_000, customHeaders: {}, native }
  const receive = () => {}
  const tell = (/** @type {object} */ changes) => {
    const made = /** @type {any} */ (createNativePoller(/** @type {any} */ ({ ...options, ...changes }), receive))
    assert.equal(made.receive, receive)
    return made.told
  }
  const usual = tell({ personalApiKey: 'phs', requestTimeout: 0 })
  assert.deepEqual(
    [usual.host, usual.projectApiKey, usual.secretKey, usual.pollingInterval, usual.requestTimeout],
    ['http://host', 'phc', 'phs', 30_000, 0]
  )
  assert.deepEqual([usual.providerTimeout, usual.pollingJitter, usual.maxDocumentBytes], [5, 0.5, 7])
  assert.deepEqual([usual.customHeaders, usual.evaluationContexts, usual.hasProvider], [[], [], false])
  assert.deepEqual([usual.transport, usual.proxy], ['auto', undefined])
  const other = tell({
    personalApiKey: '',
    pollingInterval: null,
    requestTimeout: '5',
    customHeaders: { A: 1, b: 'x' },
    evaluationContexts: ['web', 5],
    cacheProvider: {},
    native: { ...native, transport: 'native' },
  })
  assert.deepEqual([other.secretKey, other.pollingInterval, other.requestTimeout], [undefined, undefined, undefined])
  assert.deepEqual(other.customHeaders, [
    ['A', '1'],
    ['b', 'x'],
  ])
  assert.deepEqual([other.evaluationContexts, other.hasProvider], [['web', '5'], true])
  assert.equal(other.transport, 'native')
  assert.equal(tell({ native: { ...native, transport: 'fetch' } }).transport, 'fetch')
  assert.equal(tell({ fetch: () => {} }).transport, 'fetch')
})

test('the user of the process is asked for where there is a file, and may be refused', async (t) => {
  const { PostHog } = require('../../index.js')
  const folder = await mkdtemp(path.join(os.tmpdir(), 'native-poller-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const asked = t.mock.method(process, 'geteuid', () => {
    throw new Error('Requires sys access')
  })
  const options = { host: 'http://127.0.0.1:9', secretKey: 'phs_secret' }
  closing(t, new PostHog('phc_project', options))
  assert.equal(asked.mock.callCount(), 0)
  closing(t, new PostHog('phc_project', { ...options, native: { file: path.join(folder, 'flags') } }))
  assert.equal(asked.mock.callCount(), 1)
})
