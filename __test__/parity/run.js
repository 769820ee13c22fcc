'use strict'

// The comparison in one process and time zone; README.md says how to run it. It prints what it finds, as programs to run
// again, and at last the counts on one line of JSON. The exit code is 1 if there was a difference.

const path = require('node:path')
const { parseArgs } = require('node:util')
const { randomCase } = require('./generate/case.js')
const { compareCase } = require('./support/compare.js')
const { contenders } = require('./support/native.js')
const { withFault } = require('./support/fault.js')
const { shrink } = require('./support/shrink.js')
const { headlineOf, reportOf } = require('./support/report.js')
const { writeCase } = require('./support/case-file.js')
const { Tally } = require('./support/tally.js')
const oracle = require('./support/posthog-node.js')

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    evaluations: { type: 'string', default: '40000' },
    // Ends earlier than that after so many seconds.
    seconds: { type: 'string', default: 'Infinity' },
    // Only the case of this number.
    case: { type: 'string' },
    // Instead of ours: posthog-node itself, whole (`none`) or with a fault, see `support/fault.js`.
    oracle: { type: 'string' },
    // Only the contender whose name ends like this.
    only: { type: 'string' },
    // The first contender gets every case, the second, which is the same engine with more around it, one of so many.
    'client-share': { type: 'string', default: '3' },
    failures: { type: 'string', default: '1' },
    // Where the cases of differences are written.
    cases: { type: 'string', default: path.join(__dirname, 'cases') },
  },
})

const timeZone = process.env.TZ ?? 'UTC'

function chosenContenders() {
  if (values.oracle === undefined) {
    return contenders.filter(({ name }) => name.endsWith(values.only ?? ''))
  }
  return values.oracle === 'none' ? [oracle] : [withFault(values.oracle)]
}

/**
 * Keeps a shrinking case on the failure it began with: same contender, method and part of the answer. A wrong reason may
 * become a wrong value, which tells more, but not the other way round.
 */
function sameFailure({ method, part }) {
  let kept = part
  return (other) => {
    const isSame =
      other?.method === method && (other.part === kept || (kept === 'unresolved' && other.part === 'response'))
    kept = isSame ? other.part : kept
    return isSame
  }
}

async function shrunk(testCase, difference, contender) {
  const isSame = sameFailure(difference)
  const stillFails = async (simpler) => isSame((await compareCase(simpler, contender)).difference)
  const smallest = await shrink(testCase, stillFails, difference.key)
  return { testCase: smallest, difference: (await compareCase(smallest, contender)).difference }
}

/** Makes a failure small, prints it and writes it down. */
async function record(testCase, difference, contender, index) {
  const small = await shrunk(testCase, difference, contender)
  const found = `seed ${values.seed}, case ${index}`
  const file = writeCase(values.cases, {
    testCase: small.testCase,
    about: headlineOf(small.difference, contender.name),
    found,
    timeZone,
  })
  process.stdout.write(reportOf({ ...small, contender: contender.name, found, timeZone }))
  process.stdout.write(`written to ${path.relative(process.cwd(), file)}\n`)
}

async function main() {
  // Both sides warn about unresolvable flags at every load; thousands of documents' worth is noise here.
  console.warn = console.debug = console.info = () => {}
  const names = chosenContenders()
  const tally = new Tally()
  const compared = Object.fromEntries(names.map(({ name }) => [name, 0]))
  const totals = { cases: 0, compared, evaluations: 0, rejected: 0, failures: 0, ...tally }
  const deadline = performance.now() + Number(values.seconds) * 1000
  const only = values.case === undefined ? undefined : Number(values.case)
  const isDone = (index) =>
    only === undefined ? totals.evaluations >= Number(values.evaluations) || performance.now() > deadline : index > only
  for (let index = only ?? 0; !isDone(index); index++) {
    const testCase = randomCase(values.seed, index)
    totals.cases++
    tally.addCase(testCase)
    for (const [order, contender] of names.entries()) {
      if (order > 0 && index % Number(values['client-share']) !== 0 && only === undefined) {
        continue
      }
      const result = await compareCase(testCase, contender, order === 0 ? tally : undefined)
      compared[contender.name] += result.evaluations
      if (order === 0) {
        totals.evaluations += result.evaluations
        totals.rejected += result.rejected ? 1 : 0
      }
      if (result.difference === undefined) {
        continue
      }
      totals.failures++
      await record(testCase, result.difference, contender, index)
      if (totals.failures >= Number(values.failures)) {
        return totals
      }
    }
  }
  return totals
}

main().then((totals) => {
  process.exitCode = totals.failures > 0 ? 1 : 0
  process.stdout.write(`${JSON.stringify(totals)}\n`)
})
