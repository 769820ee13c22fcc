'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { PendingPromises } = require('../../lib/events/pending-promises')
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
  (client) => client.capture({ distinctId: 'a', event: 'proto', properties: JSON.parse('{"__proto__":{"own":1}}') }),
  (client) => client.capture({ distinctId: 'a', event: 'symbols', properties: { [Symbol.iterator]: 1, 7: 1, a: 1 } }),
  (client) => client.capture({ distinctId: 'a', event: 'none', properties: null }),
  (client) => client.capture({ distinctId: 'a', event: 'a text', properties: 'ab' }),
  (client) =>
    client.withContext({ distinctId: 'c', properties: { $lib: 'x', of: 'context' } }, () =>
      client.capture({ event: 'there' })
    ),
  // The last, for it reads files before it is sent.
  (client) => client.captureException(new Error('told'), 'a'),
]

/** What becomes of events on their way, by name. @type {Record<string, any>} */
const BEFORE_SEND = {
  none: undefined,
  'one that drops some': (/** @type {any} */ event) => (event.event.includes('o') ? null : event),
  'one that changes them': (/** @type {any} */ event) => ({
    ...event,
    distinctId: '',
    properties: { ...event.properties, more: 1 },
  }),
  'one that takes the properties away': (/** @type {any} */ { properties: _properties, ...event }) => event,
  'one that throws': (/** @type {any} */ event) => event.of.nothing,
}

/** Its text as posthog-node would write it, without what differs each time. @param {unknown} value */
function textOf(value) {
  const varying = /[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|"(lineno|colno)":\d+/g
  return JSON.stringify(value).replace(varying, '…')
}

/** @param {import('node:test').TestContext} t @param {any} PostHog @param {object} [options] */
async function captured(t, PostHog, options) {
  const server = closing(t, await EventServer.start())
  const client = closing(t, new PostHog('phc_project', { host: server.url, ...OPTIONS, ...options }))
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

for (const [name, before_send] of Object.entries(BEFORE_SEND)) {
  test(`events have posthog-node's members, in its order; with before_send: ${name}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const [theirs, ours] = [await captured(t, STOCK, { before_send }), await captured(t, NATIVE, { before_send })]
    assert.deepEqual(ours, theirs)
    assert.equal(ours.told.length > 0, name !== 'one that throws')
    if (name === 'none') {
      assert.deepEqual([ours.told.length, ours.sent.length], [CAPTURES.length, 2])
    }
  })
}

test("what a class of one's own does with events is done to posthog-node's events", async (t) => {
  const results = []
  for (const PostHog of [STOCK, NATIVE]) {
    /** @type {string[]} */
    const queued = []
    class Own extends PostHog {
      /** @param {any} type @param {any} message @param {...any} others */
      enqueue(type, message, ...others) {
        queued.push(textOf([type, Object.keys(message), message, ...others]))
        return super.enqueue(type, message, ...others)
      }
      getCommonEventProperties() {
        return { ...super.getCommonEventProperties(), team: 'mine' }
      }
    }
    results.push({ ...(await captured(t, Own)), queued })
  }
  const [theirs, ours] = results
  assert.deepEqual(ours, theirs)
  assert.equal(ours.queued.length, CAPTURES.length)
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
  'that sends events in another form': class extends STOCK {
    /** @param {string} type @param {any} props @param {any[]} others */
    _sendPreparedEvent(type, props, ...others) {
      return super._sendPreparedEvent(type, { ...props, properties: { ...props.properties, way: 'other' } }, ...others)
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
