'use strict'

const { DefinitionLoader } = require('./definition-loader')
const { describeError } = require('./describe-error')
const { FlagWarnings } = require('./flag-warnings')
const { IS_BUG, describeFailure } = require('./panic')
const { createRedactor, credentialsOf, redactError } = require('./redact')
const { Snapshot, findRecords } = require('./snapshot')
const { StandIn } = require('./stand-in')

/**
 * @typedef {import('./snapshot').Snapshot['featureFlags'][number]} FlagRecord
 * @typedef {import('./snapshot').Snapshot['evaluateAll']} EvaluateAll
 * @typedef {'client' | 'server' | 'all'} EvaluationRuntime
 *
 * @typedef {object} FeatureFlagsPollerCallbacks
 * @property {boolean} strictLocalEvaluation
 * @property {(error: Error) => void} onError
 * @property {(count: number) => void} onLoad
 * @property {(enabled: boolean) => void} onMinimalFlagCalledEvents
 * @property {() => boolean} isAwaited somebody listens for loads
 * @property {() => unknown} sendEvents
 * @property {(message: string) => void} onRemoteFallback a flag that was asked for by itself goes to the server
 *
 * @typedef {import('./definition-loader').DefinitionLoaderOptions & FeatureFlagsPollerCallbacks} FeatureFlagsPollerOptions
 */

/** A body larger than this is not quoted in an error. */
const MAX_QUOTED_BODY_BYTES = 1024 * 1024

/** Nothing to wait for. One for all, since the client asks in each evaluation. */
const LOADED = Promise.resolve()

/** @type {any} */
const NO_FLAGS = Object.freeze([])
/** @type {any} */
const NO_FLAGS_BY_KEY = Object.freeze(Object.create(null))

/**
 * What posthog-node's client takes for its own poller: holds the current snapshot, answers from it, and tells the client
 * about loads. Loading is the `DefinitionLoader`'s business, evaluation the `Snapshot`'s.
 */
class FeatureFlagsPoller {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {FeatureFlagsPollerOptions} options
   */
  constructor(Base, options) {
    this._Base = Base
    this._options = options
    /** @type {Snapshot | undefined} */
    this._snapshot = undefined
    /** The definitions came from the network rather than a cache. */
    this._fromNetwork = false
    /** For the snapshot in use, once it has failed; `null` if there can be none. @type {StandIn | null | undefined} */
    this._standIn = undefined
    this._hasReportedFailure = false
    /** Loaded at least once; stays true when the quota takes the definitions away. */
    this._loaded = false
    /** @type {number | undefined} */
    this._loadedAt = undefined
    this._debug = false
    this._redact = createRedactor([options.personalApiKey, options.projectApiKey, ...credentialsOf(options.host)])
    this._raisedProblems = new Set()
    this._warnings = new FlagWarnings(options.strictLocalEvaluation)
    this._singleReporter = this._createReporter(options.onRemoteFallback)
    this._allReporter = this._createReporter((message) => console.debug(message))
    this._loader = new DefinitionLoader(options, {
      onInstall: (definitions, fromNetwork) => this._install(new Snapshot(definitions), fromNetwork),
      onAnnounce: (origin) => this._announce(origin),
      onQuotaExceeded: () => this._clear(),
      onNotModified: () => this._confirm(),
      onError: (error) => this._raise(error),
      onInvalidBody: (body, reason, report) => this._reportInvalidBody(body, reason, report),
      onFallback: (cause) => this._warnOfFallback(cause),
      onTrace: (line) => this._trace(line),
      isAwaited: () => !this._loaded && options.isAwaited(),
      onShutdownDelayed: () => options.sendEvents(),
    })
    this._loader.begin()
  }

  /** The definitions in use, all of one load. */
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

  /** How many there are; the records themselves are made when they are asked for. */
  get _count() {
    return this._snapshot === undefined ? 0 : this._snapshot.length
  }

  debug(enabled = true) {
    this._debug = enabled
    this._singleReporter.debugging = enabled
    this._allReporter.debugging = enabled
  }

  isLocalEvaluationReady() {
    return this._loaded && this._count > 0
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
    return (this._loaded && !forceReload ? undefined : this._loader.load(forceReload)) ?? LOADED
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
    if (!this._loaded) {
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
    if (!this._loaded) {
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
   * @param {import('./snapshot').Evaluated} evaluated by it
   */
  conclude(snapshot, evaluated) {
    snapshot.conclude(evaluated, this._allReporter)
  }

  /**
   * The same of some flags.
   *
   * @param {Snapshot} snapshot
   * @param {FlagRecord[]} records
   * @param {import('./result-codes').End[]} ends of their evaluation by it
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
  stopPoller(timeoutMs = 30_000) {
    return this._loader.stop(timeoutMs)
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
    try {
      return record === undefined ? undefined : snapshot.evaluate(record, context, matchValue, this._singleReporter)
    } catch (error) {
      return this._standInFor(snapshot, error)?.evaluate(flag, context)
    }
  }

  /**
   * @param {any} context
   * @param {string[] | undefined} flagKeys
   */
  _evaluateAll(context, flagKeys) {
    const nothing = { response: {}, payloads: {}, unresolved: {}, fallbackToFlags: true }
    const snapshot = this._snapshot
    // Throws if there is no reading the keys, which is the caller's fault and not the evaluator's.
    const records = flagKeys ? findRecords(this.featureFlagsByKey, flagKeys) : undefined
    if (snapshot === undefined) {
      return nothing
    }
    try {
      return records
        ? snapshot.evaluateSome(records, context, this._allReporter)
        : snapshot.evaluateAll(context, undefined, this._allReporter)
    } catch (error) {
      return this._standInFor(snapshot, error)?.evaluateAll(context, flagKeys) ?? nothing
    }
  }

  /**
   * Says once in the life of a client that the native evaluator has failed.
   *
   * @param {unknown} error
   */
  reportFailure(error) {
    if (!this._hasReportedFailure) {
      this._hasReportedFailure = true
      this._raise(
        new Error(`${describeFailure(error)}; where it does, posthog-node's own evaluator answers instead. ${IS_BUG}`)
      )
    }
  }

  /**
   * Who answers a call in which a snapshot has failed; without anybody it is the server.
   *
   * @param {Snapshot} snapshot
   * @param {unknown} error
   */
  _standInFor(snapshot, error) {
    this.reportFailure(error)
    if (this._standIn === undefined) {
      this._standIn = this._createStandIn(snapshot)
    }
    return this._standIn ?? undefined
  }

  /** @param {Snapshot} snapshot the one in use */
  _createStandIn({ document }) {
    try {
      return document === undefined
        ? null
        : new StandIn(
            this._Base,
            { document, fromNetwork: this._fromNetwork },
            {
              evaluationContexts: this._options.evaluationContexts,
              debug: this._debug,
              onError: (error) => this._raise(error),
            }
          )
    } catch (error) {
      this._trace(`No evaluator stands in: ${describeError(error)}`)
      return null
    }
  }

  /** @param {(message: string) => void} debug */
  _createReporter(debug) {
    return { error: (/** @type {Error} */ error) => this._raise(error), debug, debugging: false }
  }

  /**
   * @param {Snapshot} snapshot
   * @param {boolean} fromNetwork
   */
  _install(snapshot, fromNetwork) {
    this._replace(snapshot)
    this._fromNetwork = fromNetwork
    this._loaded = true
    if (fromNetwork) {
      this._loadedAt = Date.now()
    }
    this._options.onMinimalFlagCalledEvents(snapshot.minimalFlagCalledEvents)
    const raised = this._raisedProblems
    this._raisedProblems = new Set(snapshot.problems)
    for (const problem of this._raisedProblems) {
      if (!raised.has(problem)) {
        this._raise(new Error(problem))
      }
    }
  }

  /** @param {string} origin */
  _announce(origin) {
    if (origin) {
      this._trace(`${origin} (${this._count} flags)`)
    }
    this._options.onLoad(this._count)
    this._warnings.warn(this._snapshot?.unresolvable ?? [])
  }

  _confirm() {
    this._loaded = true
    this._trace('Flags not modified (304), using cached data')
  }

  _clear() {
    console.warn(
      '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing ' +
        'limits at https://posthog.com/docs/billing/limits-alerts'
    )
    this._replace(undefined)
    this._options.onMinimalFlagCalledEvents(false)
  }

  /** @param {string} cause */
  _warnOfFallback(cause) {
    console.warn(
      `[FEATURE FLAGS] Flag definitions cannot be loaded by the native transport: ${this._redact(cause)}. Node's fetch ` +
        "can, and makes the requests from now on; native: { transport: 'fetch' } chooses it from the start."
    )
  }

  /** @param {Snapshot | undefined} snapshot */
  _replace(snapshot) {
    const replaced = this._snapshot
    this._snapshot = snapshot
    this._standIn = undefined
    if (snapshot === undefined) {
      replaced?.release()
    } else {
      snapshot.supersede(replaced)
    }
  }

  /**
   * As posthog-node, an object that is no definitions document is an `error` event that quotes it.
   *
   * @param {Uint8Array} body
   * @param {string} reason
   * @param {string} [report] what to raise about anything else
   */
  _reportInvalidBody(body, reason, report) {
    this._trace(`Failed to load feature flags: ${reason}`)
    const response = parseJson(body) ?? {}
    if (typeof response === 'object' && !('flags' in response)) {
      this._raise(new Error(`Invalid response when getting feature flags: ${JSON.stringify(response)}`))
    } else if (report !== undefined) {
      this._raise(new Error(report))
    }
  }

  /**
   * An `error` event without keys in it; what a listener throws is its own business.
   *
   * @param {Error} error
   */
  _raise(error) {
    try {
      this._options.onError(redactError(error, this._redact))
    } catch (thrown) {
      this._trace(`A listener of the error event failed: ${describeError(thrown)}`)
    }
  }

  /** @param {string} line */
  _trace(line) {
    if (this._debug) {
      console.debug(`[FEATURE FLAGS] ${this._redact(line)}`)
    }
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

/**
 * A placeholder that no check takes for an object when the text is not JSON or too long to quote.
 *
 * @param {Uint8Array} body
 * @returns {any}
 */
function parseJson(body) {
  if (body.length > MAX_QUOTED_BODY_BYTES) {
    return body.length
  }
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return body.length
  }
}

module.exports = { FeatureFlagsPoller }
