'use strict'

const { readFileSync } = require('node:fs')

/** A call takes no longer than this, whatever the person looks like, if the definitions are sane. */
const LONGEST_CALL_MS = 100

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
 */
async function bestTime(call) {
  let best = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && best >= LONGEST_CALL_MS; attempt += 1) {
    const before = threadTime()
    await call()
    best = Math.min(best, threadTime() - before)
  }
  return best
}

module.exports = { LONGEST_CALL_MS, bestTime, threadTime }
