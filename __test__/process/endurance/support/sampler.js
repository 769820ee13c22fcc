'use strict'

const { readdirSync } = require('node:fs')

/**
 * Takes samples of all that this process holds: memory, handles, file descriptors, threads.
 *
 * @param {string} addon path of the one that reads the C heap, see `process/support/allocated.c`
 */
function createSampler(addon) {
  /** @type {() => number} */
  const allocated = require(addon)
  const startedAt = performance.now()

  /** @param {Record<string, number>} progress what was done so far */
  return async function sample(progress) {
    // Finalizers of what the first collection found run in a turn of their own.
    globalThis.gc()
    await new Promise(setImmediate)
    globalThis.gc()
    const { heapUsed, external, rss } = process.memoryUsage()
    return {
      time: (performance.now() - startedAt) / 60_000,
      rss,
      heapUsed,
      external,
      allocated: allocated(),
      // An `Immediate` is a turn of the event loop that was asked for.
      handles: process.getActiveResourcesInfo().filter((resource) => resource !== 'Immediate').length,
      fds: readdirSync('/proc/self/fd').length,
      threads: readdirSync('/proc/self/task').length,
      ...progress,
    }
  }
}

module.exports = { createSampler }
