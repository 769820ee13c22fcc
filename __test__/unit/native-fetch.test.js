'use strict'

const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { UnreadableAnswer, nativeFetch } = require('../../lib/requests/native-fetch')

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

/** What a program can see of an answer. @param {Response} answer */
async function seen(answer) {
  const { status, statusText, ok, url, redirected, type, headers, body } = answer
  return {
    ...{ status, statusText, ok, url, redirected, type, hasBody: body !== null },
    headers: [...headers].filter(([name]) => name.startsWith('x-')),
    text: await answer.text(),
  }
}

test('an answer is that of fetch in all that a program can see', async (t) => {
  const server = createServer((request, response) => {
    const status = Number(request.url?.slice(1))
    if (status === 307) {
      return response.writeHead(307, { Location: '/200' }).end()
    }
    response.writeHead(status, { 'X-One': '1', 'X-Two': ['2', '3'] })
    response.end([204, 304].includes(status) ? undefined : `body of ${status}`)
  })
  closing(t, () => (server.closeAllConnections(), server.close()))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {any} */ (server.address())
  for (const status of [200, 201, 204, 206, 300, 304, 307, 404, 500]) {
    const url = `http://127.0.0.1:${port}/${status}`
    assert.deepEqual(await seen(await ask(url)), await seen(await fetch(url, POST)), String(status))
  }
  for (const status of [599, 600, 999]) {
    const { status: told, ok, text } = await seen(await ask(`http://127.0.0.1:${port}/${status}`))
    assert.deepEqual([told, ok, text], [status, false, `body of ${status}`])
  }
})

test('an address that is none of HTTP is left to who can read it', async () => {
  await assert.rejects(ask('ftp://127.0.0.1/'), UnreadableAnswer)
  const cause = Object.assign(new Error('Invalid URL'), { code: 'ERR_INVALID_URL' })
  const message = 'Failed to parse the URL of a request'
  await assert.rejects(ask('nothing'), { name: 'TypeError', message, cause })
})
