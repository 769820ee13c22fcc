'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { mkdtempSync, rmSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { Worker } = require('node:worker_threads')

const { PostHog } = require('../../index')
const { startChild } = require('../support/child')
const { closing } = require('../support/closing')
const { DefinitionsServer } = require('../support/definitions-server')
const { memoryProvider } = require('../support/providers')
const { testClient } = require('../../testing')

/** Takes the events of clients that ask it for no definitions. @type {DefinitionsServer} */
let events
before(async () => {
  events = await DefinitionsServer.start()
})
after(() => events.close())

/** @param {string} key @param {any} condition @param {any} [filters] */
function flagOf(key, condition, filters) {
  return { id: key.length, key, active: true, filters: { groups: [condition], ...filters } }
}

/** @param {any[]} properties */
const all = (...properties) => ({ properties, rollout_percentage: 100 })

const DOCUMENT = {
  flags: [
    flagOf('enrolled', { properties: [], rollout_percentage: 0 }, { feature_enrollment: true }),
    flagOf('between', all({ key: 'age', type: 'person', operator: 'between', value: [18, 30] })),
    flagOf('unset', all({ key: 'left_at', type: 'person', operator: 'is_not_set', value: 'is_not_set' })),
    flagOf('dated', all({ key: 'seen', type: 'person', operator: 'is_date_after', value: '2024-06-15' })),
    flagOf('ofCompany', all({ key: 'plan', type: 'group', operator: 'exact', value: 'pro', group_type_index: 0 })),
    flagOf('inCohort', all({ key: 'id', type: 'cohort', value: 7 })),
  ],
  cohorts: {
    7: { type: 'AND', values: [{ key: 'age', type: 'person', operator: 'gt', value: '10 years', negation: true }] },
  },
  group_type_mapping: { 0: 'company' },
}

const PERSON = { '$feature_enrollment/enrolled': 'true', age: 20, seen: '2024-06-15T03:00:00Z' }
const CALL = {
  personProperties: PERSON,
  groups: { company: 'acme' },
  groupProperties: { company: { plan: 'pro' } },
}
const NATIVE = { semantics: 'server', timezone: 'America/New_York', propertiesAreComplete: true }

const AS_SERVER = { enrolled: true, between: true, unset: true, dated: false, ofCompany: true, inCohort: true }
const AS_POSTHOG_NODE = { enrolled: false, dated: true, inCohort: false }

/** @param {import('node:test').TestContext} t @param {any} [options] */
function open(t, { native, ...options } = {}) {
  const client = new PostHog('phc_project', {
    host: events.url,
    featureFlagsPollingInterval: null,
    strictLocalEvaluation: true,
    ...options,
    native,
  })
  client.on('error', () => {})
  return closing(t, client)
}

/** @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = closing(t, await DefinitionsServer.start())
  server.setDefinitions(DOCUMENT, { etag: '"1"' })
  return server
}

/**
 * What a client answers in each way there is.
 *
 * @param {any} client
 * @param {any} [call]
 */
async function answersOf(client, call = CALL) {
  await client.waitForLocalEvaluationReady()
  const keys = DOCUMENT.flags.map(({ key }) => key)
  const quiet = { ...call, sendFeatureFlagEvents: false }
  const asked = await Promise.all(keys.map(async (key) => [key, await client.getFeatureFlag(key, 'kari', quiet)]))
  const evaluations = await client.evaluateFlags('kari', call)
  const some = await client.evaluateFlags('kari', { ...call, flagKeys: keys })
  const given = (/** @type {any[][]} */ pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
  return {
    getFeatureFlag: given(asked),
    getAllFlags: await client.getAllFlags('kari', call),
    evaluateFlags: given(keys.map((key) => [key, evaluations.getFlag(key)])),
    someFlags: given(keys.map((key) => [key, some.getFlag(key)])),
    localEvaluator: client.localEvaluator.getAllFlags('kari', call),
  }
}

/** @param {Record<string, string | boolean>} values */
function everywhere(values) {
  const names = ['getFeatureFlag', 'getAllFlags', 'evaluateFlags', 'someFlags', 'localEvaluator']
  return Object.fromEntries(names.map((name) => [name, values]))
}

test('a client with the semantics of the server decides as it, wherever its definitions come from', async (t) => {
  const server = await serve(t)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'semantics-'))
  closing(t, () => rmSync(folder, { recursive: true }))
  const text = JSON.stringify(DOCUMENT)
  const fetched = { host: server.url, secretKey: 'phs_secret' }
  /** @type {Record<string, any>} */
  const ways = {
    'the network': fetched,
    "Node's fetch": { ...fetched, native: { transport: 'fetch' } },
    "a fetch of the user's": {
      ...fetched,
      fetch: async () => ({ status: 200, headers: { get: () => null }, json: async () => structuredClone(DOCUMENT) }),
    },
    'a provider that returns an object': {
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DOCUMENT }),
    },
    'a provider that returns text': { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: text }) },
    'a provider that returns bytes': {
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: Buffer.from(text) }),
    },
    'an object to start from': { native: { bootstrap: DOCUMENT } },
    'text to start from': { native: { bootstrap: text } },
    'bytes to start from': { native: { bootstrap: Buffer.from(text) } },
    'the network, kept in a file': { ...fetched, native: { file: path.join(folder, 'flags') } },
    'the file that another has written': { host: server.url, native: { file: path.join(folder, 'flags') } },
    'what clients of the process share': { ...fetched, native: { shared: true } },
    'a client that rests': { ...fetched, featureFlagsPollingInterval: 1000, native: { idleAfterMs: 60_000 } },
  }
  for (const [way, { native, ...options }] of Object.entries(ways)) {
    const client = open(t, { ...options, native: { ...native, ...NATIVE } })
    assert.deepEqual(await answersOf(client), everywhere(AS_SERVER), way)
    assert.deepEqual(await answersOf(open(t, { ...options, native })), everywhere(AS_POSTHOG_NODE), way)
  }
})

test('clients that share the definitions of a process each answer by their own semantics', async (t) => {
  const server = await serve(t)
  const options = { host: server.url, secretKey: 'phs_secret', featureFlagsPollingInterval: 60_000 }
  const natives = [
    { shared: true },
    { shared: true, ...NATIVE },
    { shared: true, semantics: 'server', timezone: 'UTC', propertiesAreComplete: true },
    { shared: true, semantics: 'server' },
  ]
  const answers = [AS_POSTHOG_NODE, AS_SERVER, { ...AS_SERVER, dated: true }, undefined]
  const clients = natives.map((native) => open(t, { ...options, native }))
  for (const [index, client] of clients.entries()) {
    const found = (await answersOf(client)).localEvaluator
    const { dated: _, unset: __, ...withoutZone } = AS_SERVER
    assert.deepEqual(found, answers[index] ?? withoutZone)
  }
  // They do not ask each for itself.
  assert.ok(server.definitionRequests.length < natives.length)
})

test('a call says whether its properties are complete, and the client says it for all other calls', async (t) => {
  const { unset: _, ...others } = AS_SERVER
  for (const [byDefault, said, expected] of [
    [false, undefined, others],
    [false, false, others],
    [false, true, AS_SERVER],
    [true, undefined, AS_SERVER],
    [true, true, AS_SERVER],
    [true, false, others],
    [undefined, null, others],
    [true, 0, AS_SERVER],
  ]) {
    const native = { ...NATIVE, propertiesAreComplete: byDefault, bootstrap: DOCUMENT }
    const call = { ...CALL, propertiesAreComplete: said }
    assert.deepEqual(await answersOf(open(t, { native }), call), everywhere(/** @type {any} */ (expected)))
  }
  // Where semantics are posthog-node's it says nothing.
  const plain = open(t, { native: { bootstrap: DOCUMENT } })
  assert.deepEqual(await answersOf(plain, { ...CALL, propertiesAreComplete: true }), everywhere(AS_POSTHOG_NODE))
})

test('where PostHog adds what the address of the caller tells, a call gives all properties only if no flag reads that', async (t) => {
  const unset = (/** @type {string} */ key) => ({ key, type: 'person', operator: 'is_not_set', value: 'is_not_set' })
  const documentOf = (/** @type {string} */ key) => ({ flags: [flagOf('f', all(unset(key)))] })
  const geoip = documentOf('$geoip_country_code')
  for (const [bootstrap, byDefault, said, expected] of /** @type {[any, any, any, any][]} */ ([
    [geoip, undefined, undefined, true],
    [geoip, undefined, false, undefined],
    [geoip, false, undefined, undefined],
    [geoip, false, true, true],
    [documentOf('country'), false, false, true],
  ])) {
    for (const propertiesAreComplete of [undefined, true]) {
      const native = { ...NATIVE, propertiesAreComplete: propertiesAreComplete === undefined, bootstrap }
      const client = open(t, { native, disableGeoip: byDefault })
      const call = { propertiesAreComplete, disableGeoip: said, onlyEvaluateLocally: true }
      assert.equal((await client.evaluateFlags('kari', call)).getFlag('f'), expected)
      assert.equal(await client.getFeatureFlag('f', 'kari', call), expected)
      assert.equal((await client.getAllFlags('kari', call)).f, expected)
      if (propertiesAreComplete === undefined && said === undefined) {
        assert.equal((await client.evaluateFlags('kari')).getFlag('f'), expected)
        assert.equal(await client.getFeatureFlag('f', 'kari'), expected)
        assert.equal((await client.getAllFlagsAndPayloads('kari')).featureFlags.f, expected)
      }
    }
  }
})

test('a call for a person of the context says it too', async (t) => {
  const client = /** @type {any} */ (
    open(t, { native: { ...NATIVE, propertiesAreComplete: false, bootstrap: DOCUMENT } })
  )
  await client.withContext({ distinctId: 'kari' }, async () => {
    const unset = async (/** @type {any} */ call) => (await client.evaluateFlags(call)).getFlag('unset')
    assert.equal(await unset(CALL), undefined)
    assert.equal(await unset({ ...CALL, propertiesAreComplete: true }), true)
    const { featureFlags } = await client.getAllFlagsAndPayloads({ ...CALL, propertiesAreComplete: true })
    assert.deepEqual(featureFlags, AS_SERVER)
    const result = await client.getFeatureFlagResult('unset', { ...CALL, propertiesAreComplete: true })
    assert.equal(result.enabled, true)
  })
})

test('what is open goes to the server with the properties that were given, and is counted', async (t) => {
  const server = await serve(t)
  server.flagsResponse = {
    flags: { unset: { key: 'unset', enabled: true, variant: 'remote', metadata: { id: 5 } } },
    errorsWhileComputingFlags: false,
    requestId: 'request-1',
  }
  const native = { ...NATIVE, propertiesAreComplete: false }
  const options = { host: server.url, secretKey: 'phs_secret', strictLocalEvaluation: false, native }
  const client = /** @type {any} */ (open(t, options))
  await client.waitForLocalEvaluationReady()
  const asked = () => server.requests.filter(({ path: at }) => at.startsWith('/flags') && !at.includes('definitions'))

  const flags = await client.evaluateFlags('kari', { ...CALL, propertiesAreComplete: true })
  assert.equal(flags.getFlag('enrolled'), true)
  assert.equal(asked().length, 0)
  assert.deepEqual(client.localEvaluationStatus().unresolvedFlags, {})

  for (const propertiesAreComplete of [undefined, false]) {
    const open = await client.evaluateFlags('kari', { ...CALL, propertiesAreComplete })
    assert.equal(open.getFlag('unset'), 'remote')
    assert.equal(open.getFlag('enrolled'), true)
  }
  assert.equal(await client.getFeatureFlag('unset', 'kari', { ...CALL, propertiesAreComplete: false }), 'remote')
  assert.equal(asked().length, 3)
  for (const { body } of asked()) {
    assert.deepEqual(body.person_properties, PERSON)
  }
  assert.deepEqual(Object.keys(client.localEvaluationStatus().unresolvedFlags), ['unset'])
})

test('the event that a flag was called has the value by these semantics', async (t) => {
  const client = /** @type {any} */ (open(t, { native: { ...NATIVE, bootstrap: DOCUMENT } }))
  /** @type {any[]} */
  const called = []
  client.on('capture', (/** @type {any} */ { properties }) => called.push(properties))
  assert.equal(await client.getFeatureFlag('enrolled', 'kari', CALL), true)
  const flags = await client.evaluateFlags('kari', CALL)
  assert.equal(flags.getFlag('between'), true)
  await client.flush().catch(() => {})
  assert.deepEqual(
    called.map((properties) => [
      properties.$feature_flag,
      properties.$feature_flag_response,
      properties.locally_evaluated,
    ]),
    [
      ['enrolled', true, true],
      ['between', true, true],
    ]
  )
})

test('a client for tests has them too', async (t) => {
  const client = closing(t, testClient(DOCUMENT, { native: /** @type {any} */ (NATIVE) }))
  assert.deepEqual(await answersOf(client), everywhere(AS_SERVER))
  await client.setFlags({ between: 'all' })
  assert.equal(client.localEvaluator?.getFeatureFlag('between', 'kari'), 'all')
})

test('what a test overrides wins', async (t) => {
  const client = /** @type {any} */ (open(t, { native: { ...NATIVE, bootstrap: DOCUMENT } }))
  client.overrideFeatureFlags({ flags: { enrolled: 'variant' } })
  assert.deepEqual(await answersOf(client), everywhere({ ...AS_SERVER, enrolled: 'variant' }))
})

test('a client in a worker thread has them too', async (t) => {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { PostHog } = require(workerData.main)
    const { bootstrap, call, native } = workerData
    const client = new PostHog('phc_project', { host: '${events.url}', native: { ...native, bootstrap } })
    parentPort.postMessage(client.localEvaluator.getAllFlags('kari', call))
    client.shutdown()`
  const workerData = { main: path.join(__dirname, '../../index'), bootstrap: DOCUMENT, call: CALL, native: NATIVE }
  const worker = new Worker(code, { eval: true, workerData })
  t.after(() => worker.terminate())
  const [answers] = await once(worker, 'message')
  assert.deepEqual(answers, AS_SERVER)
})

test('a flag of another format is warned about once, whichever the semantics', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {})
  const newer = flagOf('newer', all(), { version: 2 })
  const cached = { ...DOCUMENT, flags: [newer] }
  for (const native of [undefined, NATIVE]) {
    warn.mock.resetCalls()
    const client = open(t, { native, flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }) })
    await client.waitForLocalEvaluationReady()
    await client.reloadFeatureFlags()
    await client.reloadFeatureFlags()
    const lines = warn.mock.calls.map(({ arguments: [line] }) => line)
    assert.equal(lines.filter((line) => /reason: unsupported_definition\): newer\./.test(line)).length, 1)
    const flags = await client.evaluateFlags('kari', CALL)
    assert.deepEqual(/** @type {any} */ (flags).unresolvedFlags, { newer: 'unsupported_definition' })
  }
})

test('options that make no sense are refused before there is a client', () => {
  for (const [native, message] of /** @type {[any, RegExp][]} */ ([
    [{ semantics: 'Server' }, /^Expected native\.semantics to be 'posthog-node' or 'server' but received 'Server'/],
    [{ semantics: 'server', timezone: 'Europe/Nowhere' }, /^Expected native\.timezone to be the IANA name/],
    [{ semantics: 'server', timezone: '+02:00' }, /^Expected native\.timezone to be the IANA name/],
    [{ semantics: 'server', timezone: 2 }, /^Expected native\.timezone to be the IANA name/],
    [{ semantics: 'server', propertiesAreComplete: 1 }, /^Expected native\.propertiesAreComplete to be true or false/],
    [{ timezone: 'Europe/Berlin' }, /^Expected native\.semantics: 'server' with native\.timezone/],
    [{ semantics: 'posthog-node', timezone: 'Europe/Berlin' }, /leave timezone out/],
    [{ propertiesAreComplete: true }, /^Expected native\.semantics: 'server' with native\.propertiesAreComplete/],
    [
      { semantics: 'server', engine: 'javascript' },
      /^Expected native\.engine: 'native' or 'auto' with native\.semantics/,
    ],
  ])) {
    const make = () => new PostHog('phc_project', /** @type {any} */ ({ host: events.url, native }))
    assert.throws(make, (error) => error instanceof TypeError && message.test(error.message))
  }
})

test('the spelling of a time zone does not matter, and one that says nothing is no zone', (t) => {
  const bootstrap = DOCUMENT
  const dated = (/** @type {any} */ native) =>
    /** @type {any} */ (
      open(t, { native: { semantics: 'server', bootstrap, ...native } })
    ).localEvaluator.getFeatureFlag('dated', 'kari', CALL)
  assert.equal(dated({ timezone: 'america/new_york' }), false)
  assert.equal(dated({ timezone: 'US/Eastern' }), false)
  assert.equal(dated({ timezone: 'utc' }), true)
  assert.equal(dated({ timezone: undefined }), undefined)
})

test('where posthog-node itself evaluates there is one warning, and the program goes on', async () => {
  const main = `
    const make = () => new PostHog('phc_project', { ...OPTIONS, native: { semantics: 'server', timezone: 'Europe/Berlin' } })
    const clients = [make(), make()]
    console.log(clients.map((client) => client.localEvaluationEngine).join())
    Promise.all(clients.map((client) => client.shutdown()))`
  const child = startChild(main, { host: events.url, env: { POSTHOG_NATIVE_ENGINE: 'javascript' } })
  const { code, output: printed } = await child.ended()
  assert.equal(code, 0, printed)
  assert.match(printed, /javascript,javascript/)
  assert.equal(printed.match(/semantics: 'server' \} has no effect/g)?.length, 1, printed)
  assert.match(printed, /POSTHOG_NATIVE_ENGINE/)
})
