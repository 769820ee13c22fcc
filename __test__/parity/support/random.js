'use strict'

// Random choices by a seed, so that a printed seed replays the same documents and contexts everywhere.
const { Random: Numbers } = require('../../../cli/random.js')

/** Mixes a seed and a stream number into one 32-bit state (FNV-1a over their decimal digits). */
function mix(seed, stream) {
  let state = 0x811c9dc5
  for (const character of `${seed}/${stream}`) {
    state = Math.imul(state ^ character.charCodeAt(0), 0x01000193)
  }
  return state >>> 0
}

class Random extends Numbers {
  /**
   * @param {number | string} seed
   * @param {number | string} [stream] separate streams of one seed are independent of each other
   */
  constructor(seed, stream = 0) {
    super(mix(seed, stream))
  }

  /** An integer in [0, below). */
  int(below) {
    return this.below(below)
  }

  /** An integer in [low, high], both included. */
  between(low, high) {
    return low + this.int(high - low + 1)
  }

  chance(probability) {
    return this.next() < probability
  }

  /** Calls one of `[weight, make]` pairs, chosen by weight, and returns what it made. */
  oneOf(...choices) {
    let total = 0
    for (const [weight] of choices) {
      total += weight
    }
    let left = this.next() * total
    for (const [weight, make] of choices) {
      left -= weight
      if (left < 0) {
        return make()
      }
    }
    return choices[choices.length - 1][1]()
  }

  /** An array of `count` made items. */
  list(count, make) {
    return Array.from({ length: count }, (_, index) => make(index))
  }

  /** Up to `count` distinct items in a random order. */
  sample(items, count) {
    return this.shuffle(items).slice(0, count)
  }

  shuffle(items) {
    const shuffled = [...items]
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = this.int(index + 1)
      ;[shuffled[index], shuffled[other]] = [shuffled[other], shuffled[index]]
    }
    return shuffled
  }
}

module.exports = { Random }
