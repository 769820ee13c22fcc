'use strict'

const { DefinitionsOrigin } = require('./definitions-origin')
const { FlagWarnings } = require('./flag-warnings')
const { LocalEvaluationStatus } = require('./local-evaluation-status')
const { describeError } = require('../errors/describe-error')

/**
 * @typedef {import('../evaluation/snapshot').Snapshot} Snapshot
 * @typedef {import('../loading/definition-loader').DefinitionListener} DefinitionListener
 * @typedef {import('../addon/binding').FlagDefinitions} FlagDefinitions
 * @typedef {{ added: string[], removed: string[], changed: string[] }} DefinitionsChanges keys of flags
 *
 * @typedef {object} HeldDefinitionsCallbacks
 * @property {boolean} strictLocalEvaluation
 * @property {(count: number) => void} onLoad
 * @property {(enabled: boolean) => void} onMinimalFlagCalledEvents
 * @property {import('./diagnostics').Diagnostics} [diagnostics]
 * @property {() => boolean} [wantsChanges] somebody listens for changes of definitions
 * @property {(changes: DefinitionsChanges) => void} [onChanges]
 * @property {() => boolean} isAwaited somebody listens for loads
 * @property {() => unknown} sendEvents
 *
 * @typedef {import('../loading/definition-loader').DefinitionLoaderOptions & HeldDefinitionsCallbacks} HeldDefinitionsOptions
 */

/**
 * What evaluates. It is loaded while the first definitions are compiled on another thread, so that nobody waits for it.
 *
 * @returns {typeof import('../evaluation/snapshot')}
 */
function evaluation() {
  return require('../evaluation/snapshot')
}

/**
 * The definitions that a client holds, and what is known of them. The loader tells what it finds out; from here the client,
 * those who wait for flags and the status learn what that means for them.
 *
 * @implements {DefinitionListener}
 */
class HeldDefinitions {
  /**
   * @param {HeldDefinitionsOptions} options
   * @param {object} others
   * @param {boolean} others.mayLoad whether definitions may come that are not given
   * @param {import('./error-reports').ErrorReports} others.reports
   * @param {import('./waiting-for-flags').WaitingForFlags} others.waiting
   */
  constructor(options, { mayLoad, reports, waiting }) {
    this._options = options
    this._mayLoad = mayLoad
    this._reports = reports
    this._waiting = waiting
    /** The definitions in use, which are all of one load. @type {Snapshot | undefined} */
    this.snapshot = undefined
    /** Whether definitions were loaded at least once. It stays true when the quota takes them away. */
    this.isLoaded = false
    /** When definitions were last fetched from PostHog, in milliseconds. @type {number | undefined} */
    this.loadedAt = undefined
    /** Where the definitions in use come from, and who asks for them. */
    this.origin = new DefinitionsOrigin()
    /** What became of loads and evaluations. */
    this.status = new LocalEvaluationStatus(mayLoad ? options.pollingInterval : null, options.diagnostics)
    this._warnings = new FlagWarnings(options.strictLocalEvaluation)
    /** The problems of the definitions in use, which were raised as errors. @type {Set<string>} */
    this._raisedProblems = new Set()
    /** What the load under way has changed. @type {DefinitionsChanges | undefined} */
    this._changes = undefined
  }

  /** How many flags there are. Their records are made only when they are asked for. */
  get count() {
    return this.snapshot === undefined ? 0 : this.snapshot.length
  }

  /** Whether there is no use in waiting for flags. */
  get isHopeless() {
    const { cacheProvider, native } = this._options
    const mayOthersHaveSome = Boolean(cacheProvider) || native.file !== undefined
    return !this._mayLoad || this.status.isHopeless(mayOthersHaveSome)
  }

  /** Whether somebody wants to know which flags a load changes. */
  wantsChanges() {
    return Boolean(this._options.wantsChanges?.() || this._options.diagnostics?.wantsLoads)
  }

  /** Whether somebody waits for the first definitions who did not ask the loader for them. */
  isAwaited() {
    return !this.isLoaded && (!this._waiting.isEmpty || this._options.isAwaited())
  }

  /** Definitions are on their way. */
  underWay() {
    evaluation()
  }

  /**
   * @param {FlagDefinitions} definitions
   * @param {import('./definitions-origin').DefinitionsSource} source
   * @param {number} [confirmedAt] when they were PostHog's current ones, if that is not now
   */
  newDefinitions(definitions, source, confirmedAt) {
    const snapshot = this._snapshotOf(definitions)
    const changes = this.isLoaded && this.wantsChanges() ? snapshot.changesSince(this.snapshot) : undefined
    this._replace(snapshot)
    this.isLoaded = true
    this.origin.installed(source, confirmedAt)
    if (source === 'network') {
      this.loadedAt = Date.now()
    }
    this._options.onMinimalFlagCalledEvents(snapshot.minimalFlagCalledEvents)
    this._raiseProblems(snapshot.problems)
    if (changes !== undefined) {
      this._tellChanges(changes)
    }
  }

  /** @param {FlagDefinitions} definitions */
  _snapshotOf(definitions) {
    const { reasons, propertiesAreComplete } = this._options.native
    const Snapshot = reasons ? require('../evaluation/reasoning-snapshot').ReasoningSnapshot : evaluation().Snapshot
    const onPanic = (/** @type {Error} */ panic) => this._reports.panic(panic)
    return new Snapshot(definitions, onPanic, this.status.counts, propertiesAreComplete)
  }

  /**
   * Raises each problem that the definitions before did not have.
   *
   * @param {readonly string[]} problems
   */
  _raiseProblems(problems) {
    const raised = this._raisedProblems
    this._raisedProblems = new Set(problems)
    for (const problem of this._raisedProblems) {
      if (!raised.has(problem)) {
        this._reports.error(problem)
      }
    }
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

  /** The definitions are stored too. @param {string} origin a debug line, possibly empty */
  loaded(origin) {
    if (origin) {
      if (this.origin.source === 'cache') {
        // The user's cache has the document that is held, or a new one. Of a file it is known when PostHog confirmed it.
        this.origin.confirmed()
      }
      this._reports.trace(`${origin} (${this.count} flags)`)
    }
    this._waiting.end(this.count > 0)
    this._options.onLoad(this.count)
    this._warnings.warn(this.snapshot?.unresolvable ?? [])
  }

  /** PostHog says that its definitions are those held. */
  notModified() {
    this.isLoaded = true
    if (this.origin.source === 'file') {
      // What was read from the file is what PostHog would send.
      this.origin.source = 'network'
      this.loadedAt = Date.now()
    }
    this.origin.confirmed()
    this._reports.trace('Flags not modified (304), using cached data')
  }

  /** PostHog says that there are no definitions any more. */
  quotaExceeded() {
    console.warn(
      '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing ' +
        'limits at https://posthog.com/docs/billing/limits-alerts'
    )
    const removed = this.wantsChanges() ? (this.snapshot?.keys ?? []) : []
    this._replace(undefined)
    this.origin.emptied()
    this.status.emptied()
    this._options.onMinimalFlagCalledEvents(false)
    this._tellChanges({ added: [], removed, changed: [] })
  }

  /** The definitions held were PostHog's current ones then. @param {number} at */
  confirmed(at) {
    this.origin.confirmed(at)
  }

  /** @param {import('./definitions-origin').SharingRole | undefined} role */
  role(role) {
    this.origin.role = role
  }

  /** A load is over. @param {import('./local-evaluation-status').LoadReport} report */
  finished(report) {
    const cause = report.cause && this._reports.redact(report.cause)
    this.status.finished({ ...report, cause })
    const { end, bytes } = report
    if (this._options.diagnostics?.wantsLoads) {
      const outcome = end === 'refused' ? 'failed' : end
      const { source } = this.origin
      this._options.diagnostics.load({ outcome, source, flags: this.count, bytes, cause, changes: this._changes })
    }
    this._changes = undefined
    this._endVainWaiting()
  }

  keyRefused() {
    this.status.refused()
    this._endVainWaiting()
  }

  /** Ends the waiting for flags if there will be none. */
  _endVainWaiting() {
    if (this.isHopeless && this.count === 0) {
      this._waiting.end(false)
    }
  }

  /** The server refuses the key. @param {string} message */
  clientError(message) {
    this.status.failed(this._reports.redact(message))
    this._reports.clientError(message)
  }

  /** @param {string} message */
  error(message) {
    this.status.failed(this._reports.redact(message))
    this._reports.error(message)
  }

  /**
   * @param {Uint8Array} body
   * @param {string} reason
   * @param {string} [report]
   */
  invalidBody(body, reason, report) {
    this._reports.invalidBody(body, reason, report)
  }

  /** Node's `fetch` makes the requests from now on. @param {string} cause */
  fellBack(cause) {
    this.warning(
      `Flag definitions cannot be loaded by the native transport: ${cause}. Node's fetch can, and makes the requests from ` +
        "now on. To use it from the start, set native: { transport: 'fetch' }."
    )
  }

  /** @param {string} message */
  warning(message) {
    console.warn(`[FEATURE FLAGS] ${this._reports.redact(message)}`)
  }

  /** @param {string} line */
  trace(line) {
    this._reports.trace(line)
  }

  /** The shutdown waits for a load. */
  shutdownDelayed() {
    this._options.sendEvents()
  }

  /** @param {Snapshot | undefined} snapshot */
  _replace(snapshot) {
    const replaced = this.snapshot
    if (snapshot === undefined) {
      replaced?.release()
    } else {
      snapshot.supersede(replaced)
    }
    this.snapshot = snapshot
  }
}

module.exports = { HeldDefinitions }
