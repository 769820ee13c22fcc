'use strict'

/**
 * Times contenders fairly: in one process, in short alternating rounds, after all of them were warmed up. Slow spells
 * of the machine then fall on each alike, and the median over rounds leaves them out.
 */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(turn: number) => Promise<unknown>} call one call; `turn` counts up, to vary what is asked
 */

/**
 * @typedef {object} Timing
 * @property {string} name
 * @property {number} ns median over rounds of the nanoseconds per call
 * @property {number} p99Ns 99th percentile of calls timed one by one, the clock's own ~0.1 µs included
 * @property {number} calls how many calls were made in timed rounds
 */

/**
 * @typedef {object} Entry
 * @property {Contender} contender
 * @property {number} batch calls that fill one round
 * @property {number[]} perCall nanoseconds per call, by round
 * @property {number[]} single nanoseconds of calls timed one by one
 * @property {number} turn
 */

/**
 * @param {Contender[]} contenders
 * @param {{ rounds?: number, roundMs?: number }} [effort]
 * @returns {Promise<Timing[]>} in the order of the contenders
 */
async function timeInTurns(contenders, { rounds = 15, roundMs = 40 } = {}) {
  /** @type {Entry[]} */
  const state = []
  for (const contender of contenders) {
    state.push({ contender, batch: await warmUp(contender, roundMs), perCall: [], single: [], turn: 0 })
  }
  for (let round = 0; round < rounds; round++) {
    // Each leads every other round, so that neither always runs on the other's heels.
    for (const entry of round % 2 === 0 ? state : [...state].reverse()) {
      const { contender, batch } = entry
      // Untimed: the first calls pay for caches and garbage that the other contender left behind.
      for (let index = 0; index < batch / 5; index++) {
        await contender.call(entry.turn++)
      }
      const startedAt = performance.now()
      for (let index = 0; index < batch; index++) {
        await contender.call(entry.turn++)
      }
      entry.perCall.push(((performance.now() - startedAt) * 1e6) / batch)
      await timeSingly(entry, Math.min(batch, 400))
    }
  }
  return state.map(({ contender, batch, perCall, single }) => ({
    name: contender.name,
    ns: quantile(perCall, 0.5),
    p99Ns: quantile(single, 0.99),
    calls: rounds * batch,
  }))
}

/**
 * Calls until the optimising compiler had its chance, then says how many calls fill a round.
 *
 * @param {Contender} contender
 * @param {number} roundMs
 */
async function warmUp({ call }, roundMs) {
  const budgetMs = Math.max(150, 3 * roundMs)
  const startedAt = performance.now()
  let calls = 0
  do {
    await call(calls++)
  } while (performance.now() - startedAt < budgetMs)
  // The later half alone would be faster still; a batch somewhat too small only shortens the round.
  return Math.max(1, Math.round((calls * roundMs) / (performance.now() - startedAt)))
}

/**
 * @param {Entry} entry
 * @param {number} calls
 */
async function timeSingly(entry, calls) {
  for (let index = 0; index < calls; index++) {
    const startedAt = performance.now()
    await entry.contender.call(entry.turn++)
    entry.single.push((performance.now() - startedAt) * 1e6)
  }
}

/**
 * @param {number[]} samples
 * @param {number} fraction
 */
function quantile(samples, fraction) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]
}

module.exports = { timeInTurns }
