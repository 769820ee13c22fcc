'use strict'

const { makePeople } = require('../definitions/people.js')
const { compareAnswers } = require('./agreement.js')
const { concurrentCase, simpleCases } = require('./cases.js')
const { NAMES, createContenders, shutDown } = require('./contenders.js')
const { findEndless } = require('./endless.js')
const { quantile, timeInTurns } = require('./rounds.js')

/**
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {import('../definitions/file.js').Document} Document
 *
 * @typedef {object} ContenderResult
 * @property {keyof Contenders} id
 * @property {string} name
 * @property {number} medianNs of the rounds, per call
 * @property {number} p99Ns of calls timed one by one
 * @property {number} cpuNs of the processor per call, on all threads
 * @property {number} calls
 * @property {Ratio} [ratio] how many times faster than posthog-node
 *
 * @typedef {{ median: number, low: number, high: number }} Ratio of paired rounds; the middle half lies between the last two
 *
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string} title
 * @property {ContenderResult[]} contenders posthog-node first
 *
 * @typedef {object} BenchResult
 * @property {number} flags
 * @property {string[]} leftOut keys of flags that posthog-node never returns from
 * @property {import('./agreement.js').Agreement} agreement
 * @property {CaseResult[]} cases none if the answers differ, or if no flag is decided locally
 */

/** The share of its properties that a person lacks while answers are compared; what is timed brings all. */
const MISSING = 0.1
const COMPARE_MS = 10_000
/** Short, so that a round may pass between two interruptions. */
const ROUND_MS = 5

/**
 * @param {Document} given
 * @param {{ people: number, seed: number, rounds: number, say: (what: string, detail?: string) => void }} how
 * @returns {Promise<BenchResult>}
 */
async function measure(given, { people: count, seed, rounds, say }) {
  say('making people of what the definitions test')
  const people = makePeople(given, { count, seed, missing: MISSING })
  const leftOut = findEndless(given, people)
  const document =
    leftOut.size === 0 ? given : { ...given, flags: given.flags.filter((flag) => !leftOut.has(String(flag?.key))) }
  const keys = [...new Set(document.flags.map((flag) => flag?.key))].filter((key) => typeof key === 'string')
  say('loading the definitions')
  const contenders = await createContenders(document)
  try {
    const agreement = await compareAnswers(contenders, keys, people, {
      limitMs: COMPARE_MS,
      onPerson: (done) => say('comparing answers', `${done + 1}/${people.length} people`),
    })
    /** @type {CaseResult[]} */
    const cases = []
    if (agreement.different === 0 && agreement.decided.length > 0) {
      const timed = makePeople(document, { count, seed, missing: 0 })
      const time = async (/** @type {import('./cases.js').Case} */ each) =>
        cases.push(await timeCase(each, rounds, say))
      for (const each of simpleCases(contenders, agreement.decided, timed)) {
        await time(each)
      }
      const stockNs = cases.find(({ name }) => name === 'getAllFlagsAndPayloads')?.contenders[0].medianNs ?? Infinity
      const concurrent = concurrentCase(contenders, timed, stockNs)
      if (concurrent !== undefined) {
        await time(concurrent)
      }
    }
    return { flags: document.flags.length, leftOut: [...leftOut], agreement, cases }
  } finally {
    await shutDown(contenders)
  }
}

/**
 * @param {import('./cases.js').Case} timed
 * @param {number} rounds
 * @param {(what: string, detail?: string) => void} say
 * @returns {Promise<CaseResult>}
 */
async function timeCase({ name, title, calls }, rounds, say) {
  say(`timing ${name}`, 'warming up')
  const ids = /** @type {(keyof Contenders)[]} */ (Object.keys(calls))
  const timings = await timeInTurns(
    ids.map((id) => ({
      name: NAMES[id],
      call: /** @type {import('./cases.js').Call} */ (calls[id]),
      sync: id === 'evaluator',
    })),
    { rounds, roundMs: ROUND_MS, onRound: (round) => say(`timing ${name}`, `round ${round + 1}/${rounds}`) }
  )
  const [stock] = timings
  return {
    name,
    title,
    contenders: timings.map(({ name: contender, ns, p99Ns, cpuNs, calls: count, perRound }, at) => ({
      id: ids[at],
      name: contender,
      medianNs: ns,
      p99Ns,
      cpuNs,
      calls: count,
      ...(at > 0 && { ratio: ratioOf(stock.perRound, perRound) }),
    })),
  }
}

/**
 * By pairs of rounds that followed each other, so that a slow spell of the machine falls on both.
 *
 * @param {number[]} stock
 * @param {number[]} own
 * @returns {Ratio}
 */
function ratioOf(stock, own) {
  const ratios = stock.slice(0, own.length).map((ns, round) => ns / own[round])
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) }
}

module.exports = { measure, ratioOf }
