'use strict'

const assert = require('node:assert/strict')
const { Blob } = require('node:buffer')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { readNativeOptions } = require('../../lib/client/options')
const { Carrier } = require('../../lib/requests/carrier')

const OPTIONS = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }

/** @param {any} native @param {() => unknown} [ownFetch] */
function carrierOf(native, ownFetch = () => undefined) {
  /** @type {string[]} */
  const lines = []
  const carrier = new Carrier({ native: readNativeOptions(native), ownFetch, trace: (line) => lines.push(line) })
  /** @type {unknown[]} */
  const fetched = []
  const fetch = (/** @type {unknown} */ url) => {
    fetched.push(url)
    return Promise.resolve(new Response('of fetch'))
  }
  const request = async (/** @type {any} */ url, /** @type {any} */ options = OPTIONS) =>
    (await carrier.fetch(url, options, fetch)).text()
  return { carrier, lines, fetched, request }
}

test('requests that posthog-node would not make are left to fetch', async (t) => {
  const server = closing(t, await EventServer.start())
  const { request, fetched } = carrierOf({ transport: 'native' })
  for (const [url, options] of [
    [new URL(server.url), OPTIONS],
    [server.url, undefined],
    [server.url, null],
    [server.url, {}],
    [server.url, { ...OPTIONS, redirect: 'manual' }],
    [server.url, { ...OPTIONS, method: 'DELETE' }],
    [server.url, { ...OPTIONS, method: 'GET' }],
    [server.url, { ...OPTIONS, body: undefined }],
    [server.url, { ...OPTIONS, body: new Blob(['{}']) }],
    [server.url, { ...OPTIONS, headers: new Headers() }],
    [server.url, { ...OPTIONS, headers: [['a', 'b']] }],
    [server.url, { ...OPTIONS, signal: {} }],
  ]) {
    fetched.length = 0
    const fetch = async () => fetched.push(url) && new Response('of fetch')
    const carrier = new Carrier({ native: readNativeOptions({}), ownFetch: () => undefined, trace: () => {} })
    assert.equal(await (await carrier.fetch(url, options, fetch)).text(), 'of fetch')
    assert.equal(fetched.length, 1)
  }
  assert.equal(await request(server.url), '{"status":"Ok"}')
  assert.equal(server.received.length, 1)
})

test('who carries is told when it changes, and again when that is asked for', async (t) => {
  const server = closing(t, await EventServer.start())
  /** @type {unknown} */
  let own
  const { carrier, request, lines } = carrierOf({}, () => own)
  await request(server.url)
  await request(server.url)
  own = () => {}
  await request(server.url)
  carrier.forgetTold()
  await request(server.url)
  own = undefined
  await request(server.url)
  assert.deepEqual(lines, [
    'Requests are carried by Rust',
    'Requests are carried by fetch: the option fetch is given',
    'Requests are carried by fetch: the option fetch is given',
    'Requests are carried by Rust',
  ])
})

test('what the native transport cannot speak with goes through fetch, and so do the next 100 requests', async () => {
  const { carrier, request, fetched, lines } = carrierOf({})
  assert.equal(await request('ftp://127.0.0.1/'), 'of fetch')
  assert.match(lines.at(-1) ?? '', /^Requests are carried by fetch: the native transport failed: /)
  const { freePort } = await import('../support/free-port.mjs')
  const url = `http://127.0.0.1:${await freePort()}/`
  for (let number = 0; number < 100; number += 1) {
    assert.equal(await request(url), 'of fetch')
  }
  assert.equal(fetched.length, 101)
  assert.equal(carrier.reasonForFetch(), undefined)
  await assert.rejects(request(url), { name: 'TypeError', message: 'fetch failed' })
})

test('each time that it cannot do so again fetch makes twice as many, until it can', async (t) => {
  const server = closing(t, await EventServer.start())
  const { request, fetched } = carrierOf({})
  /** How many requests fetch makes until the native transport is tried again, on one that it cannot make. */
  const fetchedAfterFailure = async () => {
    fetched.length = 0
    // Those that fail at the same time are one failure.
    await Promise.all([request('ftp://127.0.0.1/'), request('ftp://127.0.0.1/')])
    const atOnce = fetched.length
    while ((await request(server.url)) === 'of fetch');
    return fetched.length - atOnce
  }
  assert.equal(await fetchedAfterFailure(), 100)
  // It could since.
  assert.equal(await fetchedAfterFailure(), 100)
  fetched.length = 0
  await request('ftp://127.0.0.1/')
  for (let number = 0; number < 100; number += 1) await request(server.url)
  await request('ftp://127.0.0.1/')
  for (let number = 0; number < 200; number += 1) assert.equal(await request(server.url), 'of fetch')
  assert.notEqual(await request(server.url), 'of fetch')
})

test('the native transport, asked for by name, leaves nothing to fetch', async () => {
  const { request, fetched } = carrierOf({ transport: 'native' }, () => () => {})
  await assert.rejects(request('ftp://127.0.0.1/'), (/** @type {any} */ error) => {
    assert.deepEqual([error.name, error.message], ['TypeError', 'fetch failed'])
    assert.match(error.cause.message, /./)
    return true
  })
  assert.deepEqual(fetched, [])
})

test('why fetch carries a request has a reason', async () => {
  assert.equal(carrierOf({ transport: 'fetch' }).carrier.reasonForFetch(), "native.transport is 'fetch'")
  const { carrier, request } = carrierOf({})
  await request('ftp://127.0.0.1/')
  assert.equal(carrier.reasonForFetch(), 'the native transport cannot speak with the server')
})

test('a text is compressed by who carries it', async (t) => {
  const { carrier } = carrierOf({})
  const own = async () => 'own'
  assert.equal(await carrierOf({ transport: 'fetch' }).carrier.compress('text', own), 'own')
  assert.equal(await carrier.compress(/** @type {any} */ (undefined), own), 'own')

  const server = closing(t, await EventServer.start())
  const texts = Array.from({ length: 50 }, (_, index) => JSON.stringify(`${index} é`.repeat(index * index * 20)))
  const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
  const send = async (/** @type {string} */ text) =>
    carrier.fetch(server.url, { method: 'POST', headers, body: await carrier.compress(text, own) }, fetch)
  await Promise.all(texts.map(send))
  assert.deepEqual(server.received.map(({ body }) => JSON.stringify(body)).sort(), texts.sort())
  assert.equal((await carrier.compress('é', own)).size, 2)
})

test('a text that fetch is to send after all is compressed for it', async () => {
  let own = /** @type {unknown} */ (undefined)
  const { carrier } = carrierOf({}, () => own)
  const body = await carrier.compress('é'.repeat(1000), async () => 'own')
  const options = { ...OPTIONS, body }
  /** @type {any[]} */
  const sent = []
  const send = async (/** @type {any} */ _, /** @type {any} */ { body: bytes, ...others }) => {
    assert.deepEqual(others, { method: OPTIONS.method, headers: OPTIONS.headers })
    sent.push(String(require('node:zlib').gunzipSync(bytes)))
    return 'sent'
  }
  assert.equal(await carrier.fetch('ftp://127.0.0.1/', options, send), 'sent')
  own = () => {}
  assert.equal(await carrier.fetch('http://127.0.0.1/', options, send), 'sent')
  assert.deepEqual(sent, ['é'.repeat(1000), 'é'.repeat(1000)])
})
