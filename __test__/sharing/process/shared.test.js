'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')
const { Worker } = require('node:worker_threads')

const { PostHog } = require('../../../index')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')

const INTERVAL_MS = 600

/** @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('first'), flag('web', { evaluation_contexts: ['web'] })] }, { etag: '"1"' })
  return server
}

/** @param {import('node:test').TestContext} t @param {any} options */
function open(t, options) {
  const client = new PostHog('phc_project', {
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: INTERVAL_MS,
    ...options,
    native: { shared: true, ...options.native },
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  t.after(() => client.shutdown())
  return { client, errors, origin: /** @type {any} */ (client).featureFlagsPoller.origin }
}

/** @param {any} client */
const keysOf = (client) => Object.keys(client.localEvaluator.getAllFlags('kari'))

/** @param {any} client @param {string} key */
async function untilHas(client, key) {
  while (!keysOf(client).includes(key)) {
    await new Promise((resolve) => {
      const forget = client.on('localEvaluationFlagsLoaded', () => resolve(forget()))
    })
  }
}

test(
  'clients in several threads ask as one, and go on when the thread of the leader ends',
  { timeout: 60_000 },
  async (t) => {
    const server = await serve(t)
    const workers = Array.from({ length: 3 }, () => {
      const workerData = { host: server.url, interval: INTERVAL_MS, clients: 2 }
      const worker = new Worker(path.join(__dirname, 'support/worker.js'), { workerData })
      t.after(() => worker.terminate())
      return worker
    })
    const states = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]))
    assert.deepEqual(
      states.flat().map(({ ready }) => ready),
      Array(6).fill(true)
    )
    assert.equal(states.flat().filter(({ role }) => role === 'leader').length, 1)
    assert.equal(server.definitionRequests.length, 1)

    const before = server.definitionRequests.length
    await sleep(5 * INTERVAL_MS)
    const asked = server.definitionRequests.length - before
    assert.ok(asked >= 4 && asked <= 6, `${asked} requests in 5 intervals`)

    const leading = states.findIndex((clients) => clients.some((/** @type {any} */ { role }) => role === 'leader'))
    await workers[leading].terminate()
    server.setDefinitions({ flags: [flag('second')] }, { etag: '"2"' })
    const rest = workers.filter((_, index) => index !== leading)
    await Promise.all(
      rest.map(async (worker) => {
        for (;;) {
          worker.postMessage('state')
          const [clients] = await once(worker, 'message')
          if (clients.every((/** @type {any} */ { flags }) => flags.join() === 'second')) return
          await sleep(20)
        }
      })
    )
  }
)

test('a client that joins is ready in its constructor, with its own evaluation contexts', async (t) => {
  const server = await serve(t)
  const first = open(t, { host: server.url })
  await first.client.waitForLocalEvaluationReady()
  const second = open(t, { host: server.url, evaluationContexts: ['api'] })
  assert.equal(second.client.isLocalEvaluationReady(), true)
  assert.deepEqual(keysOf(second.client), ['first'])
  assert.deepEqual(keysOf(first.client), ['first', 'web'])
  assert.equal(second.origin.source, 'network')
  await second.client.waitForLocalEvaluationReady()
  assert.equal(server.definitionRequests.length, 1)

  // They linger after the last one left.
  await first.client.shutdown()
  await second.client.shutdown()
  assert.equal(open(t, { host: server.url }).client.isLocalEvaluationReady(), true)
})

test('what the leader gets is with the others at once, and the lead goes on at a shutdown', async (t) => {
  const server = await serve(t)
  const [leader, follower] = [open(t, { host: server.url }), open(t, { host: server.url })]
  await Promise.all([leader, follower].map(({ client }) => client.waitForLocalEvaluationReady()))
  assert.deepEqual([leader.origin.role, follower.origin.role], ['leader', 'follower'])
  server.setDefinitions({ flags: [flag('second')] }, { etag: '"2"' })
  await leader.client.reloadFeatureFlags()
  await untilHas(follower.client, 'second')
  await leader.client.shutdown()
  assert.equal(leader.origin.role, undefined)
  server.setDefinitions({ flags: [flag('third')] }, { etag: '"3"' })
  await untilHas(follower.client, 'third')
  assert.equal(follower.origin.role, 'leader')
})

test('who takes the lead, or joins when all have left, asks whether what there is has changed', async (t) => {
  const server = await serve(t)
  const options = { host: server.url, featureFlagsPollingInterval: null }
  const one = open(t, options)
  await one.client.waitForLocalEvaluationReady()
  await one.client.shutdown()
  const other = open(t, options)
  assert.equal(other.client.isLocalEvaluationReady(), true)
  await other.client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.at(-1)?.headers['if-none-match'], '"1"')
  assert.equal(other.client.localEvaluationStatus().loads.unchanged, 1)
  server.setDefinitions({ flags: [flag('second')] }, { etag: '"2"' })
  await other.client.reloadFeatureFlags()
  assert.deepEqual(keysOf(other.client), ['second'])
})

test('clients whose requests differ do not share', async (t) => {
  const server = await serve(t)
  const fetch = (/** @type {any[]} */ ...args) => /** @type {any} */ (globalThis.fetch)(...args)
  /** @type {any[]} */
  const different = [
    {},
    { secretKey: 'phs_other' },
    { requestTimeout: 5000 },
    { native: { transport: 'fetch' } },
    { native: { maxDocumentBytes: 1000_000 } },
    { fetch },
    { fetch: (/** @type {any[]} */ ...args) => fetch(...args) },
    { native: { shared: false } },
  ]
  for (const options of different) {
    const { client } = open(t, { host: server.url, ...options })
    assert.equal(client.isLocalEvaluationReady(), false, JSON.stringify(options))
    await client.waitForLocalEvaluationReady()
  }
  assert.equal(open(t, { host: server.url, fetch }).client.isLocalEvaluationReady(), true)
  const asked = new Set(server.definitionRequests.map(({ headers }) => headers.authorization))
  assert.equal(asked.size, 2)
  assert.ok(server.definitionRequests.length >= different.length)
})

test(
  'a key that is refused ends the waiting of each client, also of one that joins later',
  { timeout: 30_000 },
  async (t) => {
    const server = await serve(t)
    server.setFault({ status: 401 })
    const ready = (/** @type {any} */ { client }) => client.waitForLocalEvaluationReady(20_000)
    const states = (/** @type {any[]} */ opened) => opened.map(({ client }) => client.localEvaluationStatus().state)
    const opened = [open(t, { host: server.url }), open(t, { host: server.url })]
    assert.deepEqual(await Promise.all(opened.map(ready)), [false, false])
    opened.push(open(t, { host: server.url }))
    assert.equal(await ready(opened[2]), false)
    // While the server is left alone, polls go on.
    await sleep(2 * INTERVAL_MS)
    assert.deepEqual(states(opened), ['empty', 'empty', 'empty'])
    server.setFault(undefined)
    await opened[0].client.reloadFeatureFlags()
    await Promise.all(opened.map(({ client }) => untilHas(client, 'first')))
    assert.deepEqual(states(opened), ['ready', 'ready', 'ready'])
  }
)

test('an error is an event of each client, and the end of the quota takes the flags of each', async (t) => {
  const server = await serve(t)
  const warned = t.mock.method(console, 'warn', () => {})
  const both = [open(t, { host: server.url }), open(t, { host: server.url })]
  await Promise.all(both.map(({ client }) => client.waitForLocalEvaluationReady()))
  server.script({ status: 500 })
  await both[0].client.reloadFeatureFlags()
  await sleep(20)
  for (const { errors, client } of both) {
    assert.match(errors.join(), /HTTP status 500/)
    assert.equal(client.isLocalEvaluationReady(), true)
  }
  server.script({ status: 402 })
  const before = server.definitionRequests.length
  await both[0].client.reloadFeatureFlags()
  await sleep(20)
  assert.ok(warned.mock.calls.length >= 2)
  for (const { client } of both) {
    const { state, lastError } = client.localEvaluationStatus()
    assert.equal(state, 'empty')
    assert.match(lastError.message, /the quota of feature flags is used up/)
  }
  await server.definitionRequest(before + 2)
  // The same document comes back once the quota does.
  await Promise.all(both.map(({ client }) => untilHas(client, 'first')))
})
