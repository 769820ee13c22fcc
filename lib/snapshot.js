'use strict'

const { describeError } = require('./describe-error.js')
const { FlagList } = require('./flag-list.js')
const { FlagRecord } = require('./flag-record.js')
const { createHooks } = require('./hooks.js')
const { createCall, prepareInput } = require('./inputs.js')
const { isPanic } = require('./panic.js')
const { createBuilder } = require('./response-builder.js')
const { ENDLESS, LAST_VALUE, THROWN, explain, reasonOf } = require('./result-codes.js')

/**
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 * @typedef {import('./inputs.js').PreparedInput} PreparedInput
 * @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason
 */

/**
 * Where an evaluation reports to.
 *
 * @typedef {object} Reporter
 * @property {(error: Error) => void} error
 * @property {(message: string) => void} debug
 * @property {boolean} debugging
 */

/**
 * What is the same in all calls for all flags that leave the same flags without a value.
 *
 * @typedef {object} Plan
 * @property {import('./response-builder.js').BuildResponse} build
 * @property {FlagRecord[]} undecided in stored order
 * @property {boolean} fallbackToFlags whether the server could tell more
 */

/** As many plans are kept; as in src/unresolved_sets.rs. */
const MAX_PLANS = 64

/** Up to this many payloads are put into an object of a shape. */
const FEW_PAYLOADS = 24

/** One loaded set of flag definitions, immutable: what evaluations read, and what the client reads of the flags. */
class Snapshot {
  /** @param {import('../binding.js').FlagDefinitions} definitions */
  constructor(definitions) {
    const overview = JSON.parse(definitions.takeOverview())
    this._definitions = definitions
    /** @type {PreparedInput[]} */
    this._inputs = overview.inputs.map(prepareInput)
    this._hooks = createHooks()
    const { one, all, codes } = definitions.evaluator(this._hooks)
    this._one = one
    this._all = all
    /** Of all flags, as the last call for all of them left them. @type {Uint16Array} */
    this._codes = codes
    /** @type {Set<string>} keys of flags whose endless evaluation has been reported */
    this._reported = new Set()

    this._flags = new FlagList(definitions, overview)
    /** The last definition of each key. @type {Record<string, FlagRecord>} */
    this.featureFlagsByKey = this._flags.byKey
    /** The server's gate for minimal `$feature_flag_called` events. @type {boolean} */
    this.minimalFlagCalledEvents = overview.minimalFlagCalledEvents
    this._hasRepeats = overview.decidedBy !== undefined
    /** Whether every flag has a text for a key. @type {boolean} */
    this.isOrdinary = overview.unusualKeys === undefined
    /** What is wrong with parts of the document that had to be left out. @type {string[]} */
    this.problems = overview.problems
    /** @type {{ key: string, reason?: UnresolvedReason, dates: string[], fingerprint: string }[]} */
    this._unresolvable = overview.unresolvable

    /** Whether a definition reads a group. */
    this.readsGroups = this._inputs.some(({ kind }) => kind !== 'person' && kind !== 'distinctId')
    this._callAll = createCall(this._inputs, 'all')
    /** By the number that the native call has given the set of flags without a value. @type {Map<number, Plan>} */
    this._plans = new Map()
    /** Those with payloads. @type {FlagRecord[] | undefined} */
    this._paying = undefined
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
    return this._unresolvable.flatMap(({ key, reason, dates, fingerprint }) => {
      const found = reason ?? (dates.some(isNoDate) ? 'unsupported_definition' : undefined)
      return found ? [{ key, reason: found, fingerprint }] : []
    })
  }

  /** What these were compiled from, as it came, while they are in use and if it was kept. */
  get document() {
    return this._definitions.document() ?? undefined
  }

  /**
   * Evaluates one flag, or with a `matchValue` looks up that value's payload. Like all that evaluates, throws if the native
   * evaluator fails.
   *
   * @param {FlagRecord} record one of `featureFlagsByKey`: of a key that is defined twice, the last definition counts
   * @param {EvaluationContext} context
   * @param {string | boolean | undefined} matchValue
   * @param {Reporter} reporter
   * @returns {{ value: string | boolean, payload: any } | undefined} undefined if only the server can tell
   */
  evaluate(record, context, matchValue, reporter) {
    if (matchValue !== undefined && !record.isUnreadable) {
      return { value: matchValue, payload: record.payloadOf(matchValue)?.fresh() ?? null }
    }
    const code = this._evaluateOne(record, context)
    if (code > LAST_VALUE) {
      this._report(record, code, this._hooks.takeFailures(), reporter)
      return undefined
    }
    return { value: record.valueAt(code), payload: code === 0 ? null : (record.payloadAt(code)?.fresh() ?? null) }
  }

  /**
   * The record that decides about a flag. A caller may hold a record of other definitions, or an earlier one of its key.
   *
   * @param {{ key: string }} flag
   * @returns {FlagRecord | undefined}
   */
  find(flag) {
    const isOwn = !this._hasRepeats && flag instanceof FlagRecord && flag.isOf(this._definitions)
    return isOwn ? flag : this.featureFlagsByKey[flag.key]
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
    const code = this._evaluateOne(record, context)
    if (code > LAST_VALUE) {
      this._report(record, code, this._hooks.takeFailures(), reporter)
      return undefined
    }
    return record.valueAt(code)
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
      return this._evaluateSome(flagKeys, context, reporter)
    }
    const { build, undecided, fallbackToFlags } = this.evaluateCodes(context)
    const codes = this._codes
    const response = build(codes)
    const payloads = this._payloadsOf(codes)
    const unresolved = this.explainUndecided(undecided, codes, reporter)
    return { response, payloads, unresolved, fallbackToFlags }
  }

  /**
   * Fresh payloads of all flags that have one for their value.
   *
   * @param {Uint16Array} codes
   * @returns {Record<string, any>}
   */
  _payloadsOf(codes) {
    const paying = (this._paying ??= this.featureFlags.filter((record) => record.payloads))
    // Which flags have a payload differs from call to call. Where they are many, a hash table from the start is quicker
    // than a shape that changes with each; but there the name __proto__ would not be what it is in an ordinary object.
    const isTable = paying.length > FEW_PAYLOADS && !paying.some(isNamedProto)
    const payloads = isTable ? Object.create(null) : {}
    for (let place = 0; place < paying.length; place++) {
      const record = paying[place]
      const code = codes[record.index]
      if (code > 0 && code <= LAST_VALUE) {
        const payload = record.payloadAt(code)?.fresh()
        if (payload) {
          payloads[record.key] = payload
        }
      }
    }
    return isTable ? Object.setPrototypeOf(payloads, Object.prototype) : payloads
  }

  /**
   * Evaluates all flags and returns only their values.
   *
   * @param {EvaluationContext} context
   * @param {Reporter} reporter
   * @returns {Record<string, string | boolean>}
   */
  valuesOfAll(context, reporter) {
    const { build, undecided } = this.evaluateCodes(context)
    const response = build(this._codes)
    this.explainUndecided(undecided, this._codes, reporter)
    return response
  }

  /**
   * Evaluates all flags, and leaves their result codes in `codes` until the next call.
   *
   * @param {EvaluationContext} context
   * @returns {Plan}
   */
  evaluateCodes(context) {
    let set
    try {
      set = this._callAll(this._all, context, 0)
    } catch (error) {
      this._codes.fill(THROWN)
      this.featureFlags.forEach((record) => this._fail(record, error))
      return this._createPlan()
    }
    return this._plans.get(set) ?? this._plan(set)
  }

  /** Drops what the last evaluation would report, for it will be repeated. */
  forgetFailures() {
    this._hooks.takeFailures()
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

  /** Of each flag, by `FlagRecord.index`. */
  get codes() {
    return this._codes
  }

  /**
   * The reasons of flags without a value, in an object by key. What happened to them is reported.
   *
   * @param {FlagRecord[]} undecided
   * @param {Uint16Array} codes
   * @param {Reporter} reporter
   */
  explainUndecided(undecided, codes, reporter) {
    /** @type {Record<string, UnresolvedReason>} */
    const unresolved = {}
    if (undecided.length > 0) {
      const failures = this._hooks.takeFailures()
      // The listeners of an error may evaluate flags themselves, which writes new codes.
      const ends = undecided.map((record) => codes[record.index])
      undecided.forEach((record, place) => {
        const reason = reasonOf(ends[place])
        if (reason) {
          unresolved[record.key] = reason
        }
      })
      undecided.forEach((record, place) => this._report(record, ends[place], failures, reporter))
    }
    return unresolved
  }

  /** Flags by key, in stored order: a key that is listed twice has one definition. @returns {FlagRecord[]} */
  get _listed() {
    const flags = this.featureFlags
    return this._hasRepeats ? [...new Map(flags.map((flag) => [String(flag.key), flag])).values()] : flags
  }

  /** @param {number} set */
  _plan(set) {
    const plan = this._createPlan()
    if (this._plans.size === MAX_PLANS) {
      this._plans.clear()
    }
    this._plans.set(set, plan)
    return plan
  }

  /** @returns {Plan} for the flags that the last call left without a value */
  _createPlan() {
    const undecided = this.featureFlags.filter(({ index }) => this._codes[index] > LAST_VALUE)
    return {
      build: createBuilder(this._listed),
      undecided,
      fallbackToFlags: this.length === 0 || undecided.some(({ evaluation_runtime: runtime }) => runtime !== 'client'),
    }
  }

  /**
   * @param {string[]} flagKeys
   * @param {EvaluationContext} context
   * @param {Reporter} reporter
   */
  _evaluateSome(flagKeys, context, reporter) {
    /** @type {Record<string, string | boolean>} */
    const response = {}
    /** @type {Record<string, any>} */
    const payloads = {}
    /** @type {Record<string, UnresolvedReason>} */
    const unresolved = {}
    let fallbackToFlags = this.length === 0
    /** @type {[FlagRecord, number][]} */
    const undecided = []
    for (const record of flagKeys.map((key) => this.featureFlagsByKey[key]).filter(Boolean)) {
      const code = this._evaluateOne(record, context)
      if (code > LAST_VALUE) {
        undecided.push([record, code])
        continue
      }
      response[record.key] = record.valueAt(code)
      const payload = code === 0 ? null : record.payloadAt(code)?.fresh()
      if (payload) {
        payloads[record.key] = payload
      }
    }
    const failures = this._hooks.takeFailures()
    for (const [record, code] of undecided) {
      const reason = reasonOf(code)
      if (reason) {
        unresolved[record.key] = reason
      }
      fallbackToFlags ||= record.evaluation_runtime !== 'client'
      // The listeners of an error may evaluate flags themselves.
      this._report(record, code, failures, reporter)
    }
    return { response, payloads, unresolved, fallbackToFlags }
  }

  /**
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   * @returns {number} a result code
   */
  _evaluateOne(record, context) {
    const call = (record.call ??= this._callOf(record))
    try {
      return call(this._one, context, record.index)
    } catch (error) {
      return this._fail(record, error)
    }
  }

  /** @param {FlagRecord} record */
  _callOf(record) {
    return createCall(this.inputsOf(record), 'one')
  }

  /**
   * What the flag reads from a call, with the flags and cohorts that it refers to.
   *
   * @param {FlagRecord} record
   */
  inputsOf(record) {
    return this._definitions.inputsOf(record.index).map((slot) => this._inputs[slot])
  }

  /**
   * A property of the caller's that cannot be read costs the caller this flag alone.
   *
   * @param {FlagRecord} record
   * @param {unknown} error
   * @throws {unknown} what it was not the caller's to prevent
   */
  _fail(record, error) {
    if (isPanic(error)) {
      this._hooks.takeFailures()
      throw error
    }
    this._hooks.failed(record.index, describeError(error))
    return THROWN
  }

  /**
   * @param {FlagRecord} record
   * @param {number} code
   * @param {Map<number, string>} failures
   * @param {Reporter} reporter
   */
  _report(record, code, failures, reporter) {
    if (code === THROWN || code === ENDLESS) {
      // An endless evaluation is the definition's fault alone, so it is told once.
      const message = failures.get(record.index)
      if (message && (code === THROWN || !this._reported.has(record.key))) {
        reporter.error(new Error(`Error computing flag locally: ${record.key}: ${message}`))
      }
      if (code === ENDLESS) {
        this._reported.add(record.key)
      }
    } else if (reporter.debugging) {
      reporter.debug(`InconclusiveMatchError when computing flag locally: ${record.key}: ${explain(code)}`)
    }
  }
}

/** @param {FlagRecord} record */
function isNamedProto({ key }) {
  return key === '__proto__'
}

module.exports = { Snapshot }
