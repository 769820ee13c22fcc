'use strict'

const { callWith } = require('./inputs.js')
const { NO_FAILURES, endOf, readEnd } = require('./result-codes.js')

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
    /** The array that was given back last, and its buffer: to ask an array for it takes as long as reading an input. */
    this._given = /** @type {T | undefined} */ (undefined)
    this._buffer = /** @type {ArrayBufferLike | undefined} */ (undefined)
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
      if (this._given !== array) {
        this._given = array
        this._buffer = array.buffer
      }
    }
  }

  /** @param {T} array that was taken */
  bufferOf(array) {
    return array === this._given ? this._buffer : array.buffer
  }
}

/** The numbers that stand before the flags, see src/binding/evaluator.rs. */
const HEAD = 2

const exchange = new Exchange(Int32Array)

/**
 * Evaluates several flags in one call.
 *
 * @param {Function} some the native function
 * @param {{ index: number }[]} flags
 * @param {number[]} slots of all inputs that they read
 * @param {(slot: number) => unknown} read
 * @param {number[]} [reasons] takes the number of each flag's reason, which the native function `reasoned` tells
 * @returns {import('./result-codes.js').End[]}
 */
function evaluateTogether(some, flags, slots, read, reasons) {
  const first = HEAD + flags.length
  const behind = first + slots.length
  const numbers = exchange.take(reasons === undefined ? behind : behind + flags.length)
  numbers[0] = flags.length
  numbers[1] = slots.length
  flags.forEach(({ index }, place) => (numbers[HEAD + place] = index))
  /** @type {unknown[]} */
  const values = []
  for (let place = 0; place < slots.length; place++) {
    numbers[first + place] = slots[place]
    values.push(read(slots[place]))
  }
  const returned = callWith(some, exchange.bufferOf(numbers), values)
  const failures = typeof returned === 'number' ? NO_FAILURES : readEnd(returned)[1]
  /** @type {import('./result-codes.js').End[]} */
  const ends = []
  for (let place = 0; place < flags.length; place++) {
    ends.push(endOf(numbers[HEAD + place], failures.get(place)))
    reasons?.push(numbers[behind + place])
  }
  exchange.give(numbers)
  return ends
}

module.exports = { Exchange, evaluateTogether }
