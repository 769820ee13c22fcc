'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')

const { PostHog } = require('../../../index')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')

const INTERVAL_MS = 100
const IDLE_MS = 400

/** @param {import('node:test').TestContext} t @param {any} [native] */
async function open(t, native) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('first')] })
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: INTERVAL_MS,
    native: { idleAfterMs: IDLE_MS, ...native },
  })
  client.on('error', () => {})
  t.after(() => client.shutdown())
  await client.waitForLocalEvaluationReady()
  return { server, client }
}

/** Waits until no request has come for a few intervals. @param {DefinitionsServer} server */
async function untilQuiet(server) {
  for (let before = -1; before !== server.definitionRequests.length;) {
    before = server.definitionRequests.length
    await sleep(4 * INTERVAL_MS)
  }
  return server.definitionRequests.length
}

/** @type {[string, (client: any) => unknown][]} */
const WAYS = [
  ['evaluateFlags', (client) => client.evaluateFlags('kari')],
  ['getFeatureFlag', (client) => client.getFeatureFlag('first', 'kari', { sendFeatureFlagEvents: false })],
  ['getAllFlags', (client) => client.getAllFlags('kari')],
  ['localEvaluator', (client) => client.localEvaluator.getFeatureFlag('first', 'kari')],
]

test('polling rests while nobody evaluates, and any evaluation wakes it and is answered from what is held', async (t) => {
  const { server, client } = await open(t)
  for (const [name, evaluate] of WAYS) {
    const asked = await untilQuiet(server)
    assert.ok(asked >= 2, `${asked} requests before it rests`)
    server.setDefinitions({ flags: [flag('first'), flag(name)] })
    const loaded = new Promise((resolve) => client.on('localEvaluationFlagsLoaded', resolve))
    await evaluate(client)
    assert.equal(client.localEvaluator?.getFeatureFlag('first', 'kari'), true)
    await loaded
    assert.equal(client.localEvaluator?.getFeatureFlag(name, 'kari'), true, name)
    assert.ok(server.definitionRequests.length > asked)
  }
})

test('polling goes on as long as somebody evaluates', async (t) => {
  const { server, client } = await open(t)
  const until = performance.now() + 3 * IDLE_MS
  let before = server.definitionRequests.length
  let stalls = 0
  while (performance.now() < until) {
    client.localEvaluator?.getFeatureFlag('first', 'kari')
    await sleep(INTERVAL_MS * 2)
    stalls += server.definitionRequests.length === before ? 1 : 0
    before = server.definitionRequests.length
  }
  assert.ok(stalls <= 1, `${stalls} times nothing was asked`)
})

test('polling goes on as long as somebody waits for the first definitions, and begins again for who waits', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('first')] })
  server.setFault({ status: 500 })
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: INTERVAL_MS,
    native: { idleAfterMs: IDLE_MS },
  })
  client.on('error', () => {})
  t.after(() => client.shutdown())
  await untilQuiet(server)
  const waiting = client.waitForLocalEvaluationReady(20_000)
  await sleep(3 * IDLE_MS)
  server.setFault(undefined)
  assert.equal(await waiting, true)
  await untilQuiet(server)
})

test('a client that rests reloads when it is told to, and is shut down as any other', async (t) => {
  const { server, client } = await open(t)
  const asked = await untilQuiet(server)
  server.setDefinitions({ flags: [flag('second')] })
  await client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.length, asked + 1)
  assert.equal(await untilQuiet(server), asked + 1)
  await client.shutdown()
  client.localEvaluator?.getFeatureFlag('second', 'kari')
  assert.equal(await untilQuiet(server), asked + 1)
})

test('a client that rests leaves the lead to others who share with it', async (t) => {
  const { server, client } = await open(t, { shared: true })
  await untilQuiet(server)
  const other = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: INTERVAL_MS,
    native: { shared: true },
  })
  t.after(() => other.shutdown())
  assert.equal(other.isLocalEvaluationReady(), true)
  const origin = (/** @type {any} */ of) => of.featureFlagsPoller.origin
  server.setDefinitions({ flags: [flag('second')] })
  while (other.localEvaluator?.getFeatureFlag('second', 'kari') !== true) await sleep(10)
  assert.deepEqual([origin(client).role, origin(other).role], [undefined, 'leader'])
  assert.equal(client.localEvaluator?.getFeatureFlag('second', 'kari'), undefined)
  while (client.localEvaluator?.getFeatureFlag('second', 'kari') !== true) await sleep(10)
  assert.equal(origin(client).role, 'follower')
})

test('it is no option if it is no time', () => {
  for (const idleAfterMs of [0, -1, NaN, Infinity, '5', null]) {
    assert.throws(
      () => new PostHog('phc_project', { native: /** @type {any} */ ({ idleAfterMs }) }),
      /^TypeError: Expected native\.idleAfterMs to be a positive number of milliseconds but received/
    )
  }
})
