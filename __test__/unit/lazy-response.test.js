'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { lazyResponse } = require('../../lib/requests/lazy-response')

const BODY = '{"status":"Ok"}'
const INIT = { status: 201, statusText: 'Created', headers: { 'X-One': '1' } }

function lazily() {
  const made = { count: 0 }
  const response = lazyResponse(INIT.status, () => {
    made.count += 1
    return new Response(BODY, INIT)
  })
  return { made, response }
}

/** What can be done with an answer. @type {Record<string, (response: Response) => unknown>} */
const USES = {
  'its status': ({ status, ok, statusText }) => [status, ok, statusText],
  'its headers': ({ headers }) => [headers.get('x-one'), [...headers].length],
  'its class': (response) => [response instanceof Response, response.constructor === Response, `${response}`],
  'its members': (response) => Object.keys(Response.prototype).filter((key) => !(key in response)),
  'its text': (response) => response.text(),
  'its JSON': (response) => response.json(),
  'its bytes': async (response) => (await response.arrayBuffer()).byteLength,
  'its blob': async (response) => (await response.blob()).size,
  'a copy': async (response) => [await response.clone().text(), await response.text()],
  'its text twice': async (response) => [await response.text(), await response.text().catch(({ name }) => name)],
  'its stream': async ({ body }) => {
    const chunks = []
    for await (const chunk of /** @type {any} */ (body)) {
      chunks.push(chunk)
    }
    return String(Buffer.concat(chunks))
  },
  'a reader': async ({ body }) => (await body?.getReader().read())?.value?.byteLength,
  'whether it is read': async (response) => [response.bodyUsed, await response.text(), response.bodyUsed],
  'whether its stream is locked': ({ body }) => [body?.locked, body?.getReader() && body?.locked],
  'another answer of its stream': ({ body }) => new Response(body).text(),
  'its stream, cancelled': async ({ body }) => await body?.cancel('enough'),
  'what is left of a cancelled stream': async (response) => {
    await response.body?.cancel()
    return [response.bodyUsed, await response.text().catch(({ name }) => name), response.status]
  },
  'a stream that is cancelled while it is read': ({ body }) => {
    body?.getReader()
    return body?.cancel().catch(({ name }) => name)
  },
}

for (const [title, use] of Object.entries(USES)) {
  test(`of a lazy answer one has, as of a genuine one, ${title}`, async () => {
    assert.deepEqual(await use(lazily().response), await use(new Response(BODY, INIT)))
  })
}

test('an answer is ok from 200 to 299', () => {
  const okOf = (/** @type {number} */ status) => lazyResponse(status, () => new Response(BODY, { status })).ok
  assert.deepEqual([200, 299, 300, 404, 999].map(okOf), [true, true, false, false, false])
})

test('the body of an answer that was made is its own', async () => {
  const { response } = lazily()
  const { headers } = response
  assert.equal(headers.get('x-one'), '1')
  assert.ok(response.body)
  assert.equal(response.body, response.body)
})

test('an answer that is only asked for its status, and let go, is never made', async () => {
  const { made, response } = lazily()
  assert.equal(response.status, 201)
  assert.equal(response.ok, true)
  await response.body?.cancel()
  assert.equal(made.count, 0)
  assert.equal(response.bodyUsed, true)
  await assert.rejects(response.text())
  assert.equal(made.count, 1)
})
