'use strict'

const { ErrorReports } = require('./error-reports')
const { HeldDefinitions } = require('./held-definitions')
const { createLoader, wantsDefinitionLoader } = require('./loader-choice')
const { WaitingForFlags } = require('./waiting-for-flags')

/**
 * @typedef {import('../evaluation/snapshot').Snapshot} Snapshot
 * @typedef {import('../evaluation/snapshot').Snapshot['featureFlags'][number]} FlagRecord
 * @typedef {import('../evaluation/snapshot').Snapshot['evaluateAll']} EvaluateAll
 * @typedef {'client' | 'server' | 'all'} EvaluationRuntime
 *
 * @typedef {object} FeatureFlagsPollerCallbacks
 * @property {(error: Error) => void} onError
 * @property {(message: string) => void} onRemoteFallback a flag that was asked for by itself goes to the server
 * @property {() => import('../addon/binding').FlagDefinitions} [bootstrap] compiles what it starts from if there is nothing newer
 *
 * @typedef {import('./held-definitions').HeldDefinitionsOptions & FeatureFlagsPollerCallbacks} FeatureFlagsPollerOptions
 */

/** What is awaited if no load is under way. All share one promise, since the client asks for it in each evaluation. */
const LOADED = Promise.resolve()

/** @type {any} */
const NO_FLAGS = Object.freeze([])
/** @type {any} */
const NO_FLAGS_BY_KEY = Object.freeze(Object.create(null))

/**
 * What posthog-node's client takes for its own poller: answers what the client asks from the definitions held. Loading is the
 * `DefinitionLoader`'s business, what becomes of a load that of `HeldDefinitions`, evaluation the `Snapshot`'s.
 */
class FeatureFlagsPoller {
  /** @param {FeatureFlagsPollerOptions} options */
  constructor(options) {
    this._options = options
    /** Whether results and events tell PostHog's reason codes. */
    this.tellsReasons = options.native.reasons
    this._reports = new ErrorReports(options)
    this._singleReporter = this._reports.createReporter(options.onRemoteFallback)
    this._allReporter = this._reports.createReporter((message) => console.debug(message))
    this._isStopped = false
    this._waiting = new WaitingForFlags()
    this._held = new HeldDefinitions(options, {
      mayLoad: wantsDefinitionLoader(options),
      reports: this._reports,
      waiting: this._waiting,
    })
    /** Where the definitions in use come from, and who asks for them. */
    this.origin = this._held.origin
    this._loader = createLoader(options, this._held)
    this._reports.whileMaking(() => this._start(options.bootstrap))
    this._loader.begin()
  }

  /**
   * Starts from the definitions that there are already: what others have loaded is newer than what a build has.
   *
   * @param {(() => import('../addon/binding').FlagDefinitions) | undefined} bootstrap
   */
  _start(bootstrap) {
    const { definitions, confirmedAt, problem } = this._loader.takeShared()
    if (problem !== undefined) {
      this._held.error(problem)
    }
    if (definitions !== undefined) {
      this._held.newDefinitions(definitions, this._options.native.file === undefined ? 'network' : 'file', confirmedAt)
    } else if (bootstrap !== undefined) {
      this._held.newDefinitions(bootstrap(), 'bootstrap')
    } else {
      return
    }
    this._held.loaded('')
  }

  /** The definitions in use, which are all of one load. */
  get snapshot() {
    return this._held.snapshot
  }

  /** @returns {FlagRecord[]} */
  get featureFlags() {
    return this._held.snapshot?.featureFlags ?? NO_FLAGS
  }

  /** @returns {Record<string, FlagRecord>} */
  get featureFlagsByKey() {
    return this._held.snapshot?.featureFlagsByKey ?? NO_FLAGS_BY_KEY
  }

  /** What is known of the definitions held, of loads and of evaluations. */
  get status() {
    const { count, isLoaded, origin, status } = this._held
    return status.read({
      engine: 'native',
      flags: count,
      isLoaded,
      isStopped: this._isStopped,
      origin,
      provider: this._loader.provider?.calls,
    })
  }

  debug(enabled = true) {
    this._reports.debugging = enabled
    this._singleReporter.debugging = enabled
    this._allReporter.debugging = enabled
  }

  isLocalEvaluationReady() {
    return this._held.count > 0
  }

  /**
   * Waits for flags, as long as there may be some.
   *
   * @param {number} timeoutMs
   * @returns {Promise<boolean>} whether there are some
   */
  async waitUntilReady(timeoutMs) {
    const mayCome = this._loader.isLoading || !(this._isStopped || this._held.isHopeless)
    return mayCome && this._waiting.wait(timeoutMs)
  }

  /** When definitions were last fetched from PostHog, in milliseconds; those from a cache do not count. */
  getFlagDefinitionsLoadedAt() {
    return this._held.loadedAt
  }

  /**
   * @param {string} key
   * @returns {EvaluationRuntime | undefined}
   */
  getEvaluationRuntimeForFlag(key) {
    const flag = this.featureFlagsByKey[key]
    return flag === undefined ? undefined : evaluationRuntimeOf(flag)
  }

  /**
   * @param {EvaluationRuntime} runtime
   * @returns {string[]}
   */
  getFlagKeysByEvaluationRuntime(runtime) {
    const suits = (/** @type {EvaluationRuntime} */ other) => other === runtime || other === 'all' || runtime === 'all'
    return this.featureFlags.filter((flag) => suits(evaluationRuntimeOf(flag))).map(({ key }) => key)
  }

  /**
   * Resolves when the load under way is over, however it ends.
   *
   * @param {boolean} [forceReload] load although definitions are held
   * @returns {Promise<void>}
   */
  loadFeatureFlags(forceReload = false) {
    return (this._held.isLoaded && !forceReload ? undefined : this._loader.load(forceReload)) ?? LOADED
  }

  /**
   * One flag; `undefined` when only the server can tell.
   *
   * @param {{ key: string }} flag
   * @param {any} context
   * @param {{ matchValue?: string | boolean }} [options]
   * @returns {{ value: any, payload: any } | undefined | Promise<{ value: any, payload: any } | undefined>}
   */
  computeFlagAndPayloadLocally(flag, context, options) {
    if (!this._held.isLoaded) {
      const loading = this._loader.load(false)
      if (loading !== undefined) {
        return loading.then(() => this._evaluate(flag, context, options?.matchValue))
      }
    }
    return this._evaluate(flag, context, options?.matchValue)
  }

  /**
   * All flags, or those of `flagKeys`.
   *
   * @param {any} context
   * @param {string[]} [flagKeys]
   * @returns {ReturnType<EvaluateAll> | Promise<ReturnType<EvaluateAll>>}
   */
  getAllFlagsAndPayloads(context, flagKeys) {
    if (!this._held.isLoaded) {
      const loading = this._loader.load(false)
      if (loading !== undefined) {
        return loading.then(() => this._evaluateAll(context, flagKeys))
      }
    }
    return this._evaluateAll(context, flagKeys)
  }

  /**
   * Reports what happened to flags that an evaluation of all flags left without a value.
   *
   * @param {Snapshot} snapshot
   * @param {import('../evaluation/snapshot').Evaluated} evaluated by it
   */
  conclude(snapshot, evaluated) {
    snapshot.conclude(evaluated, this._allReporter)
  }

  /**
   * The same of some flags.
   *
   * @param {Snapshot} snapshot
   * @param {FlagRecord[]} records
   * @param {import('../evaluation/result-codes').End[]} ends of their evaluation by it
   */
  concludeSome(snapshot, records, ends) {
    snapshot.reportEnds(records, ends, this._allReporter)
  }

  /**
   * Ends polling and releases the provider, after a load that somebody waits for. The definitions held stay in use, and
   * loads that are asked for are still made.
   *
   * @param {number} [timeoutMs] the limit on that load and the provider's `shutdown`
   * @returns {Promise<void>}
   */
  async stopPoller(timeoutMs = 30_000) {
    this._isStopped = true
    await this._loader.stop(timeoutMs)
    this._waiting.end(false)
  }

  /**
   * @param {{ key: string }} flag
   * @param {any} context
   * @param {string | boolean | undefined} matchValue
   */
  _evaluate(flag, context, matchValue) {
    const { snapshot } = this._held
    if (snapshot === undefined) {
      return undefined
    }
    const record = snapshot.find(flag)
    return record === undefined ? undefined : snapshot.evaluate(record, context, matchValue, this._singleReporter)
  }

  /**
   * @param {any} context
   * @param {string[] | undefined} flagKeys
   */
  _evaluateAll(context, flagKeys) {
    const { snapshot } = this._held
    if (snapshot === undefined) {
      if (flagKeys) {
        // This throws if the keys cannot be read, before definitions are loaded too.
        require('../evaluation/snapshot').findRecords(NO_FLAGS_BY_KEY, flagKeys)
      }
      return { response: {}, payloads: {}, unresolved: {}, fallbackToFlags: true }
    }
    return snapshot.evaluateAll(context, flagKeys, this._allReporter)
  }
}

/**
 * A flag without a runtime, or with one that is not known, suits all.
 *
 * @param {FlagRecord} flag
 * @returns {EvaluationRuntime}
 */
function evaluationRuntimeOf({ evaluation_runtime: runtime }) {
  return runtime === 'client' || runtime === 'server' ? runtime : 'all'
}

module.exports = { FeatureFlagsPoller }
