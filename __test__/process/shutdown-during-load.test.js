'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')

const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { NEVER_MS, ObservedChild } = require('./support/observed-child')
const { WAITERS, remoteEvaluations, startWaiting } = require('./support/waiting')

/**
 * Whether a shutdown is over before a timer that was started with it: where the machine is slow, both are late.
 *
 * @param {Promise<unknown>} shutdown
 * @param {number} timerMs
 */
const isOverBefore = (shutdown, timerMs) =>
  Promise.race([shutdown.then(() => true), sleep(timerMs, false, { ref: false })])
/** @returns {Promise<any>} */
const never = () => new Promise(() => {})
/** @param {unknown} value */
const later = (value) => new Promise((resolve) => setTimeout(resolve, 200, value))
/** @type {typeof fetch} */
const hangForDefinitions = (url, options) => (String(url).includes('definitions') ? never() : fetch(url, options))
const CACHED = { flags: [flag('on')], group_type_mapping: {}, cohorts: {} }

/** @type {Record<string, Parameters<typeof startWaiting>[2]>} */
const LOADS = {
  'a slow server': { delayMs: 200 },
  'a slow server without polling': { delayMs: 200, options: { featureFlagsPollingInterval: null } },
  'a slow server that is asked through a fetch': {
    delayMs: 200,
    options: { fetch: (/** @type {any[]} */ ...args) => fetch(...args) },
  },
  'a slow server, with a provider': { delayMs: 200, provider: {} },
  'a slow provider that decides': { provider: { methods: { shouldFetchFlagDefinitions: () => later(true) } } },
  'a slow provider that is read': { provider: { fetch: false, methods: { getFlagDefinitions: () => later(CACHED) } } },
  'a slow provider that stores': { provider: { methods: { onFlagDefinitionsReceived: () => later(undefined) } } },
}

describe('a shutdown lets a load that somebody waits for come to its end, and all are answered as by posthog-node', () => {
  for (const [name, scenario] of Object.entries(LOADS)) {
    test(`with ${name}`, async (t) => {
      const run = async (/** @type {any} */ PostHog) => {
        const { client, server, errors, answers, calls } = await startWaiting(t, PostHog, { each: 20, ...scenario })
        await client.shutdown()
        const outcome = { answers: await answers, errors, remote: remoteEvaluations(server), calls: [...calls].sort() }
        return { ...outcome, requests: server.definitionRequests.length, last: calls.at(-1) }
      }
      const { last, ...native } = await run(NATIVE)
      const { last: _, ...stock } = await run(STOCK)
      assert.deepEqual(native, stock)
      assert.equal(native.remote, 0)
      assert.equal(last, scenario.provider && 'shutdown', 'the last call a provider gets')
    })
  }

  for (const kind of Object.keys(WAITERS)) {
    test(`if only ${kind} waits`, async (t) => {
      const { client, server, answers } = await startWaiting(t, NATIVE, { kinds: [kind], delayMs: 200 })
      await client.shutdown()
      const stock = await startWaiting(t, STOCK, { kinds: [kind], delayMs: 200 })
      await stock.client.shutdown()
      assert.deepEqual(await answers, await stock.answers)
      assert.equal(remoteEvaluations(server), 0)
    })
  }

  test('if a thousand calls wait', async (t) => {
    const { client, server, answers } = await startWaiting(t, NATIVE, {
      each: 1000,
      kinds: ['getFeatureFlag'],
      delayMs: 200,
    })
    const down = client.shutdown()
    assert.deepEqual(await answers, Array(1000).fill(true))
    await down
    assert.equal(server.definitionRequests.length, 1)
    assert.equal(remoteEvaluations(server), 0)
  })

  for (const status of [500, 401, 402]) {
    test(`even if the server answers ${status}, which they hear of as without a shutdown`, async (t) => {
      const kinds = ['getFeatureFlag', 'getAllFlags', 'reloadFeatureFlags']
      const run = async (/** @type {any} */ PostHog) => {
        const { client, server, answers } = await startWaiting(t, PostHog, { kinds, fault: { status, delayMs: 100 } })
        await client.shutdown()
        return [await answers, remoteEvaluations(server)]
      }
      assert.deepEqual(await run(NATIVE), await run(STOCK))
    })
  }
})

describe('a shutdown ends at its limit, tells of the load, and whoever waited goes on', () => {
  const hanging = {
    'a server that hangs': { fault: { hang: true } },
    'a body that hangs': { fault: { hangBody: true } },
    'a fetch that hangs': { options: { fetch: hangForDefinitions } },
    'a decision that hangs': { provider: { methods: { shouldFetchFlagDefinitions: never } } },
    'a cache that hangs': { provider: { fetch: false, methods: { getFlagDefinitions: never } } },
  }
  for (const [name, scenario] of Object.entries(hanging)) {
    test(`with ${name}`, async (t) => {
      const kinds = ['getFeatureFlag', 'getAllFlags', 'evaluateFlags', 'reloadFeatureFlags']
      const { client, server, errors, answers, calls } = await startWaiting(t, NATIVE, { kinds, ...scenario })
      client.capture({ distinctId: 'somebody', event: 'last words' })
      const startedAt = performance.now()
      let isDown = false
      const down = client.shutdown(1000).then(() => {
        isDown = true
      })
      const isAtItsLimit = isOverBefore(down, 10_000)
      await server.event('last words')
      assert.equal(isDown, false, 'events do not wait for the load')
      assert.ok(await isAtItsLimit)
      const tookMs = performance.now() - startedAt
      assert.ok(tookMs > 700, `${tookMs} ms`)
      assert.deepEqual(await answers, [undefined, {}, false, undefined])
      assert.match(
        errors.join('\n'),
        /^Failed to load feature flags: the client was shut down, and that took longer than/
      )
      assert.equal(scenario.provider && calls.at(-1), scenario.provider && 'shutdown')
    })
  }

  test('with a store that hangs, and the definitions are in use', async (t) => {
    const { client, errors, answers } = await startWaiting(t, NATIVE, {
      kinds: ['getFeatureFlag', 'waitForLocalEvaluationReady'],
      provider: { methods: { onFlagDefinitionsReceived: never } },
    })
    await client.shutdown(500)
    assert.deepEqual(await answers, [true, true])
    assert.match(errors.join('\n'), /^Failed to store in cache: the client was shut down/)
  })

  test('and leaves the provider time to be shut down', async (t) => {
    let released = false
    const { client, errors } = await startWaiting(t, NATIVE, {
      kinds: ['getFeatureFlag'],
      fault: { hang: true },
      provider: {
        methods: { shutdown: () => new Promise((resolve) => setTimeout(resolve, 20)).then(() => (released = true)) },
      },
    })
    await client.shutdown(1000)
    assert.ok(released)
    assert.equal(errors.length, 1, errors.join())
  })
})

test('a load that nobody waits for does not hold up a shutdown', async (t) => {
  const { client, server, errors } = await startWaiting(t, NATIVE, { kinds: [], fault: { hang: true } })
  await server.definitionRequest(1)
  assert.ok(await isOverBefore(client.shutdown(NEVER_MS), 10_000))
  assert.deepEqual(errors, [])
})

test('nor does a poll while definitions are held, although somebody listens', async (t) => {
  const { client, server } = await startWaiting(t, NATIVE, {
    kinds: ['the event of a load'],
    options: { featureFlagsPollingInterval: 100 },
  })
  await server.definitionRequest(2)
  server.setFault({ hang: true })
  await server.definitionRequest(server.definitionRequests.length + 1)
  assert.ok(await isOverBefore(client.shutdown(NEVER_MS), 10_000))
})

for (const [name, options] of Object.entries({
  natively: '',
  'through a fetch': 'fetch: (...args) => fetch(...args),',
})) {
  test(`a script that shuts down right away gets its answers, ${name}, and the process ends`, async (t) => {
    const server = await DefinitionsServer.start()
    t.after(() => server.close())
    server.setDefinitions({ flags: [flag('on')] })
    server.setDelay(300)
    const script = `
      const client = new PostHog('phc_project', { ...OPTIONS, ${options} })
      const answers = Promise.all(Array.from({ length: 100 }, (_, n) => client.getFeatureFlag('on', 'user-' + n)))
      answers.then((all) => console.log(all.filter(Boolean).length, 'on'))
      shutDown(client)`
    const { code, output } = await new ObservedChild(script, { host: server.url }).ended()
    assert.equal(code, 0, output)
    assert.match(output, /^100 on$/m)
    assert.match(output, /^open: \[\]$/m)
    assert.ok(
      server.events.some(({ event }) => event === '$feature_flag_called'),
      'and their events are sent'
    )
  })
}

test('worker threads that end in the middle of such a shutdown take nothing with them', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  server.hangFor('phs_hang')
  const script = `
    const { once } = require('node:events')
    const { Worker } = require('node:worker_threads')
    const worker = \`
      const { parentPort } = require('node:worker_threads')
      const { PostHog } = require(\${JSON.stringify(PACKAGE)})
      const client = new PostHog('phc_project', { host: \${JSON.stringify(HOST)}, secretKey: 'phs_hang' })
      client.getFeatureFlag('on', 'somebody')
      client.shutdown()
      setTimeout(() => parentPort.postMessage('going'), 50)\`
    const main = async () => {
      for (let round = 0; round < 5; round += 1) {
        const thread = new Worker(worker, { eval: true })
        await once(thread, 'message')
        await thread.terminate()
      }
      const client = new PostHog('phc_project', OPTIONS)
      console.log(await client.getFeatureFlag('on', 'somebody'))
      await shutDown(client)
    }
    main()`
  const { code, signal, output } = await new ObservedChild(script, { host: server.url }).ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
  assert.match(output, /^true$/m)
})
