'use strict'

/**
 * Times contenders fairly: in one process, in short alternating rounds, after all of them were warmed up. Slow spells
 * of the machine then fall on each alike, and the median over rounds leaves them out.
 */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(turn: number) => unknown} call one call; `turn` counts up, to vary what is asked
 * @property {boolean} [sync] the call's result is no promise, so that nothing is awaited
 */

/**
 * @typedef {object} Timing
 * @property {string} name
 * @property {number} ns median over rounds of the nanoseconds per call
 * @property {number} p99Ns 99th percentile of calls timed one by one, the clock's own ~0.1 µs included
 * @property {number} cpuNs nanoseconds of the processor per call, on all threads of the process: what is the same on a busy
 *   machine
 * @property {number} calls how many calls were made in timed rounds
 * @property {number[]} perRound nanoseconds per call, by round: those of two contenders are pairs
 */

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {Loop} loop
 * @property {number} batch calls that fill one round
 * @property {number[]} perCall nanoseconds per call, by round
 * @property {number} cpuUs microseconds of the processor in all rounds
 * @property {number[]} single nanoseconds of calls timed one by one
 * @property {number} turn
 */

/** @typedef {(turn: number, count: number) => unknown} Loop calls `count` times; a promise unless the contender is sync */

/** No contender is given more time than this in all, if that leaves it enough rounds for a median. */
const CONTENDER_MS = 6000
const LEAST_ROUNDS = 5

/**
 * @param {Contender[]} contenders
 * @param {{ rounds?: number, roundMs?: number, onRound?: (round: number) => void }} [effort] is told of each round
 * @returns {Promise<Timing[]>} in the order of the contenders
 */
async function timeInTurns(contenders, { rounds = 15, roundMs = 40, onRound = () => {} } = {}) {
  /** @type {Entry[]} */
  const state = []
  for (const contender of contenders) {
    const loop = createLoop(contender)
    state.push({
      name: contender.name,
      loop,
      batch: await warmUp(loop, roundMs),
      perCall: [],
      cpuUs: 0,
      single: [],
      turn: 0,
    })
  }
  for (let round = 0; round < rounds; round++) {
    onRound(round)
    // Each leads every other round, so that none always runs on the heels of the same one.
    for (const entry of round % 2 === 0 ? state : [...state].reverse()) {
      if (round < LEAST_ROUNDS || entry.perCall.length * entry.perCall[0] * entry.batch < CONTENDER_MS * 1e6) {
        await timeRound(entry)
      }
    }
  }
  return state.map(({ name, batch, perCall, cpuUs, single }) => ({
    name,
    ns: quantile(perCall, 0.5),
    p99Ns: quantile(single, 0.99),
    cpuNs: (cpuUs * 1000) / (perCall.length * batch),
    calls: perCall.length * batch,
    perRound: perCall,
  }))
}

/** @param {Entry} entry */
async function timeRound(entry) {
  const { loop, batch } = entry
  if (batch > 1) {
    // Untimed: the first calls pay for caches and garbage that the other contenders left behind.
    const untimed = Math.ceil(batch / 5)
    await loop(entry.turn, untimed)
    entry.turn += untimed
  }
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const done = loop(entry.turn, batch)
  if (done instanceof Promise) {
    await done
  }
  const ns = ((performance.now() - startedAt) * 1e6) / batch
  const { user, system } = process.cpuUsage(cpuBefore)
  entry.cpuUs += user + system
  entry.turn += batch
  entry.perCall.push(ns)
  if (batch === 1) {
    entry.single.push(ns)
  } else {
    await timeSingly(entry, Math.min(batch, 400))
  }
}

/**
 * A loop with machine code of its own: one that ran every contender's calls could inline none of them. Results are kept
 * for a while, so that no call can be left out.
 *
 * @param {Contender} contender
 * @returns {Loop}
 */
function createLoop({ call, sync = false }) {
  const [keyword, wait] = sync ? ['', ''] : ['async', 'await']
  const body = `
    const kept = new Array(256).fill(undefined)
    return ${keyword} function loop(turn, count) {
      for (const end = turn + count; turn < end; turn++) {
        kept[turn & 255] = ${wait} call(turn)
      }
    }`
  return new Function('call', body)(call)
}

/**
 * Calls until the optimising compiler had its chance, then says how many calls fill a round.
 *
 * @param {Loop} loop
 * @param {number} roundMs
 */
async function warmUp(loop, roundMs) {
  const budgetMs = Math.max(150, 3 * roundMs)
  const startedAt = performance.now()
  let calls = 0
  let chunk = 1
  let fastest = Infinity
  let now = startedAt
  do {
    const chunkStartedAt = now
    await loop(calls, chunk)
    now = performance.now()
    const chunkMs = now - chunkStartedAt
    calls += chunk
    // By the fastest calls: the first ones ran slower code, and any may have been interrupted.
    if (chunkMs > 1) {
      fastest = Math.min(fastest, chunkMs / chunk)
    }
    if (chunkMs < 5) {
      chunk *= 2
    }
  } while (now - startedAt < budgetMs)
  return Math.max(1, Math.round(roundMs / fastest))
}

/**
 * @param {Entry} entry
 * @param {number} calls
 */
async function timeSingly(entry, calls) {
  for (let index = 0; index < calls; index++) {
    const startedAt = performance.now()
    const done = entry.loop(entry.turn++, 1)
    if (done instanceof Promise) {
      await done
    }
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

module.exports = { quantile, timeInTurns }
