'use strict'

const { LAST_VALUE, codeOf, reasonCodeOf } = require('./result-codes.js')
const { Snapshot } = require('./snapshot.js')
const { calls } = require('./told-reasons.js')

/**
 * A snapshot that also tells why flags have their values. It asks for the reasons in a call of their own, so that evaluations are
 * those of every snapshot.
 */
class ReasoningSnapshot extends Snapshot {
  /**
   * @override
   * @param {Parameters<Snapshot['evaluate']>} args
   * @returns {{ value: string | boolean, payload: any, reasonCode?: string } | undefined}
   */
  evaluate(...args) {
    const result = super.evaluate(...args)
    const [record, context, matchValue] = args
    if (result === undefined || matchValue !== undefined) {
      return result
    }
    const reasons = this._reasonsOf([record], context, () => result.value)
    reasons.forEach((reason, key) => calls.getStore()?.set(key, reason))
    return { ...result, reasonCode: reasons.get(record.key) }
  }

  /**
   * @override
   * @param {Parameters<Snapshot['evaluateAll']>} args
   */
  evaluateAll(...args) {
    const result = super.evaluateAll(...args)
    const told = calls.getStore()
    if (told !== undefined) {
      const { response } = result
      const records = Object.keys(response).map((key) => this.featureFlagsByKey[key])
      const reasons = this._reasonsOf(records.filter(Boolean), args[0], (key) => response[key])
      reasons.forEach((reason, key) => told.set(key, reason))
    }
    return result
  }

  /**
   * @param {import('./flag-record.js').FlagRecord[]} records
   * @param {import('./inputs.js').EvaluationContext} context
   * @param {(key: string) => unknown} valueOf what they were evaluated to
   * @returns {import('./told-reasons.js').ToldReasons} of those that come to the same value again, as all do but for a caller whose
   *   properties are others each time
   */
  _reasonsOf(records, context, valueOf) {
    /** @type {import('./told-reasons.js').ToldReasons} */
    const told = new Map()
    try {
      /** @type {number[]} */
      const numbers = []
      const ends = this._evaluator.reasoned(records, context, numbers)
      records.forEach((record, place) => {
        const [code, reason] = [codeOf(ends[place]), reasonCodeOf(numbers[place])]
        const isSame = code <= LAST_VALUE && record.valueAt(code) === valueOf(record.key)
        if (isSame && reason !== undefined) {
          told.set(record.key, reason)
        }
      })
    } catch (error) {
      // Of a value that was read once, and cannot be read again, there is no reason to tell.
      this._evaluator.isPanic(error)
    }
    return told
  }
}

module.exports = { ReasoningSnapshot }
