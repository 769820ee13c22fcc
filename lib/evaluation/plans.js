'use strict'

const { createRecordBuilder, createSources } = require('./record-builder.js')
const { createBuilder } = require('./response-builder.js')
const { LAST_VALUE } = require('./result-codes.js')

/** @typedef {import('./flag-record.js').FlagRecord} FlagRecord */

/**
 * What is the same in all calls for all flags that leave the same flags without a value.
 *
 * @typedef {object} Plan
 * @property {import('./response-builder.js').BuildResponse} build
 * @property {import('./record-builder.js').BuildRecords | undefined} buildRecords
 * @property {FlagRecord[]} undecided in stored order
 * @property {boolean} fallbackToFlags whether the server could tell more
 */

/** As many plans are kept, and as many older ones; as in src/binding/unresolved_sets.rs. */
const MAX_PLANS = 64

/** The plans of one set of definitions, each made when it is first asked for. */
class Plans {
  /**
   * @param {import('./flag-list.js').FlagList} flags
   * @param {boolean} hasRepeats whether a key is listed more than once
   */
  constructor(flags, hasRepeats) {
    this._flags = flags
    this._hasRepeats = hasRepeats
    /** By the number that the native call has given the set of flags without a value. @type {Map<number, Plan>} */
    this._plans = new Map()
    /** Those that have not been asked for since there were too many. @type {Map<number, Plan>} */
    this._older = new Map()
    /** What records are made of. @type {import('./record-builder.js').RecordSource[] | undefined} */
    this._sources = undefined
  }

  /**
   * @param {number} set
   * @param {Uint16Array} codes of a call that left this set of flags without a value
   * @returns {Plan}
   */
  get(set, codes) {
    return this._plans.get(set) ?? this._keep(set, this._older.get(set) ?? this.create(codes))
  }

  /**
   * @param {Uint16Array} codes of a call that left the same flags without a value as those that will follow the plan
   * @returns {Plan}
   */
  create(codes) {
    const undecided = this._flags.all.filter(({ index }) => codes[index] > LAST_VALUE)
    const fallbackToFlags =
      this._flags.length === 0 || undecided.some(({ evaluation_runtime: runtime }) => runtime !== 'client')
    return { build: createBuilder(this._listed), buildRecords: undefined, undecided, fallbackToFlags }
  }

  /**
   * @param {Plan} plan
   * @returns {import('./record-builder.js').BuildRecords}
   */
  recordBuilderOf(plan) {
    this._sources ??= createSources(this._listed)
    return (plan.buildRecords ??= createRecordBuilder(this._sources))
  }

  /**
   * @param {number} set
   * @param {Plan} plan
   */
  _keep(set, plan) {
    if (this._plans.size === MAX_PLANS) {
      this._older = this._plans
      this._plans = new Map()
    }
    this._plans.set(set, plan)
    return plan
  }

  /** Flags by key, in stored order: a key that is listed twice has one definition. @returns {FlagRecord[]} */
  get _listed() {
    const flags = this._flags.all
    return this._hasRepeats ? [...new Map(flags.map((flag) => [String(flag.key), flag])).values()] : flags
  }
}

module.exports = { Plans }
