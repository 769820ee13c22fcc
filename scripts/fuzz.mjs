// `npm run fuzz -- --minutes 10 [target…]`: feeds the Rust core random input, one target after the other, and prints a table.
// Ends with exit code 1 if an input was found that breaks a promise, takes too long or too much memory.
// `--keep` then replaces the inputs in fuzz/corpus by the fewest that reach as much; `--list` names the targets.
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from './help.mjs'
import { root } from './run.mjs'
import { writeSeeds } from './fuzz-seeds.mjs'

helpIfAsked(import.meta.url)

/** What one input may take. The machine may be busy with something else, so the time is long. */
const LIMITS = ['-timeout=60', '-report_slow_units=60', '-rss_limit_mb=2048']

/** The longest input that is kept in the repository, and how much is kept of one target, in bytes. */
const MAX_KEPT_INPUT = 2048
const MAX_KEPT = 100 * 1024

const work = path.join(root, 'target', 'fuzz')
const targets = readdirSync(path.join(root, 'fuzz', 'fuzz_targets')).map((name) => path.basename(name, '.rs'))

/**
 * @typedef {object} Result
 * @property {string} target
 * @property {number} executions
 * @property {number} seconds
 * @property {string[]} findings files that hold an input which failed
 * @property {number} inputs how many have been found that each reach something new
 * @property {number} coverage how many places of the compiled code were reached
 */

await main()

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '10' },
      keep: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  if (options.list) {
    targets.forEach((target) => console.log(target))
    return
  }
  const seconds = Math.round(Number(options.minutes) * 60)
  const chosen = positionals.length > 0 ? positionals : targets
  const unknown = chosen.filter((target) => !targets.includes(target))
  if (unknown.length > 0 || !(seconds > 0)) {
    console.error(
      `expected --minutes M and targets of: ${targets.join(', ')}; received: ${process.argv.slice(2).join(' ')}`
    )
    process.exit(2)
  }
  requireTools()
  await build(chosen)
  const results = []
  for (const target of chosen) {
    const result = await fuzz(target, seconds)
    console.log(row(result))
    if (options.keep && result.findings.length === 0) {
      await keep(target)
    }
    results.push(result)
  }
  printTable(results)
  process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0
}

function requireTools() {
  if (spawnSync('cargo', ['+nightly', 'fuzz', '--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(
      'expected a nightly Rust and cargo-fuzz; run `rustup toolchain install nightly` and `cargo install cargo-fuzz`'
    )
    process.exit(2)
  }
}

/**
 * Builds the targets, and puts those that are to run where no later build replaces them.
 *
 * @param {string[]} chosen
 */
async function build(chosen) {
  const log = path.join(work, 'build.log')
  if (!(await run('cargo', ['+nightly', 'fuzz', 'build'], log))) {
    console.error(`cannot build the fuzz targets:\n${readFileSync(log, 'utf8')}`)
    process.exit(1)
  }
  const host = /host: (.*)/.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout)?.[1] ?? ''
  for (const target of chosen) {
    cpSync(path.join(root, 'fuzz', 'target', host, 'release', target), program(target))
  }
}

/** @param {string} target */
function program(target) {
  return path.join(work, 'programs', target)
}

/**
 * @param {string} target
 * @param {number} seconds
 * @returns {Promise<Result>}
 */
async function fuzz(target, seconds) {
  const artifacts = path.join(work, 'artifacts', target)
  rmSync(artifacts, { recursive: true, force: true })
  mkdirSync(artifacts, { recursive: true })
  const startedAt = performance.now()
  const log = path.join(work, `${target}.log`)
  const dictionary = path.join(root, 'fuzz', 'dictionaries', `${target}.txt`)
  const options = [
    ...[`-max_total_time=${seconds}`, '-print_final_stats=1', '-max_len=4096', ...LIMITS],
    ...[`-artifact_prefix=${artifacts}/`, ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : [])],
  ]
  const passed = await run(program(target), [...options, ...corpora(target)], log)
  const output = readFileSync(log, 'utf8')
  const findings = readdirSync(artifacts).map((name) => path.relative(root, path.join(artifacts, name)))
  const last = [...output.matchAll(/cov: (\d+) .*?corp: (\d+)/g)].at(-1)
  return {
    target,
    executions: Number(/stat::number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 0),
    seconds: (performance.now() - startedAt) / 1000,
    // A run that ends in another way has found something too: what, is in its log.
    findings: passed || findings.length > 0 ? findings : [path.relative(root, log)],
    inputs: Number(last?.[2] ?? 0),
    coverage: Number(last?.[1] ?? 0),
  }
}

/**
 * Where inputs are: new ones are written to the first folder.
 *
 * @param {string} target
 */
function corpora(target) {
  const found = path.join(work, 'corpus', target)
  mkdirSync(found, { recursive: true })
  const others = [keptFolder(target), path.join(root, 'fuzz', 'crashes', target)].filter((folder) => existsSync(folder))
  return [found, ...others, ...writeSeeds(target, path.join(work, 'seeds', target))]
}

/** @param {string} target */
function keptFolder(target) {
  return path.join(root, 'fuzz', 'corpus', target)
}

/**
 * Keeps the fewest inputs that reach as much, as far as there is room: the smallest first.
 *
 * @param {string} target
 */
async function keep(target) {
  const folders = corpora(target)
  const fewest = path.join(work, 'fewest', target)
  rmSync(fewest, { recursive: true, force: true })
  mkdirSync(fewest, { recursive: true })
  const log = path.join(work, `${target}-keep.log`)
  const options = ['-merge=1', '-use_counters=0', `-max_len=${MAX_KEPT_INPUT}`, ...LIMITS]
  if (!(await run(program(target), [...options, fewest, ...folders], log))) {
    throw new Error(`cannot find the fewest inputs of ${target}; see ${path.relative(root, log)}`)
  }
  const files = readdirSync(fewest).map((name) => ({ name, size: statSync(path.join(fewest, name)).size }))
  files.sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1))
  const kept = keptFolder(target)
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  let total = 0
  for (const { name, size } of files) {
    total += size
    if (total <= MAX_KEPT) {
      copyFileSync(path.join(fewest, name), path.join(kept, name))
    }
  }
  console.log(`  kept ${readdirSync(kept).length} of ${files.length} inputs`)
}

/**
 * Runs a command; whether it ended with exit code 0.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} log the file for all that it prints
 * @returns {Promise<boolean>}
 */
function run(command, args, log) {
  mkdirSync(path.dirname(log), { recursive: true })
  return new Promise((resolve) => {
    const output = createWriteStream(log)
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.pipe(output, { end: false })
    child.stderr.pipe(output, { end: false })
    child.on('error', () => output.end(() => resolve(false)))
    child.on('close', (code) => output.end(() => resolve(code === 0)))
  })
}

/** @param {Result} result */
function row({ target, executions, seconds, findings, inputs, coverage }) {
  const numbers = [executions, (seconds / 60).toFixed(1), findings.length, inputs, coverage]
  return [target.padEnd(10), ...numbers.map((number) => number.toLocaleString('en').padStart(12))].join(' ')
}

/** @param {Result[]} results */
function printTable(results) {
  const titles = ['executions', 'minutes', 'findings', 'inputs', 'coverage'].map((title) => title.padStart(12))
  console.log(['\ntarget'.padEnd(11), ...titles].join(' '))
  results.forEach((result) => console.log(row(result)))
  const findings = results.flatMap((result) => result.findings)
  findings.forEach((file) => console.log(`found: ${file}`))
  if (findings.length > 0) {
    console.log(
      'Put the input into fuzz/crashes/<target>/, where `cargo test --test corpora` looks at it; then correct the fault.'
    )
  }
}
