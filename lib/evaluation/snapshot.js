'use strict'

const { AllFlags } = require('./all-flags.js')
const binding = require('../addon/load-binding.js')
const { describeError } = require('../errors/describe-error.js')
const { warnOfPanic } = require('../errors/panic.js')
const { FlagList } = require('./flag-list.js')
const { FlagReports } = require('./flag-reports.js')
const { readsOf } = require('./inputs.js')
const { NativeEvaluator } = require('./native-evaluator.js')
const { LAST_VALUE, PANICKED, THROWN, codeOf, endOf, reasonOf } = require('./result-codes.js')
const { mayServerTellMore, unresolvedOf, valuesOf } = require('./some-flags.js')

/**
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 * @typedef {import('./native-evaluator.js').Evaluated} Evaluated
 * @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason
 * @typedef {import('./result-codes.js').End} End
 * @typedef {import('./flag-reports.js').Reporter} Reporter
 */

/** One loaded set of flag definitions, immutable: what evaluations read, and what the client reads of the flags. */
class Snapshot {
  /**
   * @param {import('../addon/binding.js').FlagDefinitions} definitions
   * @param {(panic: Error) => void} [onPanic] learns that flags of a call have no value because the native code has panicked
   * @param {import('./evaluation-counts.js').EvaluationCounts} [counts] adds up what evaluations by these definitions come to
   * @param {boolean} [propertiesAreComplete] of calls that do not say
   */
  constructor(definitions, onPanic = warnOfPanic, counts, propertiesAreComplete = false) {
    const overview = Object.setPrototypeOf(JSON.parse(definitions.overview()), null)
    this._definitions = definitions
    this._evaluator = new NativeEvaluator(definitions, overview.inputs, onPanic, propertiesAreComplete)
    /** What is counted in calls of those who count. */
    this._counts = counts
    this._unresolved = counts?.ofDefinitions(this._evaluator.count)
    this._reports = new FlagReports()

    this._flags = new FlagList(definitions, overview)
    /** The last definition of each key. @type {Record<string, FlagRecord>} */
    this.featureFlagsByKey = this._flags.byKey
    /** The server's gate for minimal `$feature_flag_called` events. @type {boolean} */
    this.minimalFlagCalledEvents = overview.minimalFlagCalledEvents
    /** Whether every flag has a text for a key. @type {boolean} */
    this.isOrdinary = overview.unusualKeys === undefined
    /** What is wrong with parts of the document that had to be left out. @type {string[]} */
    this.problems = overview.problems
    /** @type {{ key: string, reason?: UnresolvedReason, dates: number[], fingerprint: string }[]} */
    this._unresolvable = overview.unresolvable
    /** Texts that have to be dates, in lists that flags share. @type {string[][]} */
    this._dateLists = overview.dateLists

    /** What all flags read of a call. */
    this.reads = readsOf(this._evaluator.inputs)
    /** Made when it is first asked for. @type {AllFlags | undefined} */
    this._allFlags = undefined
  }

  /**
   * Compiles a document on this thread.
   *
   * @param {string | Uint8Array} document
   * @param {string[]} [evaluationContexts]
   * @param {Partial<import('./semantics.js').Semantics>} [semantics]
   */
  static compile(document, evaluationContexts = [], { semantics, timezone, propertiesAreComplete } = {}) {
    const definitions = binding.FlagDefinitions.compile(document, 'cache', evaluationContexts, semantics, timezone)
    return new Snapshot(definitions, undefined, undefined, propertiesAreComplete)
  }

  /** How many flags there are, those that evaluation contexts rule out left away. */
  get length() {
    return this._flags.length
  }

  /** In stored order. All records are made on the first call: ask for `length` where that is enough. */
  get featureFlags() {
    return this._flags.all
  }

  /**
   * The server-applicable flags that local evaluation can never resolve, in stored order.
   *
   * @returns {{ key: string, reason: UnresolvedReason, fingerprint: string }[]}
   */
  get unresolvable() {
    const isNoDate = (/** @type {string} */ text) => Number.isNaN(Date.parse(text))
    const unusable = this._dateLists.map((texts) => texts.some(isNoDate))
    return this._unresolvable.flatMap(({ key, reason, dates, fingerprint }) => {
      const found = reason ?? (dates.some((list) => unusable[list]) ? 'unsupported_definition' : undefined)
      return found ? [{ key, reason: found, fingerprint }] : []
    })
  }

  /**
   * Evaluates one flag, or with a `matchValue` looks up that value's payload.
   *
   * @param {FlagRecord} record one of `featureFlagsByKey`: of a key that is defined twice, the last definition counts
   * @param {EvaluationContext} context
   * @param {string | boolean | undefined} matchValue
   * @param {Reporter} reporter
   * @returns {{ value: string | boolean, payload: any } | undefined} undefined if only the server can tell
   */
  evaluate(record, context, matchValue, reporter) {
    if (matchValue !== undefined && !record.isUnreadable) {
      return this._matchPayload(record, matchValue, reporter)
    }
    const end = this._evaluator.one(record, context)
    if (typeof end !== 'number' || end > LAST_VALUE) {
      this._report(record, end, reporter)
      return undefined
    }
    this._addValues(1)
    return { value: record.valueAt(end), payload: end === 0 ? null : (record.payloadAt(end)?.fresh() ?? null) }
  }

  /**
   * @param {FlagRecord} record
   * @param {string | boolean} matchValue
   * @param {Reporter} reporter
   */
  _matchPayload(record, matchValue, reporter) {
    try {
      return { value: matchValue, payload: record.payloadOf(matchValue)?.fresh() ?? null }
    } catch (error) {
      // The caller's value is no text, and cannot be converted to one.
      reporter.error(new Error(`Error computing flag locally: ${record.key}: ${describeError(error)}`))
      return undefined
    }
  }

  /**
   * The record that decides about a flag. A caller may hold a record of other definitions, or an earlier one of its key.
   *
   * @param {{ key: string }} flag
   * @returns {FlagRecord | undefined}
   */
  find(flag) {
    return this.featureFlagsByKey[flag.key]
  }

  /**
   * Evaluates one flag without its payload.
   *
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   * @param {Reporter} reporter
   * @returns {string | boolean | undefined}
   */
  valueOf(record, context, reporter) {
    const end = this._evaluator.one(record, context)
    if (typeof end !== 'number' || end > LAST_VALUE) {
      this._report(record, end, reporter)
      return undefined
    }
    this._addValues(1)
    return record.valueAt(end)
  }

  /**
   * Evaluates all flags, or those with the given keys.
   *
   * @param {EvaluationContext} context
   * @param {string[] | undefined} flagKeys
   * @param {Reporter} reporter
   */
  evaluateAll(context, flagKeys, reporter) {
    if (flagKeys) {
      return this.evaluateSome(findRecords(this.featureFlagsByKey, flagKeys), context, reporter)
    }
    const evaluated = this.evaluateCodes(context)
    const { codes, undecided } = evaluated
    const response = this.allFlags.values(codes, undecided)
    const payloads = this.allFlags.payloads(codes)
    const unresolved = this.unresolvedOf(evaluated)
    const fallbackToFlags = this.mayServerTellMore(evaluated)
    this.conclude(evaluated, reporter)
    return { response, payloads, unresolved, fallbackToFlags }
  }

  /**
   * Evaluates all flags and returns only their values.
   *
   * @param {EvaluationContext} context
   * @param {Reporter} reporter
   * @returns {Record<string, string | boolean>}
   */
  valuesOfAll(context, reporter) {
    const evaluated = this.evaluateCodes(context)
    const response = this.allFlags.values(evaluated.codes, evaluated.undecided)
    this.conclude(evaluated, reporter)
    return response
  }

  /**
   * Evaluates all flags. A caller that has read all it wants of the result gives it to {@link conclude}, or drops it together
   * with what would be reported.
   *
   * @param {EvaluationContext} context
   * @returns {Evaluated}
   */
  evaluateCodes(context) {
    return this._evaluator.all(context, () => this.featureFlags)
  }

  /** What codes of all flags mean. */
  get allFlags() {
    return (this._allFlags ??= new AllFlags(this._flags, this._unresolved))
  }

  /**
   * The reasons of flags without a value, in an object by key.
   *
   * @param {Evaluated} evaluated
   * @returns {Record<string, UnresolvedReason>}
   */
  unresolvedOf({ codes, undecided }) {
    return undecided === 0 ? {} : this.allFlags.unresolved(codes)
  }

  /**
   * Whether the server could tell the value of a flag that has none here.
   *
   * @param {Evaluated} evaluated
   */
  mayServerTellMore({ codes, undecided }) {
    return this.length === 0 || (undecided > 0 && this.allFlags.mayServerTellMore(codes))
  }

  /** The keys of all flags, each once. @returns {string[]} */
  get keys() {
    return [...new Set(JSON.parse(this._definitions.keys()))]
  }

  /**
   * Which flags mean something else than in an earlier snapshot that is in use.
   *
   * @param {Snapshot | undefined} earlier
   * @returns {{ added: string[], removed: string[], changed: string[] }} their keys
   */
  changesSince(earlier) {
    return earlier === undefined
      ? { added: this.keys, removed: [], changed: [] }
      : JSON.parse(this._definitions.changesSince(earlier._definitions))
  }

  /**
   * Takes the place of an earlier snapshot, if there is one, which is released.
   *
   * @param {Snapshot | undefined} replaced
   */
  supersede(replaced) {
    this._definitions.supersede(replaced?._definitions)
  }

  /**
   * Frees what only evaluation needs, once nothing will be evaluated by this snapshot. Records go on telling what is known
   * of their flags.
   */
  release() {
    this._definitions.release()
  }

  /** Frees everything: this is not asked for anything any more. */
  dispose() {
    this._definitions.dispose()
  }

  /**
   * Reports what happened to flags without a value. The codes are not to be read any more.
   *
   * @param {Evaluated} evaluated
   * @param {Reporter} reporter
   */
  conclude({ codes, failures, undecided }, reporter) {
    this._addValues(this._evaluator.count - undecided)
    if (undecided === 0 || (failures.size === 0 && !reporter.debugging)) {
      this._evaluator.give(codes)
      return
    }
    // Who is told may evaluate flags, which must not find these codes to write to.
    for (const record of this.featureFlags) {
      const code = codes[record.index]
      if (code > LAST_VALUE) {
        this._reports.tell(record, endOf(code, failures.get(record.index)), reporter)
      }
    }
  }

  /**
   * Evaluates the flags of some records.
   *
   * @param {FlagRecord[]} records of `featureFlagsByKey`
   * @param {EvaluationContext} context
   * @param {Reporter} reporter
   */
  evaluateSome(records, context, reporter) {
    const ends = this.endsOf(records, context)
    const { response, payloads } = valuesOf(records, ends)
    const unresolved = unresolvedOf(records, ends)
    const fallbackToFlags = this.length === 0 || mayServerTellMore(records, ends)
    this.reportEnds(records, ends, reporter)
    return { response, payloads, unresolved, fallbackToFlags }
  }

  /**
   * Evaluates a flag for somebody who wants to understand it: it is neither counted nor reported.
   *
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   */
  examine(record, context) {
    const { nothingTold, readExplanation } = require('./explanation.js')
    try {
      const { explanation, values } = this._evaluator.explain(record, context)
      return readExplanation(explanation, record, {
        recordOf: (key) => this.featureFlagsByKey[key],
        inputs: this._evaluator.inputs,
        values,
        groupProperties: context.groupProperties,
      })
    } catch (error) {
      return nothingTold(reasonOf(this._evaluator.isPanic(error) ? PANICKED : THROWN))
    }
  }

  /**
   * Evaluates some flags in one call, so that what several of them need is worked out once.
   *
   * @param {FlagRecord[]} records
   * @param {EvaluationContext} context
   * @returns {End[]}
   */
  endsOf(records, context) {
    return this._evaluator.some(records, context)
  }

  /**
   * Reports what happened to those of some flags that have no value.
   *
   * @param {FlagRecord[]} records
   * @param {End[]} ends
   * @param {Reporter} reporter
   */
  reportEnds(records, ends, reporter) {
    let values = 0
    records.forEach((record, place) => {
      if (codeOf(ends[place]) > LAST_VALUE) {
        this._report(record, ends[place], reporter)
      } else {
        values++
      }
    })
    this._addValues(values)
  }

  /**
   * What one flag reads of a call, in short.
   *
   * @param {FlagRecord} record
   */
  readsOfOne(record) {
    return this._evaluator.readsOf(record)
  }

  /**
   * What the flag reads from a call, with the flags and cohorts that it refers to.
   *
   * @param {FlagRecord} record
   */
  inputsOf(record) {
    return this._evaluator.inputsOf(record)
  }

  /**
   * Counts flags that have a value.
   *
   * @param {number} count
   */
  _addValues(count) {
    if (this._counts !== undefined) {
      this._counts.local += count
    }
  }

  /**
   * Counts a flag without a value and tells of it.
   *
   * @param {FlagRecord} record
   * @param {End} end
   * @param {Reporter} reporter
   */
  _report(record, end, reporter) {
    this._unresolved?.add(String(record.key), record.index, codeOf(end))
    this._reports.tell(record, end, reporter)
  }
}

/**
 * The records of flags by key. As in posthog-node, throws if the keys are no list, or one of them is no key.
 *
 * @param {Record<string, FlagRecord>} featureFlagsByKey
 * @param {string[]} flagKeys
 * @returns {FlagRecord[]}
 */
function findRecords(featureFlagsByKey, flagKeys) {
  return flagKeys.map((key) => featureFlagsByKey[key]).filter(Boolean)
}

module.exports = { Snapshot, findRecords }
