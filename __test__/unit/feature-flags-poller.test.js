'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { NATIVE, STOCK, flag } = require('../support/observe')
const { SILENT } = require('../../lib/evaluation/silent')
const { openWorld, recordConsole } = require('./support/world')

const DEFINITIONS = { flags: [flag('on', { has_experiment: false })], minimal_flag_called_events: true }
const CLIENTS = { 'posthog-node': STOCK, 'this package': NATIVE }
const MB = 1024 * 1024
const NOBODY = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }

/** @param {any} client @returns {string[]} what it raises from now on */
function recordErrors(client) {
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  return errors
}

test('flags that the quota takes away take the gate for minimal events with them', async (t) => {
  const namesOf = async (/** @type {any} */ PostHog) => {
    const { server, open } = await openWorld(t, DEFINITIONS)
    recordConsole(t, 'warn')
    const client = open(PostHog, { flushAt: 1 })
    await client.reloadFeatureFlags()
    const called = async (/** @type {string} */ distinctId) => {
      // What was evaluated before the quota was used up may be asked for after it.
      const evaluations = await client.evaluateFlags(distinctId, { onlyEvaluateLocally: true })
      return async () => {
        evaluations.isEnabled('on')
        await client.flush()
        const event = server.events.find((each) => each.distinct_id === distinctId)
        return Object.keys(event.properties).sort()
      }
    }
    const [before, after] = [await called('before'), await called('after')]
    const minimal = await before()
    server.script({ status: 402 })
    await client.reloadFeatureFlags()
    return { minimal, full: await after() }
  }
  const [theirs, ours] = [await namesOf(STOCK), await namesOf(NATIVE)]
  assert.ok(theirs.full.length > theirs.minimal.length)
  assert.deepEqual(ours, theirs)
})

test('no key is in a debug line or an error, however it is written there', async (t) => {
  const secretKey = 'phs_"a b"/c\\d'
  const { open } = await openWorld(t, DEFINITIONS)
  const lines = recordConsole(t, 'debug')
  const forms = [
    secretKey,
    encodeURIComponent(secretKey),
    JSON.stringify(secretKey),
    'phc_project',
    'karimartinsen',
    'geheimnisvoll',
  ]
  const client = open(NATIVE, {
    host: 'http://karimartinsen:geheimnisvoll@127.0.0.1:9',
    secretKey,
    fetch: async () => Response.json({ detail: forms.join(' and ') }),
  })
  client.debug(true)
  const errors = recordErrors(client)
  await client.reloadFeatureFlags()
  client.featureFlagsPoller._reports.trace(`Failed: ${forms.join(' and ')}, ${forms.join(' and ')}`)
  assert.ok(lines.some((line) => line.includes('[redacted] and [redacted]')))
  assert.equal(errors.length, 1)
  assert.match(errors[0], /^Invalid response when getting feature flags: .*\[redacted\] and/)
  const told = [...lines, ...errors].join('\n')
  for (const form of [...forms, JSON.stringify(secretKey).slice(1, -1)]) {
    assert.ok(!told.includes(form), form)
  }
})

test('a debug line of a failed load names no key', async (t) => {
  const { open } = await openWorld(t)
  const lines = recordConsole(t, 'debug')
  const client = open(NATIVE, {
    secretKey: 'phs_secret_of_a_test',
    fetch: async (/** @type {string} */ url) => {
      throw new Error(`cannot reach ${url} with phs_secret_of_a_test, phs_secret_of_a_test`)
    },
  })
  client.debug(true)
  client.on('error', () => {
    throw new Error('a listener that quotes phs_secret_of_a_test')
  })
  await client.reloadFeatureFlags()
  const told = lines.filter((line) => line.includes('[FEATURE FLAGS]')).join('\n')
  assert.match(told, /A listener of the error event failed: Error: a listener that quotes \[redacted\]/)
  assert.ok(!told.includes('phs_secret'))
})

test('a body that is no definitions document is quoted, unless it is long', async (t) => {
  const raised = async (/** @type {any} */ PostHog, /** @type {unknown} */ body) => {
    const { server, open } = await openWorld(t, body)
    const client = open(PostHog)
    const errors = recordErrors(client)
    await client.reloadFeatureFlags()
    assert.equal(server.definitionRequests.length, 1)
    return errors
  }
  const short = { detail: 'x'.repeat(MB - 20) }
  assert.deepEqual(await raised(NATIVE, short), await raised(STOCK, short))
  for (const body of [{ detail: 'x'.repeat(MB) }, { detail: 'x'.repeat(3 * MB) }]) {
    const errors = await raised(NATIVE, body)
    assert.ok(
      errors.every((message) => message.length < 1000),
      'a long body is not quoted'
    )
  }
})

for (const [name, PostHog] of Object.entries(CLIENTS)) {
  test(`with ${name}, a first answer of 304 counts as loaded: no evaluation asks for definitions again`, async (t) => {
    const { server, open } = await openWorld(t)
    server.script({ status: 304 }, { status: 500 }, { status: 500 })
    const client = open(PostHog)
    client.on('error', () => {})
    await client.reloadFeatureFlags()
    assert.equal(server.definitionRequests.length, 1)
    for (let call = 0; call < 3; call += 1) {
      await client.getAllFlags('kari', { onlyEvaluateLocally: true })
      await client.evaluateFlags('kari', { onlyEvaluateLocally: true })
    }
    assert.equal(server.definitionRequests.length, 1)
    assert.equal(client.isLocalEvaluationReady(), false)
  })
}

test('what definitions hold is freed when others take their place, and when the quota takes them away', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('first')] })
  recordConsole(t, 'warn')
  const client = open(NATIVE)
  const load = async () => {
    await client.reloadFeatureFlags()
    return client.featureFlagsPoller.snapshot
  }
  const held = (/** @type {any} */ snapshot) => snapshot.valueOf(snapshot.featureFlags[0], NOBODY, SILENT)
  const first = await load()
  assert.equal(held(first), true)
  server.setDefinitions({ flags: [flag('second')] })
  const second = await load()
  assert.deepEqual([held(first), held(second)], [undefined, true])
  server.script({ status: 402 })
  assert.equal(await load(), undefined)
  assert.deepEqual([held(first), held(second)], [undefined, undefined])
  // Whoever holds flags of those goes on to be told what is known of them.
  assert.deepEqual(
    [first, second].map(({ featureFlags: [{ key, id }] }) => [key, id]),
    [
      ['first', 5],
      ['second', 6],
    ]
  )
})

test('an evaluation waits for the first load, and says what it found', async (t) => {
  const { server, open } = await openWorld(t, DEFINITIONS)
  server.script({ delayMs: 20, body: DEFINITIONS })
  const client = open(NATIVE)
  assert.equal(await client.isFeatureEnabled('on', 'kari', { onlyEvaluateLocally: true }), true)
  assert.deepEqual(await client.getAllFlags('kari', { onlyEvaluateLocally: true }), { on: true })
  assert.equal(server.definitionRequests.length, 1)
})

test('flags are listed by the runtime that they are for', async (t) => {
  const runtimes = ['client', 'server', 'all', undefined, 'other']
  const definitions = { flags: runtimes.map((runtime) => flag(`for ${runtime}`, { evaluation_runtime: runtime })) }
  const listed = async (/** @type {any} */ PostHog) => {
    const { open } = await openWorld(t, definitions)
    const client = open(PostHog)
    await client.reloadFeatureFlags()
    return [
      ...['client', 'server', 'all'].map((runtime) => client.getFeatureFlagKeysByEvaluationRuntime(runtime)),
      ...[...runtimes.map((runtime) => `for ${runtime}`), 'none'].map((key) =>
        client.getFeatureFlagEvaluationRuntime(key)
      ),
    ]
  }
  assert.deepEqual(await listed(NATIVE), await listed(STOCK))
})
