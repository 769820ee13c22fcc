// Random choices that a seed repeats.
import { createHash } from 'node:crypto'

export class Random {
  /** @param {string} seed */
  constructor(seed) {
    this._state = createHash('sha256').update(seed).digest().readUInt32LE(0)
  }

  /** From 0 up to 1: mulberry32. */
  fraction() {
    this._state = (this._state + 0x6d2b79f5) | 0
    let bits = Math.imul(this._state ^ (this._state >>> 15), 1 | this._state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `count`. @param {number} count */
  below(count) {
    return Math.floor(this.fraction() * count)
  }

  /** @param {number} probability */
  chance(probability) {
    return this.fraction() < probability
  }

  /**
   * @template T
   * @param {readonly T[]} choices
   * @returns {T}
   */
  pick(choices) {
    return choices[this.below(choices.length)]
  }
}
