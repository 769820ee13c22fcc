// `npm run matrix`: the test suite with each posthog-node that was released in the peer range and on each Node, and a
// smoke test on Bun and Deno. Everything is installed into folders of its own; what each cell printed is kept in target/matrix/.
//
//   npm run matrix -- --list                                   what would be run
//   npm run matrix -- --node 22,24                             the posthog-node of this checkout on these
//   npm run matrix -- --node 20 --posthog-node 5.57.0/1.60.0   one cell, with that version of @posthog/core
//   npm run matrix -- --smoke bun,deno                         the smoke tests alone
//   npm run matrix -- --node 26 __test__/client                some tests only
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../../scripts/help.mjs'
import { copyCheckout, installRuntime } from './installs.mjs'
import { prepare } from '../../../scripts/prepare.mjs'
import { root, runCaptured } from '../../../scripts/run.mjs'

helpIfAsked(import.meta.url)

const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

/** The posthog-node that answers are compared with. */
const REFERENCE = devDependencies['posthog-node']
/** Those that npm has in the peer range; docs/packaging.md lists them too. */
const PEERS = ['5.57.0', '5.61.1', '5.61.2', '5.61.3', '5.63.1', '5.67.0', '5.70.0']
/** The oldest has the oldest @posthog/core that it accepts, the others the newest. */
const OLDEST_CORE = '1.60.0'
const NODES = ['20', '22', '24', '26']
/** @type {Record<string, string>} what smoke tests are run on, unless another version is asked for */
const SMOKE = { bun: '1.4.5', deno: '2.9.6' }
const SMOKE_TEST = path.join('__test__', 'tools', 'matrix', 'smoke.mjs')
/** What Deno has to be allowed for a client that loads definitions. */
const DENO_PERMISSIONS = ['--allow-ffi', '--allow-read', '--allow-env', '--allow-net']
/** Tests of the commands and the files of a clone, which a copy of one is not. */
const OF_CLONES = ['commands', 'paths'].map((name) => path.join('__test__', 'tools', 'docs', `${name}.test.mjs`))
/** A suite takes minutes; on a busy machine, many. */
const LIMIT_MINUTES = 60
const LOGS = path.join(root, 'target', 'matrix')

/**
 * @typedef {object} Cell
 * @property {'node' | 'bun' | 'deno'} runtime
 * @property {string} runtimeVersion
 * @property {string} posthogNode
 * @property {string} [core] its @posthog/core, if not the newest that it accepts
 *
 * @typedef {object} Row what a cell came to
 * @property {boolean} ok
 * @property {string} runtime
 * @property {string} posthogNode
 * @property {string} result
 * @property {string} took
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string' },
    'posthog-node': { type: 'string' },
    smoke: { type: 'string' },
    list: { type: 'boolean' },
  },
})

await main()

async function main() {
  const cells = chooseCells()
  if (values.list) {
    cells.forEach((cell) => console.log(`${cell.runtime} ${cell.runtimeVersion.padEnd(8)} ${describePosthog(cell)}`))
    return
  }
  await prepare()
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-matrix-')))
  mkdirSync(LOGS, { recursive: true })
  /** @type {Row[]} */
  const rows = []
  try {
    for (const cell of cells) {
      const row = await runCell(cell, folder)
      console.log([row.ok ? 'ok    ' : 'FAILED', row.runtime, row.posthogNode, row.result, row.took].join('  '))
      rows.push(row)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\n${table(rows)}`)
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1
}

/** @returns {Cell[]} */
function chooseCells() {
  const [nodes, versions, smoke] = [values.node, values['posthog-node'], values.smoke].map((list) => list?.split(','))
  if (nodes || versions || smoke) {
    const suites =
      nodes || versions ? (versions ?? [REFERENCE]).flatMap((spec) => suite(nodes ?? [NODES[0]], spec)) : []
    return [...suites, ...(smoke ?? []).map(smokeTest)]
  }
  const others = PEERS.filter((version) => version !== REFERENCE)
  const specs = others.map((version) => (version === PEERS[0] ? `${version}/${OLDEST_CORE}` : version))
  return [
    ...suite(NODES, REFERENCE),
    ...specs.flatMap((spec) => suite([NODES[0]], spec)),
    ...Object.keys(SMOKE).map(smokeTest),
  ]
}

/**
 * @param {string[]} nodes
 * @param {string} spec `5.57.0`, or `5.57.0/1.60.0` with the version of @posthog/core
 * @returns {Cell[]}
 */
function suite(nodes, spec) {
  const [posthogNode, core] = spec.split('/')
  return nodes.map((runtimeVersion) => ({ runtime: 'node', runtimeVersion, posthogNode, core }))
}

/**
 * @param {string} spec `bun`, `deno@latest`
 * @returns {Cell}
 */
function smokeTest(spec) {
  const [runtime, runtimeVersion = SMOKE[spec]] = spec.split('@')
  return { runtime: /** @type {Cell['runtime']} */ (runtime), runtimeVersion, posthogNode: REFERENCE }
}

/**
 * @param {Cell} cell
 * @param {string} folder for what is installed
 * @returns {Promise<Row>}
 */
async function runCell(cell, folder) {
  const { runtime, runtimeVersion, posthogNode, core } = cell
  const binary = await installRuntime(runtime, runtimeVersion, path.join(folder, `${runtime}-${runtimeVersion}`))
  // Where a package is installed: Deno takes its files for what they are only there.
  const consumer = path.join(folder, `posthog-node-${posthogNode}`)
  const checkout = path.join(consumer, 'node_modules', 'posthog-node-native')
  mkdirSync(consumer)
  writeFileSync(path.join(consumer, 'package.json'), '{ "private": true }\n')
  await copyCheckout(checkout, { 'posthog-node': posthogNode, ...(core && { '@posthog/core': core }) })
  const env = { PATH: `${path.dirname(binary)}${path.delimiter}${process.env.PATH}` }
  const options = { cwd: checkout, limitMinutes: LIMIT_MINUTES }

  const version = await runCaptured(binary, ['--version'], env, options)
  const startedAt = performance.now()
  const { ok, result } = await (cell.runtime === 'node' ? runSuite : runSmokeTest)(binary, cell, env, options)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  rmSync(consumer, { recursive: true })
  const [number] = /\d[\w.]*/.exec(version.output) ?? ['?']
  const runtimeName = { node: 'Node', bun: 'Bun', deno: 'Deno' }[runtime]
  return { ok, runtime: `${runtimeName} ${number}`, posthogNode: describePosthog(cell), result, took: `${seconds} s` }
}

/**
 * @param {string} binary
 * @param {Cell} cell
 * @param {Record<string, string>} env
 * @param {{ cwd: string, limitMinutes: number }} options
 */
async function runSuite(binary, cell, env, options) {
  const log = path.join(LOGS, `${nameOf(cell)}.log`)
  const reporter = path.join(root, '__test__', 'tools', 'matrix', 'reporter.mjs')
  const args = [
    '--test',
    '--test-reporter=spec',
    `--test-reporter-destination=${log}`,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
  ]
  const { ok, output } = await runCaptured(binary, [...args, ...testFiles(cell, options.cwd)], env, options)
  const results = readResults(output)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { outcome, file, name } of results) {
    counts[outcome] += 1
    if (outcome !== 'passed') {
      console.log(`       ${outcome}: ${name} (${file})`)
    }
  }
  // A runner that ended before its tests did says nothing of them.
  const isWhole = results.length > 0 && (ok || counts.failed > 0)
  const said = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
  return { ok: ok && isWhole, result: isWhole ? said : `did not finish: ${said}; see ${path.relative(root, log)}` }
}

/**
 * @param {string} output
 * @returns {import('./reporter.mjs').Result[]}
 */
function readResults(output) {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{"outcome"'))
    .map((line) => JSON.parse(line))
}

/**
 * @param {string} binary
 * @param {Cell} cell
 * @param {Record<string, string>} env
 * @param {{ cwd: string, limitMinutes: number }} options
 */
async function runSmokeTest(binary, cell, env, options) {
  const permissions = cell.runtime === 'deno' ? ['run', '--no-prompt', ...DENO_PERMISSIONS] : []
  const { ok, output } = await runCaptured(binary, [...permissions, SMOKE_TEST], env, options)
  writeFileSync(path.join(LOGS, `${nameOf(cell)}.log`), output)
  if (!ok) {
    console.log(output.trimEnd())
  }
  return { ok, result: ok ? (output.trimEnd().split('\n').at(-1) ?? '') : 'failed' }
}

/**
 * All test files, or those that were asked for. What is timed, and how posthog-node's digest is made synchronous for that,
 * is a matter of the reference alone.
 *
 * @param {Cell} cell
 * @param {string} checkout
 */
function testFiles({ posthogNode }, checkout) {
  if (positionals.length > 0) {
    return positionals.flatMap((name) => filesIn(checkout, name))
  }
  const benches = path.join('__test__', 'tools', 'benches', path.sep)
  return filesIn(checkout, '__test__').filter(
    (file) => !OF_CLONES.includes(file) && (posthogNode === REFERENCE || !file.startsWith(benches))
  )
}

/**
 * A file, or the test files in a folder. Node 22 and later take no folders themselves.
 *
 * @param {string} checkout
 * @param {string} name
 * @returns {string[]}
 */
function filesIn(checkout, name) {
  if (!statSync(path.join(checkout, name)).isDirectory()) {
    return [name]
  }
  return readdirSync(path.join(checkout, name), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(name, entry.name)
    return entry.isDirectory() ? filesIn(checkout, file) : /\.test\.m?js$/.test(entry.name) ? [file] : []
  })
}

/** @param {Cell} cell */
function nameOf({ runtime, runtimeVersion, posthogNode }) {
  return `${runtime}-${runtimeVersion}-${posthogNode}`
}

/** @param {Cell} cell */
function describePosthog({ posthogNode, core }) {
  return core === undefined ? posthogNode : `${posthogNode}, core ${core}`
}

/** @param {Row[]} rows */
function table(rows) {
  const lines = rows.map(({ runtime, posthogNode, result, took }) => [runtime, posthogNode, result, took])
  const all = [['runtime', 'posthog-node', 'result', 'took'], ...lines]
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)))
  const format = (/** @type {string[]} */ line) => `| ${line.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`
  return [format(all[0]), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.map(format)].join(
    '\n'
  )
}
