'use strict'

// The differential tester: `npm run difftest -- --seed 42 --seconds 60`. It compares random evaluations with those of
// posthog-node, run after run, each with a seed and a time zone of its own, and says at last what was tried.

const { parseArgs } = require('node:util')
const { chooseSeed } = require('./support/seed.js')
const { TIME_ZONES, run, runUntil } = require('./support/runs.js')
const { shortcomingsOf } = require('./support/thoroughness.js')
const { number, tablesOf } = require('./support/tables.js')

/** The most evaluations of one run; several go on side by side. */
const RUN = 50_000
const SIDE_BY_SIDE = 2
const NIGHTLY = 1_000_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    // Ends after so many seconds, or with --evaluations after so many of them; 60 seconds if neither is told.
    seconds: { type: 'string' },
    evaluations: { type: 'string' },
    // What CI does at night: a long run in which every case goes through both contenders.
    nightly: { type: 'boolean' },
    // With an instrumented addon; afterwards the lines and branches of the Rust evaluator that were not reached.
    coverage: { type: 'boolean' },
  },
})

/** How much is compared, and how. */
function planned() {
  const given = { evaluations: Number(values.evaluations ?? Infinity), seconds: Number(values.seconds ?? Infinity) }
  if (values.nightly) {
    return { ...given, evaluations: Number(values.evaluations ?? NIGHTLY), options: ['--client-share=1'] }
  }
  const isOpen = given.evaluations === Infinity && given.seconds === Infinity
  return { ...given, seconds: isOpen ? 60 : given.seconds, options: [] }
}

async function compare(seed, env) {
  const { evaluations, seconds, options } = planned()
  const share = Math.min(RUN, Math.ceil(evaluations / SIDE_BY_SIDE))
  const startedAt = performance.now()
  const secondsLeft = () => seconds - (performance.now() - startedAt) / 1000
  const start = (index) =>
    run(
      TIME_ZONES[index % TIME_ZONES.length],
      [`--seed=${seed}.${index}`, `--evaluations=${share}`, `--seconds=${secondsLeft()}`, ...options],
      env
    )
  return runUntil(start, (totals) => totals.evaluations >= evaluations || secondsLeft() <= 0, SIDE_BY_SIDE)
}

/** Prints what was compared. Returns whether all of it is as it ought to be. */
function conclude({ ok, runs, output, totals }, seed) {
  console.log(output)
  console.log(tablesOf(totals))
  const shortcomings = shortcomingsOf(totals)
  console.log(['', ...shortcomings.map((shortcoming) => `Not thorough: ${shortcoming}`)].join('\n'))
  const compared = Object.entries(totals.compared).map(([name, count]) => `${number(count)} with ${name}`)
  console.log(
    `Seed ${seed}, ${runs} runs in ${Math.min(runs, TIME_ZONES.length)} time zones, ` +
      `${number(totals.cases)} documents: ${compared.join(', ')}.\nDifferences: ${totals.failures}.`
  )
  return ok && shortcomings.length === 0
}

async function main() {
  const seed = values.seed ?? chooseSeed()
  console.log(`Seed ${seed}`)
  if (!values.coverage) {
    return conclude(await compare(seed), seed)
  }
  const { measureCoverage } = require('./coverage/measure.js')
  return measureCoverage(async (env) => conclude(await compare(seed, env), seed))
}

main().then((ok) => {
  process.exitCode = ok ? 0 : 1
})
