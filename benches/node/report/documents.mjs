// Writes docs/benchmarks.md, its plot, and the table of README.md from one run.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { goalTable } from './goals.mjs'
import report from './report.js'
import { drawSpeed } from './speed-plot.mjs'
import { bestTables, otherTables, peerTable, peopleTables, toMarkdown } from './tables.mjs'

/** @typedef {import('./results.mjs').Results} Results */

/**
 * @typedef {object} Run
 * @property {import('./results.mjs').Circumstances} about
 * @property {Results} results timed cases of one core, everything else of all
 * @property {Results} unpinned timed cases of people who differ, on all cores
 * @property {import('./goals.mjs').Goal[]} goals
 * @property {import('./goals.mjs').Goal[][]} goalsOfRuns
 * @property {number} left measurements that this run has not come to
 */

const root = path.join(import.meta.dirname, '../../..')
const [START, END] = ['<!-- Written by `npm run bench -- --write`. -->', '<!-- End of what is written. -->']

/** @param {Run} run */
export async function writeDocuments(run) {
  const { about, results } = run
  const caption = `${about.machine}, one core; ${about.date}`
  await writeFile(path.join(root, 'docs', 'benchmarks.svg'), drawSpeed(results, caption))
  await writeMarkdown('docs/benchmarks.md', benchmarksDocument(run))
  const readme = await readFile(path.join(root, 'README.md'), 'utf8')
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)]
  if (start < 0 || end < start) {
    throw new Error(`expected README.md to hold the lines ${START} and ${END}, to write the table between them`)
  }
  const table = readmeTable(run)
  await writeMarkdown('README.md', `${readme.slice(0, start)}${START}\n\n${table}\n\n${readme.slice(end)}`)
}

/**
 * @param {string} name
 * @param {string} content
 */
async function writeMarkdown(name, content) {
  const file = path.join(root, name)
  const config = await resolveConfig(file)
  await writeFile(file, await format(content, { ...config, filepath: file }))
}

/** @param {Run} run */
function readmeTable({ about, results, goalsOfRuns }) {
  /** @type {[string, string, 'client' | 'evaluator'][]} */
  const rows = [
    ['people/one-by-client', '`getFeatureFlag`, 3 variants', 'client'],
    ['people/single/variants', 'the same through `LocalEvaluator`', 'evaluator'],
    ['people/all/100', '`getAllFlagsAndPayloads`, 100 flags', 'client'],
    ['people/all/1000', '`getAllFlagsAndPayloads`, 1,000 flags', 'client'],
    ['people/evaluate-flags/100', '`evaluateFlags` and three flags read, 100 flags', 'client'],
    ['people/at-once', '`getAllFlags` of 100 flags, 100 calls at once', 'client'],
    ['all/100', 'best case, the same person each time: `getAllFlagsAndPayloads`, 100 flags', 'client'],
  ]
  const calls = rows.flatMap(([name, title, contender]) => {
    const timings = results.cases.find((each) => each.name === name)?.timings
    const [stock, own] = [timings?.stock, timings?.[contender]]
    return stock && own ? [comparison(title, stock.ns, own.ns)] : []
  })
  const head = ['', 'posthog-node 5.70.0', 'posthog-node-native', 'ratio']
  const runs = goalsOfRuns.length > 1 ? ` of ${goalsOfRuns.length} runs` : ''
  const source = `Medians${runs}, ${about.date}, on ${about.machine}; commit ${about.commit}. Processor time counts all threads.`
  const cells = [...defaultCallRows(results.defaultCalls), ...calls]
  return `${toMarkdown({ title: '', head, rows: cells })}\n\n${source}`
}

/** @param {Run['results']['defaultCalls']} measured */
function defaultCallRows(measured) {
  return [...new Set(measured.map(({ flags }) => flags))].flatMap((flags) => {
    const of = (/** @type {string} */ name) =>
      measured.find(({ contender, flags: count }) => contender === name && count === flags)
    const [stock, own] = [of('posthog-node'), of('posthog-node-native')]
    const title = `a request with the default settings, three of ${flags} flags read: processor time`
    return stock && own ? [comparison(title, stock.cpuUs * 1000, own.cpuUs * 1000)] : []
  })
}

/**
 * @param {string} title
 * @param {number} stockNs
 * @param {number} ownNs
 */
function comparison(title, stockNs, ownNs) {
  return [title, report.duration(stockNs), report.duration(ownNs), report.ratio(stockNs / ownNs)]
}

/** @param {Run} run */
function benchmarksDocument({ about, results, unpinned, goals, goalsOfRuns, left }) {
  const versions = Object.entries(about.versions).map(([name, version]) => `${name} ${version}`)
  const section = (/** @type {import('./tables.mjs').Table} */ table, level = '##') =>
    `${level} ${table.title}\n\n${toMarkdown(table)}\n`
  const agreed = [...results.cases, ...unpinned.cases].reduce((sum, each) => sum + each.agreed, 0)
  return `# Benchmarks

Written by \`npm run bench -- --write\`; do not edit.

- **Versions** ${versions.join(', ')}
- **Machine** ${about.machine}
- **Date** ${about.date}, commit ${about.commit}
- **Runs** ${goalsOfRuns.length}${goalsOfRuns.length > 1 ? ': all figures are the medians of so many runs' : ''}${left > 0 ? `\n- **Incomplete** ${left} measurements are still to be made` : ''}

${METHOD}
Before timing, the contenders' answers were compared with posthog-node's: ${agreed.toLocaleString('en')} flag values, all the same.

![Time of a call against the number of flags](benchmarks.svg)

${section(goalTable(goals, goalsOfRuns))}
${GOALS_NOTE}
## What takes the time where a goal is not met

${CAUSES}
## What not to conclude

${CAVEATS}
## One core

posthog-node hands each digest to a thread pool, which is fastest when there is no other core to hand it to. So these are
its better figures.

${peopleTables(results)
  .map((table) => section(table, '###'))
  .join('\n')}
## All cores

${peopleTables(unpinned)
  .map((table) => section(table, '###'))
  .join('\n')}
## The best case, one core

The same person in every call, who has all that flags read, and other flags: the mix below. No program is like this, but what
a kind of flag costs shows best here.

${BEST_NOTE}
${bestTables(results)
  .map((table) => section(table, '###'))
  .join('\n')}
## Loading, memory and starting

On all cores. What a process starts with are the flags of the headline. Documents that are reloaded have the mix of the best
case; the server is another process and sends them uncompressed.
posthog-node takes objects alone from a cache provider, so that there the provider parses the text. A stall is the longest
time between two turns of the event loop, from the start of a reload until the first flag is evaluated with it.

${otherTables(results)
  .map((table) => section(table, '###'))
  .join('\n')}
## Other products

${PEERS_NOTE}
${section(peerTable(results.peers), '###')}`
}

const METHOD = `Each measurement has a process of its own, in which the contenders take turns in short rounds; each has its own copy of
posthog-node's code, as it has in a program that uses it alone. After reloads, and for many kinds of people, each contender has
a process of its own too: what ages is the process. Figures are medians over rounds and, in brackets, the 99th
percentile of calls timed one by one, the clock's own 0.1 µs included. Ratios are posthog-node's median over ours.

- **synchronous digest** is posthog-node with its one asynchronous step, SHA-1 by SubtleCrypto, replaced by Node's
  \`crypto.hash\`: what can be had without a native addon.
- **idle poller** is posthog-node's client over a poller that does nothing and answers every call with the same object; no
  evaluator behind that client can be faster.
- **people who differ** are 4,096 persons of 16 kinds, whose properties come in many orders; three kinds of four lack one that
  flags read. Their ids are UUIDs, e-mail addresses, numbers, ids that take two blocks of SHA-1, and ids in another script.
- **flags** are, of every 16, each of another kind: rollouts, lists, numbers, patterns, dates, relative dates, versions, variants,
  overrides, cohorts, groups, flags that depend on others, long lists, what is set or is not; every 7th has payloads, one in 29 is off.

\`npm run bench -- --list\` names the measurements and \`--only\` makes some.
`

const BEST_NOTE = `Of every 12 mixed flags there are four plain rollouts, four with one to three property conditions, two with three variants,
one on a cohort, one on a group; every 7th has payloads. The person has 15 properties and a group.
`

const GOALS_NOTE = `Ratios are against posthog-node on one core. The limit of plain rollouts is one empty Node-API call and one SHA-1 block a
flag, at the cost that \`cargo bench --no-default-features --bench hashing\` measures for the best path of this machine; so a slow implementation of
that path would make the limit easier to reach.
`

const CAUSES = `- **10 and 100 flags by the client.** posthog-node's client takes 1.0 µs of each call by itself, as the rows of the idle poller show.
  No step of the rest dominates: reading the inputs, hashing, the tests of conditions, and building the response. In the tests of
  conditions most of the time goes into jumps that the processor cannot predict, because flags and people differ.
- **\`evaluateFlags\` of 600 flags for 2,000 kinds of people.** Half of the time V8 makes a record for each flag and freezes the result,
  as posthog-node does. Records made later would be quicker, but a program could tell the difference.
- **The first of 1,000 flags from a cache.** posthog-node's own constructor takes about 16 ms in both packages, nearly all of it to load
  Node's \`fetch\`. Loading our modules and the addon takes 13 ms. A cache that returns objects has them written as text first, because each
  field has to be read as posthog-node reads it. In code that has not warmed up, this takes 12 to 15 ms for 610 KB, and compiling
  takes most of the rest.
- **A changed document from a provider of text.** Nearly all of it is the addon compiling the text; no part of that takes more than a tenth:
  reading values, hashing keys, copying, fresh memory. A second thread that reads flags while the first compiles them made it slower: it costs more
  to wake each other.
- **The first call after a reload of 1 MB.** About half is the list of all flags: their keys and values as JSON, and V8's hash table
  of the keys.
`

const CAVEATS = `- It is one machine, a virtual one that shares its hardware, and one version of Node. Ratios move by a tenth or two from run
  to run; nanoseconds by more.
- The default call varies most. At 400 requests a second most of its time goes into waking an idle processor and into cold caches, for
  both packages. Of what is left to us, most is posthog-node's own capturing of the three events, as
  \`node --cpu-prof benches/node/runs/default-call.js posthog-node-native 30 8\` shows. The same script, without \`--cpu-prof\`, runs with any
  version of Node.
- Calls are warm. The first calls of a process take longer, here as in posthog-node: see Starting.
- No events are sent: \`sendFeatureFlagEvents\` is off. With it, capturing costs both clients several times what a flag does.
- Options are object literals. Spreading another object in their place costs both clients a few microseconds per call.
- A program that evaluates a few flags per request will not become faster by these ratios; it spends its time elsewhere. What
  it may notice is the event loop: many flags, many requests at once, or large documents.
- Against posthog-node with a synchronous digest, a single flag through the client gains little: the client's own work is most
  of what remains.
- The longest stall of a reload depends on what else wants the cores. On this machine the median for 20 MB over HTTP was 2.1
  to 6.8 ms in nine runs of nine reloads. \`node --trace-gc benches/node/runs/reload.js posthog-node-native http 20 9\` prints
  the cause: collections by V8, of a heap of 10 MB and some of them 2 to 7 ms long, while the background thread compiles.
- Memory is what the operating system counts (RSS), so that it includes what allocators keep for later.
`

const PEERS_NOTE = `\`npm run bench:peers\`, one core: 100 flags, each on for half of those whose \`plan\` is \`enterprise\` or \`pro\`, and
the person with 15 properties, offline. Other products do other work in the same call, such as reasons, exposure events or
overrides, and evaluate richer rules; their splits were checked, their answers are their own. Nobody should choose a product
by this table.
`
