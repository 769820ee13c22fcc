'use strict'

// What posthog-node is told in the place of the user's options, and what the client keeps of these.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { definePostHog } = require('../../lib/posthog')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { FeatureFlagEvaluations, QUIET, watchedClass } = require('./support/watched-class')
const { openWorld } = require('./support/world')

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

test('posthog-node is told to make no poller and to leave the provider alone, and nothing else', (t) => {
  const { told, PostHog } = watchedClass(t)
  const provider = memoryProvider({ fetch: false })
  const hidden = Symbol('hidden')
  const parent = { flushAt: 7 }
  const given = Object.assign(Object.create(parent), QUIET, {
    flagDefinitionCacheProvider: provider,
    enableLocalEvaluation: true,
    [hidden]: 1,
  })
  Object.defineProperty(given, 'personalApiKey', { value: 'phx_hidden', enumerable: false })
  Object.defineProperty(given, 'enableLocalEvaluation', { value: true, enumerable: true })
  const client = new PostHog('phc_project', given)
  const [options] = told
  assert.deepEqual([options.enableLocalEvaluation, options.flagDefinitionCacheProvider], [false, undefined])
  assert.ok('flagDefinitionCacheProvider' in options)
  assert.equal(Object.getPrototypeOf(options), parent)
  assert.equal(options.personalApiKey, 'phx_hidden')
  assert.equal(options[hidden], 1)
  assert.notEqual(options, given)
  assert.deepEqual([given.enableLocalEvaluation, given.flagDefinitionCacheProvider], [true, provider])
  assert.equal(client.options.flagDefinitionCacheProvider, provider)
  assert.equal(client.options.enableLocalEvaluation, true)
})

test('without options, or with something else, posthog-node is told the same', (t) => {
  const { told, PostHog } = watchedClass(t)
  for (const options of [undefined, null]) {
    const make = (/** @type {any} */ Class) => {
      try {
        return new Class('phc_project', options).localEvaluationEngine
      } catch (error) {
        return /** @type {Error} */ (error).message
      }
    }
    assert.deepEqual(make(PostHog), make(STOCK))
  }
  assert.deepEqual(told, [undefined, ...told.slice(1)])
  assert.throws(() => new PostHog('phc_project', { ...QUIET, native: 5 }), TypeError)
  assert.doesNotThrow(() => new PostHog('phc_project', Object.assign(Object.create({ native: 5 }), QUIET)))
})

test("posthog-node's own evaluator is given a provider that understands text, and the client keeps the user's", (t) => {
  const { told, PostHog } = watchedClass(t)
  const provider = memoryProvider({ fetch: false })
  const native = { engine: 'javascript' }
  const given = { ...QUIET, native, flagDefinitionCacheProvider: provider }
  const client = new PostHog('phc_project', given)
  assert.notEqual(told[0].flagDefinitionCacheProvider, provider)
  assert.equal(typeof told[0].flagDefinitionCacheProvider.getFlagDefinitions, 'function')
  assert.equal(told[0].enableLocalEvaluation, undefined)
  assert.equal(client.options.flagDefinitionCacheProvider, provider)
  assert.equal(client.localEvaluationEngine, 'javascript')
  // Without one, or with one that is not enumerable, the options are the user's own.
  const without = { ...QUIET, native }
  const inherited = Object.assign(Object.create({ flagDefinitionCacheProvider: provider }), without)
  for (const options of [without, { ...without, flagDefinitionCacheProvider: null }, inherited]) {
    new PostHog('phc_project', options)
    assert.equal(told.at(-1), options)
  }
})

test('an option that the user did not give is none of the client either', (t) => {
  const { PostHog } = watchedClass(t)
  const kept = (/** @type {object} */ options) => new PostHog('phc_project', { ...QUIET, ...options }).options
  for (const options of [{}, { secretKey: 'phs_secret' }, { native: { engine: 'javascript' } }]) {
    assert.equal('enableLocalEvaluation' in kept(options), false)
    assert.equal('flagDefinitionCacheProvider' in kept(options), false)
  }
  const hidden = Object.defineProperty({ ...QUIET, secretKey: 'phs_secret' }, 'enableLocalEvaluation', { value: true })
  const [theirs, ours] = [STOCK, PostHog].map((Class) => new Class('phc_project', hidden))
  t.after(() => theirs.shutdown())
  assert.equal('enableLocalEvaluation' in ours.options, 'enableLocalEvaluation' in theirs.options)
})

test('a client of a mock that keeps no options is left as it is', () => {
  class Mock {
    evaluateFlags() {}
    flush() {}
    getCustomHeaders() {}
    _getFeatureFlagEvaluationsHost() {}
    personPropertiesForLocalEvaluation() {}
    shutdown() {}
  }
  const PostHog = definePostHog(Mock, FeatureFlagEvaluations)
  const client = new PostHog('phc_project', { native: { engine: 'javascript' }, secretKey: 'phs_secret' })
  assert.equal(client.options, undefined)
  assert.equal(client.localEvaluationEngine, undefined)
})
