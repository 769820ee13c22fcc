'use strict'

const { readFileSync } = require('node:fs')

const ATTEMPTS = 5

/** The time that this thread has had a processor: other processes cannot slow it down. Where that is not told, time itself. */
function threadTime() {
  try {
    const [nanoseconds] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')
    return Number(nanoseconds) / 1e6
  } catch {
    return performance.now()
  }
}

/**
 * The milliseconds of this thread that a call takes at best.
 *
 * @param {() => unknown} call
 * @param {number} [enough] a time that needs no second attempt
 */
async function bestTime(call, enough = 0) {
  let best = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && best >= enough; attempt += 1) {
    const before = threadTime()
    await call()
    best = Math.min(best, threadTime() - before)
  }
  return best
}

module.exports = { bestTime, threadTime }
