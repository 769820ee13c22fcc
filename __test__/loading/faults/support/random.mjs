// Random choices that a seed repeats.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const { Random: Numbers } = createRequire(import.meta.url)('../../../../cli/random.js')

export class Random extends Numbers {
  /** @param {string} seed */
  constructor(seed) {
    super(createHash('sha256').update(seed).digest().readUInt32LE(0))
  }

  /** @param {number} probability */
  chance(probability) {
    return this.next() < probability
  }
}
