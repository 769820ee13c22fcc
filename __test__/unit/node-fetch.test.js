'use strict'

const assert = require('node:assert/strict')
const { channel } = require('node:diagnostics_channel')
const { test } = require('node:test')

// Node loads its own undici when it is first needed. It has to come first, or the other's dispatcher is the global one.
assert.ok(Response)
const undici = require('undici')
const { reasonForFetch } = require('../../lib/requests/node-fetch')

const KEY = Symbol.for('undici.globalDispatcher.1')
const globals = /** @type {Record<symbol, any>} */ (globalThis)
/** Node's own dispatcher. */
const OWN = globals[KEY]

const CHANNELS = [
  ...['create', 'bodyChunkSent', 'bodySent', 'headers', 'bodyChunkReceived', 'trailers', 'error'].map(
    (name) => `undici:request:${name}`
  ),
  ...['sendHeaders', 'beforeConnect', 'connected', 'connectError'].map((name) => `undici:client:${name}`),
]

/** @param {import('node:test').TestContext} t @param {any} fetch */
function replaceFetch(t, fetch) {
  const before = globalThis.fetch
  t.after(() => (globalThis.fetch = before))
  globalThis.fetch = fetch
}

/** @param {import('node:test').TestContext} t @param {any} dispatcher */
function replaceDispatcher(t, dispatcher) {
  const before = globals[KEY]
  t.after(() => (globals[KEY] = before))
  globals[KEY] = dispatcher
}

test("nothing keeps Rust from carrying a request where fetch and dispatcher are Node's own, used before or not", (t) => {
  const own = globals[KEY]
  assert.notEqual(own.constructor, undici.Agent)
  for (const dispatcher of [own, new own.constructor(), undefined]) {
    replaceDispatcher(t, dispatcher)
    assert.equal(reasonForFetch(), undefined)
  }
})

test('another fetch is told, whatever it looks like, and forgotten when it is gone', (t) => {
  const own = globalThis.fetch
  const before = reasonForFetch()
  for (const other of [
    async () => {},
    own.bind(globalThis),
    new Proxy(own, {}),
    Object.assign(async function fetch() {}, { toString: () => String(own) }),
    undefined,
    null,
    {},
  ]) {
    replaceFetch(t, other)
    assert.equal(reasonForFetch(), "globalThis.fetch is not Node's own")
    globalThis.fetch = own
    assert.equal(reasonForFetch(), before)
  }
})

test('another dispatcher is told', (t) => {
  const own = globals[KEY]
  const { constructor: NodesAgent } = own
  for (const other of [
    new undici.Agent(),
    new undici.MockAgent(),
    new undici.ProxyAgent('http://127.0.0.1:1'),
    new NodesAgent({ connect: { timeout: 1000 } }),
    Object.assign(new NodesAgent(), { dispatch: () => true }),
    { dispatch: () => true },
    Object.create(null),
  ]) {
    replaceDispatcher(t, other)
    assert.equal(reasonForFetch(), "the global dispatcher is not Node's default")
  }
})

test('a dispatcher whose method is replaced after it was judged is told', (t) => {
  const dispatcher = new OWN.constructor()
  replaceDispatcher(t, dispatcher)
  assert.equal(reasonForFetch(), undefined)
  // Beyond its own prototype, which others of its class share.
  const patched = Object.create(Object.getPrototypeOf(dispatcher), { dispatch: { value: () => true } })
  Object.setPrototypeOf(dispatcher, patched)
  assert.equal(reasonForFetch(), "the global dispatcher is not Node's default")
})

test('a process without a fetch is told from the first request on', (t) => {
  const file = require.resolve('../../lib/requests/node-fetch')
  delete require.cache[file]
  replaceFetch(t, undefined)
  assert.equal(require(file).reasonForFetch(), "globalThis.fetch is not Node's own")
})

test('channels that are listened to are told, as long as they are', (t) => {
  replaceDispatcher(t, undefined)
  const listen = () => {}
  for (const name of CHANNELS) {
    assert.equal(reasonForFetch(), undefined)
    channel(name).subscribe(listen)
    assert.equal(reasonForFetch(), 'diagnostics channels of undici are listened to', name)
    channel(name).unsubscribe(listen)
  }
  assert.equal(reasonForFetch(), undefined)
})

test('certificates that are not checked are told', (t) => {
  replaceDispatcher(t, undefined)
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  assert.equal(reasonForFetch(), 'NODE_TLS_REJECT_UNAUTHORIZED is 0')
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1'
  assert.equal(reasonForFetch(), undefined)
})
