'use strict'

const assert = require('node:assert/strict')
const { readFileSync, readdirSync } = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const {
  CALL_METHODS,
  CLIENT_FIELDS,
  CLIENT_METHODS,
  REQUEST_METHODS,
  CLIENT_VALUES,
  POLLER_MEMBERS,
} = require('../../lib/client/seam')
const { EVENT_METHODS } = require('../../lib/events/quick-events-seam')
const { closing } = require('../support/closing')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../support/observe')

/**
 * Uses every method of a client that has to do with flags.
 *
 * @param {any} client
 */
async function useEverything(client) {
  client.debug(false)
  await client.waitForLocalEvaluationReady(5000)
  await client.getFeatureFlag('on', 'a')
  await client.isFeatureEnabled('on', 'a')
  await client.getFeatureFlagPayload('on', 'a')
  await client.getFeatureFlagPayload('on', 'a', true)
  await client.getFeatureFlagResult('on', 'a')
  await client.getAllFlags('a')
  await client.getAllFlagsAndPayloads('a')
  await client.evaluateFlags('a', { flagKeys: ['on'] })
  await client.captureImmediate({ distinctId: 'a', event: 'e', sendFeatureFlags: true })
  await client.captureImmediate({ distinctId: 'a', event: 'e', sendFeatureFlags: { onlyEvaluateLocally: true } })
  client.getFeatureFlagEvaluationRuntime('on')
  client.getFeatureFlagKeysByEvaluationRuntime('all')
  await client.reloadFeatureFlags()
  await client.shutdown()
}

/** @param {any} PostHog */
async function touchedMembers(PostHog) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] })
  const client = new PostHog('phc_project', { host: server.url, secretKey: 'phs_secret' })
  const touched = new Set()
  const poller = client.featureFlagsPoller
  client.featureFlagsPoller = new Proxy(poller, {
    get(target, name) {
      touched.add(name)
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  await useEverything(client)
  await server.close()
  return [...touched].sort()
}

test("posthog-node's client touches the members of its poller that ours has, and no others", async () => {
  assert.deepEqual(await touchedMembers(STOCK), POLLER_MEMBERS)
  // Ours knows when there is nothing to wait for.
  assert.deepEqual(await touchedMembers(NATIVE), [...POLLER_MEMBERS, 'waitUntilReady'])
})

/** What this package does not miss in a client that lacks it. */
const OPTIONAL = [
  '_logger',
  '_resolveDistinctId',
  'addLocalPersonAndGroupProperties',
  'createFeatureFlagEvaluationContext',
  'disableGeoip',
  'promiseQueue',
]

const LIB = path.join(__dirname, '../../lib')
/** The sources of what runs in a program. */
const SOURCES = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  // The provider for OpenFeature asks a client as any program does.
  .filter((name) => name.endsWith('.js') && !name.startsWith('openfeature'))
  .map((name) => readFileSync(path.join(LIB, name), 'utf8'))
/** The one whose class extends posthog-node's in a program. */
const CLIENT_SOURCE = readFileSync(path.join(LIB, 'posthog.js'), 'utf8')

/** @param {string} source @param {RegExp} call */
const namesIn = (source, call) => Array.from(source.matchAll(call), ([, name]) => name)

test('the seam names each method of the client that is overridden or called here', (t) => {
  const bootstrap = { flags: [] }
  const client = closing(t, new NATIVE('phc_project', { native: { engine: 'native', semantics: 'server', bootstrap } }))
  const overridden = [NATIVE.prototype, client].flatMap((holder) =>
    Object.getOwnPropertyNames(holder).filter((name) => name in STOCK.prototype)
  )
  const called = [
    ...SOURCES.flatMap((source) => namesIn(source, /\b(?:client|Base\.prototype)\s*\.(\w+)(?:\.call)?\(/g)),
    ...namesIn(CLIENT_SOURCE, /\bsuper\.(\w+)\(/g),
  ].filter((name) => name in STOCK.prototype)
  const used = new Set([...overridden, ...called])
  used.delete('constructor')
  // Only asked what version it is, and not missed.
  used.delete('getLibraryVersion')
  assert.deepEqual([...used].sort(), [...CALL_METHODS, ...CLIENT_METHODS, ...EVENT_METHODS, ...REQUEST_METHODS].sort())
})

test("what a call says about its properties passes through methods that posthog-node's own calls end in", () => {
  const source = STOCK.toString() + Object.getPrototypeOf(STOCK).toString()
  for (const name of CALL_METHODS) {
    assert.match(source, new RegExp(`this\\.${name}\\(`))
  }
})

test('the seam names each field of the client that is read or written here', () => {
  const used = SOURCES.flatMap((source) => namesIn(source, /\bclient\.(\w+)/g))
  const named = [...CLIENT_METHODS, ...EVENT_METHODS, ...CLIENT_FIELDS, ...Object.keys(CLIENT_VALUES), ...OPTIONAL]
  assert.deepEqual(
    used.filter((name) => !named.includes(name)),
    []
  )
})

test('posthog-node keeps its poller, its events and its gate where we expect them', async (t) => {
  const client = closing(
    t,
    new STOCK('phc_project', {
      host: 'http://127.0.0.1:1',
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
    })
  )
  assert.equal(client.featureFlagsPoller.constructor.name, 'FeatureFlagsPoller')
  assert.ok(Object.hasOwn(client, 'featureFlagsPoller'))
  assert.equal(typeof client._events.emit, 'function')
  assert.equal(client._minimalFlagCalledEvents, false)
  assert.equal(typeof client._logger.info, 'function')
  assert.equal(typeof client.getCustomHeaders(), 'object')
  assert.equal(client.host, 'http://127.0.0.1:1')
  assert.equal(client.apiKey, 'phc_project')
  assert.equal(client.disabled, false)
})

test('posthog-node makes no poller when local evaluation is switched off, which is how ours gets its place', async (t) => {
  const client = closing(
    t,
    new STOCK('phc_project', {
      host: 'http://127.0.0.1:1',
      secretKey: 'phs_secret',
      enableLocalEvaluation: false,
    })
  )
  assert.equal(client.featureFlagsPoller, undefined)
})

test('once definitions are loaded, evaluation is synchronous', async (t) => {
  const server = closing(t, await DefinitionsServer.start())
  server.setDefinitions({ flags: [flag('on')] })
  const client = closing(t, new NATIVE('phc_project', { host: server.url, secretKey: 'phs_secret' }))
  const poller = client.featureFlagsPoller
  const context = { distinctId: 'a', groups: {}, personProperties: { distinct_id: 'a' }, groupProperties: {} }
  assert.ok(poller.getAllFlagsAndPayloads(context) instanceof Promise, 'a load has to be awaited first')
  assert.equal(await client.waitForLocalEvaluationReady(), true)
  assert.equal(poller.loadFeatureFlags(), poller.loadFeatureFlags(), 'a promise of its own would cost each call')
  assert.deepEqual(poller.computeFlagAndPayloadLocally(poller.featureFlagsByKey.on, context), {
    value: true,
    payload: null,
  })
  assert.deepEqual(poller.getAllFlagsAndPayloads(context).response, { on: true })
})

test("posthog-node's client adds the distinct id to a copy of the person, for local evaluation alone", async (t) => {
  const server = closing(t, await DefinitionsServer.start())
  server.setDefinitions({ flags: [flag('on')] })
  const client = closing(t, new STOCK('phc_project', { host: server.url, secretKey: 'phs_secret' }))
  await client.waitForLocalEvaluationReady()
  const given = { plan: 'pro' }
  assert.deepEqual(client.personPropertiesForLocalEvaluation('a', given), { distinct_id: 'a', plan: 'pro' })

  const passed = []
  client.personPropertiesForLocalEvaluation = (/** @type {unknown[]} */ ...args) => {
    passed.push(args)
    return { plan: 'free' }
  }
  await client.getFeatureFlag('unknown', 'a', { personProperties: given })
  await client.getAllFlagsAndPayloads('a', { personProperties: given })
  await client.evaluateFlags('a', { personProperties: given })
  assert.deepEqual(passed, Array(3).fill(['a', given]))
  assert.ok(passed.every(([, properties]) => properties !== given))
  const asked = server.requests.filter(({ path }) => path.startsWith('/flags') && !path.includes('definitions'))
  assert.deepEqual(
    asked.map(({ body }) => body.person_properties),
    [{ plan: 'pro' }]
  )
})
