'use strict'

const { EvaluationCounts } = require('../evaluation/evaluation-counts.js')

/** Definitions are stale when they were not confirmed for so many polling intervals. */
const INTERVALS_UNTIL_STALE = 3

/** As Rust says it, see `src/poller/load_report.rs`. */
const QUOTA_EXCEEDED = 'the quota of feature flags is used up'

/**
 * How a load ended.
 *
 * @typedef {object} LoadReport
 * @property {'changed' | 'unchanged' | 'refused' | 'failed'} end
 * @property {string} [cause] why it brought nothing
 * @property {number} bytes of the documents that it received
 *
 * @typedef {object} Holding what a client holds at the moment
 * @property {'native' | 'javascript'} engine
 * @property {number} flags how many
 * @property {boolean} isLoaded whether definitions were loaded at least once
 * @property {boolean} isStopped whether the client was shut down
 * @property {import('./definitions-origin.js').DefinitionsOrigin} origin
 * @property {{ calls: number, failures: number, lastMs: number | undefined }} [provider]
 */

/** What became of the loads and evaluations of one client, for `localEvaluationStatus()`. */
class LocalEvaluationStatus {
  /**
   * @param {number | null} pollingInterval milliseconds; `null` if nothing is polled
   * @param {import('./diagnostics.js').Diagnostics} [diagnostics]
   */
  constructor(pollingInterval, diagnostics) {
    this._pollingInterval = pollingInterval
    this._startedAt = Date.now()
    this.counts = new EvaluationCounts(diagnostics && ((key, reason) => diagnostics.unresolved(key, reason)))
    this._loads = { attempts: 0, changed: 0, unchanged: 0, failed: 0, bytes: 0 }
    /** @type {{ at: number, message: string } | undefined} */
    this._lastError = undefined
    /** Whether the load under way has told of an error. */
    this._hasTold = false
    /** Whether there are no definitions because PostHog says so. */
    this._isEmptied = false
    /** Whether the server refused the key the last time. */
    this._isRefused = false
  }

  /**
   * A load has failed, or a part of it.
   *
   * @param {string} message without keys in it
   */
  failed(message) {
    this._hasTold = true
    this._lastError = { at: Date.now(), message }
  }

  /** The server refuses the key. */
  refused() {
    this._isRefused = true
  }

  /** PostHog says that there are no definitions. */
  emptied() {
    this._isEmptied = true
    this.failed(`Failed to load feature flags: ${QUOTA_EXCEEDED}`)
  }

  /**
   * A load is over.
   *
   * @param {LoadReport} report
   */
  finished({ end, cause, bytes }) {
    const isFailure = end === 'refused' || end === 'failed'
    this._loads.attempts++
    this._loads[isFailure ? 'failed' : end]++
    this._loads.bytes += bytes
    // Until the server may be asked again, loads find what there was, which is nothing.
    this._isRefused = end === 'refused' || (this._isRefused && end === 'unchanged')
    if (isFailure && !this._hasTold) {
      this.failed(`Failed to load feature flags: ${cause}`)
    }
    this._hasTold = false
  }

  /**
   * Whether there is no use in waiting for the first definitions: the server refuses the key, so that only a cache could have
   * them, or nothing loads by itself after a load that brought nothing.
   *
   * @param {boolean} hasCache
   */
  isHopeless(hasCache) {
    const isAlone = this._pollingInterval === null && this._loads.attempts > 0
    return isAlone || (this._isRefused && !hasCache)
  }

  /** @param {Holding} holding */
  read({ engine, flags, isLoaded, isStopped, origin, provider }) {
    const { source, role, changedAt, confirmedAt } = origin
    return {
      engine,
      state: isStopped ? 'stopped' : this._stateOf(flags, isLoaded, origin, provider !== undefined),
      source,
      flags,
      changedAt,
      // Another process may have told a fraction.
      confirmedAt: confirmedAt && Math.floor(confirmedAt),
      role,
      loads: { ...this._loads },
      ...(provider && { provider: { ...provider } }),
      ...this.counts.read(),
      ...(this._lastError && { lastError: { ...this._lastError } }),
    }
  }

  /**
   * @param {number} flags
   * @param {boolean} isLoaded
   * @param {import('./definitions-origin.js').DefinitionsOrigin} origin
   * @param {boolean} hasCache
   */
  _stateOf(flags, isLoaded, { confirmedAt = this._startedAt }, hasCache) {
    if (flags === 0) {
      return isLoaded || this._isEmptied || this.isHopeless(hasCache) ? 'empty' : 'loading'
    }
    const limit = (this._pollingInterval ?? Infinity) * INTERVALS_UNTIL_STALE
    return Date.now() - confirmedAt > limit ? 'stale' : 'ready'
  }
}

/** The status of a client that evaluates nothing locally. */
function statusOfNone() {
  const { evaluations, unresolvedFlags, loads } = new LocalEvaluationStatus(null).read({
    engine: 'native',
    flags: 0,
    isLoaded: false,
    isStopped: false,
    origin: new (require('./definitions-origin.js').DefinitionsOrigin)(),
  })
  return { engine: undefined, state: 'empty', flags: 0, loads, evaluations, unresolvedFlags }
}

module.exports = { LocalEvaluationStatus, QUOTA_EXCEEDED, statusOfNone }
