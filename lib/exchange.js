'use strict'

/** An array of more numbers than this is not kept for the next call. */
const MAX_KEPT = 64 * 1024

/**
 * The typed arrays in which numbers cross to the native evaluator and back. A call takes one, which is its own until it gives
 * it back, or forever if it does not: JavaScript that runs in the middle of the call may make a call as well.
 *
 * @template {Uint16Array | Int32Array} T
 */
class Exchange {
  /** @param {new (length: number) => T} Type */
  constructor(Type) {
    this._Type = Type
    /** @type {T | undefined} */
    this._kept = undefined
  }

  /**
   * @param {number} length
   * @returns {T} at least so long; it may hold anything
   */
  take(length) {
    const kept = this._kept
    if (kept === undefined || kept.length < length) {
      return new this._Type(length)
    }
    this._kept = undefined
    return kept
  }

  /** @param {T} array that nobody will look at any more */
  give(array) {
    if (array.length <= MAX_KEPT) {
      this._kept = array
    }
  }
}

module.exports = { Exchange }
