'use strict'

// Times one case in this process and prints the result as JSON: `node benches/node/runs/case.js NAME ROUNDS [CONTENDER]`.
// Each case has a process to itself, so that none runs in what another left behind.
const { assertAgreement, cases } = require('../cases.js')
const { NAMES, createContenders, shutDown } = require('../contenders.js')
const { timeInTurns } = require('../../../cli/bench/rounds.js')

/** @typedef {import('../contenders.js').Contenders} Contenders */

/**
 * @param {string} name
 * @param {number} rounds
 * @param {string} [alone] the only contender that is timed, beside posthog-node as the one that knows the answers
 */
async function main(name, rounds, alone) {
  const timed = cases.find((each) => each.name === name)
  if (!timed) {
    throw new Error(`expected the name of a case; received ${name}`)
  }
  const document = timed.document()
  const contenders = await createContenders(document)
  await timed.prepare?.(contenders, document)
  const calls = timed.calls(contenders)
  const all = /** @type {(keyof Contenders)[]} */ (Object.keys(calls))
  const keys = all.filter((key) => alone === undefined || key === alone)
  const asserted = Object.fromEntries(
    [...new Set([/** @type {const} */ ('stock'), ...keys])].map((key) => [key, calls[key]])
  )
  const agreed = await assertAgreement(timed, asserted)
  const timings = await timeInTurns(
    keys.map((key) => ({
      name: NAMES[key],
      call: /** @type {import('../cases.js').Call} */ (calls[key]),
      sync: key === 'evaluator',
    })),
    { rounds, roundMs: 20 }
  )
  await shutDown(contenders)
  const { title, size } = timed
  const summaries = timings.map(({ perRound: _perRound, ...summary }) => summary)
  const byContender = Object.fromEntries(keys.map((key, index) => [key, summaries[index]]))
  console.log(JSON.stringify({ name, title, size, agreed, timings: byContender }))
}

void main(process.argv[2], Number(process.argv[3]), process.argv[4])
