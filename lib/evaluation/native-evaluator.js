'use strict'

const { describeError } = require('../errors/describe-error.js')
const { isPanic } = require('../errors/panic.js')
const { Exchange, evaluateTogether } = require('./exchange.js')
const { HOOKS } = require('./hooks.js')
const { callWith, createCall, prepareInput, readInput, readsOf } = require('./inputs.js')
const { LAST_VALUE, NO_FAILURES, PANICKED, THROWN, codeOf, endOf, readEnd } = require('./result-codes.js')

/**
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 * @typedef {import('./inputs.js').PreparedInput} PreparedInput
 * @typedef {import('./result-codes.js').End} End
 * @typedef {import('./result-codes.js').Failures} Failures
 */

/**
 * What a call for all flags has found out. It belongs to that call.
 *
 * @typedef {object} Evaluated
 * @property {Uint16Array<ArrayBuffer>} codes of each flag, by `FlagRecord.index`; others may follow
 * @property {Failures} failures by `FlagRecord.index`
 * @property {number} undecided how many flags have no value
 */

const codesOfAll = new Exchange(Uint16Array)

/**
 * The native evaluator of one set of definitions: reads from a call what flags need, and tells where their evaluation has
 * ended, also when an input cannot be read or the native code has panicked.
 */
class NativeEvaluator {
  /**
   * @param {import('../addon/binding.js').FlagDefinitions} definitions
   * @param {import('./inputs.js').Input[]} inputs what all flags read
   * @param {(panic: Error) => void} onPanic learns that flags of a call have no value because the native code has panicked
   * @param {boolean} propertiesAreComplete of calls that do not say
   */
  constructor(definitions, inputs, onPanic, propertiesAreComplete) {
    this._definitions = definitions
    this._onPanic = onPanic
    /** @type {PreparedInput[]} */
    this.inputs = inputs.map(prepareInput)
    const completeness = this.inputs.find(({ kind }) => kind === 'complete')
    if (completeness !== undefined) {
      completeness.isComplete = propertiesAreComplete
    }
    const { one, some, all, reasoned, explain, count } = definitions.evaluator(HOOKS)
    this._one = one
    this._some = some
    this._all = all
    this._reasoned = reasoned
    this._explain = explain
    /** How many flags it tells apart. @type {number} */
    this.count = count
    this._callAll = createCall(this.inputs)
  }

  /**
   * What one flag reads of a call, in short.
   *
   * @param {FlagRecord} record
   */
  readsOf(record) {
    return (record.reads ??= readsOf(this.inputsOf(record)))
  }

  /**
   * What a flag reads from a call, with the flags and cohorts that it refers to.
   *
   * @param {FlagRecord} record
   */
  inputsOf(record) {
    return this._definitions.inputsOf(record.index).map((slot) => this.inputs[slot])
  }

  /**
   * Evaluates one flag.
   *
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   * @returns {End}
   */
  one(record, context) {
    let end
    try {
      const call = (record.call ??= createCall(this.inputsOf(record)))
      end = call(this._one, context, record.index)
    } catch (error) {
      if (this.isPanic(error)) {
        return PANICKED
      }
      return { code: THROWN, message: describeError(error) }
    }
    if (typeof end === 'number') {
      return end
    }
    const [code, failures] = readEnd(end)
    return endOf(code, failures.get(record.index))
  }

  /**
   * Evaluates some flags in one call, so that what several of them need is worked out once.
   *
   * @param {FlagRecord[]} records
   * @param {EvaluationContext} context
   * @returns {End[]}
   */
  some(records, context) {
    if (records.length <= 1) {
      return records.map((record) => this.one(record, context))
    }
    const read = (/** @type {number} */ slot) => readInput(this.inputs[slot], context)
    try {
      return evaluateTogether(this._some, records, this._slotsOf(records), read)
    } catch (error) {
      if (this.isPanic(error)) {
        return records.map(() => PANICKED)
      }
      return records.map((record) => this.one(record, context))
    }
  }

  /**
   * Evaluates all flags. A caller that has read all it wants of the codes {@link give gives} them back, or drops them.
   *
   * @param {EvaluationContext} context
   * @param {() => FlagRecord[]} listed all records
   * @returns {Evaluated}
   */
  all(context, listed) {
    const codes = codesOfAll.take(this.count)
    let end
    try {
      end = this._callAll(this._all, context, codesOfAll.bufferOf(codes))
    } catch (error) {
      return this.isPanic(error) ? this._undecided() : this._each(context, listed())
    }
    if (typeof end === 'number') {
      return { codes, failures: NO_FAILURES, undecided: end }
    }
    const [undecided, failures] = readEnd(end)
    return { codes, failures, undecided }
  }

  /** @param {Evaluated['codes']} codes of all flags, which nobody will look at any more */
  give(codes) {
    codesOfAll.give(codes)
  }

  /**
   * Evaluates some flags and adds the number of each one's reason to `numbers`. Throws what an input throws.
   *
   * @param {FlagRecord[]} records
   * @param {EvaluationContext} context
   * @param {number[]} numbers
   * @returns {End[]}
   */
  reasoned(records, context, numbers) {
    const read = (/** @type {number} */ slot) => readInput(this.inputs[slot], context)
    return evaluateTogether(this._reasoned, records, this._slotsOf(records), read, numbers)
  }

  /**
   * Evaluates a flag for somebody who wants to understand it. Throws what an input throws.
   *
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   * @returns {{ explanation: any, values: Map<number, unknown> }} what the native code tells, and the inputs by slot
   */
  explain(record, context) {
    const slots = this._definitions.inputsOf(record.index)
    const values = slots.map((slot) => readInput(this.inputs[slot], context))
    return {
      explanation: callWith(this._explain, record.index, values),
      values: new Map(slots.map((slot, place) => [slot, values[place]])),
    }
  }

  /**
   * Whether an error is a panic of the native code, which is told then. Anything else is a fault of what the caller gave.
   *
   * @param {any} error
   */
  isPanic(error) {
    const found = isPanic(error)
    if (found) {
      this._onPanic(error)
    }
    return found
  }

  /**
   * What some flags read, each input once.
   *
   * @param {FlagRecord[]} records
   * @returns {number[]}
   */
  _slotsOf(records) {
    /** @type {Set<number>} */
    const slots = new Set()
    let looked = 0
    for (const record of records) {
      record.slots ??= this._definitions.inputsOf(record.index)
      for (const slot of record.slots) {
        slots.add(slot)
      }
      looked += record.slots.length
      if (looked >= this.inputs.length) {
        // To go on costs more than to read all there is.
        return this.inputs.map((_input, slot) => slot)
      }
    }
    return Array.from(slots)
  }

  /**
   * Evaluates flags one by one after an input could not be read for all of them: it costs those alone that need it.
   *
   * @param {EvaluationContext} context
   * @param {FlagRecord[]} records
   * @returns {Evaluated}
   */
  _each(context, records) {
    const codes = new Uint16Array(this.count)
    /** @type {Failures} */
    const failures = new Map()
    for (const record of records) {
      const end = this.one(record, context)
      codes[record.index] = codeOf(end)
      if (typeof end !== 'number') {
        failures.set(record.index, end.message)
      }
    }
    // A key may stand for several records.
    const undecided = codes.filter((code) => code > LAST_VALUE).length
    return { codes, failures, undecided }
  }

  /**
   * All flags without a value, after a panic.
   *
   * @returns {Evaluated}
   */
  _undecided() {
    const codes = new Uint16Array(this.count).fill(PANICKED)
    return { codes, failures: NO_FAILURES, undecided: this.count }
  }
}

module.exports = { NativeEvaluator }
