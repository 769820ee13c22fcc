'use strict'

const assert = require('node:assert/strict')
const Module = require('node:module')
const { test } = require('node:test')

const { OpenFeatureEventEmitter } = require('@openfeature/server-sdk')
const { PostHogProvider } = require('../../lib/openfeature/posthog-provider')
const { makeRecorder } = require('./support/recorder')

const SOMEBODY = { targetingKey: 'kari' }

/**
 * A client that records how it is called, and answers as it is told.
 *
 * @param {any} [members] others than those of a client with one flag
 */
function clientWith(members) {
  const { calls, record } = makeRecorder()
  const client = {
    calls,
    status: /** @type {any} */ ({ state: 'ready', engine: 'native', confirmedAt: 77 }),
    result: /** @type {any} */ ({ key: 'f', enabled: true, variant: undefined, reason: 'Evaluated locally' }),
    listeners: /** @type {string[]} */ ([]),
    localEvaluationStatus: () => client.status,
    waitForLocalEvaluationReady: record('wait', Promise.resolve(true)),
    getFeatureFlagEvaluationRuntime: (/** @type {string} */ key) => (key === 'f' ? 'all' : undefined),
    capture: record('capture', undefined),
    flush: record('flush', Promise.resolve()),
    async getFeatureFlagResult(/** @type {any[]} */ ...args) {
      calls.push(['ask', ...args])
      return client.result
    },
    on(/** @type {string} */ name) {
      client.listeners.push(name)
      return () => client.listeners.splice(client.listeners.indexOf(name), 1)
    },
    options: { featureFlagsPollingInterval: null },
    ...members,
  }
  return client
}

test('a provider names itself, and runs on servers', () => {
  const provider = new PostHogProvider(clientWith())
  assert.deepEqual(provider.metadata, { name: 'posthog-node-native' })
  assert.ok(Object.isFrozen(provider.metadata))
  assert.equal(provider.runsOn, 'server')
  assert.ok(provider.events instanceof OpenFeatureEventEmitter)
})

test('what has no results of flags is no client', () => {
  for (const [client, said] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, ''],
  ]) {
    assert.throws(
      () => new PostHogProvider(client),
      (/** @type {any} */ error) =>
        error.name === 'TypeError' &&
        error.message.startsWith(`Expected a PostHog client but received ${said}`) &&
        error.message.includes("pass what you made by new PostHog('phc_…')")
    )
  }
})

test('it says so where the SDK is not installed', (t) => {
  const loader = /** @type {any} */ (Module)
  const load = loader._load
  const cause = new Error('not there')
  t.mock.method(loader, '_load', function (/** @type {string} */ name, /** @type {any[]} */ ...rest) {
    if (name === '@openfeature/server-sdk') throw cause
    return load.call(this, name, ...rest)
  })
  assert.throws(() => new PostHogProvider(clientWith()), {
    message:
      'posthog-node-native/openfeature needs the package @openfeature/server-sdk, which cannot be loaded; install it',
    cause,
  })
})

test('it waits for definitions as long as it is told, half a minute otherwise', async () => {
  for (const [options, timeout] of /** @type {[any, number][]} */ ([
    [undefined, 30_000],
    [{ readyTimeoutMs: 5 }, 5],
  ])) {
    const client = clientWith()
    const provider = new PostHogProvider(client, options)
    await provider.initialize()
    assert.deepEqual(client.calls, [['wait', timeout]])
    assert.deepEqual(client.listeners, ['localEvaluationFlagsLoaded', 'error', 'definitionsChanged'])
    await provider.onClose()
    assert.deepEqual(client.listeners, [])
    assert.deepEqual(client.calls.slice(1), [['flush']])
  }
})

test('it waits for nothing where nothing is evaluated locally, and where no more is known of the client', async () => {
  const remote = clientWith()
  remote.status = { state: 'empty', engine: undefined }
  await new PostHogProvider(remote).initialize()
  const stock = clientWith({ localEvaluationStatus: undefined })
  const provider = new PostHogProvider(stock)
  await provider.initialize()
  await provider.onClose()
  assert.deepEqual([remote.calls, stock.calls, stock.listeners], [[], [['flush']], []])
})

test('stale definitions will do, and without definitions the error is the last one, or that none came', async () => {
  const client = clientWith()
  client.status = { state: 'stale', engine: 'native' }
  await new PostHogProvider(client).initialize()
  client.status = { state: 'empty', engine: 'native', lastError: { message: 'HTTP status 401' } }
  await assert.rejects(new PostHogProvider(client).initialize(), { message: 'HTTP status 401' })
  client.status = { state: 'loading', engine: 'native' }
  await assert.rejects(new PostHogProvider(client, { readyTimeoutMs: 9 }).initialize(), {
    message: 'expected flag definitions within 9 ms but none came',
  })
})

test('to be initialized twice is to follow the client once', async () => {
  const client = clientWith()
  const provider = new PostHogProvider(client)
  await provider.initialize()
  await provider.initialize()
  assert.equal(client.listeners.length, 3)
})

test('what becomes of the client later is told by the events of the SDK', async (t) => {
  /** @type {any} */
  let tell
  const client = clientWith({
    on(/** @type {string} */ name, /** @type {any} */ listener) {
      if (name === 'definitionsChanged') tell = listener
      return () => {}
    },
  })
  const provider = new PostHogProvider(client)
  const emit = t.mock.method(provider.events, 'emit', () => {})
  await provider.initialize()
  tell({ added: ['a'], removed: [], changed: [] })
  assert.deepEqual(emit.mock.calls[0].arguments, ['PROVIDER_CONFIGURATION_CHANGED', { flagsChanged: ['a'] }])
})

test('a provider that was never initialized can be closed, also of a client that has nothing to flush', async () => {
  await new PostHogProvider(clientWith({ flush: undefined })).onClose()
})

test('each method asks for its type, and PostHog for the person, the groups and the properties', async () => {
  const client = clientWith()
  const provider = new PostHogProvider(client)
  const groups = { company: 'acme' }
  const context = { ...SOMEBODY, plan: 'pro', groups }
  assert.equal((await provider.resolveBooleanEvaluation('f', false, context)).value, true)
  client.result = { ...client.result, variant: '7' }
  assert.equal((await provider.resolveStringEvaluation('f', '', context)).value, '7')
  assert.equal((await provider.resolveNumberEvaluation('f', 0, context)).value, 7)
  client.result = { ...client.result, payload: { a: 1 } }
  assert.deepEqual((await provider.resolveObjectEvaluation('f', {}, context)).value, { a: 1 })
  const asked = ['ask', 'f', 'kari', { personProperties: { plan: 'pro' }, groups, groupProperties: undefined }]
  assert.deepEqual(client.calls, Array(4).fill(asked))
})

test('events of flags are sent as the option says, and without it as the client does', async () => {
  for (const sendFeatureFlagEvents of [true, false]) {
    const client = clientWith()
    await new PostHogProvider(client, { sendFeatureFlagEvents }).resolveBooleanEvaluation('f', false, SOMEBODY)
    assert.equal(client.calls[0][3].sendFeatureFlagEvents, sendFeatureFlagEvents)
  }
  const client = clientWith()
  await new PostHogProvider(client).resolveBooleanEvaluation('f', false, SOMEBODY)
  assert.equal('sendFeatureFlagEvents' in client.calls[0][3], false)
})

test('without a targeting key the default distinct id stands in, and without both nobody is asked', async () => {
  const client = clientWith()
  const provider = new PostHogProvider(client, { defaultDistinctId: 'anybody' })
  for (const context of [{}, { targetingKey: '' }, undefined]) {
    await provider.resolveBooleanEvaluation('f', false, /** @type {any} */ (context))
  }
  await provider.resolveBooleanEvaluation('f', false, SOMEBODY)
  assert.deepEqual(
    client.calls.map(([, , distinctId]) => distinctId),
    ['anybody', 'anybody', 'anybody', 'kari']
  )
  const nobody = clientWith()
  assert.deepEqual(await new PostHogProvider(nobody).resolveBooleanEvaluation('f', true, {}), {
    value: true,
    reason: 'ERROR',
    errorCode: 'TARGETING_KEY_MISSING',
    errorMessage: 'expected a targetingKey in the evaluation context, or the option defaultDistinctId',
  })
  assert.deepEqual(nobody.calls, [])
})

test('a context that is wrong is an error that says what is wrong with it, and nobody is asked', async () => {
  const client = clientWith()
  const provider = new PostHogProvider(client)
  const messageOf = async (/** @type {any} */ context) => {
    const { value, errorCode, errorMessage } = await provider.resolveBooleanEvaluation('f', true, context)
    assert.deepEqual([value, errorCode], [true, 'INVALID_CONTEXT'])
    return errorMessage
  }
  assert.match(
    String(await messageOf({ targetingKey: 5 })),
    /^expected targetingKey in the evaluation context to be a string but received .*5/
  )
  assert.match(String(await messageOf({ ...SOMEBODY, groups: 'acme' })), /^expected groups .* to be an object/)
  assert.deepEqual(client.calls, [])
})

test('what is known of a flag goes along: who evaluated it and why, where it may run, how current it is', async () => {
  const client = clientWith()
  const provider = new PostHogProvider(client)
  const metadata = async () => (await provider.resolveBooleanEvaluation('f', false, SOMEBODY)).flagMetadata
  assert.deepEqual(await metadata(), {
    locallyEvaluated: true,
    reason: 'Evaluated locally',
    evaluationRuntime: 'all',
    definitionsConfirmedAt: 77,
  })
  client.result = { key: 'f', enabled: true, reason: 'Matched condition set 1', reasonCode: 'condition_match' }
  assert.deepEqual(await metadata(), {
    locallyEvaluated: false,
    reason: 'Matched condition set 1',
    reasonCode: 'condition_match',
    evaluationRuntime: 'all',
  })
  const stock = clientWith({ localEvaluationStatus: undefined })
  const { flagMetadata } = await new PostHogProvider(stock).resolveBooleanEvaluation('f', false, SOMEBODY)
  assert.deepEqual(flagMetadata, { locallyEvaluated: true, reason: 'Evaluated locally', evaluationRuntime: 'all' })
})

test('a flag without a value has the default and an error that says why', async () => {
  /** @type {any[]} */
  let asked = []
  let unresolvedReason = /** @type {string | undefined} */ ('missing_context')
  const client = clientWith({
    localEvaluator: {
      explain(/** @type {any[]} */ ...args) {
        asked = args
        return { unresolvedReason }
      },
    },
  })
  client.result = undefined
  const provider = new PostHogProvider(client)
  const errorOf = async (/** @type {string} */ key, about = provider) => {
    const { value, errorCode, errorMessage } = await about.resolveStringEvaluation(key, 'default', SOMEBODY)
    assert.equal(value, 'default')
    return [errorCode, errorMessage]
  }
  assert.deepEqual(await errorOf('f'), ['INVALID_CONTEXT', "the flag 'f' has no value: missing_context"])
  assert.deepEqual(asked, ['f', 'kari', { personProperties: {}, groups: undefined, groupProperties: undefined }])
  unresolvedReason = 'experience_continuity'
  assert.deepEqual(await errorOf('f'), ['GENERAL', "the flag 'f' has no value: experience_continuity"])
  unresolvedReason = undefined
  assert.deepEqual(await errorOf('f'), ['GENERAL', "the flag 'f' has no value"])
  assert.deepEqual(await errorOf('gone'), ['FLAG_NOT_FOUND', "there is no flag 'gone'"])
  client.status = { state: 'loading', engine: 'native' }
  assert.deepEqual(await errorOf('gone'), ['PROVIDER_NOT_READY', 'flag definitions are not loaded yet'])
  client.localEvaluator = { explain: () => undefined }
  assert.deepEqual(await errorOf('f'), ['GENERAL', "the flag 'f' has no value"])

  const stock = clientWith({ localEvaluationStatus: undefined })
  stock.result = undefined
  const beside = new PostHogProvider(stock)
  assert.deepEqual(await errorOf('f', beside), ['GENERAL', "the flag 'f' has no value"])
  assert.deepEqual(await errorOf('gone', beside), ['FLAG_NOT_FOUND', "there is no flag 'gone'"])
})

test('an event is captured of the person and the groups, and of nobody there is none', () => {
  const client = clientWith()
  const provider = new PostHogProvider(client)
  const groups = { company: 'acme' }
  const properties = { price: 3 }
  provider.track('bought', { ...SOMEBODY, groups }, properties)
  provider.track('seen', SOMEBODY)
  provider.track('lost')
  provider.track('lost', {}, properties)
  assert.deepEqual(client.calls, [
    ['capture', { distinctId: 'kari', event: 'bought', properties: { price: 3 }, groups }],
    ['capture', { distinctId: 'kari', event: 'seen', properties: {} }],
  ])
  assert.notEqual(client.calls[0][1].properties, properties)
})
