'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OpenFeature, ProviderEvents, ProviderStatus, StandardResolutionReasons } = require('@openfeature/server-sdk')

const { PostHogProvider } = require('../../openfeature')
const { testClient } = require('../../testing')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { openWorld, recordConsole } = require('../unit/support/world')

const SOMEBODY = { targetingKey: 'kari' }
let domains = 0

/**
 * A client of OpenFeature that asks this PostHog client.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} posthog
 * @param {any} [options]
 * @param {boolean} [mayFail]
 */
async function openFeature(t, posthog, options, mayFail = false) {
  const domain = `domain-${(domains += 1)}`
  const provider = new PostHogProvider(posthog, options)
  t.after(async () => {
    await OpenFeature.clearProviders()
    await posthog.shutdown()
  })
  const set = OpenFeature.setProviderAndWait(domain, provider)
  await (mayFail ? set.catch(() => {}) : set)
  return { provider, client: OpenFeature.getClient(domain) }
}

/**
 * The events of a client from now on.
 *
 * @param {any} client
 */
function recordEvents(client) {
  /** @type {any[][]} */
  const events = []
  /** @type {() => void} */
  let arrived = () => {}
  for (const name of Object.values(ProviderEvents)) {
    client.addHandler(name, (/** @type {any} */ details) => {
      events.push([name, details])
      arrived()
    })
  }
  /** Waits for an event of this name, and forgets those before it. */
  const next = async (/** @type {string} */ name) => {
    for (;;) {
      const place = events.findIndex(([each]) => each === name)
      if (place >= 0) return events.splice(0, place + 1)[place][1]
      await new Promise((resolve) => (arrived = () => resolve(undefined)))
    }
  }
  return { events, next }
}

test('each type of value is read from what a flag has for it', async (t) => {
  const posthog = testClient({
    on: true,
    off: false,
    layout: 'wide',
    price: { variant: '12.5', payload: { currency: 'EUR' } },
    text: { payload: 'Hello' },
    count: { payload: 7 },
    list: { payload: [1, { two: 3 }] },
  })
  const { client } = await openFeature(t, posthog)
  assert.equal(await client.getBooleanValue('on', false, SOMEBODY), true)
  assert.equal(await client.getBooleanValue('off', true, SOMEBODY), false)
  assert.equal(await client.getBooleanValue('layout', false, SOMEBODY), true)
  assert.equal(await client.getStringValue('layout', 'none', SOMEBODY), 'wide')
  assert.equal(await client.getStringValue('text', 'none', SOMEBODY), 'Hello')
  assert.equal(await client.getNumberValue('price', 0, SOMEBODY), 12.5)
  assert.equal(await client.getNumberValue('count', 0, SOMEBODY), 7)
  assert.deepEqual(await client.getObjectValue('price', {}, SOMEBODY), { currency: 'EUR' })
  assert.deepEqual(await client.getObjectValue('list', [], SOMEBODY), [1, { two: 3 }])
  // A flag that is off has no variant.
  assert.equal(await client.getStringValue('off', 'default', SOMEBODY), 'default')
  assert.equal(await client.getNumberValue('off', 3, SOMEBODY), 3)
  assert.deepEqual(await client.getObjectValue('off', { a: 1 }, SOMEBODY), { a: 1 })
})

test('details have the variant, the reason and what is known of the flag', async (t) => {
  const posthog = testClient({
    flags: [
      flag('layout', {
        filters: { groups: [{}], multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] } },
        evaluation_runtime: 'server',
      }),
      flag('off', { active: false }),
      flag('nobody', { filters: { groups: [{ rollout_percentage: 0 }] } }),
    ],
  })
  const { client } = await openFeature(t, posthog)
  const details = await client.getStringDetails('layout', 'none', SOMEBODY)
  const { definitionsConfirmedAt, ...metadata } = details.flagMetadata
  assert.equal(details.variant, 'wide')
  assert.equal(details.reason, StandardResolutionReasons.TARGETING_MATCH)
  assert.deepEqual(metadata, { locallyEvaluated: true, reason: 'Evaluated locally', evaluationRuntime: 'server' })
  assert.equal(definitionsConfirmedAt, posthog.localEvaluationStatus().confirmedAt)
  const off = await client.getBooleanDetails('off', true, SOMEBODY)
  assert.deepEqual([off.value, off.reason, off.variant], [false, StandardResolutionReasons.DISABLED, undefined])
  assert.equal((await client.getBooleanDetails('nobody', true, SOMEBODY)).value, false)
  assert.equal((await client.getStringDetails('nobody', 'x', SOMEBODY)).errorCode, undefined)
})

test('groups and their properties come from the context, everything else is of the person', async (t) => {
  const property = (/** @type {string} */ key, /** @type {string} */ value) => ({ key, value, operator: 'exact' })
  const posthog = testClient({
    group_type_mapping: { 0: 'company' },
    flags: [
      flag('company', {
        filters: { aggregation_group_type_index: 0, groups: [{ properties: [property('tier', 'gold')] }] },
      }),
      flag('person', { filters: { groups: [{ properties: [property('plan', 'pro')] }] } }),
    ],
  })
  const { client } = await openFeature(t, posthog)
  const groups = { company: 'acme' }
  const of = (/** @type {string} */ tier) => ({ ...SOMEBODY, groups, groupProperties: { company: { tier } } })
  assert.equal(await client.getBooleanValue('company', false, of('gold')), true)
  assert.equal(await client.getBooleanValue('company', true, of('silver')), false)
  assert.equal(await client.getBooleanValue('person', false, { ...SOMEBODY, plan: 'pro' }), true)
  const wrong = await client.getBooleanDetails('company', false, { ...SOMEBODY, groups: 'acme' })
  assert.equal(wrong.errorCode, 'INVALID_CONTEXT')
  assert.match(String(wrong.errorMessage), /groups .* 'acme' of type string/)
})

test('a flag without a value has the default and the code of an error that says why', async (t) => {
  recordConsole(t, 'warn')
  const posthog = testClient({
    flags: [
      flag('on'),
      flag('asks', { filters: { groups: [{ properties: [{ key: 'plan', value: 'pro', operator: 'exact' }] }] } }),
      flag('sticky', { ensure_experience_continuity: true }),
    ],
  })
  const { client } = await openFeature(t, posthog)
  const code = async (/** @type {string} */ key, /** @type {any} */ context = SOMEBODY) => {
    const details = await client.getBooleanDetails(key, true, context)
    assert.equal(details.value, true)
    assert.equal(details.reason, StandardResolutionReasons.ERROR)
    assert.ok(details.errorMessage)
    return details.errorCode
  }
  assert.equal(await code('no-such-flag'), 'FLAG_NOT_FOUND')
  assert.equal(await code('asks'), 'INVALID_CONTEXT')
  assert.equal(await code('sticky'), 'GENERAL')
  assert.equal(await code('on', {}), 'TARGETING_KEY_MISSING')
  assert.equal(await code('on', { targetingKey: 5 }), 'INVALID_CONTEXT')
  const typed = await client.getStringDetails('on', 'none', SOMEBODY)
  assert.deepEqual([typed.value, typed.errorCode], ['none', 'TYPE_MISMATCH'])
  assert.equal((await client.getNumberDetails('on', 1, SOMEBODY)).errorCode, 'TYPE_MISMATCH')
  assert.equal((await client.getObjectDetails('on', {}, SOMEBODY)).errorCode, 'TYPE_MISMATCH')
})

test('a default distinct id stands in for a missing targeting key, and events are captured as the options say', async (t) => {
  const posthog = testClient({ on: true })
  const { client } = await openFeature(t, posthog, { defaultDistinctId: 'anybody', sendFeatureFlagEvents: false })
  assert.equal(await client.getBooleanValue('on', false), true)
  client.track('bought', { targetingKey: 'kari', groups: { company: 'acme' } }, { value: 3 })
  client.track('seen')
  await posthog.flush()
  assert.deepEqual(
    posthog.events.map((/** @type {any} */ { event, distinctId }) => [event, distinctId]),
    [
      ['bought', 'kari'],
      ['seen', 'anybody'],
    ]
  )
  assert.equal(posthog.events[0].properties.value, 3)
  assert.deepEqual(posthog.events[0].properties.$groups, { company: 'acme' })

  const other = testClient({ on: true })
  const { client: telling } = await openFeature(t, other)
  await telling.getBooleanValue('on', false, SOMEBODY)
  await other.flush()
  assert.deepEqual(
    other.events.map((/** @type {any} */ { event }) => event),
    ['$feature_flag_called']
  )
})

test('definitions that change are told with the keys of the flags', async (t) => {
  const posthog = testClient({ a: true, b: 'one' })
  const { client } = await openFeature(t, posthog)
  const { next } = recordEvents(client)
  await posthog.setFlags({ b: 'two', c: true })
  const { flagsChanged } = await next(ProviderEvents.ConfigurationChanged)
  assert.deepEqual(flagsChanged, ['c', 'a', 'b'])
})

test('a provider is ready when definitions are, stale when they are not confirmed, and ready again', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] }, { etag: '"1"' })
  const posthog = open(NATIVE, { featureFlagsPollingInterval: 100 })
  posthog.on('error', () => {})
  const { client } = await openFeature(t, posthog)
  assert.equal(client.providerStatus, ProviderStatus.READY)
  const { next } = recordEvents(client)
  server.setFault({ status: 500 })
  const { message } = await next(ProviderEvents.Stale)
  assert.match(message, /HTTP status 500/)
  assert.equal(client.providerStatus, ProviderStatus.STALE)
  assert.equal(await client.getBooleanValue('on', false, SOMEBODY), true)
  server.setFault(undefined)
  await next(ProviderEvents.Ready)
  assert.equal(client.providerStatus, ProviderStatus.READY)
})

for (const [name, { status, flags }] of Object.entries({
  'a provider whose key is refused is in error, and ready once definitions come': { status: 401, flags: [flag('on')] },
  'a project without flags is no error, whatever went wrong before': { status: 500, flags: [] },
})) {
  test(name, { timeout: 20_000 }, async (t) => {
    const { server, open } = await openWorld(t, { flags })
    server.script({ status })
    const posthog = open(NATIVE)
    posthog.on('error', () => {})
    const { client } = await openFeature(t, posthog, undefined, true)
    assert.equal(client.providerStatus, ProviderStatus.ERROR)
    const { next } = recordEvents(client)
    await posthog.reloadFeatureFlags()
    await next(ProviderEvents.Ready)
    assert.equal(client.providerStatus, ProviderStatus.READY)
  })
}

test('a quota that is used up is an error', async (t) => {
  recordConsole(t, 'warn')
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  const posthog = open(NATIVE, { featureFlagsPollingInterval: 200 })
  const { client } = await openFeature(t, posthog)
  const { next } = recordEvents(client)
  server.setFault({ status: 402 })
  const { flagsChanged } = await next(ProviderEvents.ConfigurationChanged)
  assert.deepEqual(flagsChanged, ['on'])
  assert.match((await next(ProviderEvents.Error)).message, /quota/)
})

test(
  'a quota that is used up is an error also of a client that does not poll, and of one that another asks for',
  { timeout: 20_000 },
  async (t) => {
    recordConsole(t, 'warn')
    const { server, open } = await openWorld(t, { flags: [flag('on')] })
    const alone = open(NATIVE)
    const sharing = [1, 2].map(() => open(NATIVE, { featureFlagsPollingInterval: 60_000, native: { shared: true } }))
    const errors = []
    for (const posthog of [alone, ...sharing]) {
      const { client } = await openFeature(t, posthog)
      errors.push(recordEvents(client).next(ProviderEvents.Error))
    }
    server.setFault({ status: 402 })
    await Promise.all([alone, ...sharing].map((posthog) => posthog.reloadFeatureFlags()))
    for (const { message } of await Promise.all(errors)) assert.match(message, /quota/)
  }
)

test('a client that evaluates nothing locally is ready at once, and so is posthog-node', async (t) => {
  for (const PostHog of [NATIVE, STOCK]) {
    const { server, open } = await openWorld(t)
    server.flagsResponse = {
      flags: {
        remote: {
          key: 'remote',
          enabled: true,
          variant: 'blue',
          reason: { code: 'condition_match', description: 'Matched condition set 1' },
          metadata: { id: 1, version: 2, payload: '{"a":1}' },
        },
      },
      errorsWhileComputingFlags: false,
    }
    const posthog = open(PostHog, { secretKey: undefined })
    const { client } = await openFeature(t, posthog)
    const details = await client.getObjectDetails('remote', {}, SOMEBODY)
    assert.deepEqual([details.value, details.variant, details.reason], [{ a: 1 }, 'blue', 'TARGETING_MATCH'])
    assert.deepEqual(details.flagMetadata, {
      locallyEvaluated: false,
      reason: 'Matched condition set 1',
      reasonCode: 'condition_match',
    })
  }
})

test('a provider that is closed leaves the client as it is, and tells nothing any more', async (t) => {
  const posthog = testClient({ on: true })
  const { provider } = await openFeature(t, posthog)
  await provider.onClose()
  /** @type {any[]} */
  const told = []
  provider.events.addHandler(
    ProviderEvents.ConfigurationChanged,
    (/** @type {any} */ details) => void told.push(details)
  )
  await posthog.setFlags({ on: false })
  assert.deepEqual(told, [])
  assert.equal(posthog.localEvaluationStatus().state, 'ready')
})

test('what is no client is refused', () => {
  assert.throws(() => new PostHogProvider(undefined), {
    name: 'TypeError',
    message: /Expected a PostHog client but received undefined/,
  })
})
