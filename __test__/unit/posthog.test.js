'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { inspect } = require('node:util')

const posthogNode = require('posthog-node')
const { loadBinding } = require('../../lib/addon/load-binding')
const { definePostHog } = require('../../lib/posthog')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { openWorld, recordConsole } = require('./support/world')

const { FeatureFlagEvaluations } = /** @type {any} */ (posthogNode)

/**
 * Records what pollers are made with.
 *
 * @param {import('node:test').TestContext} t
 */
function recordPollers(t) {
  const binding = /** @type {any} */ (loadBinding())
  const { FlagPoller } = binding
  /** @type {any[]} */
  const made = []
  binding.FlagPoller = class extends FlagPoller {
    /** @param {any} options @param {any} receive */
    constructor(options, receive) {
      super(options, receive)
      made.push(options)
    }
  }
  t.after(() => (binding.FlagPoller = FlagPoller))
  return made
}

test('what a poller is told are the settings of the client, and defaults where there are none', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const made = recordPollers(t)
  const defaults = open(NATIVE)
  const stock = open(STOCK)
  assert.equal(made[0].requestTimeout, stock.featureFlagsPoller.timeout)
  assert.equal(made[0].requestTimeout, 10_000)
  assert.deepEqual(
    [made[0].providerTimeout, made[0].pollingJitter, made[0].maxDocumentBytes, made[0].hasProvider, made[0].transport],
    [10_000, 0.1, 256 * 1024 * 1024, false, 'auto']
  )
  assert.deepEqual([made[0].pollingInterval, made[0].evaluationContexts], [undefined, []])
  assert.deepEqual([made[0].host, made[0].projectApiKey], [defaults.host, 'phc_project'])
  assert.equal(made[0].secretKey, 'phs_secret_of_a_test')
  assert.ok(made[0].customHeaders.every((/** @type {unknown[]} */ pair) => pair.length === 2))

  open(NATIVE, {
    requestTimeout: 0,
    featureFlagsPollingInterval: 5000,
    flagDefinitionCacheProvider: memoryProvider(),
    evaluationContexts: ['web', 5],
    native: { providerTimeoutMs: 2 ** 40, pollingJitter: 1, transport: 'native', maxDocumentBytes: 1000 },
  })
  assert.deepEqual(
    [made[1].requestTimeout, made[1].pollingInterval, made[1].hasProvider, made[1].evaluationContexts],
    [0, 5000, true, ['web', '5']]
  )
  assert.deepEqual(
    [made[1].providerTimeout, made[1].pollingJitter, made[1].transport, made[1].maxDocumentBytes],
    [2 ** 31 - 1, 1, 'native', 1000]
  )
  open(NATIVE, { evaluationEnvironments: ['old name'], fetch: async () => Response.json({ flags: [] }) })
  assert.deepEqual([made[2].evaluationContexts, made[2].transport], [['old name'], 'fetch'])
})

test("a client shows nothing that posthog-node's would not, whatever was asked of it", async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const [theirs, ours] = [open(STOCK), open(NATIVE)]
  await Promise.all([theirs.reloadFeatureFlags(), ours.reloadFeatureFlags()])
  const { localEvaluator } = ours
  assert.equal(localEvaluator.getFeatureFlag('on', 'kari'), true)
  assert.equal(ours.localEvaluator, localEvaluator)
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort())
  assert.deepEqual(Object.keys({ ...ours }).includes('_localEvaluator'), false)
  assert.ok(!inspect(ours, { depth: 0 }).includes('_localEvaluator'))
  assert.deepEqual(
    Object.keys(ours.options)
      .sort()
      .filter((name) => name !== 'native'),
    Object.keys(theirs.options).sort()
  )
})

test('who evaluates is told, and without local evaluation there is no evaluator', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const engines = [{}, { native: { engine: 'javascript' } }, { enableLocalEvaluation: false }, { secretKey: undefined }]
  const clients = engines.map((options) => open(NATIVE, options))
  assert.deepEqual(
    clients.map(({ localEvaluationEngine }) => localEvaluationEngine),
    ['native', 'javascript', undefined, undefined]
  )
  assert.deepEqual(
    clients.map(({ localEvaluator }) => localEvaluator === undefined),
    [false, true, true, true]
  )
  assert.deepEqual(
    clients.map(({ options }) => options.enableLocalEvaluation),
    [undefined, undefined, false, undefined]
  )
})

test('a client that turns out not to be as expected is shut down, and one of posthog-node takes its place', async (t) => {
  const warnings = recordConsole(t, 'warn')
  /** @type {any[]} */
  const [made, shut] = [[], []]
  class Odd extends STOCK {
    /** @param {string} key @param {any} options */
    constructor(key, options) {
      super(key, options)
      made.push(this)
      // Found out only when there is a client.
      Object.defineProperty(this, 'disabled', { value: 'perhaps', configurable: true, writable: true })
    }

    /** @param {unknown[]} args */
    shutdown(...args) {
      shut.push(this)
      return super.shutdown(...args)
    }
  }
  const OddNative = definePostHog(Odd, FeatureFlagEvaluations)
  class Extended extends OddNative {}
  const options = { host: 'http://127.0.0.1:9', secretKey: 'phs_secret', featureFlagsPollingInterval: null }
  const client = new Extended('phc_project', { ...options, fetch: async () => Response.json({ flags: [] }) })
  t.after(() => client.shutdown())
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(made.length, 2)
  assert.equal(made[1], client)
  assert.deepEqual(shut, [made[0]])
  assert.ok(client instanceof Extended)
  assert.notEqual(client.localEvaluationEngine, 'native')
  assert.equal(warnings.filter((line) => line.includes('the client has no disabled')).length <= 1, true)
  // Nobody is tried again.
  const other = new OddNative('phc_project', { ...options, fetch: async () => Response.json({ flags: [] }) })
  t.after(() => other.shutdown())
  assert.equal(made.length, 3)
  assert.throws(
    () => new OddNative('phc_project', { ...options, native: { engine: 'native' } }),
    (/** @type {any} */ error) => error.code === 'ERR_POSTHOG_NATIVE_SEAM' && error.name === 'SeamError'
  )
})

test('options are kept as they were given, and posthog-node is told what it is to do', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const provider = memoryProvider({ fetch: false })
  for (const options of [
    { enableLocalEvaluation: true },
    { enableLocalEvaluation: undefined },
    { flagDefinitionCacheProvider: provider },
    { flagDefinitionCacheProvider: provider, native: { engine: 'javascript' } },
    { flagDefinitionCacheProvider: null },
  ]) {
    const { native: _native, ...shared } = /** @type {any} */ (options)
    const [theirs, ours] = [open(STOCK, shared), open(NATIVE, options)]
    for (const name of ['enableLocalEvaluation', 'flagDefinitionCacheProvider']) {
      assert.equal(ours.options[name], theirs.options[name])
      assert.equal(name in ours.options, name in theirs.options, `${name} with ${Object.keys(options)}`)
    }
  }
})

test('options that are inherited or hidden count as they do for posthog-node', async (t) => {
  const { server } = await openWorld(t, { flags: [flag('on')] })
  const base = { host: server.url, featureFlagsPollingInterval: null, fetchRetryCount: 0 }
  const forms = [
    () => Object.assign(Object.create({ secretKey: 'phs_inherited' }), base),
    () => Object.defineProperty({ ...base }, 'secretKey', { value: 'phs_hidden', enumerable: false }),
    () => Object.assign(Object.create(null), { ...base, secretKey: 'phs_secret' }),
    () => Object.assign(Object.create({ native: 'no options' }), { ...base, secretKey: 'phs_secret' }),
  ]
  for (const form of forms) {
    const [theirs, ours] = [STOCK, NATIVE].map((PostHog) => new PostHog('phc_project', form()))
    t.after(() => Promise.all([theirs.shutdown(), ours.shutdown()]))
    assert.equal(ours.featureFlagsPoller === undefined, theirs.featureFlagsPoller === undefined)
  }
})
