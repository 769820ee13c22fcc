'use strict'

const { REASONS, placeOf } = require('./result-codes.js')

/** @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason */

/** How many flags are named, the most frequent ones. */
const MOST_NAMED = 100

/** How many keys of earlier definitions are kept. Definitions that change for years may have any number of keys. */
const MOST_KEYS = 10_000

/**
 * How often the flags of one set of definitions had no value. An evaluation adds to numbers that stand side by side, for that
 * takes no time that could be measured.
 */
class UnresolvedCounts {
  /**
   * @param {EvaluationCounts} all
   * @param {number} size how many flags the native evaluator tells apart
   */
  constructor(all, size) {
    this._all = all
    /** For each flag and each reason. @type {Float64Array | undefined} nothing once other definitions took their place */
    this._numbers = new Float64Array(size * REASONS.length)
    /** Of those that are not zero, the key and where they stand. @type {[key: string, at: number][]} */
    this._seen = []
  }

  /**
   * @param {string} key
   * @param {number} index of the flag
   * @param {number} code why it has no value; a failure that has no name among the reasons does not count
   */
  add(key, index, code) {
    const place = placeOf(code)
    if (place === undefined) {
      return
    }
    this._all.onUnresolved?.(key, REASONS[place])
    if (this._numbers === undefined) {
      this._all.add(key, place, 1)
      return
    }
    const at = index * REASONS.length + place
    if (this._numbers[at]++ === 0) {
      this._seen.push([key, at])
    }
  }

  /** Hands on what was counted. @param {(key: string, place: number, count: number) => void} take */
  each(take) {
    for (const [key, at] of this._seen) {
      take(key, at % REASONS.length, this._numbers?.[at] ?? 0)
    }
  }

  /** Other definitions take the place of these: what was counted moves to where all is kept by key. */
  close() {
    this.each((key, place, count) => this._all.add(key, place, count))
    this._numbers = undefined
    this._seen = []
  }
}

/** How many flags the evaluations of one client have given a value, and how many they could not. */
class EvaluationCounts {
  /** @param {(key: string, reason: UnresolvedReason) => void} [onUnresolved] learns of each flag without a value */
  constructor(onUnresolved) {
    this.onUnresolved = onUnresolved
    /** Flags that were given a value. */
    this.local = 0
    /** Those of the definitions in use. @type {UnresolvedCounts | undefined} */
    this._current = undefined
    /** By key, how often there was no value in evaluations by earlier definitions: a number for each reason. */
    this._earlier = /** @type {Map<string, number[]>} */ (new Map())
    /** The same of all keys beyond `MOST_KEYS`. */
    this._others = REASONS.map(() => 0)
  }

  /**
   * The counts of the definitions that come into use.
   *
   * @param {number} size how many flags the native evaluator tells apart
   */
  ofDefinitions(size) {
    this._current?.close()
    this._current = new UnresolvedCounts(this, size)
    return this._current
  }

  /**
   * @param {string} key
   * @param {number} place of the reason
   * @param {number} count
   */
  add(key, place, count) {
    numbersOf(this._earlier, key, this._others)[place] += count
  }

  /**
   * How many flags had a value and why the others had none, and the flags that had none most often, each with its most frequent
   * reason.
   */
  read() {
    const byKey = new Map(Array.from(this._earlier, ([key, numbers]) => [key, [...numbers]]))
    const others = [...this._others]
    this._current?.each((key, place, count) => {
      numbersOf(byKey, key, others)[place] += count
    })
    const unresolved = others
    for (const numbers of byKey.values()) {
      numbers.forEach((number, place) => (unresolved[place] += number))
    }
    let totals = Array.from(byKey, ([key, numbers]) => totalOf(key, numbers))
    if (totals.length > MOST_NAMED) {
      totals = totals.sort((one, other) => other.count - one.count).slice(0, MOST_NAMED)
    }
    return {
      evaluations: { local: this.local, unresolved: byReason(unresolved) },
      unresolvedFlags: Object.fromEntries(totals.map(({ key, reason, count }) => [key, { reason, count }])),
    }
  }
}

/**
 * @param {Map<string, number[]>} byKey
 * @param {string} key
 * @param {number[]} others where keys go that are too many
 */
function numbersOf(byKey, key, others) {
  const known = byKey.get(key)
  if (known !== undefined || byKey.size >= MOST_KEYS) {
    return known ?? others
  }
  const numbers = REASONS.map(() => 0)
  byKey.set(key, numbers)
  return numbers
}

/**
 * @param {number[]} numbers
 * @returns {Record<UnresolvedReason, number>}
 */
function byReason(numbers) {
  return /** @type {any} */ (Object.fromEntries(REASONS.map((reason, place) => [reason, numbers[place]])))
}

/**
 * @param {string} key
 * @param {number[]} numbers by reason
 */
function totalOf(key, numbers) {
  const count = numbers.reduce((sum, number) => sum + number, 0)
  return { key, reason: REASONS[numbers.indexOf(Math.max(...numbers))], count }
}

module.exports = { EvaluationCounts, UnresolvedCounts }
