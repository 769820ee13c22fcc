'use strict'

const { DefinitionsOrigin } = require('./definitions-origin')
const { DefinitionLoader } = require('../loading/definition-loader')
const { FixedDefinitions } = require('../loading/fixed-definitions')
const { FixedLoader } = require('../loading/fixed-loader')
const { OfflineLoader } = require('../loading/offline-loader')
const { describeError } = require('../errors/describe-error')
const { ErrorReports } = require('./error-reports')
const { FlagWarnings } = require('./flag-warnings')
const { LocalEvaluationStatus } = require('./local-evaluation-status')

/**
 * @typedef {import('../evaluation/snapshot').Snapshot} Snapshot
 * @typedef {import('../evaluation/snapshot').Snapshot['featureFlags'][number]} FlagRecord
 * @typedef {import('../evaluation/snapshot').Snapshot['evaluateAll']} EvaluateAll
 * @typedef {'client' | 'server' | 'all'} EvaluationRuntime
 * @typedef {{ added: string[], removed: string[], changed: string[] }} DefinitionsChanges keys of flags
 *
 * @typedef {object} FeatureFlagsPollerCallbacks
 * @property {boolean} strictLocalEvaluation
 * @property {(error: Error) => void} onError
 * @property {(count: number) => void} onLoad
 * @property {(enabled: boolean) => void} onMinimalFlagCalledEvents
 * @property {import('./diagnostics').Diagnostics} [diagnostics]
 * @property {() => boolean} [wantsChanges] somebody listens for changes of definitions
 * @property {(changes: DefinitionsChanges) => void} [onChanges]
 * @property {() => boolean} isAwaited somebody listens for loads
 * @property {() => unknown} sendEvents
 * @property {(message: string) => void} onRemoteFallback a flag that was asked for by itself goes to the server
 * @property {() => import('../addon/binding').FlagDefinitions} [bootstrap] compiles what it starts from if there is nothing newer
 *
 * @typedef {import('../loading/definition-loader').DefinitionLoaderOptions & FeatureFlagsPollerCallbacks} FeatureFlagsPollerOptions
 */

/** What is awaited if no load is under way. All share one promise, since the client asks for it in each evaluation. */
const LOADED = Promise.resolve()

/** @type {any} */
const NO_FLAGS = Object.freeze([])
/** @type {any} */
const NO_FLAGS_BY_KEY = Object.freeze(Object.create(null))

/**
 * What evaluates. It is loaded while the first definitions are compiled on another thread, so that nobody waits for it.
 *
 * @returns {typeof import('../evaluation/snapshot')}
 */
function evaluation() {
  return require('../evaluation/snapshot')
}

/**
 * What posthog-node's client takes for its own poller: holds the current snapshot, answers from it, and tells the client
 * about loads. Loading is the `DefinitionLoader`'s business, evaluation the `Snapshot`'s.
 */
class FeatureFlagsPoller {
  /** @param {FeatureFlagsPollerOptions} options */
  constructor(options) {
    this._options = options
    /** Whether results and events tell PostHog's reason codes. */
    this.tellsReasons = options.native?.reasons === true
    /** @type {Snapshot | undefined} */
    this._snapshot = undefined
    /** Whether definitions were loaded at least once. It stays true when the quota takes them away. */
    this._isLoaded = false
    /** @type {number | undefined} */
    this._loadedAt = undefined
    /** Where the definitions in use come from, and who asks for them. */
    this.origin = new DefinitionsOrigin()
    this._reports = new ErrorReports(options)
    this._raisedProblems = new Set()
    this._warnings = new FlagWarnings(options.strictLocalEvaluation)
    /** Whether definitions may come that are not given. */
    this._mayLoad = wantsDefinitionLoader(options)
    this._status = new LocalEvaluationStatus(this._mayLoad ? options.pollingInterval : null, options.diagnostics)
    this._singleReporter = this._reports.createReporter(options.onRemoteFallback)
    this._allReporter = this._reports.createReporter((message) => console.debug(message))
    this._isStopped = false
    /** What the load under way has changed. @type {DefinitionsChanges | undefined} */
    this._changes = undefined
    /** Those who wait until there are flags. @type {Set<(isReady: boolean) => void>} */
    this._waiting = new Set()
    this._loader = createLoader(options, {
      newDefinitions: (definitions, source, at) => this._newDefinitions(definitions, source, at),
      confirmed: (at) => this.origin.confirmed(at),
      role: (role) => (this.origin.role = role),
      warning: (message) => console.warn(`[FEATURE FLAGS] ${this._reports.redact(message)}`),
      loaded: (origin) => this._loaded(origin),
      notModified: () => this._notModified(),
      quotaExceeded: () => this._quotaExceeded(),
      invalidBody: (body, reason, report) => this._reports.invalidBody(body, reason, report),
      clientError: (message) => {
        this._status.failed(this._reports.redact(message))
        this._reports.clientError(message)
      },
      keyRefused: () => {
        this._status.refused()
        this._endVainWaiting()
      },
      error: (message) => {
        this._status.failed(this._reports.redact(message))
        this._reports.error(message)
      },
      wantsChanges: () => this._wantsChanges,
      finished: (report) => this._finished(report),
      fellBack: (cause) => this._fellBack(cause),
      trace: (line) => this._reports.trace(line),
      isAwaited: () => !this._isLoaded && (this._waiting.size > 0 || options.isAwaited()),
      shutdownDelayed: () => options.sendEvents(),
      underWay: () => void evaluation(),
    })
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
      this._status.failed(this._reports.redact(problem))
      this._reports.error(problem)
    }
    if (definitions !== undefined) {
      this._newDefinitions(definitions, this._options.native.file === undefined ? 'network' : 'file', confirmedAt)
    } else if (bootstrap !== undefined) {
      this._newDefinitions(bootstrap(), 'bootstrap')
    } else {
      return
    }
    this._loaded('')
  }

  /** The definitions in use, which are all of one load. */
  get snapshot() {
    return this._snapshot
  }

  /** @returns {FlagRecord[]} */
  get featureFlags() {
    return this._snapshot === undefined ? NO_FLAGS : this._snapshot.featureFlags
  }

  /** @returns {Record<string, FlagRecord>} */
  get featureFlagsByKey() {
    return this._snapshot === undefined ? NO_FLAGS_BY_KEY : this._snapshot.featureFlagsByKey
  }

  /** What is known of the definitions held, of loads and of evaluations. */
  get status() {
    return this._status.read({
      engine: 'native',
      flags: this._count,
      isLoaded: this._isLoaded,
      isStopped: this._isStopped,
      origin: this.origin,
      provider: this._loader.provider?.calls,
    })
  }

  /** How many flags there are. Their records are made only when they are asked for. */
  get _count() {
    return this._snapshot === undefined ? 0 : this._snapshot.length
  }

  debug(enabled = true) {
    this._reports.debugging = enabled
    this._singleReporter.debugging = enabled
    this._allReporter.debugging = enabled
  }

  isLocalEvaluationReady() {
    return this._isLoaded && this._count > 0
  }

  /**
   * Waits for flags, as long as there may be some.
   *
   * @param {number} timeoutMs
   * @returns {Promise<boolean>} whether there are some
   */
  async waitUntilReady(timeoutMs) {
    if (!this._loader.isLoading && (this._isStopped || this._isHopeless)) {
      return false
    }
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ isReady) => {
        clearTimeout(timer)
        this._waiting.delete(end)
        resolve(isReady)
      }
      // As posthog-node's own, it is the timer of the process as it is now, and keeps the process alive.
      const timer = setTimeout(() => end(false), timeoutMs)
      this._waiting.add(end)
    })
  }

  get _isHopeless() {
    const mayOthersHaveSome = this._loader.provider !== undefined || this._options.native.file !== undefined
    return !this._mayLoad || this._status.isHopeless(mayOthersHaveSome)
  }

  /** @param {boolean} isReady */
  _endWaiting(isReady) {
    this._waiting.forEach((end) => end(isReady))
  }

  /** When definitions were last fetched from PostHog, in milliseconds; those from a cache do not count. */
  getFlagDefinitionsLoadedAt() {
    return this._loadedAt
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
    return (this._isLoaded && !forceReload ? undefined : this._loader.load(forceReload)) ?? LOADED
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
    if (!this._isLoaded) {
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
    if (!this._isLoaded) {
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
    this._endWaiting(false)
  }

  /**
   * @param {{ key: string }} flag
   * @param {any} context
   * @param {string | boolean | undefined} matchValue
   */
  _evaluate(flag, context, matchValue) {
    const snapshot = this._snapshot
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
    const snapshot = this._snapshot
    if (snapshot === undefined) {
      if (flagKeys) {
        // This throws if the keys cannot be read, before definitions are loaded too.
        evaluation().findRecords(this.featureFlagsByKey, flagKeys)
      }
      return { response: {}, payloads: {}, unresolved: {}, fallbackToFlags: true }
    }
    return snapshot.evaluateAll(context, flagKeys, this._allReporter)
  }

  /**
   * @param {import('../addon/binding').FlagDefinitions} definitions
   * @param {import('./definitions-origin').DefinitionsSource} source
   * @param {number} [confirmedAt] when they were PostHog's current ones, if that is not now
   */
  _newDefinitions(definitions, source, confirmedAt) {
    const Snapshot = this.tellsReasons
      ? require('../evaluation/reasoning-snapshot').ReasoningSnapshot
      : evaluation().Snapshot
    const onPanic = (/** @type {Error} */ panic) => this._reports.panic(panic)
    const isComplete = this._options.native?.propertiesAreComplete
    const snapshot = new Snapshot(definitions, onPanic, this._status.counts, isComplete)
    const changes = this._isLoaded && this._wantsChanges ? snapshot.changesSince(this._snapshot) : undefined
    this._replace(snapshot)
    this._isLoaded = true
    this.origin.installed(source, confirmedAt)
    if (source === 'network') {
      this._loadedAt = Date.now()
    }
    this._options.onMinimalFlagCalledEvents(snapshot.minimalFlagCalledEvents)
    const raised = this._raisedProblems
    this._raisedProblems = new Set(snapshot.problems)
    for (const problem of this._raisedProblems) {
      if (!raised.has(problem)) {
        this._reports.error(problem)
      }
    }
    if (changes !== undefined) {
      this._tellChanges(changes)
    }
  }

  /** Whether somebody wants to know which flags a load changes. */
  get _wantsChanges() {
    return Boolean(this._options.wantsChanges?.() || this._options.diagnostics?.wantsLoads)
  }

  /**
   * Definitions have taken the place of others.
   *
   * @param {DefinitionsChanges} changes
   */
  _tellChanges(changes) {
    if (changes.added.length + changes.removed.length + changes.changed.length === 0) {
      return
    }
    this._changes = changes
    try {
      this._options.onChanges?.(changes)
    } catch (error) {
      this._reports.trace(`A listener of the definitionsChanged event failed: ${describeError(error)}`)
    }
  }

  /** @param {import('./local-evaluation-status').LoadReport} report */
  _finished(report) {
    const cause = report.cause && this._reports.redact(report.cause)
    this._status.finished({ ...report, cause })
    const { end, bytes } = report
    if (this._options.diagnostics?.wantsLoads) {
      const outcome = end === 'refused' ? 'failed' : end
      const { source } = this.origin
      this._options.diagnostics.load({ outcome, source, flags: this._count, bytes, cause, changes: this._changes })
    }
    this._changes = undefined
    this._endVainWaiting()
  }

  /** Ends the waiting for flags if there will be none. */
  _endVainWaiting() {
    if (this._isHopeless && !this.isLocalEvaluationReady()) {
      this._endWaiting(false)
    }
  }

  /** @param {string} origin */
  _loaded(origin) {
    if (origin) {
      if (this.origin.source === 'cache') {
        // The user's cache has the document that is held, or a new one. Of a file it is known when PostHog confirmed it.
        this.origin.confirmed()
      }
      this._reports.trace(`${origin} (${this._count} flags)`)
    }
    this._endWaiting(this._count > 0)
    this._options.onLoad(this._count)
    this._warnings.warn(this._snapshot?.unresolvable ?? [])
  }

  _notModified() {
    this._isLoaded = true
    if (this.origin.source === 'file') {
      // PostHog has just said of what was read from the file that it would send the same.
      this.origin.source = 'network'
      this._loadedAt = Date.now()
    }
    this.origin.confirmed()
    this._reports.trace('Flags not modified (304), using cached data')
  }

  _quotaExceeded() {
    console.warn(
      '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing ' +
        'limits at https://posthog.com/docs/billing/limits-alerts'
    )
    const removed = this._wantsChanges ? (this._snapshot?.keys ?? []) : []
    this._replace(undefined)
    this.origin.emptied()
    this._status.emptied()
    this._options.onMinimalFlagCalledEvents(false)
    this._tellChanges({ added: [], removed, changed: [] })
  }

  /** @param {string} cause */
  _fellBack(cause) {
    console.warn(
      `[FEATURE FLAGS] Flag definitions cannot be loaded by the native transport: ${this._reports.redact(cause)}. Node's fetch ` +
        "can, and makes the requests from now on. To use it from the start, set native: { transport: 'fetch' }."
    )
  }

  /** @param {Snapshot | undefined} snapshot */
  _replace(snapshot) {
    const replaced = this._snapshot
    if (snapshot === undefined) {
      replaced?.release()
    } else {
      snapshot.supersede(replaced)
    }
    this._snapshot = snapshot
  }
}

/**
 * @param {FeatureFlagsPollerOptions} options
 * @param {import('../loading/definition-loader').DefinitionListener} listener
 */
function createLoader(options, listener) {
  const { cacheProvider, evaluationContexts } = options
  if (cacheProvider instanceof FixedDefinitions) {
    return new FixedLoader(cacheProvider, evaluationContexts ?? [], listener, options.native)
  }
  return wantsDefinitionLoader(options) ? new DefinitionLoader(options, listener) : new OfflineLoader()
}

/** Whether there is something to load, again and again. @param {FeatureFlagsPollerOptions} options */
function wantsDefinitionLoader({ cacheProvider, personalApiKey, native }) {
  const mayLoad = personalApiKey || cacheProvider || native.file !== undefined
  return Boolean(mayLoad) && !(cacheProvider instanceof FixedDefinitions)
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
