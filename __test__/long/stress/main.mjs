// `npm run stress -- faults|sharing|growth`: what is expected of clients while all that can go wrong does, and for long. Each
// prints what came to pass and a verdict, and the command ends with exit code 0 only if all are good; without a name they run one
// after the other. `--json` prints the findings as JSON.
//
//   npm run stress -- faults --faults 10000 --seed S    injects faults by a schedule that the seed repeats, over real clients, a
//                                                       scripted server, a real Redis and a real disk, and checks every answer;
//                                                       `--only redis:120-130` runs these steps of a schedule alone, as a
//                                                       violation tells
//   npm run stress -- sharing --seconds 60              four processes over a real Redis while everything that can go wrong
//       --interval 1000                                 does, each at least once, even if that takes longer, or as many
//                                                       failures as `--events` says
//   npm run stress -- growth --minutes 10               mixed evaluation, a reload every 100 ms in each of four clients, and
//                                                       worker threads that come and go; what the process holds is sampled, and
//                                                       a line is laid through the samples of the second half. Less than half a
//                                                       minute is a trial, without a verdict
//   npm run stress -- growth --evaluations 100000000    the same of evaluations of flags alone
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../../scripts/help.mjs'
import * as faults from './faults.mjs'
import * as growth from './growth.mjs'
import * as sharing from './sharing.mjs'

helpIfAsked(import.meta.url)

/**
 * @typedef {object} Outcome
 * @property {boolean} passed
 * @property {boolean} [isTrial] whether it was too short for a verdict
 * @property {object} findings
 * @property {() => void} print
 *
 * @typedef {object} Scenario
 * @property {Record<string, { type: 'string' | 'boolean', default?: string | boolean }>} options
 * @property {(values: any, folder: string) => Promise<Outcome>} run with a folder for its files
 */

/** @type {Record<string, Scenario>} */
const SCENARIOS = { faults, sharing, growth }

const [name, ...rest] = process.argv.slice(2)
const isNamed = name !== undefined && !name.startsWith('-')
if (isNamed && !(name in SCENARIOS)) {
  console.error(`expected one of: ${Object.keys(SCENARIOS).join(', ')}; received: ${name}`)
  process.exit(2)
}
let passed = true
for (const chosen of isNamed ? [name] : Object.keys(SCENARIOS)) {
  passed = (await run(chosen, isNamed ? rest : process.argv.slice(2))) && passed
}
process.exitCode = passed ? 0 : 1

/**
 * @param {string} name
 * @param {string[]} args
 */
async function run(name, args) {
  const { options, run } = SCENARIOS[name]
  const { values } = parseArgs({ args, options: { ...options, json: { type: 'boolean', default: false } } })
  const folder = await mkdtemp(path.join(tmpdir(), `stress-${name}-`))
  try {
    const outcome = await run(values, folder)
    if (values.json) {
      console.log(JSON.stringify(outcome.findings))
    } else {
      outcome.print()
      console.log(verdictOf(outcome))
    }
    return outcome.passed
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @param {Outcome} outcome */
function verdictOf({ passed, isTrial }) {
  if (passed && isTrial) {
    return 'TRIED: too short to tell whether anything grows'
  }
  return passed ? 'PASSED' : 'FAILED'
}
