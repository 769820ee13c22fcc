'use strict'

// What the poller answers the client, over a loader that is made up here.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagDefinitions } = require('../../lib/addon/load-binding')
const { flag } = require('../support/flags')
const { pollerOptions } = require('./support/poller-options')
const { recordConsole } = require('./support/world')

const CONTEXT = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }

/** @param {any[]} flags @param {object} [more] */
const definitionsOf = (flags, more) => FlagDefinitions.compile(JSON.stringify({ flags, ...more }), 'network', [])

/** The poller with another loader in the place of its own. @param {any} Loader */
function pollerOver(Loader) {
  const [name, choiceName] = ['feature-flags-poller', 'loader-choice'].map((file) =>
    require.resolve(`../../lib/client/${file}`)
  )
  const [poller, choice] = [require.cache[name], require(choiceName)]
  const cached = require.cache[choiceName]
  assert.ok(cached)
  const createLoader = (/** @type {unknown[]} */ ...args) => new Loader(...args)
  cached.exports = { ...choice, createLoader }
  delete require.cache[name]
  try {
    return require(name).FeatureFlagsPoller
  } finally {
    cached.exports = choice
    require.cache[name] = poller
  }
}

/** A poller, what its loader can tell it, and what it tells and asks. @param {object} [options] @param {object} [shared] what the loader has at once */
function openPoller(options, shared = {}) {
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
    get isLoading() {
      return loads.next !== undefined
    }
    takeShared() {
      return shared
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
    ...pollerOptions(log),
    onRemoteFallback: (/** @type {string} */ message) => log.push(['remote', message]),
    ...options,
  })
  assert.deepEqual(log.pop(), ['begin'])
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

test('a quota that is used up leaves the poller loaded: an evaluation finds nothing, and asks for no load', (t) => {
  recordConsole(t, 'warn')
  const { poller, news, log } = openPoller()
  news.newDefinitions(definitionsOf([flag('a')]), 'network')
  news.quotaExceeded()
  log.length = 0
  assert.equal(poller.computeFlagAndPayloadLocally({ key: 'a' }, CONTEXT), undefined)
  assert.deepEqual(poller.getAllFlagsAndPayloads(CONTEXT), {
    response: {},
    payloads: {},
    unresolved: {},
    fallbackToFlags: true,
  })
  assert.deepEqual(log, [])
  assert.equal(poller.isLocalEvaluationReady(), false)
  assert.equal(poller.status.state, 'empty')
})

test('a poller starts from what others have left, or else from what it was built with', () => {
  const [left, built] = [definitionsOf([flag('left')]), definitionsOf([flag('built'), flag('b')])]
  const bootstrap = () => built
  const at = Date.now() - 5000
  const keysOf = (/** @type {any} */ { poller }) => poller.featureFlags.map((/** @type {any} */ each) => each.key)

  const first = openPoller({ bootstrap }, { definitions: left, confirmedAt: at })
  assert.deepEqual(keysOf(first), ['left'])
  assert.deepEqual([first.poller.origin.source, first.poller.origin.confirmedAt], ['network', at])
  assert.deepEqual(first.log, [
    ['minimal', false],
    ['loaded', 1],
  ])
  const file = openPoller({ native: { file: 'a file' } }, { definitions: definitionsOf([flag('left')]) })
  assert.equal(file.poller.origin.source, 'file')

  const second = openPoller({ bootstrap })
  assert.deepEqual(keysOf(second), ['built', 'b'])
  assert.deepEqual([second.poller.origin.source, second.poller.status.state], ['bootstrap', 'ready'])
  assert.deepEqual(second.log, [
    ['minimal', false],
    ['loaded', 2],
  ])
})

test('what is wrong with what others have left is an error once the program has had time to listen', async () => {
  const { poller, log } = openPoller({}, { problem: 'the file with phs_secret_key is broken' })
  assert.deepEqual(log, [])
  assert.match(poller.status.lastError.message, /^the file with \[redacted\] is broken$/)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(log, [['error', 'Error', 'the file with [redacted] is broken']])
})

test('somebody waits for flags as long as some may come', async () => {
  const { poller, news, loads } = openPoller()
  const waits = poller.waitUntilReady(60_000)
  news.newDefinitions(definitionsOf([flag('a')]), 'network')
  news.loaded('')
  assert.equal(await waits, true)

  // A shutdown lets the load under way come to its end.
  const stopped = openPoller()
  const early = stopped.poller.waitUntilReady(60_000)
  await stopped.poller.stopPoller()
  assert.equal(await early, false)
  assert.equal(stopped.poller.status.state, 'stopped')
  assert.equal(await stopped.poller.waitUntilReady(60_000), false)
  stopped.loads.next = Promise.resolve()
  assert.equal(await Promise.race([stopped.poller.waitUntilReady(1), 'waits']), 'waits')

  news.quotaExceeded()
  news.keyRefused()
  assert.equal(await poller.waitUntilReady(60_000), false)
  loads.next = Promise.resolve()
  assert.equal(await Promise.race([poller.waitUntilReady(1), 'waits']), 'waits')
})
