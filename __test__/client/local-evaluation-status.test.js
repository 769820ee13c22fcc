'use strict'

const assert = require('node:assert/strict')
const { mkdtemp, rm } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')

const { NATIVE, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { testClient } = require('../../testing')
const { openWorld, recordConsole } = require('../unit/support/world')

const JAVASCRIPT = { native: { engine: 'javascript' } }
const NOTHING_UNRESOLVED = {
  experience_continuity: 0,
  unsupported_definition: 0,
  unresolved_dependency: 0,
  missing_context: 0,
}

/** @param {string} name of a property of the person */
function needs(name) {
  return { filters: { groups: [{ properties: [{ key: name, value: 'x', operator: 'exact', type: 'person' }] }] } }
}

/** A flag for each reason, two that need a property, and one that is on. */
const OF_EACH_REASON = {
  flags: [
    flag('on'),
    flag('sticky', { ensure_experience_continuity: true }),
    flag('odd', {
      filters: { groups: [{ properties: [{ key: 'a', value: 'x', operator: 'no_such', type: 'person' }] }] },
    }),
    flag('asks-plan', needs('plan')),
    flag('asks-tier', needs('tier')),
    flag('reads-sticky', {
      filters: {
        groups: [{ properties: [{ key: 'sticky', type: 'flag', value: true, dependency_chain: ['sticky'] }] }],
      },
    }),
  ],
}

test('the status has all its fields before anything is loaded', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  server.setDelay(200)
  const client = open(NATIVE)
  const before = client.localEvaluationStatus()
  assert.deepEqual(before, {
    engine: 'native',
    state: 'loading',
    source: undefined,
    flags: 0,
    changedAt: undefined,
    confirmedAt: undefined,
    role: undefined,
    loads: { attempts: 0, changed: 0, unchanged: 0, failed: 0, bytes: 0 },
    evaluations: { local: 0, unresolved: NOTHING_UNRESOLVED },
    unresolvedFlags: {},
  })
  await client.reloadFeatureFlags()
  assert.equal(client.localEvaluationStatus().state, 'ready')
  await client.shutdown()
  assert.equal(client.localEvaluationStatus().state, 'stopped')
  assert.equal(before.state, 'loading')
})

test('loads are counted by how they ended, with the bytes of the documents', async (t) => {
  const document = JSON.stringify({ flags: [flag('on')] })
  const { server, open } = await openWorld(t)
  server.setDefinitions(document, { etag: '"1"' })
  const client = open(NATIVE)
  const loads = async () => {
    await client.reloadFeatureFlags()
    return client.localEvaluationStatus().loads
  }
  client.on('error', () => {})
  recordConsole(t, 'warn')
  const bytes = document.length
  assert.deepEqual(await loads(), { attempts: 1, changed: 1, unchanged: 0, failed: 0, bytes })
  assert.deepEqual(await loads(), { attempts: 2, changed: 1, unchanged: 1, failed: 0, bytes })
  server.script({ status: 500 }, { status: 503 }, { status: 402 })
  await loads()
  await loads()
  assert.deepEqual(await loads(), { attempts: 5, changed: 1, unchanged: 1, failed: 3, bytes })
  assert.equal(client.localEvaluationStatus().state, 'empty')
  assert.equal(client.localEvaluationStatus().source, undefined)
  assert.deepEqual(await loads(), { attempts: 6, changed: 2, unchanged: 1, failed: 3, bytes: 2 * bytes })
  assert.equal(client.localEvaluationStatus().state, 'ready')
})

test('the last error says what went wrong and when, also where it is reported once a minute, and without the key', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  const client = open(NATIVE)
  client.on('error', () => {})
  const lastError = async (/** @type {any} */ answer) => {
    server.script(answer)
    const before = Date.now()
    await client.reloadFeatureFlags()
    const { at, message } = client.localEvaluationStatus().lastError
    assert.ok(at >= before && at <= Date.now())
    return message
  }
  await client.reloadFeatureFlags()
  assert.equal('lastError' in client.localEvaluationStatus(), false)
  assert.match(await lastError({ status: 500 }), /HTTP status 500/)
  assert.match(await lastError({ status: 500 }), /HTTP status 500/)
  assert.match(await lastError({ status: 401 }), /key is invalid/)
  assert.match(await lastError({ status: 200, body: '{"flags":5,"key":"phs_secret_of_a_test"}' }), /flags/)
  assert.doesNotMatch(JSON.stringify(client.localEvaluationStatus()), /phs_secret/)
  assert.equal(client.localEvaluationStatus().loads.failed, 4)
})

for (const [engine, options] of /** @type {[string, any][]} */ ([
  ['native', {}],
  ['javascript', JAVASCRIPT],
])) {
  test(`each flag that is handed out counts once, with the engine ${engine}`, async (t) => {
    recordConsole(t, 'warn')
    const { open } = await openWorld(t, OF_EACH_REASON)
    const client = open(NATIVE, options)
    await client.reloadFeatureFlags()
    assert.equal(client.localEvaluationStatus().engine, engine)
    const person = { personProperties: { plan: 'x' } }
    await client.getFeatureFlag('on', 'kari')
    await client.getFeatureFlag('asks-plan', 'kari')
    await client.getFeatureFlag('asks-plan', 'kari', person)
    await client.getFeatureFlag('no-such-flag', 'kari')
    await client.isFeatureEnabled('sticky', 'kari', { onlyEvaluateLocally: true })
    await client.getFeatureFlagPayload('on', 'kari', true)
    assert.deepEqual(client.localEvaluationStatus().evaluations, {
      local: 2,
      unresolved: { ...NOTHING_UNRESOLVED, missing_context: 1, experience_continuity: 1 },
    })
    // The server is asked for what is left, so that the same flags may be evaluated twice; they count once.
    await client.evaluateFlags('kari', person)
    await client.evaluateFlags('kari', { onlyEvaluateLocally: true })
    await client.evaluateFlags('kari', { flagKeys: ['on', 'asks-tier'] })
    await client.evaluateFlags('kari', { flagKeys: ['on', 'asks-tier'], onlyEvaluateLocally: true })
    await client.getAllFlags('kari')
    await client.getAllFlagsAndPayloads('kari', { flagKeys: ['odd'] })
    const { evaluations, unresolvedFlags } = client.localEvaluationStatus()
    assert.deepEqual(evaluations, {
      local: 2 + 2 + 1 + 1 + 1 + 1,
      unresolved: {
        experience_continuity: 1 + 3,
        unsupported_definition: 4,
        unresolved_dependency: 3,
        missing_context: 1 + 1 + 2 + 2 + 2,
      },
    })
    assert.deepEqual(unresolvedFlags, {
      'asks-plan': { reason: 'missing_context', count: 3 },
      'asks-tier': { reason: 'missing_context', count: 5 },
      sticky: { reason: 'experience_continuity', count: 4 },
      odd: { reason: 'unsupported_definition', count: 4 },
      'reads-sticky': { reason: 'unresolved_dependency', count: 3 },
    })
  })
}

test('evaluations by the localEvaluator count too, and explaining does not', async (t) => {
  recordConsole(t, 'warn')
  const { open } = await openWorld(t, OF_EACH_REASON)
  const client = open(NATIVE)
  await client.reloadFeatureFlags()
  const evaluator = client.localEvaluator
  evaluator.getFeatureFlag('on', 'kari')
  evaluator.getFeatureFlagResult('sticky', 'kari')
  evaluator.getAllFlags('kari')
  evaluator.getAllFlagsAndPayloads('kari', { flagKeys: ['on'] })
  evaluator.explain('sticky', 'kari')
  const { evaluations } = client.localEvaluationStatus()
  assert.equal(evaluations.local, 3)
  assert.equal(evaluations.unresolved.experience_continuity, 2)
})

test('of many flags the hundred most frequent are named, each with its most frequent reason', () => {
  const flags = Array.from({ length: 150 }, (_, number) => flag(`f${number}`, needs('plan')))
  const client = testClient({ flags })
  const seen = (/** @type {string[]} */ flagKeys) => client.localEvaluator.getAllFlags('kari', { flagKeys })
  seen(flags.map(({ key }) => key))
  for (let number = 50; number < 150; number++) seen([`f${number}`])
  const { unresolvedFlags, evaluations } = client.localEvaluationStatus()
  assert.equal(evaluations.unresolved.missing_context, 250)
  assert.equal(Object.keys(unresolvedFlags).length, 100)
  assert.deepEqual(unresolvedFlags.f50, { reason: 'missing_context', count: 2 })
  assert.equal(unresolvedFlags.f49, undefined)
})

test('definitions are stale when they were not confirmed for three intervals, and ready again when they are', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] }, { etag: '"1"' })
  const interval = 100
  const client = open(NATIVE, { featureFlagsPollingInterval: interval, native: { pollingJitter: 0 } })
  client.on('error', () => {})
  await client.waitForLocalEvaluationReady()
  const { confirmedAt, changedAt, source } = client.localEvaluationStatus()
  assert.equal(source, 'network')
  assert.equal(confirmedAt, changedAt)
  await server.definitionRequest(3)
  assert.equal(client.localEvaluationStatus().state, 'ready')
  server.setFault({ status: 500 })
  while (client.localEvaluationStatus().state === 'ready') await sleep(10)
  const status = client.localEvaluationStatus()
  assert.equal(status.state, 'stale')
  assert.ok(Date.now() - status.confirmedAt > 3 * interval)
  assert.ok(status.confirmedAt > confirmedAt)
  assert.equal(status.changedAt, changedAt)
  server.setFault(undefined)
  while (client.localEvaluationStatus().state === 'stale') await sleep(10)
  assert.equal(client.localEvaluationStatus().state, 'ready')
})

test('the calls of a provider count, with those that failed, and who asks PostHog', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const provider = memoryProvider()
  const leader = open(NATIVE, { flagDefinitionCacheProvider: provider })
  await leader.reloadFeatureFlags()
  const status = leader.localEvaluationStatus()
  assert.equal(status.role, 'leader')
  assert.equal(status.source, 'network')
  assert.deepEqual({ ...status.provider, lastMs: 0 }, { calls: 2, failures: 0, lastMs: 0 })
  assert.ok(status.provider.lastMs >= 0)

  let isBroken = false
  const follower = open(NATIVE, {
    flagDefinitionCacheProvider: {
      shouldFetchFlagDefinitions: () => false,
      getFlagDefinitions: () => (isBroken ? Promise.reject(new Error('down')) : { flags: [flag('on')] }),
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  follower.on('error', () => {})
  await follower.reloadFeatureFlags()
  const { confirmedAt } = follower.localEvaluationStatus()
  await follower.reloadFeatureFlags()
  isBroken = true
  await follower.reloadFeatureFlags()
  const after = follower.localEvaluationStatus()
  assert.equal(after.role, 'follower')
  assert.equal(after.source, 'cache')
  assert.ok(after.confirmedAt >= confirmedAt)
  assert.deepEqual({ ...after.provider, lastMs: 0 }, { calls: 6, failures: 1, lastMs: 0 })
  assert.deepEqual({ ...after.loads, bytes: 0 }, { attempts: 3, changed: 1, unchanged: 1, failed: 1, bytes: 0 })
  assert.match(after.lastError.message, /Failed to load from cache: Error: down/)
})

test('a call of a provider that was given up has failed, once', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  /** @type {(error: Error) => void} */
  let fail = () => {}
  const provider = memoryProvider()
  provider.onFlagDefinitionsReceived = () => new Promise((_, reject) => (fail = reject))
  const client = open(NATIVE, { flagDefinitionCacheProvider: provider, native: { providerTimeoutMs: 50 } })
  client.on('error', () => {})
  await client.reloadFeatureFlags()
  assert.equal(client.localEvaluationStatus().provider.failures, 1)
  assert.ok(client.localEvaluationStatus().provider.lastMs > 0)
  fail(new Error('late'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(client.localEvaluationStatus().provider.failures, 1)
})

test('who shares a file or a poller is stale as soon as who asks PostHog is', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] }, { etag: '"1"' })
  const folder = await mkdtemp(path.join(tmpdir(), 'status-'))
  t.after(() => rm(folder, { recursive: true }))
  const native = [{ file: path.join(folder, 'flags') }, { shared: true }]
  const clients = [...native, ...native].map((each) =>
    open(NATIVE, { featureFlagsPollingInterval: 100, native: { ...each, pollingJitter: 0 } })
  )
  for (const client of clients) {
    client.on('error', () => {})
    assert.equal(await client.waitForLocalEvaluationReady(), true)
  }
  const statuses = () => clients.map((client) => client.localEvaluationStatus())
  while (!statuses().every(({ role }) => role !== undefined)) await sleep(10)
  assert.deepEqual(
    statuses()
      .map(({ role }) => role)
      .sort(),
    ['follower', 'follower', 'leader', 'leader']
  )
  server.setFault({ status: 500 })
  while (!statuses().every(({ state }) => state === 'stale')) await sleep(10)
  server.setFault(undefined)
  while (!statuses().every(({ state }) => state === 'ready')) await sleep(10)
})

test('with the engine javascript what posthog-node lets others know is known', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] }, { etag: '"1"' })
  const client = open(NATIVE, JAVASCRIPT)
  client.on('error', () => {})
  await client.reloadFeatureFlags()
  const { state, source, flags, confirmedAt } = client.localEvaluationStatus()
  assert.deepEqual({ state, source, flags }, { state: 'ready', source: 'network', flags: 1 })
  assert.ok(confirmedAt <= Date.now())
  await client.reloadFeatureFlags()
  server.script({ status: 500 }, { status: 401 })
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  const { loads, lastError } = client.localEvaluationStatus()
  assert.deepEqual(loads, { attempts: 4, changed: 1, unchanged: 1, failed: 2, bytes: 0 })
  assert.match(lastError.message, /key is invalid/)
  await client.shutdown()
  assert.equal(client.localEvaluationStatus().state, 'stopped')
})

test('with the engine javascript a load that begins just as another ends is counted by itself', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] }, { etag: '"1"' })
  for (let turns = 0; turns < 12; turns += 1) {
    const client = open(NATIVE, JAVASCRIPT)
    await new Promise((resolve) => client.on('localEvaluationFlagsLoaded', resolve))
    for (let turn = 0; turn < turns; turn += 1) await undefined
    await client.reloadFeatureFlags()
    await client.reloadFeatureFlags()
    const { loads, lastError } = client.localEvaluationStatus()
    assert.equal(lastError, undefined, `${turns} turns`)
    assert.deepEqual(
      { ...loads, unchanged: 0, attempts: loads.attempts - loads.unchanged },
      { ...loads, changed: 1, unchanged: 0, attempts: 1, failed: 0 }
    )
  }
})

test('with the engine javascript an error that posthog-node does not tell has a message, and a quota that is used up is known', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  t.mock.method(console, 'warn', () => {})
  server.setFault({ status: 500 })
  const client = open(NATIVE, JAVASCRIPT)
  await client.reloadFeatureFlags()
  assert.match(client.localEvaluationStatus().lastError.message, /posthog-node does not tell/)
  server.setFault({ status: 402 })
  await client.reloadFeatureFlags()
  assert.match(client.localEvaluationStatus().lastError.message, /the quota of feature flags is used up/)
  server.setFault(undefined)
  await client.reloadFeatureFlags()
  assert.equal(client.localEvaluationStatus().state, 'ready')
  server.setFault({ status: 402 })
  await client.reloadFeatureFlags()
  const { state, source, flags } = client.localEvaluationStatus()
  assert.deepEqual({ state, source, flags }, { state: 'empty', source: undefined, flags: 0 })
})

test('a client that evaluates nothing locally has a status too', async (t) => {
  const { open } = await openWorld(t)
  const client = open(NATIVE, { secretKey: undefined })
  const { engine, state, evaluations } = client.localEvaluationStatus()
  assert.deepEqual({ engine, state }, { engine: undefined, state: 'empty' })
  assert.deepEqual(evaluations, { local: 0, unresolved: NOTHING_UNRESOLVED })
})

test('definitions that a client starts from, with nothing to load, are never stale', () => {
  const client = new NATIVE('phc_project', { native: { bootstrap: { flags: [flag('on')] } } })
  const { state, source, flags, confirmedAt } = client.localEvaluationStatus()
  assert.deepEqual(
    { state, source, flags, confirmedAt },
    { state: 'ready', source: 'bootstrap', flags: 1, confirmedAt: undefined }
  )
})

test('waiting ends at once when the key is refused, and the status says why', async (t) => {
  for (const status of [401, 403]) {
    const { server, open } = await openWorld(t)
    server.setFault({ status })
    const client = open(NATIVE, { featureFlagsPollingInterval: 60_000 })
    client.on('error', () => {})
    // Node would end the process if this took its 10 minutes.
    assert.equal(await client.waitForLocalEvaluationReady(600_000), false)
    assert.match(client.localEvaluationStatus().lastError.message, /key/)
    assert.equal(client.localEvaluationStatus().state, 'empty')
    assert.equal(await client.waitForLocalEvaluationReady(600_000), false)
  }
})

test('waiting ends at once when the first load has failed and nothing is polled, and waits for a load that is asked for', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  server.script({ status: 500 })
  const client = open(NATIVE)
  client.on('error', () => {})
  assert.equal(await client.waitForLocalEvaluationReady(600_000), false)
  assert.equal(client.localEvaluationStatus().state, 'empty')
  assert.match(client.localEvaluationStatus().lastError.message, /HTTP status 500/)
  const reloaded = client.reloadFeatureFlags()
  assert.equal(await client.waitForLocalEvaluationReady(600_000), true)
  await reloaded
})

test('waiting goes on as long as a retry is to come', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  server.script({ status: 500 }, { status: 500 })
  const client = open(NATIVE, { featureFlagsPollingInterval: 100 })
  client.on('error', () => {})
  assert.equal(await client.waitForLocalEvaluationReady(600_000), true)
  assert.ok(client.localEvaluationStatus().loads.failed >= 2)
})

test('waiting ends with the shutdown of the client', async (t) => {
  const { server, open } = await openWorld(t)
  server.setFault({ status: 500 })
  const client = open(NATIVE, { featureFlagsPollingInterval: 60_000 })
  const failed = new Promise((resolve) => client.on('error', resolve))
  const waiting = client.waitForLocalEvaluationReady(600_000)
  await failed
  await client.shutdown()
  assert.equal(await waiting, false)
  assert.equal(await client.waitForLocalEvaluationReady(600_000), false)
})
