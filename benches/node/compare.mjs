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
//   --through <cmd>    start each measuring process through this command, such as 'nice -n -5'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { writeDocuments } from './documents.mjs'
import { checkGoals, goalTable } from './goals.mjs'
import { choose, measurements, timedCases } from './measurements.mjs'
import { measurePeers } from './peers.mjs'
import { addResults, circumstances, noResults } from './results.mjs'
import { drawSpeed } from './speed-plot.mjs'
import { tables, toMarkdown, toText } from './tables.mjs'

/** @typedef {import('./results.mjs').Results} Results */

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
    through: { type: 'string', default: '' },
  },
})
const rounds = Number(options.rounds)
const through = options.through.split(' ').filter(Boolean)

if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`expected a whole number of at least 1 for --rounds; received ${options.rounds}`)
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
  const isTimed = (/** @type {import('./measurements.mjs').Measurement} */ each) => timedCases.includes(each)
  const pinned = await measure(chosen.filter(isTimed), true)
  const unpinned = options.write ? await measure(chosen.filter(isTimed), false) : noResults()
  const others = await measure(
    chosen.filter((each) => !isTimed(each)),
    false
  )
  progress('peers')
  const peers = options.only === undefined ? await measurePeers({ pinned: true, through }) : []
  const results = noResults()
  addResults(results, pinned)
  addResults(results, others)
  const goals = checkGoals(results, peers)
  if (options.write) {
    await writeDocuments({ about: circumstances(), results, unpinned, peers, goals })
  }
  console.log(toText(goalTable(goals)))
}

/**
 * @param {import('./measurements.mjs').Measurement[]} chosen
 * @param {boolean} pinned
 */
async function measure(chosen, pinned) {
  const results = noResults()
  for (const { name, measure } of chosen) {
    progress(`${name}${pinned ? ', one core' : ''}`)
    addResults(results, await measure({ rounds, launch: { pinned, through } }))
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
