'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/**
 * The bytes of the C heap in use once nothing is under way: the least that is seen in a while, during which a poll may
 * come.
 *
 * @param {() => number} allocated
 * @param {number} turns of a tenth of a second each
 */
async function settled(allocated, turns) {
  let least = Infinity
  for (let turn = 0; turn < turns; turn += 1) {
    globalThis.gc()
    await sleep(100)
    least = Math.min(least, allocated())
  }
  return least
}

module.exports = { settled }
