'use strict'

const { areTimersFake } = require('./fake-timers.js')
const { loadNativeParts } = require('./native-parts.js')
const { hasOwnSource, mayEvaluateLocally, namesWithoutEffect } = require('./options.js')

/** The newest posthog-node that was tried. docs/packaging.md lists the others. */
const NEWEST = '5.70.0'

/** posthog-node is not as expected; the message says where, and what to do. */
class SeamError extends Error {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {string[]} problems
   */
  constructor(Base, problems) {
    const version = versionOf(Base)
    super(
      `posthog-node-native is not compatible with posthog-node ${version ?? 'of this version'}: ` +
        `${problems.join('; ')}. Remedy: ${remedyFor(version)}`
    )
    this.name = 'SeamError'
    this.code = 'ERR_POSTHOG_NATIVE_SEAM'
  }
}

/** @type {Set<string>} what was warned about, in all module systems */
const warned = new Set()

/** Decides who evaluates flags for the clients of one of posthog-node's builds: Rust, or posthog-node itself. */
class EngineChoice {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {any} FeatureFlagEvaluations
   */
  constructor(Base, FeatureFlagEvaluations) {
    this._Base = Base
    this._FeatureFlagEvaluations = FeatureFlagEvaluations
    /** Whether the classes were looked at, which takes a millisecond and is needed by native clients alone. */
    this._isExamined = false
    /** @type {Error | undefined} */
    this._seamError = undefined
    /** @type {boolean | undefined} not yet known */
    this._carriesRequests = undefined
    /** @type {boolean | undefined} not yet known */
    this._handlesEvents = undefined
  }

  /** Whether the requests of a client can be carried by another than posthog-node. */
  get carriesRequests() {
    this._carriesRequests ??= require('./seam.js').findRequestProblems(this._Base).length === 0
    return this._carriesRequests
  }

  /**
   * The quicker way of events to posthog-node's queue.
   *
   * @returns {typeof import('../events/quick-events.js') | undefined} nothing if posthog-node has to go its own
   */
  get quickEvents() {
    this._handlesEvents ??= require('../events/quick-events-seam.js').findEventProblems(this._Base).length === 0
    return this._handlesEvents ? require('../events/quick-events.js') : undefined
  }

  /** Whether nothing is known that keeps this package from taking part. */
  get fitsTogether() {
    return this._examine() === undefined
  }

  /**
   * Whether a client about to be made is to evaluate natively. Loads the addon if so. A test that runs timers by hand drives
   * polling by them, which a background thread does not follow.
   *
   * @param {import('./options.js').NativeSettings['engine']} engine
   * @param {any} options of posthog-node
   * @returns {boolean}
   * @throws {Error} if it must and cannot
   */
  isNative(engine, options) {
    if (engine === 'javascript' || (engine === 'auto' && (!mayEvaluateLocally(options) || isDrivenByTimers(options)))) {
      return false
    }
    const error = this._obstacle()
    if (error !== undefined && engine === 'native') {
      throw error
    }
    return error === undefined
  }

  /**
   * Whether a client made for native evaluation can be given it. If not, none made later will be either.
   *
   * @param {any} client
   * @returns {boolean}
   */
  accepts(client) {
    this._seamError ??= this._describe(require('./seam.js').findClientProblems(client))
    return this.fitsTogether
  }

  /**
   * Says once why flags are not evaluated natively, and what a client lacks by that.
   *
   * @param {Partial<import('./options.js').NativeSettings>} [settings] of the client
   */
  warn(settings = {}) {
    const error = this._obstacle()
    if (error === undefined) {
      return
    }
    const answers = settings.semantics === 'server' ? 'slower' : 'the same answers, slower'
    const names = namesWithoutEffect(settings)
    const lacks = names.length === 0 ? '' : `, and without ${names.join(', ')}`
    const message =
      `[PostHog] ${error.message}. Until then posthog-node itself evaluates flags: ${answers}${lacks}. With native: { engine: ` +
      "'javascript' } there is no warning; with 'native' this is an error."
    if (!warned.has(message)) {
      warned.add(message)
      console.warn(message)
    }
  }

  /**
   * Says once that posthog-node evaluates by its own semantics, although others are wanted.
   *
   * @param {import('./options.js').NativeSettings['engine']} engine
   */
  warnOfSemantics(engine) {
    const why =
      engine === 'javascript'
        ? 'POSTHOG_NATIVE_ENGINE says so'
        : areTimersFake()
          ? 'timers are fake'
          : 'this package cannot evaluate here'
    const message =
      `[PostHog] posthog-node itself evaluates flags, because ${why}: native: { semantics: 'server' } has no effect, so that ` +
      'answers may be others, and more flags are left to the network.'
    if (!warned.has(message)) {
      warned.add(message)
      console.warn(message)
    }
  }

  /** @returns {Error | undefined} */
  _obstacle() {
    const seamError = this._examine()
    if (seamError !== undefined) {
      return seamError
    }
    try {
      loadNativeParts()
      return undefined
    } catch (error) {
      return /** @type {Error} */ (error)
    }
  }

  /** @returns {Error | undefined} what is wrong with posthog-node's classes, or with a client of it that was made before */
  _examine() {
    if (!this._isExamined) {
      this._isExamined = true
      const { findClassProblems } = require('./seam.js')
      this._seamError ??= this._describe(findClassProblems(this._Base, this._FeatureFlagEvaluations))
    }
    return this._seamError
  }

  /** @param {string[]} problems */
  _describe(problems) {
    return problems.length === 0 ? undefined : new SeamError(this._Base, problems)
  }
}

/**
 * Whether a test drives the polling of such a client by fake timers. Definitions that are given are not polled, and
 * posthog-node's own poller could not start from them.
 *
 * @param {any} options
 */
function isDrivenByTimers(options) {
  if (!areTimersFake() || hasOwnSource(options)) {
    return false
  }
  const { FixedDefinitions } = require('../loading/fixed-definitions.js')
  return !(options.flagDefinitionCacheProvider instanceof FixedDefinitions)
}

/**
 * What can be done about a posthog-node that is not as expected.
 *
 * @param {string | undefined} version
 */
function remedyFor(version) {
  if (version === undefined) {
    return `install posthog-node ${NEWEST}`
  }
  const { peerDependencies } = require('../../package.json')
  const oldest = /\d+\.\d+\.\d+/.exec(peerDependencies['posthog-node'])?.[0] ?? NEWEST
  if (compare(version, oldest) < 0) {
    return `install posthog-node ${oldest} or newer`
  }
  if (compare(version, NEWEST) > 0) {
    return `install a newer posthog-node-native, or posthog-node ${NEWEST}`
  }
  return 'find out what changes its classes here, such as a patch, a mock or a bundler; as published, it is compatible'
}

/**
 * Which of two versions is newer, as a sign.
 *
 * @param {string} one
 * @param {string} other
 */
function compare(one, other) {
  return one.localeCompare(other, 'en', { numeric: true })
}

/**
 * @param {any} Base
 * @returns {string | undefined} nothing if it does not say
 */
function versionOf(Base) {
  try {
    const version = Base.prototype.getLibraryVersion.call(undefined)
    return /^\d+\.\d+\.\d/.test(version) ? version : undefined
  } catch {
    return undefined
  }
}

module.exports = { EngineChoice, NEWEST }
