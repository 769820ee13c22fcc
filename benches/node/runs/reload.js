'use strict'

// Reloads a large document in this process and prints how long that took, and for how long at most the event loop stood
// still, as JSON: `node benches/node/runs/reload.js CONTENDER SOURCE MEGABYTES RELOADS`.
const { setImmediate: nextTurn } = require('node:timers/promises')
const { createLargeClient } = require('./large-client.js')
const { quantile } = require('../../../cli/bench/rounds.js')

/** Takes the time between turns of the event loop until it is stopped. */
function watchEventLoop() {
  let running = true
  let longest = 0
  let last = performance.now()
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (running) {
      setImmediate(turn)
    }
  }
  setImmediate(turn)
  return {
    /** @returns {number} the longest time between two turns, in milliseconds */
    stop() {
      running = false
      return longest
    },
  }
}

/** @param {import('posthog-node').PostHog} client */
async function timeOfAll(client) {
  const startedAt = performance.now()
  await client.getAllFlagsAndPayloads('user-1', { onlyEvaluateLocally: true })
  return performance.now() - startedAt
}

/**
 * @param {string} contender
 * @param {import('./large-client.js').Source} source
 * @param {number} megabytes
 * @param {number} reloads
 */
async function main(contender, source, megabytes, reloads) {
  const { client, reload, close } = await createLargeClient(contender, source, megabytes)
  const totals = []
  const stalls = []
  const firsts = []
  for (let round = 0; round < reloads; round++) {
    const watch = watchEventLoop()
    // A turn without any load first, and some after it: what is put off until then is part of the cost.
    await nextTurn()
    const startedAt = performance.now()
    await reload()
    totals.push(performance.now() - startedAt)
    for (let turn = 0; turn < 10; turn++) {
      await nextTurn()
    }
    stalls.push(watch.stop())
  }
  // Afterwards, for what a call leaves to be collected would be collected during the next reload. posthog-node takes seconds
  // for the flags of a larger document.
  for (let round = 0; round < (megabytes === 1 ? reloads : 1); round++) {
    await reload()
    firsts.push(await timeOfAll(client))
  }
  await close()
  const result = {
    contender,
    source,
    megabytes,
    flags: client.getFeatureFlagKeysByEvaluationRuntime('all').length,
    reloads,
    totalMs: quantile(totals, 0.5),
    stallMs: quantile(stalls, 0.5),
    maxStallMs: Math.max(...stalls),
    firstAllMs: quantile(firsts, 0.5),
  }
  console.log(JSON.stringify(result))
}

const [contender, source, megabytes, reloads] = process.argv.slice(2)
void main(contender, /** @type {import('./large-client.js').Source} */ (source), Number(megabytes), Number(reloads))
