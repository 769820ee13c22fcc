// `npm run compliance`: PostHog's own tests for SDKs, run with this package and with posthog-node in its place, so that it
// can be told whose a failure is. They are read from where they are; none of them is part of this repository.
//
//   npm run compliance -- --harness PATH     a checkout of github.com/PostHog/posthog-sdk-test-harness; needs Python 3.11
//                                            with flask, aiohttp, click and pyyaml
//   npm run compliance -- --corpus FILE      v1_evaluation.json, from contracts/feature_flag_rules_v2/corpus/ of the same
//   npm run compliance -- --harness PATH --package posthog-node-native --suite feature_flags
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runCorpus } from './corpus.mjs'
import { helpIfAsked } from '../../../scripts/help.mjs'
import { prepare } from '../../../scripts/prepare.mjs'
import { root, runCaptured } from '../../../scripts/run.mjs'
import { freePort } from '../../support/free-port.mjs'

helpIfAsked(import.meta.url)

/** Some tests wait for retries. */
const LIMIT_MINUTES = 30

const { values } = parseArgs({
  options: {
    harness: { type: 'string' },
    corpus: { type: 'string' },
    package: { type: 'string', default: 'posthog-node-native,posthog-node' },
    suite: { type: 'string' },
    python: { type: 'string', default: 'python3' },
  },
})

/**
 * @typedef {{ name: string, total: number, passed: number, failed: number, tests: Test[] }} Suite
 * @typedef {{ name: string, passed: boolean, message: string | null }} Test
 */

await main()

async function main() {
  if (values.harness === undefined && values.corpus === undefined) {
    console.error('expected --harness PATH or --corpus FILE; received neither')
    process.exit(2)
  }
  await prepare()
  if (values.harness !== undefined) {
    await runHarness(path.resolve(values.harness), values.package.split(','))
  }
  if (values.corpus !== undefined) {
    await reportCorpus(path.resolve(values.corpus))
  }
}

/**
 * @param {string} harness
 * @param {string[]} packages
 */
async function runHarness(harness, packages) {
  /** @type {Record<string, Suite[]>} */
  const suites = {}
  for (const name of packages) {
    suites[name] = await runPackage(harness, name)
  }
  for (const name of packages) {
    for (const { name: suite, passed, total, tests } of suites[name]) {
      console.log(`${name.padEnd(20)} ${suite.padEnd(32)} ${passed} of ${total} passed`)
      for (const test of tests.filter(({ passed }) => !passed)) {
        console.log(`  failed: ${test.name}: ${test.message}`)
        // What posthog-node fails as well is not this package's.
        if (name !== 'posthog-node' && !failsToo(suites['posthog-node'], suite, test.name)) {
          process.exitCode = 1
        }
      }
    }
  }
}

/**
 * @param {Suite[] | undefined} suites
 * @param {string} suite
 * @param {string} test
 */
function failsToo(suites, suite, test) {
  const found = suites?.find(({ name }) => name === suite)?.tests.find(({ name }) => name === test)
  return found !== undefined && !found.passed
}

/**
 * @param {string} harness
 * @param {string} name
 * @returns {Promise<Suite[]>}
 */
async function runPackage(harness, name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-compliance-'))
  const adapter = spawn(
    process.execPath,
    [path.join(root, '__test__', 'tools', 'compliance', 'adapter.mjs'), '--package', name],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    }
  )
  try {
    const [line] = await once(adapter.stdout, 'data')
    const { port } = JSON.parse(String(line))
    const report = path.join(folder, 'report.json')
    const args = [
      '--adapter-url',
      `http://127.0.0.1:${port}`,
      '--mock-port',
      String(await freePort()),
      '--report',
      report,
    ]
    const { output } = await runCaptured(
      values.python,
      [
        '-m',
        'posthog_test_harness.cli',
        'run',
        ...args,
        '--sdk-type',
        'server',
        '--concurrency',
        '1',
        ...chosenSuite(),
      ],
      { PYTHONPATH: [path.join(harness, 'src'), process.env.PYTHONPATH].filter(Boolean).join(path.delimiter) },
      { cwd: harness, limitMinutes: LIMIT_MINUTES }
    )
    return readReport(report, output).suites
  } finally {
    adapter.kill()
    rmSync(folder, { recursive: true })
  }
}

function chosenSuite() {
  return values.suite === undefined ? [] : ['--suite', values.suite]
}

/**
 * @param {string} file
 * @param {string} output of the harness
 * @returns {{ suites: Suite[] }}
 */
function readReport(file, output) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    console.error(`the harness wrote no report:\n${output}`)
    process.exit(1)
  }
}

/** @param {string} file */
async function reportCorpus(file) {
  const { cases, flags, differences, deviations } = await runCorpus(file)
  console.log(`corpus: ${cases} cases, ${flags} flags; ${differences.length} differences from posthog-node`)
  for (const { id, flag, posthogNode, ours } of differences) {
    console.log(`  ${id}, ${flag}: posthog-node ${posthogNode}, ours ${ours}`)
  }
  console.log(
    `        ${flags - differences.length - deviations.length} as PostHog's server; otherwise, with posthog-node:`
  )
  for (const { id, flag, kind, server, ours } of deviations) {
    console.log(`  ${id}, ${flag} (${kind}): the server ${server}, both ${ours}`)
  }
  process.exitCode = differences.length > 0 ? 1 : process.exitCode
}
