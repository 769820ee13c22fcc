'use strict'

const { peerDependencies } = require('../package.json')
const { loadBinding } = require('./load-binding.js')
const { findClassProblems, findClientProblems } = require('./seam.js')

/** The newest posthog-node that was tried; package.json names all of them. */
const NEWEST = peerDependencies['posthog-node'].split(' || ').at(-1)

/** posthog-node is not as expected; the message says where, and what to do. */
class SeamError extends Error {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {string[]} problems
   */
  constructor(Base, problems) {
    super(
      `posthog-node-native cannot join posthog-node ${versionOf(Base)}, for it is not as ${NEWEST} is: ` +
        `${problems.join('; ')}. Remedy: install posthog-node ${NEWEST}, or the posthog-node-native made for yours`
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
  }

  /** Whether nothing is known that keeps this package from taking part. */
  get fitsTogether() {
    return this._seamError === undefined
  }

  /**
   * Whether a client about to be made is to evaluate natively. Loads the addon if so.
   *
   * @param {import('./options.js').NativeSettings['engine']} engine
   * @param {any} options of posthog-node
   * @returns {boolean}
   * @throws {Error} if it must and cannot
   */
  isNative(engine, options) {
    if (engine === 'javascript' || (engine === 'auto' && !mayEvaluateLocally(options))) {
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
 * Never false for a client that posthog-node would make a poller for.
 *
 * @param {any} options
 */
function mayEvaluateLocally(options) {
  const hasSource = options?.secretKey || options?.personalApiKey || options?.flagDefinitionCacheProvider
  return Boolean(hasSource) && options.enableLocalEvaluation !== false
}

/** @param {any} Base */
function versionOf(Base) {
  try {
    return String(Base.prototype.getLibraryVersion.call(undefined))
  } catch {
    return 'of this version'
  }
}

module.exports = { EngineChoice }
