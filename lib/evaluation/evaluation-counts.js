'use strict'

const { REASONS, reasonOf } = require('./result-codes.js')

/** @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason */

/** How many flags are named, the most frequent ones. */
const MOST_NAMED = 100

/** How many keys are counted one by one. Definitions that change for years may have any number of keys. */
const MOST_KEYS = 10_000

/**
 * How often one flag had no value.
 *
 * @typedef {Record<UnresolvedReason, number>} Tally by reason
 *
 * @typedef {{ key: string, tally: Tally | undefined }} Counted a flag with its tally, once there is one
 */

/**
 * How many flags an evaluator has given a value, and how many it could not. It counts where an answer is handed out: a number
 * is added for each call, and one for each flag without a value.
 */
class EvaluationCounts {
  /**
   * @param {(key: string, reason: UnresolvedReason) => void} [onUnresolved] learns of each flag without a value; may throw nothing
   */
  constructor(onUnresolved) {
    /** Flags that were given a value. */
    this.local = 0
    this._onUnresolved = onUnresolved
    this._unresolved = createTally()
    /** @type {Map<string, Tally>} by key */
    this._tallies = new Map()
    /** That of all keys beyond `MOST_KEYS`. */
    this._others = createTally()
  }

  /**
   * Counts a flag without a value.
   *
   * @param {Counted} flag
   * @param {number} code why it has none; a failure that has no name among the reasons does not count
   */
  addUnresolved(flag, code) {
    const reason = reasonOf(code)
    if (reason === undefined) {
      return
    }
    flag.tally ??= this._tallyOf(String(flag.key))
    flag.tally[reason]++
    this._unresolved[reason]++
    this._onUnresolved?.(flag.key, reason)
  }

  /** How many flags had a value, and why the others had none. */
  read() {
    return { local: this.local, unresolved: { ...this._unresolved } }
  }

  /**
   * The flags that had no value most often, with the reason that was the most frequent.
   *
   * @returns {Record<string, { reason: UnresolvedReason, count: number }>}
   */
  readFlags() {
    let totals = Array.from(this._tallies, ([key, tally]) => ({ key, ...totalOf(tally) }))
    if (totals.length > MOST_NAMED) {
      totals = totals.sort((one, other) => other.count - one.count).slice(0, MOST_NAMED)
    }
    return Object.fromEntries(totals.map(({ key, reason, count }) => [key, { reason, count }]))
  }

  /** @param {string} key */
  _tallyOf(key) {
    const known = this._tallies.get(key)
    if (known !== undefined || this._tallies.size >= MOST_KEYS) {
      return known ?? this._others
    }
    const tally = createTally()
    this._tallies.set(key, tally)
    return tally
  }
}

/** @returns {Tally} */
function createTally() {
  return { experience_continuity: 0, unsupported_definition: 0, unresolved_dependency: 0, missing_context: 0 }
}

/** @param {Tally} tally */
function totalOf(tally) {
  let [count, reason] = [0, REASONS[0]]
  for (const each of REASONS) {
    count += tally[each]
    if (tally[each] > tally[reason]) {
      reason = each
    }
  }
  return { reason, count }
}

module.exports = { EvaluationCounts }
