'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { UnreadableAnswer, nativeFetch, nativeGzip } = require('../../lib/requests/native-fetch')

const POST = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
const LIMIT = 1_000_000

/** @param {string} url @param {object} [options] @param {number} [limit] */
const ask = (url, options, limit = LIMIT) => nativeFetch(url, { ...POST, ...options }, {}, limit)

test('a request that is aborted ends with the reason, before, during and after the head', async (t) => {
  const server = closing(t, await EventServer.start())
  const reason = new Error('enough')
  await assert.rejects(ask(server.url, { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(server.received.length, 0)

  server.acts = [{ fault: 'hangs' }]
  const during = new AbortController()
  const pending = ask(server.url, { signal: during.signal })
  await server.arrived(1)
  during.abort(reason)
  await assert.rejects(pending, reason)

  server.acts = [{ fault: 'stalls' }]
  const after = new AbortController()
  const answer = await ask(server.url, { signal: after.signal })
  const text = answer.text()
  after.abort(reason)
  await assert.rejects(text, reason)

  const whole = new AbortController()
  const finished = await ask(server.url, { signal: whole.signal })
  whole.abort(reason)
  assert.equal(await finished.text(), '{"status":"Ok"}')
})

test('a body of any length is read, one beyond the limit is not', async (t) => {
  const server = closing(t, await EventServer.start())
  for (const length of [0, 1, 65_536, 65_537, LIMIT]) {
    server.acts = [{ body: 'x'.repeat(length) }]
    assert.equal((await (await ask(server.url)).text()).length, length)
  }
  server.acts = [{ body: 'x'.repeat(LIMIT + 1) }]
  await assert.rejects((await ask(server.url)).text(), { name: 'TypeError', message: 'terminated' })
})

test('a body that nobody reads can be cancelled', async (t) => {
  const server = closing(t, await EventServer.start())
  server.acts = [{ fault: 'stalls' }, {}]
  for (const _ of server.acts.slice()) {
    const answer = await ask(server.url)
    await answer.body?.cancel()
    assert.equal(answer.bodyUsed, true)
  }
})

test('a text without a type is sent as plain text, and bytes without any', async (t) => {
  const server = closing(t, await EventServer.start())
  await ask(server.url, { headers: {}, body: '"é"' })
  await ask(server.url, { headers: { 'content-TYPE': 'application/x' } })
  await ask(server.url, { headers: {}, body: new TextEncoder().encode('"é"') })
  assert.deepEqual(
    server.received.map(({ headers, body }) => [headers['content-type'], body]),
    [
      ['text/plain;charset=UTF-8', 'é'],
      ['application/x', {}],
      [undefined, 'é'],
    ]
  )
})

test('an address that is none of HTTP is left to who can read it', async () => {
  await assert.rejects(ask('ftp://127.0.0.1/'), UnreadableAnswer)
  await assert.rejects(ask('nothing'), { name: 'TypeError', message: 'fetch failed' })
})

test('many texts are compressed at once', async () => {
  const { gunzipSync } = require('node:zlib')
  const texts = Array.from({ length: 50 }, (_, index) => `${index} é`.repeat(index * index * 20))
  const packed = await Promise.all(texts.map(nativeGzip))
  assert.deepEqual(
    packed.map((bytes) => String(gunzipSync(bytes ?? new Uint8Array()))),
    texts
  )
})
