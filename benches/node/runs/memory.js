'use strict'

// Loads a large document in this process, then reloads it, and prints the memory held after each of some loads as JSON:
// `node --expose-gc benches/node/runs/memory.js CONTENDER MEGABYTES RELOADS`.
const { setTimeout: sleep } = require('node:timers/promises')
const { createLargeClient } = require('./large-client.js')

/** Memory of this process once garbage is collected and what that released has been freed, in bytes. */
async function settledMemory() {
  for (let pass = 0; pass < 3; pass++) {
    // Finalizers and the allocator's own work run between collections, and announce no end that could be awaited.
    globalThis.gc?.()
    await sleep(50)
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { rss, heapUsed, external, arrayBuffers }
}

/**
 * @param {string} contender
 * @param {number} megabytes
 * @param {number} reloads
 */
async function main(contender, megabytes, reloads) {
  require(contender)
  const before = await settledMemory()
  const { client, reload, close } = await createLargeClient(contender, 'http', megabytes)
  const after = [{ loads: 1, ...(await settledMemory()) }]
  for (let round = 1; round <= reloads; round++) {
    await reload()
    if (round % Math.ceil(reloads / 4) === 0) {
      after.push({ loads: round + 1, ...(await settledMemory()) })
    }
  }
  const flags = client.getFeatureFlagKeysByEvaluationRuntime('all').length
  await close()
  console.log(JSON.stringify({ contender, megabytes, flags, before, after }))
}

const [contender, megabytes, reloads] = process.argv.slice(2)
void main(contender, Number(megabytes), Number(reloads))
