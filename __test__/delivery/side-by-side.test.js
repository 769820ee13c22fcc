'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { NATIVE, STOCK } = require('../support/observe')

/**
 * @typedef {import('../support/event-server').Act} Act
 * @typedef {object} World
 * @property {any} client
 * @property {EventServer} server
 * @property {(count: number) => void} capture captures so many events with names that tell their order
 * @property {unknown[]} told what a program learns: errors, and what the steps of a test note
 */

/** Fast enough for a test, slow enough that the server's pace does not matter. */
const OPTIONS = { flushInterval: 60_000, fetchRetryDelay: 5, requestTimeout: 5000, disableGeoip: false }

/** A URL that is none is not repeated here, for it may hold a token. @param {any} error */
function textOf({ message }) {
  return message.startsWith('Failed to parse') ? 'Failed to parse a URL' : message
}

/** What a program sees of an error. @param {any} error */
function describe(error) {
  if (error === undefined) {
    return 'nothing'
  }
  const { name, status, error: held, cause } = error
  const inner = held && { name: held.name, message: textOf(held), code: held.cause?.code, isCause: held === cause }
  return {
    name,
    message: textOf(error).replace(/reqByteLength=\d+/, 'reqByteLength=…'),
    status,
    code: cause?.code,
    inner,
  }
}

/**
 * What the server receives of each client, and what is told to the program, when both do the same.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options
 * @param {Act[]} acts
 * @param {(world: World) => Promise<unknown>} live
 */
async function both(t, options, acts, live) {
  t.mock.method(console, 'error', () => {})
  const worlds = []
  for (const PostHog of [STOCK, NATIVE]) {
    const server = closing(t, await EventServer.start())
    server.acts = structuredClone(acts)
    const client = closing(t, new PostHog('phc_project', { host: server.url, ...OPTIONS, ...options }))
    /** @type {unknown[]} */
    const told = []
    let number = 0
    const capture = (/** @type {number} */ count) => {
      for (let one = 0; one < count; one += 1) {
        client.capture({ distinctId: 'somebody', event: `event ${(number += 1)}`, properties: { text: 'é 漢 🦔' } })
      }
    }
    client.on('error', (/** @type {any} */ error) => told.push(describe(error)))
    client.on('flush', (/** @type {any[]} */ sent) => told.push(`flushed ${sent.length}`))
    const outcome = await live({ client, server, capture, told })
    worlds.push({
      requests: server.received.map(comparable),
      told,
      outcome,
      retained: client.getPersistedProperty('queue')?.length ?? 0,
    })
  }
  const [theirs, ours] = worlds
  assert.deepEqual(ours, theirs)
  return theirs
}

/** A request without what differs from one run to the next, and the codings of answers, of which Rust knows others. @param {import('../support/event-server').Received} received */
function comparable({ method, path, headers, body, counts }) {
  const events = body?.batch?.map((/** @type {any} */ { event, properties, distinct_id }) => ({
    event,
    properties,
    distinct_id,
  }))
  return {
    method,
    path,
    headers: { ...headers, 'accept-encoding': undefined },
    counts,
    ...(events ? { events } : { body }),
  }
}

/** @param {Promise<unknown>} promise */
const outcomeOf = (promise) => promise.then(() => 'resolved', describe)

/** @type {Record<string, Act[]>} */
const SCRIPTS = {
  'a server that takes everything': [],
  'an answer without a body': [{ status: 204, body: '' }],
  'an answer that is redirected as of a form': [{ status: 302, headers: { location: '/elsewhere' } }],
  'a redirection to nowhere': [{ status: 304, body: '' }],
  'a bad request': [{ status: 400, body: '{"detail":"no"}' }],
  'a wrong token': [{ status: 401, body: '{"detail":"no"}' }],
  'a batch that is too large': [{ status: 413 }, { status: 413 }],
  'batches that are all too large': Array(20).fill({ status: 413 }),
  'a server that asks for a pause': [{ status: 429, headers: { 'retry-after': '0' } }],
  'a server that fails': [{ status: 500 }, { status: 502 }, { status: 503, body: 'x'.repeat(200_000) }],
  'a server that keeps failing': Array(20).fill({ status: 500, body: 'down' }),
  'connections that end without an answer': [{ fault: 'refuses' }, { fault: 'refuses' }],
  'connections that always end without an answer': Array(20).fill({ fault: 'refuses' }),
  'an answer that breaks off': [{ fault: 'breaksOff' }],
  'a refusal that breaks off': [{ status: 500, fault: 'breaksOff' }],
  'an answer that goes over to another protocol': [
    { status: 101, headers: { connection: 'upgrade', upgrade: 'other' }, body: '' },
  ],
  'a status that nobody knows': [{ status: 299 }, { status: 499 }, { status: 599 }],
}

for (const [title, acts] of Object.entries(SCRIPTS)) {
  for (const [how, options] of Object.entries({ compressed: {}, 'not compressed': { disableCompression: true } })) {
    test(`${title}: the same batches arrive, ${how}, and a program is told the same`, async (t) => {
      await both(t, { ...options, flushAt: 8, maxBatchSize: 8 }, acts, async ({ client, capture }) => {
        capture(7)
        const first = await outcomeOf(client.flush())
        capture(3)
        return [first, await outcomeOf(client.flush())]
      })
    })
  }
}

test('a batch is redirected with all it holds', async (t) => {
  // Compressed, Node's fetch does not manage that.
  const acts = [{ status: 307, headers: { location: '/elsewhere' } }]
  const { requests } = await both(t, { disableCompression: true }, acts, async ({ client, capture }) => {
    capture(2)
    return outcomeOf(client.flush())
  })
  assert.deepEqual(
    requests.map(({ path }) => path),
    ['/batch/', '/elsewhere']
  )
})

test('an answer that never comes is given up after the same time and asked for again', async (t) => {
  const { requests } = await both(t, { requestTimeout: 300 }, [{ fault: 'hangs' }], async ({ client, capture }) => {
    capture(2)
    return outcomeOf(client.flush())
  })
  assert.equal(requests.length, 2)
})

test('a body that never comes is no reason to send a batch again', async (t) => {
  const never = { body: 'x'.repeat(300_000), fault: /** @type {const} */ ('breaksOff') }
  const { requests } = await both(t, {}, [never], async ({ client, capture }) => {
    capture(2)
    return outcomeOf(client.flush())
  })
  assert.equal(requests.length, 1)
})

test('nobody listens: the error says so, and events stay queued', async (t) => {
  const { freePort } = await import('../support/free-port.mjs')
  const host = `http://127.0.0.1:${await freePort()}`
  const { told } = await both(t, { host, fetchRetryCount: 1 }, [], async ({ client, capture }) => {
    capture(2)
    const outcome = await outcomeOf(client.flush())
    await client.optOut()
    return outcome
  })
  assert.equal(/** @type {any} */ (told[0]).inner.code, 'ECONNREFUSED')
})

test('a host that is no address is refused with the same error, and events stay queued', async (t) => {
  for (const native of [{}, { transport: 'native' }]) {
    for (const host of ['http://[', 'http://a b', 'http://127.0.0.1:99999', 'no address', '/a/path']) {
      const { told, outcome } = await both(t, { host, fetchRetryCount: 0, native }, [], async ({ client, capture }) => {
        capture(2)
        const request = { method: 'POST', headers: {}, body: '{}' }
        const outcomes = [await outcomeOf(client.flush()), await outcomeOf(client.fetch(`${host}/other`, request))]
        await client.optOut()
        return outcomes
      })
      assert.equal(/** @type {any} */ (told[0]).inner.code, 'ERR_INVALID_URL', host)
      assert.equal(/** @type {any} */ (outcome)[1].code, 'ERR_INVALID_URL', host)
    }
  }
})

test('captureImmediate sends each event by itself', async (t) => {
  await both(t, {}, [{}, { status: 400 }, { fault: 'refuses' }], async ({ client }) => {
    for (const event of ['one', 'two', 'three']) {
      await client.captureImmediate({ distinctId: 'somebody', event })
    }
  })
})

test('a shutdown delivers what is queued, also to a slow server', async (t) => {
  await both(t, {}, Array(3).fill({ after: 50 }), async ({ client, capture, server }) => {
    capture(30)
    await client.shutdown(20_000)
    return server.taken
  })
})

test('a shutdown does not wait longer than it may', async (t) => {
  await both(t, {}, [{ fault: 'hangs' }], async ({ client, capture, server }) => {
    capture(3)
    await client.shutdown(200)
    return server.taken
  })
})

const FLAGS = {
  flags: { on: { key: 'on', enabled: true, reason: {}, metadata: { id: 1, version: 1 } } },
  requestId: 'r',
}

test('flags that the server evaluates are asked for and read alike, whatever goes wrong first', async (t) => {
  const answer = { body: JSON.stringify(FLAGS) }
  for (const acts of [
    [answer],
    [{ status: 502 }, answer],
    [{ fault: /** @type {const} */ ('refuses') }, answer],
    [{ status: 401, body: 'no' }],
    [{ body: 'no JSON' }],
    [{ ...answer, fault: /** @type {const} */ ('breaksOff') }],
    [{ body: '' }],
  ]) {
    await both(t, { sendFeatureFlagEvent: false }, acts, async ({ client }) => {
      const flags = await client.evaluateFlags('somebody', { personProperties: { plan: 'pro' } })
      return [flags.keys, flags.isEnabled('on')]
    })
  }
})

test('what the client fetches for its user is an answer like any other', async (t) => {
  const text = 'é'.repeat(100_000)
  const acts = [
    { status: 200, headers: { 'x-one': '1' }, body: text },
    { status: 404, body: 'none' },
  ]
  await both(t, {}, acts, async ({ client, server }) => {
    const found = await client.fetch(`${server.url}/found`, { method: 'GET', headers: { Authorization: 'Bearer x' } })
    const missing = await client.fetch(`${server.url}/missing`, { method: 'POST', headers: {}, body: 'null' })
    return [
      [found instanceof Response, found.status, found.ok, found.statusText, found.type, found.redirected],
      [found.url === `${server.url}/found`, found.headers.get('X-One'), found.bodyUsed],
      [(await found.clone().text()) === text, (await found.arrayBuffer()).byteLength, found.bodyUsed],
      [missing.status, missing.ok, missing.statusText, await missing.text()],
    ]
  })
})

test('no request is sent on a connection that the server is about to close, as it says', async (t) => {
  /** How many connections each client makes for so many batches. @param {Record<string, string>} headers */
  const connections = async (headers) => {
    const counts = []
    for (const PostHog of [STOCK, NATIVE]) {
      const server = closing(t, await EventServer.start())
      server.usual = () => ({ headers })
      const client = closing(t, new PostHog('phc_project', { host: server.url, ...OPTIONS }))
      for (let number = 0; number < 4; number += 1) {
        client.capture({ distinctId: 'somebody', event: `event ${number}` })
        await client.flush()
      }
      assert.equal(server.taken.length, 4)
      counts.push(server.connections)
    }
    return counts
  }
  const connection = 'keep-alive'
  assert.deepEqual(await connections({ connection, 'keep-alive': 'timeout=1' }), [4, 4])
  assert.deepEqual(await connections({ connection, 'keep-alive': 'timeout=60, max=100' }), [1, 1])
})
