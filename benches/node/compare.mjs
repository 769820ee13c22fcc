// Compares this package's client with posthog-node's own in one process: `npm run bench -- [--json] [--pin]`.
//
//   --json         print the result as JSON
//   --markdown     print rows for the table in README.md
//   --pin          run on one core (through `taskset`), where posthog-node is at its fastest
//   --rounds <n>   alternating rounds per comparison, 25 by default
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PostHog as StockPostHog } from 'posthog-node'
import { PostHog } from 'posthog-node-native'
import mixed from './mixed-definitions.js'
import report from './report.js'
import rounds from './rounds.js'

const FLAGS = 100
const PINNED = 'POSTHOG_NODE_NATIVE_BENCH_PINNED'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    markdown: { type: 'boolean' },
    pin: { type: 'boolean' },
    rounds: { type: 'string', default: '25' },
  },
})

if (options.pin && process.env[PINNED] === undefined) {
  runPinned()
} else {
  await main()
}

/** Starts this script again on core 0 only. */
function runPinned() {
  const args = ['-c', '0', process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const child = spawnSync('taskset', args, { stdio: 'inherit', env: { ...process.env, [PINNED]: '1' } })
  if (child.error) {
    console.error(`--pin needs the command taskset (util-linux), which could not be run: ${child.error.message}`)
  }
  process.exitCode = child.status ?? 1
}

async function main() {
  const effort = { rounds: Number(options.rounds) }
  if (!Number.isInteger(effort.rounds) || effort.rounds < 1) {
    console.error(`expected a whole number of at least 1 for --rounds; received ${options.rounds}`)
    process.exitCode = 2
    return
  }
  const ours = await ready(PostHog)
  const theirs = await ready(StockPostHog)
  const agreed = await assertAgreement(ours, theirs)

  const comparisons = []
  for (const [name, call] of /** @type {[string, Call][]} */ ([
    ['getFeatureFlag, 50 % rollout', getHalfRollout],
    [`getAllFlags, ${FLAGS} mixed flags`, getAll],
  ])) {
    const [native, stock] = await rounds.timeInTurns(
      [
        { name: 'posthog-node-native', call: (turn) => call(ours, id(turn)) },
        { name: 'posthog-node', call: (turn) => call(theirs, id(turn)) },
      ],
      effort
    )
    comparisons.push({ name, native, stock, ratio: stock.ns / native.ns, p99Ratio: stock.p99Ns / native.p99Ns })
  }
  await Promise.all([ours.shutdown(), theirs.shutdown()])
  print({ agreed, comparisons, stockVersion: theirs.getLibraryVersion() })
}

/** @typedef {(client: StockPostHog, distinctId: string) => Promise<unknown>} Call */

/** @type {Call} */
function getHalfRollout(client, distinctId) {
  // A literal, as callers write it: a spread in this place costs both contenders several times what a flag does.
  const { personProperties, groups, groupProperties } = mixed.about
  return client.getFeatureFlag(mixed.HALF_ROLLOUT, distinctId, {
    personProperties,
    groups,
    groupProperties,
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents: false,
  })
}

/** @type {Call} */
function getAll(client, distinctId) {
  const { personProperties, groups, groupProperties } = mixed.about
  return client.getAllFlags(distinctId, { personProperties, groups, groupProperties, onlyEvaluateLocally: true })
}

/**
 * A client that holds the definitions and asks nobody.
 *
 * @param {typeof StockPostHog} Client
 */
async function ready(Client) {
  const definitions = createDefinitions()
  const client = new Client('phc_bench', {
    host: 'http://127.0.0.1:9',
    disableGeoip: true,
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => definitions,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  assert.ok(await client.waitForLocalEvaluationReady(10_000), 'the definitions were not loaded')
  return client
}

function createDefinitions() {
  // The document is a `/flags/definitions` body, which a provider may return; its type is wider than a provider's.
  return /** @type {import('posthog-node').FlagDefinitionCacheData} */ (mixed.mixedDefinitions(FLAGS))
}

/**
 * @param {StockPostHog} ours
 * @param {StockPostHog} theirs
 * @returns {Promise<number>} how many flag values were compared
 */
async function assertAgreement(ours, theirs) {
  let values = 0
  for (let turn = 0; turn < 500; turn++) {
    const expected = /** @type {Record<string, unknown>} */ (await getAll(theirs, id(turn)))
    assert.deepEqual(await getAll(ours, id(turn)), expected, `getAllFlags differs for ${id(turn)}`)
    assert.equal(await getHalfRollout(ours, id(turn)), await getHalfRollout(theirs, id(turn)))
    values += Object.keys(expected).length + 1
  }
  return values
}

/** @param {number} turn */
function id(turn) {
  return mixed.distinctIds[turn % mixed.distinctIds.length]
}

/** @param {{ agreed: number, comparisons: any[], stockVersion: string }} result */
function print({ agreed, comparisons, stockVersion }) {
  const { version } = createRequire(import.meta.url)('posthog-node-native/package.json')
  const pinned = process.env[PINNED] !== undefined
  const date = new Date().toISOString().slice(0, 10)
  if (options.json) {
    const versions = { 'posthog-node-native': version, 'posthog-node': stockVersion }
    console.log(JSON.stringify({ date, machine: report.machine(), pinned, versions, agreed, comparisons }, null, 2))
    return
  }
  if (options.markdown) {
    for (const { name, native, stock, ratio } of comparisons) {
      const cells = [name, pinned ? 'one' : 'all', report.duration(stock.ns), report.duration(native.ns)]
      console.log(`| ${[...cells, report.duration(native.p99Ns), report.ratio(ratio)].join(' | ')} |`)
    }
    return
  }
  console.log(`posthog-node-native ${version} and posthog-node ${stockVersion}, ${date}`)
  console.log(`${report.machine()}${pinned ? ', pinned to one core' : ''}`)
  console.log(`Both gave the same answer for each of ${agreed.toLocaleString('en')} flag values.\n`)
  for (const { name, native, stock, ratio, p99Ratio } of comparisons) {
    console.log(`${name.padEnd(34)} ${'median'.padStart(10)} ${'p99'.padStart(10)} ${'calls'.padStart(14)}`)
    for (const timing of [native, stock]) {
      const { name: contender, ns, p99Ns } = timing
      const columns = [
        report.duration(ns).padStart(10),
        report.duration(p99Ns).padStart(10),
        report.rate(ns).padStart(14),
      ]
      console.log(`  ${contender.padEnd(32)} ${columns.join(' ')}`)
    }
    console.log(
      `  ${'faster by'.padEnd(32)} ${report.ratio(ratio).padStart(10)} ${report.ratio(p99Ratio).padStart(10)}\n`
    )
  }
}
