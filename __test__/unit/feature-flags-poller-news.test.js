'use strict'

// What the poller makes of each piece of news of its loader, which is made up here.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagDefinitions } = require('../../lib/addon/load-binding')
const { flag } = require('../support/flags')
const { recordConsole } = require('./support/world')

const CONTEXT = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }

/** @param {any[]} flags @param {object} [more] */
const definitionsOf = (flags, more) => FlagDefinitions.compile(JSON.stringify({ flags, ...more }), 'network', [])

/** The module of the poller, with another loader in the place of its own. @param {any} DefinitionLoader */
function pollerOver(DefinitionLoader) {
  const [name, loaderName] = ['feature-flags-poller', '../loading/definition-loader'].map((file) =>
    require.resolve(`../../lib/client/${file}`)
  )
  const [poller, loader] = [require.cache[name], require(loaderName)]
  const cached = require.cache[loaderName]
  assert.ok(cached)
  cached.exports = { DefinitionLoader }
  delete require.cache[name]
  try {
    return require(name).FeatureFlagsPoller
  } finally {
    cached.exports = loader
    require.cache[name] = poller
  }
}

/** A poller, the news that its loader can tell it, and what it tells and asks. @param {object} [options] */
function openPoller(options) {
  /** @type {any[]} */
  const log = []
  /** @type {any} */
  let news
  /** @type {any} what a load that is asked for gives */
  const loads = { next: undefined }
  class Loader {
    /** @param {any} _options @param {any} listener */
    constructor(_options, listener) {
      news = listener
    }
    takeShared() {
      return {}
    }
    begin() {
      log.push(['begin'])
    }
    /** @param {boolean} force */
    load(force) {
      log.push(['load', force])
      return loads.next
    }
    /** @param {number} timeoutMs */
    async stop(timeoutMs) {
      log.push(['stop', timeoutMs])
    }
  }
  const poller = new (pollerOver(Loader))({
    host: 'http://host.test',
    projectApiKey: 'phc_project_key',
    personalApiKey: 'phs_secret_key',
    strictLocalEvaluation: false,
    onError: (/** @type {Error} */ error) => log.push(['error', error.name, error.message]),
    onLoad: (/** @type {number} */ count) => log.push(['loaded', count]),
    onMinimalFlagCalledEvents: (/** @type {boolean} */ enabled) => log.push(['minimal', enabled]),
    isAwaited: () => true,
    sendEvents: () => log.push(['send']),
    onRemoteFallback: (/** @type {string} */ message) => log.push(['remote', message]),
    ...options,
  })
  assert.deepEqual(log.splice(0), [['begin']])
  return { poller, news, log, loads }
}

test('before anything is loaded there are no flags, and nothing is known', () => {
  const { poller } = openPoller()
  assert.deepEqual([poller.featureFlags, { ...poller.featureFlagsByKey }, poller.snapshot], [[], {}, undefined])
  assert.equal(poller.isLocalEvaluationReady(), false)
  assert.equal(poller.getFlagDefinitionsLoadedAt(), undefined)
  assert.equal(poller.getEvaluationRuntimeForFlag('toString'), undefined)
  assert.deepEqual(poller.getFlagKeysByEvaluationRuntime('all'), [])
  assert.ok(Object.isFrozen(poller.featureFlags) && Object.isFrozen(poller.featureFlagsByKey))
})

test('new definitions take the place of those held, and are told of once they are stored', () => {
  const { poller, news, log } = openPoller()
  const before = Date.now()
  news.newDefinitions(definitionsOf([flag('a'), flag('b')], { minimal_flag_called_events: true }), 'network')
  assert.deepEqual(log.splice(0), [['minimal', true]])
  assert.equal(poller.isLocalEvaluationReady(), true)
  assert.ok(poller.getFlagDefinitionsLoadedAt() >= before && poller.getFlagDefinitionsLoadedAt() <= Date.now())
  news.loaded('')
  assert.deepEqual(log.splice(0), [['loaded', 2]])
  const [first, loadedAt] = [poller.snapshot, poller.getFlagDefinitionsLoadedAt()]
  news.newDefinitions(definitionsOf([]), 'cache')
  assert.deepEqual(log.splice(0), [['minimal', false]])
  assert.notEqual(poller.snapshot, first)
  assert.equal(poller.isLocalEvaluationReady(), false)
  // Those of a cache were not fetched now.
  assert.equal(poller.getFlagDefinitionsLoadedAt(), loadedAt)
  news.loaded('')
  assert.deepEqual(log.splice(0), [['loaded', 0]])
})

test('a problem of the definitions is an error once, and again after it was gone', () => {
  const { news, log } = openPoller()
  /** @param {...string} problems */
  const raised = (...problems) => {
    const definitions = definitionsOf([flag('a')])
    const overview = JSON.parse(definitions.overview())
    definitions.overview = () => JSON.stringify({ ...overview, problems })
    news.newDefinitions(definitions, 'network')
    return log.splice(0).flatMap(([what, , message]) => (what === 'error' ? [message] : []))
  }
  assert.deepEqual(raised('one', 'two', 'one'), ['one', 'two'])
  assert.deepEqual(raised('two', 'three'), ['three'])
  assert.deepEqual(raised(), [])
  assert.deepEqual(raised('one'), ['one'])
})

test('where the definitions came from is traced while debugging, and that they are as before', (t) => {
  const lines = recordConsole(t, 'debug')
  const { poller, news } = openPoller()
  news.newDefinitions(definitionsOf([flag('a')]), 'network')
  news.loaded('Loaded with phs_secret_key')
  news.notModified()
  assert.deepEqual(lines, [])
  poller.debug()
  news.loaded('')
  news.loaded('Loaded with phs_secret_key')
  news.notModified()
  news.trace('a line')
  assert.equal(lines.length, 3)
  assert.match(lines[0], /^\[FEATURE FLAGS\] Loaded with .* \(1 flags\)$/)
  assert.ok(!lines[0].includes('phs_secret_key'))
  assert.equal(lines[1], '[FEATURE FLAGS] Flags not modified (304), using cached data')
  poller.debug(false)
  news.notModified()
  assert.equal(lines.length, 3)
})

test('a quota that is used up takes the flags away, with a warning, and leaves the poller loaded', (t) => {
  const lines = recordConsole(t, 'warn')
  const { poller, news, log } = openPoller()
  news.quotaExceeded()
  assert.equal(poller.snapshot, undefined)
  news.newDefinitions(definitionsOf([flag('a')], { minimal_flag_called_events: true }), 'network')
  log.length = 0
  news.quotaExceeded()
  assert.deepEqual(log.splice(0), [['minimal', false]])
  assert.deepEqual([poller.snapshot, poller.featureFlags], [undefined, []])
  assert.equal(lines.length, 2)
  assert.equal(
    lines[1],
    '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing limits at ' +
      'https://posthog.com/docs/billing/limits-alerts'
  )
  assert.equal(poller.isLocalEvaluationReady(), false)
  assert.deepEqual(poller.getAllFlagsAndPayloads(CONTEXT), {
    response: {},
    payloads: {},
    unresolved: {},
    fallbackToFlags: true,
  })
  // Nothing is loaded for an evaluation any more.
  assert.deepEqual(log, [])
  news.loaded('')
  assert.deepEqual(log, [['loaded', 0]])
  // There is nothing to warn of.
  assert.equal(lines.length, 2)
})

test('that fetch makes the requests from now on is a warning, without keys', (t) => {
  const lines = recordConsole(t, 'warn')
  const { news } = openPoller()
  news.fellBack('a proxy that knows phs_secret_key')
  assert.equal(lines.length, 1)
  assert.match(
    lines[0],
    /^\[FEATURE FLAGS\] Flag definitions cannot be loaded by the native transport: a proxy that knows /
  )
  assert.match(
    lines[0],
    /\. Node's fetch can, and makes the requests from now on\. To use it from the start, set native: \{ transport: 'fetch' \}\.$/
  )
  assert.ok(!lines[0].includes('phs_secret_key'))
})

test('errors of the loader are events, those about the key of another name', () => {
  const { news, log } = openPoller()
  news.error('one')
  news.clientError('two')
  news.invalidBody(Buffer.from('5'), 'reason', 'three')
  assert.deepEqual(log, [
    ['error', 'Error', 'one'],
    ['error', 'ClientError', 'two'],
    ['error', 'Error', 'three'],
  ])
})

test('somebody waits for definitions as long as there are none', () => {
  for (const awaited of [true, false]) {
    const { news } = openPoller({ isAwaited: () => awaited })
    assert.equal(news.isAwaited(), awaited)
    news.newDefinitions(definitionsOf([]), 'network')
    assert.equal(news.isAwaited(), false)
  }
  const { news, log } = openPoller()
  news.shutdownDelayed()
  assert.deepEqual(log, [['send']])
})

test('an evaluation before the first load waits for one, and none waits after it', async () => {
  const { poller, news, log, loads } = openPoller()
  let end = () => {}
  loads.next = new Promise((resolve) => (end = () => resolve(undefined)))
  const one = poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT)
  const matched = poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT, { matchValue: 'x' })
  const all = poller.getAllFlagsAndPayloads(CONTEXT)
  const some = poller.getAllFlagsAndPayloads(CONTEXT, ['b'])
  assert.deepEqual(log.splice(0), [
    ['load', false],
    ['load', false],
    ['load', false],
    ['load', false],
  ])
  news.newDefinitions(definitionsOf([flag('a'), flag('b')]), 'network')
  log.length = 0
  end()
  assert.deepEqual(await one, { value: true, payload: null })
  assert.deepEqual(await matched, { value: 'x', payload: null })
  assert.deepEqual({ ...(await all).response }, { a: true, b: true })
  assert.deepEqual({ ...(await some).response }, { b: true })
  assert.deepEqual(poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT), { value: true, payload: null })
  assert.equal(poller.computeFlagAndPayloadLocally({ key: 'none' }, CONTEXT), undefined)
  assert.deepEqual({ ...poller.getAllFlagsAndPayloads(CONTEXT).response }, { a: true, b: true })
  assert.deepEqual(log, [])
})

test('where no load can be made, an evaluation answers at once that only the server knows', () => {
  const { poller } = openPoller()
  assert.equal(poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT), undefined)
  const nothing = { response: {}, payloads: {}, unresolved: {}, fallbackToFlags: true }
  assert.deepEqual(poller.getAllFlagsAndPayloads(CONTEXT), nothing)
  assert.deepEqual(poller.getAllFlagsAndPayloads(CONTEXT, ['a']), nothing)
  // As posthog-node, which looks the keys up before anything is loaded.
  assert.throws(() => poller.getAllFlagsAndPayloads(CONTEXT, /** @type {any} */ (5)), TypeError)
})

test('a load is asked for if there is none yet, or if it is to be another', async () => {
  const { poller, news, log, loads } = openPoller()
  loads.next = Promise.resolve()
  assert.equal(poller.loadFeatureFlags(), loads.next)
  assert.equal(poller.loadFeatureFlags(true), loads.next)
  news.notModified()
  assert.notEqual(poller.loadFeatureFlags(), loads.next)
  await poller.loadFeatureFlags()
  assert.equal(poller.loadFeatureFlags(true), loads.next)
  assert.deepEqual(log.splice(0), [
    ['load', false],
    ['load', true],
    ['load', true],
  ])
  loads.next = undefined
  assert.ok(poller.loadFeatureFlags(true) instanceof Promise)
})

test('polling is stopped within half a minute, or as long as is said', async () => {
  const { poller, log } = openPoller()
  await poller.stopPoller()
  await poller.stopPoller(5)
  assert.deepEqual(log, [
    ['stop', 30_000],
    ['stop', 5],
  ])
})

test('what happened to a flag that was asked for by itself goes to the client, and of all flags to the console', (t) => {
  const lines = recordConsole(t, 'debug')
  const { poller, news, log } = openPoller()
  const sticky = { ensure_experience_continuity: true }
  news.newDefinitions(definitionsOf([flag('a', sticky), flag('b', sticky)]), 'network')
  log.length = 0
  const line = (/** @type {string} */ key) =>
    `InconclusiveMatchError when computing flag locally: ${key}: Flag has experience continuity enabled`
  for (const debugging of [false, true]) {
    poller.debug(debugging)
    poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT)
    assert.deepEqual(log.splice(0), debugging ? [['remote', line('a')]] : [])
    poller.getAllFlagsAndPayloads(CONTEXT)
    const { snapshot } = poller
    poller.conclude(snapshot, snapshot.evaluateCodes(CONTEXT))
    const records = [poller.featureFlagsByKey.b]
    poller.concludeSome(snapshot, records, snapshot.endsOf(records, CONTEXT))
    assert.deepEqual(lines.splice(0), debugging ? [line('a'), line('b'), line('a'), line('b'), line('b')] : [])
  }
})

test('flags that can never be decided locally are warned of when definitions are loaded', (t) => {
  const lines = recordConsole(t, 'warn')
  const { news } = openPoller()
  news.loaded('')
  news.newDefinitions(definitionsOf([flag('sticky', { ensure_experience_continuity: true })]), 'network')
  assert.deepEqual(lines, [])
  news.loaded('')
  assert.equal(lines.length, 1)
  assert.match(lines[0], /sticky/)
})
