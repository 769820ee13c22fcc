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
    /** Where the numbers of each flag begin that are not all zero. @type {Map<string, number>} */
    this._seen = new Map()
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
    const base = index * REASONS.length
    if (this._numbers[base + place]++ === 0) {
      this._seen.set(key, base)
    }
  }

  /**
   * Hands on the flags that had no value, each once.
   *
   * @param {(key: string, numbers: ArrayLike<number>, base: number) => void} take a number for each reason begins at `base`
   */
  each(take) {
    const { _numbers: numbers } = this
    if (numbers !== undefined) {
      this._seen.forEach((base, key) => take(key, numbers, base))
    }
  }

  /** Whether this flag had no value. @param {string} key */
  has(key) {
    return this._seen.has(key)
  }

  /** Other definitions take the place of these: what was counted moves to where all is kept by key. */
  close() {
    this.each((key, numbers, base) => {
      REASONS.forEach((_, place) => this._all.add(key, place, numbers[base + place]))
    })
    this._numbers = undefined
    this._seen.clear()
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
    const unresolved = [...this._others]
    const totals = new Totals(unresolved)
    const { _current: current, _earlier: earlier } = this
    current?.each((key, numbers, base) => {
      const before = earlier.get(key)
      if (before === undefined) {
        totals.add(key, numbers, base)
      } else {
        const sums = before.map((number, place) => number + numbers[base + place])
        totals.add(key, sums, 0)
      }
    })
    for (const [key, numbers] of earlier) {
      if (!current?.has(key)) {
        totals.add(key, numbers, 0)
      }
    }
    return {
      evaluations: { local: this.local, unresolved: byReason(unresolved) },
      unresolvedFlags: totals.mostFrequent(),
    }
  }
}

/** How often flags had no value, for whatever reason. */
class Totals {
  /** @param {number[]} sums of all flags, by reason, to which each is added */
  constructor(sums) {
    this._sums = sums
    /** @type {string[]} */
    this._keys = []
    /** The same of each key. @type {number[]} */
    this._counts = []
    /** The place of its most frequent reason. @type {number[]} */
    this._places = []
  }

  /**
   * @param {string} key
   * @param {ArrayLike<number>} numbers of which one for each reason begins at `base`
   * @param {number} base
   */
  add(key, numbers, base) {
    let [count, most] = [0, 0]
    for (let place = 0; place < REASONS.length; place++) {
      const number = numbers[base + place]
      count += number
      this._sums[place] += number
      if (number > numbers[base + most]) {
        most = place
      }
    }
    this._keys.push(key)
    this._counts.push(count)
    this._places.push(most)
  }

  /**
   * As many as are named.
   *
   * @returns {Record<string, { reason: UnresolvedReason, count: number }>}
   */
  mostFrequent() {
    const counts = this._counts
    // Sorting numbers takes a fraction of the time that sorting flags takes.
    const least = counts.length > MOST_NAMED ? Float64Array.from(counts).sort()[counts.length - MOST_NAMED] : 0
    let ofLeast = MOST_NAMED - counts.filter((count) => count > least).length
    /** @type {[key: string, flag: { reason: UnresolvedReason, count: number }][]} */
    const named = []
    for (let place = 0; place < counts.length; place++) {
      const count = counts[place]
      if (count > least || (count === least && ofLeast-- > 0)) {
        named.push([this._keys[place], { reason: REASONS[this._places[place]], count }])
      }
    }
    return Object.fromEntries(named)
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

module.exports = { EvaluationCounts, UnresolvedCounts }
