// Measures this package beside posthog-node: `npm run bench -- [options]`. Each measurement has a process of its own, in
// which its contenders take turns.
//
//   --list             name the measurements
//   --only <name,…>    make these alone; an area (`single`) stands for all of its measurements
//   --pin              on one core (through taskset), where posthog-node is at its fastest
//   --rounds <n>       alternating rounds of each timed case, 15 by default
//   --json             print the results as JSON
//   --markdown         print them as Markdown tables
//   --svg <file>       also draw the time of a call against the number of flags
//   --goals            measure what the goals of this package need, and print each goal beside it
//   --write            measure everything and write docs/benchmarks.md, its plot and README.md's table
//   --runs <n>         with --goals or --write: do all of it so many times, and take medians; 3 by default with --write
//   --resume           with --goals or --write: take what an earlier run of the same commit has measured from target/
//   --within <s>       with --resume: begin no measurement after this; the next run goes on
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../scripts/help.mjs'
import { writeDocuments } from './report/documents.mjs'
import { checkGoals, goalTable } from './report/goals.mjs'
import { choose, measurements, peersMeasurement, timedCases } from './measurements.mjs'
import { medianOf } from './report/medians.mjs'
import { addResults, circumstances, noResults } from './report/results.mjs'
import { SavedRun } from './report/saved-run.mjs'
import { drawSpeed } from './report/speed-plot.mjs'
import { tables, toMarkdown, toText } from './report/tables.mjs'

helpIfAsked(import.meta.url)

/** @typedef {import('./report/results.mjs').Results} Results */

const { values: options } = parseArgs({
  options: {
    list: { type: 'boolean' },
    only: { type: 'string' },
    pin: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean' },
    markdown: { type: 'boolean' },
    svg: { type: 'string' },
    goals: { type: 'boolean' },
    write: { type: 'boolean' },
    runs: { type: 'string' },
    resume: { type: 'boolean', default: false },
    within: { type: 'string' },
  },
})
const rounds = Number(options.rounds)
const runs = Number(options.runs ?? (options.write ? 3 : 1))
/** The exit code of a run that has to be run again. */
const UNFINISHED = 75

if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`expected a whole number of at least 1 for --rounds; received ${options.rounds}`)
  process.exitCode = 2
} else if (!Number.isInteger(runs) || runs < 1) {
  console.error(`expected a whole number of at least 1 for --runs; received ${options.runs}`)
  process.exitCode = 2
} else if (options.write && options.only !== undefined) {
  console.error('expected --write without --only: the documents are of one whole run')
  process.exitCode = 2
} else if (options.list) {
  measurements.forEach(({ name, title }) => console.log(`${name.padEnd(24)} ${title}`))
} else if (options.write || options.goals) {
  await measureForGoals()
} else {
  await measureChosen()
}

async function measureChosen() {
  const chosen = chooseOrExit(options.only)
  const results = await measure(chosen, options.pin)
  const about = circumstances()
  if (options.svg) {
    await writeFile(options.svg, drawSpeed(results, captionOf(about, options.pin)))
  }
  if (options.json) {
    console.log(JSON.stringify({ ...about, pinned: options.pin, ...results }, null, 2))
    return
  }
  if (!options.markdown) {
    console.log(`${captionOf(about, options.pin)}, ${about.date}, commit ${about.commit}`)
    const agreed = results.cases.reduce((sum, each) => sum + each.agreed, 0)
    console.log(`Before timing, ${agreed.toLocaleString('en')} flag values were the same as posthog-node's.`)
  }
  const print = options.markdown ? toMarkdown : toText
  tables(results).forEach((table) => console.log(`\n${print(table)}`))
}

/** Timed cases on one core, posthog-node's better mode; what has threads of its own on all of them. */
async function measureForGoals() {
  const chosen = chooseOrExit(options.only)
  const about = circumstances()
  const saved = new SavedRun(
    { ...about, rounds },
    { resume: options.resume, within: Number(options.within ?? Infinity) }
  )
  const timed = chosen.filter((each) => timedCases.includes(each))
  const others = chosen.filter((each) => !timedCases.includes(each))
  const headline = options.write ? timed.filter(({ name }) => name.startsWith('people/')) : []
  const peers = options.only === undefined ? [peersMeasurement] : []
  const measured = []
  for (let run = 1; run <= runs; run++) {
    const results = await measure([...timed, ...peers], true, { run, saved })
    addResults(results, await measure(others, false, { run, saved }))
    measured.push({ results, unpinned: await measure(headline, false, { run, saved }) })
  }
  // A run that was cut short has not all the rows of one that is whole.
  const { results, unpinned } = medianOf(saved.left > 0 ? measured.slice(0, 1) : measured)
  const goals = checkGoals(results)
  const goalsOfRuns = measured.map((each) => checkGoals(each.results))
  if (options.write) {
    await writeDocuments({ about, results, unpinned, goals, goalsOfRuns, left: saved.left })
  }
  console.log(toText(goalTable(goals, goalsOfRuns)))
  if (saved.left > 0) {
    console.log(`\n${saved.left} measurements are left; run this again to go on`)
    process.exitCode = UNFINISHED
  }
}

/**
 * @param {import('./measurements.mjs').Measurement[]} chosen
 * @param {boolean} pinned
 * @param {{ run: number, saved: SavedRun }} [kept]
 */
async function measure(chosen, pinned, kept) {
  const results = noResults()
  for (const { name, measure } of chosen) {
    const title = `${name}${pinned ? ', one core' : ''}${kept ? `, run ${kept.run}` : ''}`
    progress(title)
    const make = () => measure({ rounds, pinned })
    addResults(results, kept ? await kept.saved.takeOr(title, make) : await make())
  }
  progress('')
  return results
}

/** @param {string | undefined} only */
function chooseOrExit(only) {
  try {
    return choose(only)
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error
    }
    console.error(error.message)
    process.exit(2)
  }
}

/**
 * @param {ReturnType<typeof circumstances>} about
 * @param {boolean} pinned
 */
function captionOf({ versions, machine }, pinned) {
  const contenders = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${contenders.join(', ')}; ${machine}${pinned ? ', pinned to one core' : ''}`
}

/**
 * Says on a terminal what is being measured, on a line that the next one replaces.
 *
 * @param {string} what
 */
function progress(what) {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${what}`)
  }
}
