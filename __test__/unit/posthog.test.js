'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { inspect } = require('node:util')

const { loadBinding } = require('../../lib/addon/load-binding')
const { definePostHog } = require('../../lib/posthog')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { FeatureFlagEvaluations, QUIET, watchedClass } = require('./support/watched-class')
const { openWorld, recordConsole } = require('./support/world')

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

test('a person is copied no second time for a poller of ours alone', (t) => {
  const { PostHog } = watchedClass(t)
  const person = { plan: 'pro' }
  const native = new PostHog('phc_project', { ...QUIET, secretKey: 'phs_secret' })
  assert.equal(native.personPropertiesForLocalEvaluation('kari', person), person)
  for (const options of [{}, { secretKey: 'phs_secret', native: { engine: 'javascript' } }]) {
    const client = new PostHog('phc_project', { ...QUIET, ...options })
    assert.deepEqual(client.personPropertiesForLocalEvaluation('kari', person), { distinct_id: 'kari', plan: 'pro' })
  }
})

test('evaluateFlags is that of posthog-node for whatever is not wholly local', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  /** @type {unknown[][]} */
  const calls = []
  class Watched extends STOCK {
    /** @param {unknown[]} args */
    async evaluateFlags(...args) {
      calls.push(args)
      return super.evaluateFlags(...args)
    }
  }
  const PostHog = definePostHog(Watched, FeatureFlagEvaluations)
  const client = open(PostHog)
  await client.reloadFeatureFlags()
  const locally = { onlyEvaluateLocally: true }
  assert.deepEqual((await client.evaluateFlags('kari', locally)).keys, ['on'])
  await client.evaluateFlags(locally)
  await client.evaluateFlags(undefined, locally)
  assert.deepEqual(
    calls.map(([first]) => first),
    [locally, undefined]
  )
  const other = open(PostHog, { native: { engine: 'javascript' } })
  await other.reloadFeatureFlags()
  assert.deepEqual((await other.evaluateFlags('kari', locally)).keys, ['on'])
  assert.equal(calls.length, 3)
  assert.ok(server.definitionRequests.length >= 2)
})

test('a client of posthog-node tells why, unless its user chose it or it evaluates nothing locally', (t) => {
  const lines = recordConsole(t, 'warn')
  class Odd extends STOCK {
    get featureFlagsPoller() {
      return undefined
    }
    set featureFlagsPoller(_poller) {}
  }
  const PostHog = definePostHog(Odd, FeatureFlagEvaluations)
  const make = (/** @type {object} */ options) => {
    const client = new PostHog('phc_project', { ...QUIET, ...options })
    t.after(() => client.shutdown())
    return lines.filter((line) => line.includes('is not compatible with posthog-node')).length
  }
  const secretKey = 'phs_secret'
  assert.equal(make({}), 0)
  assert.equal(make({ secretKey, native: { engine: 'javascript' } }), 0)
  assert.equal(make({ secretKey, enableLocalEvaluation: false }), 0)
  assert.equal(make({ secretKey }), 1)
  assert.match(lines.join(), /featureFlagsPoller is not a plain property of a client/)
})

test('a client that takes the place of another is made although that one cannot be shut down', async (t) => {
  recordConsole(t, 'warn')
  class Odd extends STOCK {
    /** @param {string} key @param {any} options */
    constructor(key, options) {
      super(key, options)
      Object.defineProperty(this, 'host', { value: 5, configurable: true, writable: true })
    }
    async shutdown() {
      throw new Error('cannot be shut down')
    }
  }
  const PostHog = definePostHog(Odd, FeatureFlagEvaluations)
  const client = new PostHog('phc_project', { ...QUIET, secretKey: 'phs_secret' })
  assert.notEqual(client.localEvaluationEngine, 'native')
  assert.equal(client.apiKey, 'phc_project')
  assert.equal(client.options.secretKey ?? client.options.personalApiKey, 'phs_secret')
  // A rejection that nobody handles would fail this test.
  await new Promise((resolve) => setTimeout(resolve, 10))
  await STOCK.prototype.shutdown.call(client)
})

test('what a poller finds out is told by its client', async (t) => {
  const { server, open } = await openWorld(t)
  const { PostHog } = watchedClass(t)
  const client = open(PostHog)
  /** @type {unknown[]} */
  const seen = []
  client.on('error', ({ message }) => seen.push(message))
  client.on('localEvaluationFlagsLoaded', (/** @type {number} */ count) => seen.push(count))
  server.setDefinitions({ flags: [flag('on'), flag('off')], minimal_flag_called_events: true })
  await client.reloadFeatureFlags()
  assert.deepEqual(seen, [2])
  assert.equal(client._minimalFlagCalledEvents, true)
  server.setDefinitions({ flags: [], minimal_flag_called_events: false })
  await client.reloadFeatureFlags()
  assert.equal(client._minimalFlagCalledEvents, false)
  server.script({ status: 401 })
  await client.reloadFeatureFlags()
  assert.equal(seen.length, 3)
  assert.match(String(seen[2]), /^Your project key or secret key is invalid/)
})

test('a flag that needs the server is told of by the logger of a client that debugs', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('sticky', { ensure_experience_continuity: true })] })
  for (const level of /** @type {const} */ (['warn', 'debug', 'info'])) {
    recordConsole(t, level)
  }
  const [theirs, ours] = await Promise.all(
    [STOCK, NATIVE].map(async (PostHog) => {
      const client = open(PostHog)
      /** @type {string[]} */
      const lines = []
      client.debug(true)
      client._logger = { ...client._logger, info: (/** @type {string} */ line) => lines.push(line) }
      await client.reloadFeatureFlags()
      await client.getFeatureFlag('sticky', 'kari')
      return lines.filter((line) => line.includes('sticky'))
    })
  )
  assert.equal(ours.length, 1)
  assert.deepEqual(ours, theirs)
})

test('without a source of definitions there is no poller, though the engine is named', (t) => {
  const { PostHog } = watchedClass(t)
  const native = { engine: 'native' }
  for (const options of [{}, { secretKey: 'phs_secret', enableLocalEvaluation: false }]) {
    const client = new PostHog('phc_project', { ...QUIET, ...options, native })
    assert.deepEqual([client.localEvaluationEngine, client.featureFlagsPoller], [undefined, undefined])
  }
})

test('a poller asks its client who listens, and has it send events and write to its log', async (t) => {
  const { PostHog } = watchedClass(t)
  const client = new PostHog('phc_project', { ...QUIET, secretKey: 'phs_secret' })
  const asked = client.featureFlagsPoller._options
  assert.equal(asked.strictLocalEvaluation, false)
  const strict = new PostHog('phc_project', { ...QUIET, secretKey: 'phs_secret', strictLocalEvaluation: true })
  assert.equal(strict.featureFlagsPoller._options.strictLocalEvaluation, true)

  assert.equal(asked.isAwaited(), false)
  const stop = client.on('localEvaluationFlagsLoaded', () => {})
  assert.equal(asked.isAwaited(), true)
  stop()
  assert.equal(asked.isAwaited(), false)
  assert.equal(asked.wantsChanges(), false)
  client.on('definitionsChanged', () => {})()
  assert.equal(asked.wantsChanges(), false)
  client.on('definitionsChanged', () => {})
  assert.equal(asked.wantsChanges(), true)
  // Another version may keep its listeners elsewhere.
  client._events.events = undefined
  assert.equal(asked.isAwaited(), false)
  assert.ok(!asked.wantsChanges())

  let flushes = 0
  client.flush = async () => {
    flushes += 1
    throw new Error('cannot be sent now')
  }
  await asked.sendEvents()
  assert.equal(flushes, 1)
  delete client.flush

  /** @type {string[]} */
  const lines = []
  client._logger = { info: (/** @type {string} */ line) => lines.push(line) }
  asked.onRemoteFallback('a line')
  assert.deepEqual(lines, ['a line'])
  client._logger = undefined
  asked.onRemoteFallback('nowhere')
})
