'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { PendingPromises } = require('../../lib/client/pending-promises')
const { definePostHog } = require('../../lib/posthog')
const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { flag } = require('../support/flags')
const { NATIVE, STOCK } = require('../support/observe')

const UUID = '01890000-0000-7000-8000-000000000000'
const OPTIONS = { flushInterval: 60_000, flushAt: 100, disableCompression: true }

/** What is captured, of which every time and every UUID is given. @type {((client: any) => unknown)[]} */
const CAPTURES = [
  (client) => client.capture({ distinctId: 'a', event: 'plain' }),
  (client) =>
    client.capture({ distinctId: 'a', event: 'own', properties: { distinct_id: 1, distinctId: 2, $lib: 'mine' } }),
  (client) => client.capture({ distinctId: '', event: 'of nobody', properties: { one: 1 } }),
  (client) => client.capture({ event: 'of nobody' }),
  (client) => client.capture({ distinctId: 7, event: 'of a number' }),
  (client) =>
    client.capture({ distinctId: 'a', event: 'timed', timestamp: new Date(0), uuid: UUID, disableGeoip: false }),
  (client) => client.capture({ distinctId: 'a', event: 'grouped', groups: { company: 'b' }, disableGeoip: true }),
  (client) => client.identify({ distinctId: 'a', properties: { $set: { one: 1 } } }),
  (client) => client.alias({ distinctId: 'a', alias: 'b' }),
  (client) => client.groupIdentify({ groupType: 'company', groupKey: 'b', properties: { size: 1 } }),
  (client) => client.captureException(new Error('told'), 'a'),
]

/** Its text as posthog-node would write it, without what differs each time. @param {unknown} value */
function textOf(value) {
  const varying = /[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|"(lineno|colno)":\d+/g
  return JSON.stringify(value).replace(varying, '…')
}

/** @param {import('node:test').TestContext} t @param {any} PostHog */
async function captured(t, PostHog) {
  const server = closing(t, await EventServer.start())
  const client = closing(t, new PostHog('phc_project', { host: server.url, ...OPTIONS }))
  /** @type {string[]} */
  const told = []
  for (const name of ['capture', 'identify', 'alias']) {
    client.on(name, (/** @type {unknown} */ message) => told.push(textOf(message)))
  }
  for (const capture of CAPTURES) {
    capture(client)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.captureImmediate({ distinctId: 'a', event: 'at once' })
  await client.shutdown()
  return { told, sent: server.received.map(({ body }) => textOf(body.batch)) }
}

test("events have posthog-node's members, in its order", async (t) => {
  const [theirs, ours] = [await captured(t, STOCK), await captured(t, NATIVE)]
  assert.deepEqual(ours, theirs)
  assert.equal(ours.told.length, CAPTURES.length)
  assert.equal(ours.sent.length, 2)
})

test('promises are held by this package, unless posthog-node is to go on as it is', (t) => {
  const queueOf = (/** @type {any} */ PostHog, /** @type {any} */ native) =>
    closing(t, new PostHog('phc_project', { host: 'http://127.0.0.1:1', native })).promiseQueue
  assert.ok(queueOf(NATIVE, undefined) instanceof PendingPromises)
  assert.ok(!(queueOf(NATIVE, { engine: 'javascript' }) instanceof PendingPromises))
})

test('by a clock before 1970 calls are answered, which posthog-node rejects as it makes UUIDs for them', async (t) => {
  t.mock.method(console, 'error', () => {})
  const data = { flags: [flag('on')], groupTypeMapping: {}, cohorts: {} }
  const flagDefinitionCacheProvider = {
    getFlagDefinitions: () => data,
    shouldFetchFlagDefinitions: () => false,
    onFlagDefinitionsReceived() {},
    shutdown() {},
  }
  const server = closing(t, await EventServer.start())
  const options = { host: server.url, secretKey: 'phs_secret', flagDefinitionCacheProvider, ...OPTIONS }
  const [theirs, ours] = [STOCK, NATIVE].map((PostHog) => closing(t, new PostHog('phc_project', options)))
  await Promise.all([theirs, ours].map((client) => client.waitForLocalEvaluationReady()))
  const clock = t.mock.method(Date, 'now', () => -1)
  await assert.rejects(theirs.getFeatureFlag('on', 'a'), RangeError)
  assert.equal(await ours.getFeatureFlag('on', 'a'), true)
  clock.mock.restore()
})

/** Versions of posthog-node whose events are left to it. @type {Record<string, any>} */
const VERSIONS = {
  'that asks its promises for something else': class extends STOCK {
    drop() {
      return this.promiseQueue.drop()
    }
  },
  'that does something else with the distinct id': class extends STOCK {
    /** @param {any} message @param {any} options */
    prepareMessage(message, options) {
      return { ...super.prepareMessage(message, options), of: message.distinctId }
    }
  },
  'that adds to events': class extends STOCK {
    /** @param {any} message @param {any} options */
    prepareMessage(message, options) {
      return super.prepareMessage({ ...message, kind: 'event' }, options)
    }
  },
  'that cannot prepare an event alone': class extends STOCK {
    /** @param {any} message @param {any} options */
    prepareMessage(message, options) {
      return { token: this.apiKey.trim(), ...super.prepareMessage(message, options) }
    }
  },
}

for (const [version, Base] of Object.entries(VERSIONS)) {
  test(`events are left to a posthog-node ${version}`, async (t) => {
    const PostHog = definePostHog(Base, posthogNode.FeatureFlagEvaluations)
    const client = closing(t, new PostHog('phc_project', { host: 'http://127.0.0.1:1' }))
    assert.ok(!(client.promiseQueue instanceof PendingPromises))
    assert.deepEqual(await captured(t, PostHog), await captured(t, Base))
  })
}
