'use strict'

// What is made of each piece of news of a loader.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagDefinitions } = require('../../lib/addon/load-binding')
const { ErrorReports } = require('../../lib/client/error-reports')
const { HeldDefinitions } = require('../../lib/client/held-definitions')
const { WaitingForFlags } = require('../../lib/client/waiting-for-flags')
const { ReasoningSnapshot } = require('../../lib/evaluation/reasoning-snapshot')
const { SILENT } = require('../../lib/evaluation/silent')
const { Snapshot } = require('../../lib/evaluation/snapshot')
const { flag } = require('../support/flags')
const { pollerOptions } = require('./support/poller-options')
const { recordConsole } = require('./support/world')

/** @param {any[]} flags @param {object} [more] */
const definitionsOf = (flags, more) => FlagDefinitions.compile(JSON.stringify({ flags, ...more }), 'network', [])

/** Definitions that nobody has told of yet, and what is told of them. @param {any} [options] */
function openHeld({ mayLoad = true, ...options } = {}) {
  /** @type {any[]} */
  const log = []
  const all = /** @type {any} */ ({
    ...pollerOptions(log),
    pollingInterval: 30_000,
    ...options,
  })
  const reports = new ErrorReports(all)
  const waiting = new WaitingForFlags()
  const held = new HeldDefinitions(all, { mayLoad, reports, waiting })
  return { held, reports, waiting, log }
}

test('before anything is loaded nothing is known', () => {
  const { held } = openHeld()
  assert.deepEqual([held.snapshot, held.count, held.isLoaded, held.loadedAt], [undefined, 0, false, undefined])
  assert.deepEqual([held.origin.source, held.origin.role, held.isHopeless], [undefined, undefined, false])
})

test('new definitions take the place of those held, and are told of once they are stored', () => {
  const { held, log } = openHeld()
  const before = Date.now()
  held.newDefinitions(definitionsOf([flag('a'), flag('b')], { minimal_flag_called_events: true }), 'network')
  assert.deepEqual(log.splice(0), [['minimal', true]])
  assert.deepEqual([held.count, held.isLoaded, held.origin.source], [2, true, 'network'])
  const [first, loadedAt] = [held.snapshot, Number(held.loadedAt)]
  assert.ok(loadedAt >= before && loadedAt <= Date.now())
  assert.equal(first?.constructor, Snapshot)
  held.loaded('')
  assert.deepEqual(log.splice(0), [['loaded', 2]])
  held.newDefinitions(definitionsOf([]), 'cache', 1000)
  assert.deepEqual(log.splice(0), [['minimal', false]])
  assert.notEqual(held.snapshot, first)
  assert.deepEqual([held.count, held.isLoaded], [0, true])
  assert.deepEqual([held.origin.source, held.origin.confirmedAt], ['cache', 1000])
  // Those of a cache were not fetched now.
  assert.equal(held.loadedAt, loadedAt)
  held.loaded('')
  assert.deepEqual(log.splice(0), [['loaded', 0]])
})

test('definitions that others have taken the place of, or that the quota takes away, are released', (t) => {
  recordConsole(t, 'warn')
  const { held } = openHeld()
  const kari = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
  const install = (/** @type {string} */ key) => {
    held.newDefinitions(definitionsOf([flag(key)]), 'network')
    const snapshot = /** @type {Snapshot} */ (held.snapshot)
    return () => snapshot.valueOf(snapshot.featureFlags[0], kari, SILENT)
  }
  const first = install('first')
  assert.equal(first(), true)
  const second = install('second')
  assert.deepEqual([first(), second()], [undefined, true])
  held.quotaExceeded()
  assert.deepEqual([first(), second()], [undefined, undefined])
})

test('a panic of the native code is an error', () => {
  const { held, log } = openHeld()
  const definitions = definitionsOf([flag('a')])
  held.newDefinitions(definitions, 'network')
  log.length = 0
  const { snapshot } = /** @type {any} */ (held)
  snapshot._evaluator._onPanic(new Error('it panicked with phs_secret_key'))
  assert.deepEqual(log, [
    ['error', 'Error', 'it panicked with [redacted]. The flags of that call are left to the server.'],
  ])
})

test('who is to tell reasons has a snapshot that knows them', () => {
  const { held } = openHeld({ native: { reasons: true } })
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  assert.equal(held.snapshot?.constructor, ReasoningSnapshot)
})

test('a problem of the definitions is an error once, and again after it was gone', () => {
  const { held, log } = openHeld()
  /** @param {...string} problems */
  const raised = (...problems) => {
    const definitions = definitionsOf([flag('a')])
    const overview = JSON.parse(definitions.overview())
    definitions.overview = () => JSON.stringify({ ...overview, problems })
    held.newDefinitions(definitions, 'network')
    return log.splice(0).flatMap(([what, , message]) => (what === 'error' ? [message] : []))
  }
  assert.deepEqual(raised('one', 'two', 'one'), ['one', 'two'])
  assert.deepEqual(raised('two', 'three'), ['three'])
  assert.deepEqual(raised(), [])
  assert.deepEqual(raised('one'), ['one'])
})

test('where the definitions came from is traced while debugging, and that they are as before', (t) => {
  const lines = recordConsole(t, 'debug')
  const { held, reports } = openHeld()
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  held.loaded('Loaded with phs_secret_key')
  held.notModified()
  held.trace('a line')
  assert.deepEqual(lines, [])
  reports.debugging = true
  held.loaded('')
  held.loaded('Loaded with phs_secret_key')
  held.notModified()
  held.trace('a line')
  assert.deepEqual(lines, [
    '[FEATURE FLAGS] Loaded with [redacted] (1 flags)',
    '[FEATURE FLAGS] Flags not modified (304), using cached data',
    '[FEATURE FLAGS] a line',
  ])
})

test('what PostHog confirms counts as loaded from it, also if it was read from a file', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 })
  const { held } = openHeld()
  held.notModified()
  assert.deepEqual([held.isLoaded, held.loadedAt, held.origin.confirmedAt], [true, undefined, 1000])
  held.newDefinitions(definitionsOf([flag('a')]), 'file', 500)
  assert.deepEqual([held.loadedAt, held.origin.confirmedAt], [undefined, 500])
  held.loaded('Loaded from a file')
  assert.equal(held.origin.confirmedAt, 500)
  held.confirmed(700)
  assert.deepEqual([held.origin.source, held.origin.confirmedAt], ['file', 700])
  t.mock.timers.setTime(2000)
  held.notModified()
  assert.deepEqual([held.origin.source, held.loadedAt, held.origin.confirmedAt], ['network', 2000, 2000])

  held.newDefinitions(definitionsOf([flag('a')]), 'cache', 600)
  held.loaded('')
  assert.equal(held.origin.confirmedAt, 600)
  held.loaded('Loaded from the cache')
  assert.deepEqual([held.origin.source, held.loadedAt, held.origin.confirmedAt], ['cache', 2000, 2000])
})

test('a quota that is used up takes the flags away, with a warning, and leaves them loaded', (t) => {
  const lines = recordConsole(t, 'warn')
  const { held, log } = openHeld()
  held.quotaExceeded()
  assert.equal(held.isLoaded, false)
  held.newDefinitions(definitionsOf([flag('a')], { minimal_flag_called_events: true }), 'network')
  const before = held.snapshot
  log.length = 0
  held.quotaExceeded()
  assert.deepEqual(log.splice(0), [['minimal', false]])
  assert.deepEqual([held.snapshot, held.count, held.isLoaded], [undefined, 0, true])
  assert.equal(before?.keys.length, 1)
  assert.equal(held.origin.source, undefined)
  assert.equal(lines.length, 2)
  assert.equal(
    lines[1],
    '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing limits at ' +
      'https://posthog.com/docs/billing/limits-alerts'
  )
  held.loaded('')
  assert.deepEqual(log, [['loaded', 0]])
  // There is nothing to warn of.
  assert.equal(lines.length, 2)
})

test('a change of the definitions is told to who wants to know, and to nobody if there is none', (t) => {
  recordConsole(t, 'warn')
  /** @type {any[]} */
  const changes = []
  const { held, log } = openHeld({
    wantsChanges: () => true,
    onChanges: (/** @type {any} */ each) => {
      changes.push(each)
      throw new Error('a listener that fails')
    },
  })
  held.quotaExceeded()
  held.newDefinitions(definitionsOf([flag('a'), flag('b')]), 'network')
  // The first definitions change nothing.
  assert.deepEqual(changes, [])
  held.newDefinitions(definitionsOf([flag('a'), flag('b')]), 'network')
  assert.deepEqual(changes, [])
  for (const [flags, expected] of /** @type {[any[], object][]} */ ([
    [[flag('a'), flag('b'), flag('c')], { added: ['c'], removed: [], changed: [] }],
    [[flag('a'), flag('c')], { added: [], removed: ['b'], changed: [] }],
    [[flag('a', { active: false }), flag('c')], { added: [], removed: [], changed: ['a'] }],
  ])) {
    held.newDefinitions(definitionsOf(flags), 'network')
    assert.deepEqual(changes.splice(0), [expected])
  }
  held.quotaExceeded()
  assert.deepEqual(changes.splice(0), [{ added: [], removed: ['a', 'c'], changed: [] }])
  assert.ok(!log.some(([what]) => what === 'error'))

  const deaf = openHeld({ wantsChanges: () => false, onChanges: () => assert.fail('it is told') })
  assert.equal(deaf.held.wantsChanges(), false)
  deaf.held.newDefinitions(definitionsOf([flag('a')]), 'network')
  deaf.held.newDefinitions(definitionsOf([flag('b')]), 'network')
  deaf.held.quotaExceeded()
})

test('what a listener of changes throws is traced', (t) => {
  const lines = recordConsole(t, 'debug')
  const onChanges = () => {
    throw new Error('it fails')
  }
  const { held, reports } = openHeld({ wantsChanges: () => true, onChanges })
  reports.debugging = true
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  held.newDefinitions(definitionsOf([flag('b')]), 'network')
  assert.deepEqual(lines, ['[FEATURE FLAGS] A listener of the definitionsChanged event failed: Error: it fails'])
})

test('a load that is over is published, with what it has changed, if somebody listens', () => {
  /** @type {any[]} */
  const loads = []
  const diagnostics = { wantsLoads: true, load: (/** @type {object} */ load) => loads.push(load), error: () => {} }
  const { held } = openHeld({ diagnostics })
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  held.newDefinitions(definitionsOf([flag('a'), flag('b')]), 'network')
  held.finished({ end: 'changed', bytes: 5 })
  held.finished({ end: 'unchanged', bytes: 0 })
  held.finished({ end: 'refused', cause: 'no phs_secret_key', bytes: 0 })
  diagnostics.wantsLoads = false
  held.finished({ end: 'failed', cause: 'no luck with phs_secret_key', bytes: 0 })
  const common = { source: 'network', flags: 2, bytes: 0, cause: undefined, changes: undefined }
  assert.deepEqual(loads, [
    { ...common, outcome: 'changed', bytes: 5, changes: { added: ['b'], removed: [], changed: [] } },
    { ...common, outcome: 'unchanged' },
    { ...common, outcome: 'failed', cause: 'no [redacted]' },
  ])
  const { loads: counted, lastError } = held.status.read({
    ...{ engine: 'native', flags: 2, isLoaded: true, isStopped: false, origin: held.origin },
  })
  assert.deepEqual(counted, { attempts: 4, changed: 1, unchanged: 1, failed: 2, bytes: 5 })
  assert.equal(lastError?.message, 'Failed to load feature flags: no luck with [redacted]')
})

test('who waits goes on with the flags of a load, or without them when there is no hope for any', async () => {
  const { held, waiting } = openHeld()
  const first = waiting.wait(60_000)
  held.finished({ end: 'failed', cause: 'a cause', bytes: 0 })
  assert.equal(waiting.isEmpty, false)
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  held.loaded('')
  assert.equal(await first, true)

  const none = waiting.wait(60_000)
  held.newDefinitions(definitionsOf([]), 'network')
  held.loaded('')
  assert.equal(await none, false)

  const refused = openHeld()
  const vain = refused.waiting.wait(60_000)
  refused.held.keyRefused()
  assert.equal(await vain, false)
  assert.equal(refused.held.isHopeless, true)

  const late = refused.waiting.wait(60_000)
  refused.held.finished({ end: 'refused', bytes: 0 })
  assert.equal(await late, false)
})

test('nothing is hopeless while others may have definitions, nor are those held given up', () => {
  for (const options of [{ cacheProvider: {} }, { native: { file: 'a file' } }]) {
    const { held } = openHeld(options)
    held.keyRefused()
    assert.equal(held.isHopeless, false)
  }
  const given = openHeld({ mayLoad: false, cacheProvider: {} })
  assert.equal(given.held.isHopeless, true)

  const { held, waiting } = openHeld()
  held.newDefinitions(definitionsOf([flag('a')]), 'network')
  waiting.wait(60_000)
  held.keyRefused()
  assert.equal(waiting.isEmpty, false)
  waiting.end(true)
})

test('definitions that nothing loads by itself are hoped for once', () => {
  const { held } = openHeld({ pollingInterval: null })
  assert.equal(held.isHopeless, false)
  held.finished({ end: 'failed', cause: 'no luck with phs_secret_key', bytes: 0 })
  assert.equal(held.isHopeless, true)
})

test('that fetch makes the requests from now on is a warning, without keys, and so is what the loader warns of', (t) => {
  const lines = recordConsole(t, 'warn')
  const { held } = openHeld()
  held.fellBack('a proxy that knows phs_secret_key')
  held.warning('beware of phs_secret_key')
  assert.deepEqual(lines, [
    '[FEATURE FLAGS] Flag definitions cannot be loaded by the native transport: a proxy that knows [redacted]. ' +
      "Node's fetch can, and makes the requests from now on. To use it from the start, set native: { transport: 'fetch' }.",
    '[FEATURE FLAGS] beware of [redacted]',
  ])
})

test('errors of the loader are events, those about the key of another name, and the last is told as such', () => {
  const { held, log } = openHeld()
  const lastError = () =>
    held.status.read({ engine: 'native', flags: 0, isLoaded: false, isStopped: false, origin: held.origin }).lastError
      ?.message
  held.error('one of phs_secret_key')
  assert.equal(lastError(), 'one of [redacted]')
  held.clientError('two of phs_secret_key')
  assert.equal(lastError(), 'two of [redacted]')
  held.invalidBody(Buffer.from('5'), 'reason', 'three')
  assert.deepEqual(log, [
    ['error', 'Error', 'one of [redacted]'],
    ['error', 'ClientError', 'two of [redacted]'],
    ['error', 'Error', 'three'],
  ])
})

test('somebody waits for definitions as long as there are none', () => {
  for (const awaited of [true, false]) {
    const { held, waiting } = openHeld({ isAwaited: () => awaited })
    assert.equal(held.isAwaited(), awaited)
    waiting.wait(60_000)
    assert.equal(held.isAwaited(), true)
    held.newDefinitions(definitionsOf([]), 'network')
    assert.equal(held.isAwaited(), false)
    waiting.end(false)
  }
})

test('a shutdown that waits for a load sends events meanwhile', () => {
  const { held, log } = openHeld()
  held.shutdownDelayed()
  assert.deepEqual(log, [['send']])
})

test('the part of a client among those who share definitions is known', () => {
  const { held } = openHeld()
  held.role('leader')
  assert.equal(held.origin.role, 'leader')
  held.role(undefined)
  assert.equal(held.origin.role, undefined)
})

test('flags that can never be decided locally are warned of when definitions are loaded', (t) => {
  const lines = recordConsole(t, 'warn')
  const { held } = openHeld()
  held.loaded('')
  held.newDefinitions(definitionsOf([flag('sticky', { ensure_experience_continuity: true })]), 'network')
  assert.deepEqual(lines, [])
  held.loaded('')
  assert.equal(lines.length, 1)
  assert.match(lines[0], /sticky/)
})
