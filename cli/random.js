'use strict'

/** Random numbers that the same seed repeats. The tests extend this, so that there is one such method. */
class Random {
  /** @param {number} seed a whole number */
  constructor(seed) {
    this._state = seed >>> 0
  }

  /** A number from 0 up to 1, by the method mulberry32. */
  next() {
    this._state = (this._state + 0x6d2b79f5) >>> 0
    let mixed = this._state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** @param {number} count */
  below(count) {
    return Math.floor(this.next() * count)
  }

  /**
   * @template T
   * @param {readonly T[]} list
   * @returns {T}
   */
  pick(list) {
    return list[this.below(list.length)]
  }
}

module.exports = { Random }
