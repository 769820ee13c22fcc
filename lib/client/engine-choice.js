'use strict'

const { peerDependencies } = require('../../package.json')
const { loadBinding } = require('../addon/load-binding.js')
const { areTimersFake } = require('./fake-timers.js')
const { mayEvaluateLocally } = require('./options.js')
const { findClassProblems, findClientProblems, findRequestProblems } = require('./seam.js')

/** The newest posthog-node that was tried. docs/packaging.md lists the others. */
const NEWEST = '5.70.0'
/** The oldest that can be joined. @type {string} */
const OLDEST = /\d+\.\d+\.\d+/.exec(peerDependencies['posthog-node'])?.[0] ?? NEWEST

/** posthog-node is not as expected; the message says where, and what to do. */
class SeamError extends Error {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {string[]} problems
   */
  constructor(Base, problems) {
    const version = versionOf(Base)
    super(
      `posthog-node-native cannot join posthog-node ${version ?? 'of this version'}, for it is not as ${NEWEST} is: ` +
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
    /** @type {Error | undefined} */
    this._seamError = this._describe(findClassProblems(Base, FeatureFlagEvaluations))
    /** Whether the requests of a client can be carried by another than posthog-node. */
    this.carriesRequests = findRequestProblems(Base).length === 0
  }

  /** Whether nothing is known that keeps this package from taking part. */
  get fitsTogether() {
    return this._seamError === undefined
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
    if (engine === 'javascript' || (engine === 'auto' && (!mayEvaluateLocally(options) || areTimersFake()))) {
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
    this._seamError ??= this._describe(findClientProblems(client))
    return this.fitsTogether
  }

  /** Says once why flags are not evaluated natively. */
  warn() {
    const error = this._obstacle()
    if (error !== undefined && !warned.has(error.message)) {
      warned.add(error.message)
      console.warn(
        `[PostHog] ${error.message}. Until then flags are evaluated by posthog-node itself: the same answers, slower. ` +
          "native: { engine: 'javascript' } chooses that without a warning, 'native' makes this an error."
      )
    }
  }

  /** @returns {Error | undefined} */
  _obstacle() {
    if (this._seamError !== undefined) {
      return this._seamError
    }
    try {
      loadBinding()
      return undefined
    } catch (error) {
      return /** @type {Error} */ (error)
    }
  }

  /** @param {string[]} problems */
  _describe(problems) {
    return problems.length === 0 ? undefined : new SeamError(this._Base, problems)
  }
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
  if (compare(version, OLDEST) < 0) {
    return `install posthog-node ${OLDEST} or newer`
  }
  if (compare(version, NEWEST) > 0) {
    return `install a newer posthog-node-native, or posthog-node ${NEWEST}`
  }
  return 'find out what changes its classes in this process, such as a patch, a mock or a bundler, for as published it can be joined'
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
