'use strict'

// The bulk comparison, one time zone per process: node run.js --seed=1 --evaluations=40000 [--case=17] [--fault]
// Exit code 1 and a shrunk program on standard output when a difference is found.

const { parseArgs } = require('node:util')
const { randomCase } = require('./generate/case.js')
const { compareCase } = require('./support/compare.js')
const { contenders } = require('./support/native.js')
const { withFault } = require('./support/fault.js')
const { shrink } = require('./support/shrink.js')
const { reportOf } = require('./support/report.js')
const { Tally } = require('./support/tally.js')
const oracle = require('./support/posthog-node.js')

const CASES_PER_CLIENT_CASE = 3

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    evaluations: { type: 'string', default: '40000' },
    case: { type: 'string' },
    // Instead of ours: posthog-node itself, whole (`none`) or misreading one operator (`gt:gte`).
    oracle: { type: 'string' },
    // Only the contender of this name.
    only: { type: 'string' },
    failures: { type: 'string', default: '1' },
  },
})

function chosenContenders() {
  if (values.oracle === undefined) {
    return contenders.filter(({ name }) => name.endsWith(values.only ?? ''))
  }
  return values.oracle === 'none' ? [oracle] : [withFault(...values.oracle.split(':'))]
}

/** Keeps a shrinking case on the failure it began with: same contender, method and part of the answer. */
const sameFailure = (difference) => (other) =>
  other !== undefined && other.method === difference.method && other.part === difference.part

async function shrunk(testCase, difference, contender) {
  const isSame = sameFailure(difference)
  const smallest = await shrink(testCase, async (simpler) => isSame((await compareCase(simpler, contender)).difference))
  return { testCase: smallest, difference: (await compareCase(smallest, contender)).difference }
}

async function main() {
  // Both sides warn about unresolvable flags at every load; 1,500 documents' worth is noise here.
  console.warn = console.debug = console.info = () => {}
  const wanted = Number(values.evaluations)
  const names = chosenContenders()
  const tally = new Tally()
  const compared = Object.fromEntries(names.map(({ name }) => [name, 0]))
  const totals = { documents: 0, compared, evaluations: 0, rejected: 0, failures: 0, answers: tally.counts }
  const first = values.case === undefined ? 0 : Number(values.case)
  for (let index = first; totals.evaluations < wanted; index++) {
    const testCase = randomCase(values.seed, index)
    for (const [order, contender] of names.entries()) {
      // The client is the same engine with more around it; a part of the cases suffices to hold that part to it.
      if (order > 0 && index % CASES_PER_CLIENT_CASE !== 0 && values.case === undefined) {
        continue
      }
      const { evaluations, rejected, difference } = await compareCase(
        testCase,
        contender,
        order === 0 ? tally : undefined
      )
      compared[contender.name] += evaluations
      if (order === 0) {
        totals.documents++
        totals.evaluations += evaluations
        totals.rejected += rejected ? 1 : 0
      }
      if (difference === undefined) {
        continue
      }
      totals.failures++
      const small = await shrunk(testCase, difference, contender)
      const timeZone = process.env.TZ ?? 'UTC'
      process.stdout.write(reportOf({ ...small, contender: contender.name, seed: values.seed, index, timeZone }))
      if (totals.failures >= Number(values.failures)) {
        process.exitCode = 1
        return totals
      }
    }
    if (values.case !== undefined) {
      break
    }
  }
  process.exitCode = totals.failures > 0 ? 1 : 0
  return totals
}

main().then((totals) => process.stdout.write(`${JSON.stringify(totals)}\n`))
