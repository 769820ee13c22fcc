'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const { ReadableStream } = require('node:stream/web')
const { test } = require('node:test')
const vm = require('node:vm')

const { FetchTransport } = require('../../lib/loading/fetch-transport')

const MAX_BYTES = 1000

/** @param {((url: string, options: any) => any) | undefined} fetch @param {number} [maxBytes] */
const over = (fetch, maxBytes = MAX_BYTES) => new FetchTransport(fetch, new AsyncResource('test'), maxBytes)

/** @param {any} response @param {number} [maxBytes] @returns {Promise<any>} */
const receive = (response, maxBytes) => over(async () => response, maxBytes).request('http://host/', {})

/** @param {any} outcome */
const textOf = ({ value }) => Buffer.concat(Array.from(value.body, (piece) => Buffer.from(piece))).toString()

test('fetch is called in the context that the client was made in, and without a receiver', async () => {
  const storage = new AsyncLocalStorage()
  /** @type {unknown[]} */
  const seen = []
  /** @this {unknown} @param {unknown[]} args */
  const fetch = async function (...args) {
    seen.push(this, storage.getStore(), ...args)
    return { status: 500, headers: new Headers() }
  }
  const transport = storage.run('where it was made', () => over(fetch))
  await storage.run('where it is called', () => transport.request('http://host/', { Accept: 'x' }))
  const [receiver, context, url, { method, headers, signal }] = /** @type {any[]} */ (seen)
  assert.deepEqual([receiver, context, url, method], [undefined, 'where it was made', 'http://host/', 'GET'])
  assert.deepEqual(headers, { Accept: 'x' })
  assert.ok(signal instanceof AbortSignal)
})

test("the process's fetch is the one that it has at the time", async (t) => {
  const transport = over(undefined)
  t.mock.method(globalThis, 'fetch', async () => ({ status: 418 }))
  assert.deepEqual(await transport.request('http://host/', {}), {
    value: { status: 418, etag: undefined, retryAfter: undefined },
  })
})

test('a request that is still under way is aborted by the next one and by abort, and one that is over is not', async () => {
  /** @type {AbortSignal[]} */
  const signals = []
  /** @type {((value: unknown) => void)[]} */
  const answers = []
  const transport = over((_url, { signal }) => {
    signals.push(signal)
    return new Promise((resolve) => answers.push(resolve))
  })
  const aborted = () => signals.map((signal) => signal.aborted)
  const first = transport.request('http://host/', {})
  const second = transport.request('http://host/', {})
  assert.deepEqual(aborted(), [true, false])
  // That the first is over does not make the second one forgotten.
  answers[0]({ status: 304 })
  await first
  transport.abort()
  assert.deepEqual(aborted(), [true, true])
  answers[1]({ status: 304 })
  await second
  const third = transport.request('http://host/', {})
  answers[2]({ status: 304 })
  await third
  transport.abort()
  assert.deepEqual(aborted(), [true, true, false])
})

test('why a fetch failed is in the cause, of whatever realm the error is', async () => {
  const failing = (/** @type {unknown} */ error) =>
    over(async () => {
      throw error
    }).request('http://host/', {})
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:1\n')
  assert.deepEqual(await failing(new TypeError('fetch failed', { cause })), {
    error: 'TypeError: fetch failed: Error: connect ECONNREFUSED 127.0.0.1:1',
  })
  const foreign = vm.runInNewContext("new TypeError('fetch failed', { cause: 'a wire' })")
  assert.deepEqual(await failing(foreign), { error: 'TypeError: fetch failed: a wire' })
  assert.deepEqual(await failing(new Error('no reason')), { error: 'Error: no reason' })
  const pretender = { cause: 'none', toString: () => 'a text \n' }
  assert.deepEqual(await failing(pretender), { error: 'a text' })
  assert.deepEqual(await over(() => assert.fail('at once')).request('http://host/', {}), {
    error: 'AssertionError [ERR_ASSERTION]: at once',
  })
})

test('a genuine response is read as bytes, and one with a json of its own by that', async () => {
  const text = '{"flags":[],"other":"\\u00e4"}'
  assert.equal(textOf(await receive(new Response(text))), text)
  const patched = Object.assign(new Response(text), { json: async () => ({ flags: [{ key: 'of its own' }] }) })
  assert.deepEqual(JSON.parse(textOf(await receive(patched))).flags, [{ key: 'of its own' }])
  class Extended extends Response {
    async json() {
      return { flags: [{ key: 'of the class' }] }
    }
  }
  assert.deepEqual(JSON.parse(textOf(await receive(new Extended(text)))).flags, [{ key: 'of the class' }])
})

test('a stand-in for a response is asked for its json alone', async () => {
  const standIn = (/** @type {unknown} */ document) => ({ status: 200, json: async () => document })
  assert.deepEqual(JSON.parse(textOf(await receive(standIn({ flags: [{ key: 'a' }] })))).flags, [{ key: 'a' }])
  // PostHog answers in one spelling alone; the other is that of caches.
  const mapping = { 0: 'company' }
  assert.ok(textOf(await receive(standIn({ flags: [], group_type_mapping: mapping }))).includes('company'))
  assert.ok(!textOf(await receive(standIn({ flags: [], groupTypeMapping: mapping }))).includes('company'))
  assert.equal(textOf(await receive(standIn({ detail: 'no' }))), '{"detail":"no"}')
  assert.equal(textOf(await receive(standIn({ flags: 'many' }))), '{"flags":"many"}')
  assert.equal(textOf(await receive(standIn(undefined))), 'null')
  assert.equal(textOf(await receive(standIn(null))), 'null')
  assert.equal(textOf(await receive(standIn(5n))), '"[TypeError: Do not know how to serialize a BigInt]"')
})

test('where there is no Response at all, json is asked for', async (t) => {
  const { Response } = globalThis
  t.after(() => Object.assign(globalThis, { Response }))
  const genuine = new Response('{"flags":[1]}')
  Reflect.deleteProperty(globalThis, 'Response')
  assert.equal(textOf(await receive(Object.assign(genuine, { json: async () => ({ flag: 1 }) }))), '{"flag":1}')
  assert.deepEqual(await receive({ status: 500 }), { value: { status: 500, etag: undefined, retryAfter: undefined } })
})

test('the body of an answer that is of no use is discarded', async () => {
  let cancelled = 0
  const body = () => new ReadableStream({ cancel: () => void (cancelled += 1) })
  await receive(new Response(body(), { status: 500 }))
  assert.equal(cancelled, 1)
  await receive(new Response(body(), { status: 429 }))
  assert.equal(cancelled, 2)
  assert.equal((await receive(new Response(null, { status: 304 }))).value.status, 304)
  // What stands in for a response may have a body of another kind.
  assert.equal((await receive({ status: 500, body: {} })).value.status, 500)
})

test('a body that cannot be discarded troubles nobody', async (t) => {
  /** @type {unknown[]} */
  const unhandled = []
  const note = (/** @type {unknown} */ error) => unhandled.push(error)
  process.on('unhandledRejection', note)
  t.after(() => process.off('unhandledRejection', note))
  const body = new ReadableStream({
    cancel() {
      throw new Error('stuck')
    },
  })
  assert.equal((await receive(new Response(body, { status: 500 }))).value.status, 500)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(unhandled, [])
})

test('of a body too large as much is read as shows that, and the rest is discarded', async () => {
  let cancelled = 0
  const stream = (/** @type {number[]} */ ...sizes) =>
    new ReadableStream({
      pull(controller) {
        const size = sizes.shift()
        return size === undefined ? controller.close() : controller.enqueue(new Uint8Array(size).fill(32))
      },
      cancel: () => void (cancelled += 1),
    })
  const sizes = async (/** @type {number[]} */ ...of) =>
    Array.from((await receive(new Response(stream(...of)), 10)).value.body, (piece) => piece.length)
  assert.deepEqual(await sizes(4, 6), [4, 6])
  assert.equal(cancelled, 0)
  assert.deepEqual(await sizes(4, 7, 1, 1), [4, 7])
  assert.equal(cancelled, 1)
  assert.deepEqual(await sizes(4, 50, 50, 50), [4, 7])
  assert.equal(cancelled, 2)
  assert.deepEqual(await sizes(11), [11])
  assert.deepEqual(await sizes(4, 6, 1), [4, 6, 1])
  assert.deepEqual(await sizes(4, 12, 1, 1), [4, 7])
})

test('headers are texts, and empty ones are none', async () => {
  const headers = (/** @type {Record<string, unknown>} */ given) => ({
    get: (/** @type {string} */ name) => given[name],
  })
  assert.deepEqual(await receive({ status: 429, headers: headers({ ETag: 5, 'Retry-After': 30 }) }), {
    value: { status: 429, etag: '5', retryAfter: '30' },
  })
  assert.deepEqual(await receive({ status: 429, headers: headers({ ETag: '', 'Retry-After': null }) }), {
    value: { status: 429, etag: undefined, retryAfter: undefined },
  })
  const { value } = await receive(new Response('{}', { headers: { ETag: '"1"', 'Retry-After': '5' } }))
  assert.deepEqual([value.status, value.etag, value.retryAfter], [200, '"1"', undefined])
})
