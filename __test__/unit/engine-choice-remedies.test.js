'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { peerDependencies } = require('../../package.json')
const { EngineChoice, NEWEST } = require('../../lib/client/engine-choice')
const { recordConsole } = require('./support/world')

const OLDEST = /[\d.]+/.exec(peerDependencies['posthog-node'])?.[0]

/** A class of a version that cannot be joined, for it has no method. @param {any} version */
const baseOf = (version) =>
  class {
    getLibraryVersion() {
      if (version instanceof Error) {
        throw version
      }
      return version
    }
  }

/** @param {any} Base @returns {any} why it cannot be joined */
function errorOf(Base) {
  const choice = new EngineChoice(Base, undefined)
  assert.equal(choice.fitsTogether, false)
  try {
    choice.isNative('native', {})
  } catch (error) {
    return error
  }
  return assert.fail('it can be joined')
}

/** @param {any} version */
const remedyOf = (version) => errorOf(baseOf(version)).message.split('. Remedy: ')[1]

test('what is wrong with posthog-node is said with its version, and all of it', () => {
  const { name, code, message } = errorOf(baseOf('5.60.0'))
  assert.deepEqual([name, code], ['SeamError', 'ERR_POSTHOG_NATIVE_SEAM'])
  const begin = `posthog-node-native is not compatible with posthog-node 5.60.0: PostHog has no method debug; `
  assert.ok(message.startsWith(begin), message)
  assert.match(message, /; there is no FeatureFlagEvaluations\. Remedy: /)
  assert.match(
    errorOf(baseOf(undefined)).message,
    /^posthog-node-native is not compatible with posthog-node of this version: /
  )
})

test('the remedy depends on the version', () => {
  const [major, minor, patch] = NEWEST.split('.').map(Number)
  const older = `install posthog-node ${OLDEST} or newer`
  const newer = `install a newer posthog-node-native, or posthog-node ${NEWEST}`
  const other =
    'find out what changes its classes here, such as a patch, a mock or a bundler; as published, it is compatible'
  const none = `install posthog-node ${NEWEST}`
  const [, oldestMinor] = String(OLDEST).split('.').map(Number)
  for (const [version, remedy] of [
    ['4.99.99', older],
    ['5.0.0', older],
    ['5.9.0', older],
    [`5.${oldestMinor - 1}.99`, older],
    [OLDEST, other],
    [NEWEST, other],
    [`${major}.${minor}.${patch + 1}`, newer],
    [`${major}.${minor + 1}.0`, newer],
    [`${major + 1}.0.0`, newer],
    [`${major}.${minor}.0-beta.1`, newer],
    ['100.0.0', newer],
    [undefined, none],
    ['', none],
    ['latest', none],
    ['v5.60.0', none],
    ['5.60', none],
    ['5.60.x', none],
    [5, none],
    [new Error('no version'), none],
  ]) {
    assert.equal(remedyOf(version), remedy, String(version))
  }
  assert.equal(errorOf(class {}).message.split('. Remedy: ')[1], none)
  assert.equal(errorOf({}).message.split('. Remedy: ')[1], none)
})

test('why posthog-node evaluates is said once for each reason, in whatever build', (t) => {
  const lines = recordConsole(t, 'warn')
  const Base = baseOf('5.58.1')
  for (const choice of [new EngineChoice(Base, undefined), new EngineChoice(Base, undefined)]) {
    choice.warn()
    choice.warn()
  }
  assert.equal(lines.length, 1)
  assert.match(lines[0], /^\[PostHog\] posthog-node-native is not compatible with posthog-node 5\.58\.1: /)
  assert.ok(
    lines[0].endsWith(
      '. Until then posthog-node itself evaluates flags: the same answers, slower. ' +
        "With native: { engine: 'javascript' } there is no warning; with 'native' this is an error."
    )
  )
  new EngineChoice(baseOf('5.58.2'), undefined).warn()
  assert.equal(lines.length, 2)
})

test('who evaluates depends on what was asked for and on whether flags may be evaluated locally', () => {
  const choice = new EngineChoice(baseOf('5.58.3'), undefined)
  const options = { secretKey: 'phs_secret' }
  assert.equal(choice.isNative('javascript', options), false)
  assert.equal(choice.isNative('auto', options), false)
  assert.equal(choice.isNative('auto', {}), false)
  assert.throws(() => choice.isNative('native', {}), { name: 'SeamError' })
})

test('a client that lacks something is refused, as is each after it, with what the first one lacked', () => {
  const posthogNode = /** @type {any} */ (require('posthog-node'))
  const choice = new EngineChoice(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations)
  const good = { options: {}, host: 'h', apiKey: 'k', disabled: false, _events: { emit() {} } }
  assert.equal(choice.accepts(good), true)
  assert.equal(choice.fitsTogether, true)
  assert.equal(choice.isNative('auto', { secretKey: 'phs_secret' }), true)
  assert.equal(choice.accepts({ ...good, host: undefined }), false)
  assert.equal(choice.accepts({ ...good, apiKey: undefined }), false)
  assert.equal(choice.accepts(good), false)
  assert.throws(() => choice.isNative('native', {}), { message: /: the client has no host\. Remedy/ })
})

test('nothing is warned of where nothing is wrong', (t) => {
  const lines = recordConsole(t, 'warn')
  const posthogNode = /** @type {any} */ (require('posthog-node'))
  new EngineChoice(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations).warn()
  assert.deepEqual(lines, [])
})
