'use strict'

const assert = require('node:assert/strict')
const { once, EventEmitter } = require('node:events')
const { test } = require('node:test')

const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { TRANSPORTS } = require('../../support/transports')

/**
 * @param {import('node:test').TestContext} t
 * @param {any} [options]
 * @param {(server: DefinitionsServer) => void} [prepare] before the client is made
 */
async function start(t, options, prepare) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] })
  prepare?.(server)
  const client = new NATIVE('phc_project', { host: server.url, secretKey: 'phs_secret', ...options })
  const events = new EventEmitter()
  client.on('error', (/** @type {Error} */ error) => events.emit('failure', error))
  client.on('localEvaluationFlagsLoaded', (/** @type {number} */ count) => events.emit('loaded', count))
  t.after(async () => {
    await client.shutdown()
    await server.close()
  })
  return { server, client, events }
}

test('polls by itself, and takes up what changed', async (t) => {
  const { server, client, events } = await start(t, { featureFlagsPollingInterval: 100 })
  await once(events, 'loaded')
  server.setDefinitions({ flags: [flag('on'), flag('new')] })
  for (;;) {
    const [count] = await once(events, 'loaded')
    if (count === 2) {
      break
    }
  }
  assert.equal(await client.getFeatureFlag('new', 'somebody'), true)
})

test('the interval counts from the end of a load, and has the floor of 100 ms', async (t) => {
  /** @type {number[]} */
  const arrivals = []
  const { server } = await start(t, { featureFlagsPollingInterval: 1 })
  for (let number = 1; number <= 4; number += 1) {
    await server.definitionRequest(number)
    arrivals.push(performance.now())
  }
  const gaps = arrivals.slice(1).map((moment, index) => moment - arrivals[index])
  assert.ok(
    gaps.every((gap) => gap > 80),
    `gaps of ${gaps.join(', ')} ms`
  )
})

test('a failure is tried again sooner than the interval, then later and later, and a success is back to the interval', async (t) => {
  const intervalMs = 1600
  // An eighth of the interval, a quarter, a half, and after the success the whole.
  const expected = [200, 400, 800, 1600]
  /** The shortest time seen before each request: a machine that is busy makes any of them longer. */
  const shortest = Array(4).fill(Infinity)
  const isSeen = () => shortest.every((gap, index) => gap < 2 * expected[index])
  for (let round = 0; round < 5 && !isSeen(); round += 1) {
    const { server } = await start(
      t,
      { featureFlagsPollingInterval: intervalMs, native: { pollingJitter: 0 } },
      (server) => server.script({ status: 500 }, { drop: true }, { body: '<html>' }, { status: 304 })
    )
    let last = (await server.definitionRequest(1)).arrivedAt
    for (const [index, least] of expected.entries()) {
      const { arrivedAt } = await server.definitionRequest(index + 2)
      assert.ok(arrivedAt - last > least - 20, `${arrivedAt - last} ms in place of ${least}`)
      shortest[index] = Math.min(shortest[index], arrivedAt - last)
      last = arrivedAt
    }
  }
  assert.ok(isSeen(), `at best after ${shortest.join(', ')} ms`)
})

test('without polling nothing is asked until somebody asks', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null })
  assert.equal(await client.waitForLocalEvaluationReady(), true)
  await client.getFeatureFlag('on', 'somebody')
  assert.equal(server.definitionRequests.length, 1)
  await client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.length, 2, 'a reload after the event of a load is a new load')
})

test('a listener that reloads on the spot does not load forever', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null })
  client.on('localEvaluationFlagsLoaded', () => void client.reloadFeatureFlags())
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.length, 2)
})

test('loads that are asked for at the same time are one load', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null })
  await Promise.all([
    client.reloadFeatureFlags(),
    client.reloadFeatureFlags(),
    client.getFeatureFlag('on', 'somebody'),
    client.getAllFlags('somebody'),
  ])
  assert.equal(server.definitionRequests.length, 1)
  await Promise.all([client.reloadFeatureFlags(), client.reloadFeatureFlags()])
  assert.equal(server.definitionRequests.length, 2)
})

test('a reload asked for in the moment a load ends begins a new load', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null })
  await client.reloadFeatureFlags().then(() => client.reloadFeatureFlags())
  assert.equal(server.definitionRequests.length, 2)
})

test('evaluations before the first load wait for it', async (t) => {
  const { client } = await start(t)
  assert.equal(client.isLocalEvaluationReady(), false)
  assert.equal(await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }), true)
  assert.equal(client.isLocalEvaluationReady(), true)
})

test('after a refusal, evaluations do not ask again until the backoff is over, and a reload does', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.script({ status: 401 })
  )
  await client.reloadFeatureFlags()
  assert.equal(await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }), undefined)
  assert.deepEqual(await client.getAllFlags('somebody', { onlyEvaluateLocally: true }), {})
  assert.equal(server.definitionRequests.length, 1)
  await client.reloadFeatureFlags()
  assert.equal(await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }), true)
})

test('waiting for readiness ends false at once when a load brings no flags', async (t) => {
  const { client } = await start(t, {}, (server) => server.setDefinitions({ flags: [] }))
  assert.equal(await client.waitForLocalEvaluationReady(60_000), false)
})

test('waiting for readiness goes on when a load fails, until one brings flags or the time is over', async (t) => {
  const { client } = await start(t, { featureFlagsPollingInterval: 100 }, (server) =>
    server.script({ status: 500 }, { status: 500 })
  )
  assert.equal(await client.waitForLocalEvaluationReady(60_000), true)
  const { client: other } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.script({ status: 500 })
  )
  assert.equal(await other.waitForLocalEvaluationReady(50), false)
})

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  test(`over ${transport}, the last good definitions stay in use through every kind of failure`, async (t) => {
    const settings = { featureFlagsPollingInterval: null, requestTimeout: 100 }
    const { server, client } = await start(t, { ...settings, ...options })
    await client.reloadFeatureFlags()
    const failures = [
      { status: 500 },
      { status: 429 },
      { drop: true },
      { hang: true },
      { hangBody: true },
      { drip: true },
      { cutBody: true, body: '{"flags": []}' },
      { reset: true },
      { body: '<html>' },
      { body: {} },
      { body: { flags: 5 } },
    ]
    for (const failure of failures) {
      server.script(failure)
      await client.reloadFeatureFlags()
      assert.equal(
        await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }),
        true,
        JSON.stringify(failure)
      )
    }
  })
}

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  for (const answer of [{ hang: true }, { hangBody: true }, { drip: true }]) {
    test(`over ${transport}, shutdown ends a request that is answered by ${JSON.stringify(answer)} at its limit, and nobody waits longer`, async (t) => {
      const { server, client } = await start(t, options, (server) => server.script(answer))
      const waiting = [client.reloadFeatureFlags(), client.getAllFlags('somebody', { onlyEvaluateLocally: true })]
      await server.definitionRequest(1)
      await client.shutdown(200)
      assert.deepEqual(await Promise.all(waiting), [undefined, {}])
      await server.answersAborted(1)
    })
  }
}

test("the user's fetch is aborted by the request timeout and by shutdown", async (t) => {
  /** @type {AbortSignal[]} */
  const signals = []
  const events = new EventEmitter()
  const options = {
    featureFlagsPollingInterval: null,
    requestTimeout: 50,
    fetch: (/** @type {string} */ _url, /** @type {any} */ { signal }) => {
      signals.push(signal)
      events.emit('fetch')
      return new Promise(() => {})
    },
  }
  const { client } = await start(t, options)
  await client.reloadFeatureFlags()
  assert.equal(signals[0].aborted, true)
  const fetched = once(events, 'fetch')
  const reload = client.reloadFeatureFlags()
  await fetched
  await client.shutdown(20)
  await reload
  assert.equal(signals[1].aborted, true)
})

test('of a stand-in for a response only the status, the ETag and json() are used', async (t) => {
  const answers = [
    { status: 200, headers: new Map([['ETag', '"1"']]), json: async () => ({ flags: [flag('mocked')] }) },
    { status: 200, json: async () => ({ flags: [flag('bare')] }), text: () => Promise.reject(new Error('not this')) },
    { status: 304 },
    undefined,
    { status: 'strange' },
    {},
  ]
  /** @type {any[]} */
  const asked = []
  const options = {
    featureFlagsPollingInterval: null,
    fetch: async (/** @type {string} */ url, /** @type {any} */ init) => {
      asked.push({ url, ...init })
      return answers[asked.length - 1]
    },
  }
  const { client, server } = await start(t, options)
  const seen = []
  while (asked.length < answers.length) {
    await client.reloadFeatureFlags()
    seen.push(...client.getFeatureFlagKeysByEvaluationRuntime('all'))
  }
  assert.deepEqual(seen, ['mocked', 'bare', 'bare', 'bare', 'bare', 'bare'])
  assert.equal(asked[0].url, `${server.url}/flags/definitions?token=phc_project&send_cohorts`)
  assert.equal(asked[0].method, 'GET')
  assert.deepEqual(asked[1].headers, {
    'User-Agent': asked[1].headers['User-Agent'],
    'Content-Type': 'application/json',
    Authorization: 'Bearer phs_secret',
    'If-None-Match': '"1"',
  })
  assert.equal(server.definitionRequests.length, 0)
})

test('headers of a stand-in for a response may be of any kind', async () => {
  for (const header of [5, true, { odd: true }, 0, '']) {
    /** @param {any} PostHog */
    const run = async (PostHog) => {
      /** @type {string[]} */
      const tags = []
      const fetch = async (/** @type {string} */ url, /** @type {any} */ { headers }) => {
        if (url.includes('/flags/definitions')) tags.push(String(headers['If-None-Match']))
        return { status: 200, headers: { get: () => header }, json: async () => ({ flags: [flag('on')] }) }
      }
      const client = new PostHog('phc_project', {
        ...{ host: 'http://127.0.0.1:1', secretKey: 'phs_secret', featureFlagsPollingInterval: null, fetch },
      })
      await client.reloadFeatureFlags()
      await client.reloadFeatureFlags()
      const value = await client.getFeatureFlag('on', 'a', { onlyEvaluateLocally: true, sendFeatureFlagEvents: false })
      await client.shutdown()
      return { tags, value }
    }
    assert.deepEqual(await run(NATIVE), await run(STOCK))
  }
})

test('listeners that throw disturb neither the load nor the ones that follow', async (t) => {
  const { server, client } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.script({ status: 401 })
  )
  client.on('error', () => {
    throw Symbol('from a listener')
  })
  client.on('localEvaluationFlagsLoaded', () => {
    throw Object.create(null)
  })
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  assert.equal(await client.getFeatureFlag('on', 'somebody'), true)
  assert.equal(server.definitionRequests.length, 2)
})

test('with debug on, loads and flags that go to the server are told about, without keys or properties', async (t) => {
  /** @type {string[]} */
  const lines = []
  for (const method of /** @type {const} */ (['debug', 'log', 'info', 'warn', 'error'])) {
    t.mock.method(console, method, (/** @type {unknown[]} */ ...args) => lines.push(args.join(' ')))
  }
  const { server, client } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.setDefinitions({ flags: [flag('sticky', { ensure_experience_continuity: true })] }, { etag: '"1"' })
  )
  client.debug(true)
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  server.script({ status: 500 }, { drop: true }, { status: 401 })
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  const properties = { personProperties: { email: 'who@example.test' } }
  await client.getFeatureFlag('sticky', 'somebody', { ...properties, onlyEvaluateLocally: true })
  await client.getAllFlags('somebody', { ...properties, onlyEvaluateLocally: true })
  client.debug(false)
  const text = lines.join('\n')
  assert.match(text, /\[FEATURE FLAGS\] Flags not modified \(304\), using cached data/)
  assert.match(text, /\[FEATURE FLAGS\] Failed to load feature flags: HTTP status 500/)
  const remote = lines.filter((line) => line.includes('InconclusiveMatchError when computing flag locally: sticky: '))
  assert.equal(remote.length, 2)
  assert.match(remote[0], /^\[PostHog\] InconclusiveMatchError/, "one flag: by the client's logger")
  assert.match(remote[1], /^InconclusiveMatchError/, 'all flags: plainly')
  assert.doesNotMatch(text, /phs_secret|phc_project|who@example\.test/)
})

test('a problem of a document is raised once, not at every poll of the same document', async (t) => {
  const { client, events, server } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.setDefinitions({ flags: [null, flag('on')] })
  )
  /** @type {string[]} */
  const failures = []
  events.on('failure', (error) => failures.push(error.message))
  await client.reloadFeatureFlags()
  const first = failures.length
  assert.ok(first > 0)
  await client.reloadFeatureFlags()
  assert.equal(failures.length, first)
  server.setDefinitions({ flags: [flag('on')] })
  await client.reloadFeatureFlags()
  server.setDefinitions({ flags: [null, flag('on')] })
  await client.reloadFeatureFlags()
  assert.equal(failures.length, 2 * first, 'but again when it comes back')
})

test('warnings about flags come once per definition, and again when it changes', async (t) => {
  /** @type {string[]} */
  const lines = []
  t.mock.method(console, 'warn', (/** @type {string} */ line) => lines.push(line))
  const sticky = flag('sticky', { ensure_experience_continuity: true })
  const { server, client } = await start(t, { featureFlagsPollingInterval: null }, (server) =>
    server.setDefinitions({ flags: [sticky] })
  )
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  assert.equal(lines.length, 1)
  server.setDefinitions({ flags: [{ ...sticky, name: 'changed' }] })
  await client.reloadFeatureFlags()
  assert.equal(lines.length, 2)
  server.setDefinitions({ flags: [] })
  await client.reloadFeatureFlags()
  server.setDefinitions({ flags: [sticky] })
  await client.reloadFeatureFlags()
  assert.equal(lines.length, 3)
})
