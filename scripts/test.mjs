// `npm test`: everything that must hold before a change is merged, one line per step.
// `npm test -- --only clippy,js` runs the named steps alone; `npm test -- --list` names them. What takes long runs only
// where it is named, as by `npm run test:long`.
import { readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checkDependencies } from './deny.mjs'
import { helpIfAsked } from './help.mjs'
import { GENERATED_FILES, prepare } from './prepare.mjs'
import { root, runCaptured } from './run.mjs'
import { TestCounts } from './test-counts.mjs'

helpIfAsked(import.meta.url)

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} title
 * @property {'cargo' | 'check' | 'tests'} kind
 * @property {() => Promise<import('./run.mjs').Outcome>} run
 * @property {boolean} [isTest] its output is that of a test runner
 * @property {boolean} [onlyNamed] runs only where it is named
 */

/** How many files of tests run at a time: two for each processor, for many of them wait as long as they calculate. */
const CONCURRENCY = 2 * os.availableParallelism()

/** How long a file of tests may take before it is ended, whatever hangs in it: many times what the slowest takes. */
const FILE_LIMIT_MINUTES = { usual: 10, long: 20 }

/** A file that measures says so by this line, and nothing runs beside it. */
const ALONE = /^\/\/ Runs alone: /m

const node = process.execPath

/** For clippy: the core without the addon, with the dependencies that have just been checked for the addon. */
const CORE_ALONE = ['--no-default-features', '--features', 'napi-dependencies']

/** @param {string} file */
const installed = (file) => path.join(root, 'node_modules', file)

/** What imports, and may do so only within the rules of .dependency-cruiser.cjs. */
const IMPORTING = ['lib', 'cli', 'edge', 'caches', 'openfeature', 'testing', 'bin', 'scripts', 'index.js', 'index.mjs']

/** @type {{ outdated: string[] }} */
let prepared = { outdated: [] }
const counts = new TestCounts()

/** @type {Step[]} */
const steps = [
  { name: 'fmt', kind: 'cargo', title: 'cargo fmt --check', run: () => runCaptured('cargo', ['fmt', '--', '--check']) },
  {
    name: 'clippy',
    kind: 'cargo',
    title: 'clippy, addon',
    // Tests and benchmarks are no different without the addon: the next step looks at them.
    run: () => runCaptured('cargo', ['clippy', '--quiet', '--lib', '--', '-D', 'warnings']),
  },
  {
    name: 'clippy-core',
    kind: 'cargo',
    title: 'clippy, core alone',
    run: () => runCaptured('cargo', ['clippy', '--quiet', '--all-targets', ...CORE_ALONE, '--', '-D', 'warnings']),
  },
  {
    name: 'rustdoc',
    kind: 'cargo',
    title: 'rustdoc',
    run: () => runCaptured('cargo', ['doc', '--quiet', '--no-deps'], { RUSTDOCFLAGS: '-D warnings' }),
  },
  {
    name: 'rust',
    kind: 'cargo',
    title: 'cargo test, core alone',
    run: () => runCaptured('cargo', ['test', '--no-default-features']),
    isTest: true,
  },
  {
    name: 'benches',
    kind: 'cargo',
    title: 'benchmarks of the core, each once',
    // Unoptimised and untimed: whether they compile, run and assert their answers.
    run: () => runCaptured('cargo', ['test', '--no-default-features', '--benches']),
  },
  { name: 'deny', kind: 'cargo', title: 'cargo deny check', run: checkDependencies },
  {
    name: 'eslint',
    kind: 'check',
    title: 'eslint',
    run: () => runCaptured(node, [installed('eslint/bin/eslint.js'), '.']),
  },
  {
    name: 'prettier',
    kind: 'check',
    title: 'prettier --check',
    // What it found of a file holds as long as the file has the same contents.
    run: () =>
      runCaptured(node, [
        installed('prettier/bin/prettier.cjs'),
        ...['--check', '--log-level', 'warn'],
        ...['--cache', '--cache-strategy', 'content', '--cache-location', path.join('target', 'prettier-cache')],
        '.',
      ]),
  },
  {
    name: 'imports',
    kind: 'check',
    title: 'no import across a boundary, no circle',
    run: () => runCaptured(node, [installed('dependency-cruiser/bin/dependency-cruise.mjs'), ...IMPORTING]),
  },
  {
    name: 'types',
    kind: 'check',
    title: 'tsc',
    run: () =>
      runCaptured(node, [
        ...[installed('typescript/bin/tsc'), '--project', '.', '--incremental'],
        ...['--tsBuildInfoFile', path.join('target', 'tsconfig.tsbuildinfo')],
      ]),
  },
  {
    name: 'typings',
    kind: 'check',
    title: 'types, TypeScript 5.0 and 6, all resolutions',
    run: () => runCaptured(node, [path.join('__test__', 'package', 'types', 'check-typings.mjs')]),
  },
  {
    name: 'api',
    kind: 'check',
    title: 'the public surface is as written down',
    run: () => runCaptured(node, [path.join('__test__', 'package', 'types', 'api-snapshot.mjs')]),
  },
  {
    name: 'package',
    kind: 'check',
    title: 'attw and publint of the package',
    run: () => runCaptured(node, [path.join('scripts', 'package', 'check.mjs')]),
  },
  { name: 'generated', kind: 'check', title: 'generated files are committed as built', run: checkGeneratedFiles },
  {
    name: 'js',
    kind: 'tests',
    title: 'node --test',
    run: () => runNodeTests((file) => !isIn('parity', file) && !isIn('long', file)),
    isTest: true,
  },
  {
    name: 'parity',
    kind: 'tests',
    title: 'parity with posthog-node',
    run: () => runNodeTests((file) => isIn('parity', file)),
    isTest: true,
  },
  {
    name: 'long',
    kind: 'tests',
    title: 'tests that take long',
    run: () => runNodeTests((file) => isIn('long', file), { limitMinutes: FILE_LIMIT_MINUTES.long, concurrency: 1 }),
    isTest: true,
    onlyNamed: true,
  },
]

await main()

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } })
  if (values.list) {
    steps.forEach(({ name, title }) => console.log(`${name.padEnd(12)} ${title}`))
    return
  }
  const chosen = chooseSteps(values.only)
  prepared = await prepare()

  const startedAt = performance.now()
  /** @type {string[]} */
  const failed = []
  const runInTurn = async (/** @type {Step[]} */ steps) => {
    for (const step of steps) {
      if (!(await runStep(step))) failed.push(step.name)
    }
  }
  // What cargo does and what checks JavaScript go side by side. Tests of JavaScript come after both: some of them measure.
  const ofKind = (/** @type {Step['kind']} */ kind) => chosen.filter((step) => step.kind === kind)
  await Promise.all([runInTurn(ofKind('cargo')), runInTurn(ofKind('check'))])
  await runInTurn(ofKind('tests'))
  const total = seconds(performance.now() - startedAt)
  if (failed.length > 0) {
    console.log(`\nFAILED: ${failed.length} of ${chosen.length} steps in ${total}: ${failed.join(', ')}`)
    process.exitCode = 1
  } else {
    console.log(`\nPassed: ${chosen.length === 1 ? '1 step' : `all ${chosen.length} steps`} in ${total}`)
  }
  console.log(`${counts}`)
}

/** @param {string | undefined} only */
function chooseSteps(only) {
  if (only === undefined) {
    return steps.filter(({ onlyNamed }) => !onlyNamed)
  }
  const names = only.split(',')
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(`expected a step of: ${steps.map(({ name }) => name).join(', ')}; received: ${unknown.join(', ')}`)
    process.exit(2)
  }
  return steps.filter(({ name }) => names.includes(name))
}

/** @param {Step} step */
async function runStep({ name, title, run, isTest }) {
  const startedAt = performance.now()
  const { ok: succeeded, output, notes = [] } = await run()
  const { passed, skipped } = isTest ? counts.add(output) : { passed: 0, skipped: 0 }
  // Elsewhere a test may be skipped for want of a server; CI has all that a test needs.
  const ok = succeeded && (skipped === 0 || !process.env.CI)
  const took = seconds(performance.now() - startedAt)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${title.padEnd(40)} ${took.padStart(8)}`)
  if (!ok) {
    console.log(output.trimEnd())
    return ok
  }
  const counted = isTest ? [`${passed} tests${skipped > 0 ? `, ${skipped} skipped` : ''}`, ...seedLines(output)] : []
  for (const line of [...counted, ...notes]) {
    console.log(`       ${''.padEnd(12)} ${line}`)
  }
  return ok
}

/**
 * @param {(file: string) => boolean} choose
 * @param {object} [options]
 * @param {number} [options.limitMinutes] for each file
 * @param {number} [options.concurrency] of the files that do not run alone
 * @returns {Promise<import('./run.mjs').Outcome>}
 */
async function runNodeTests(choose, { limitMinutes = FILE_LIMIT_MINUTES.usual, concurrency = CONCURRENCY } = {}) {
  // Node 20 takes no globs after --test, so the files are listed here.
  const files = testFiles('__test__').filter(choose)
  if (files.length === 0) {
    return { ok: false, output: 'no test files found\n' }
  }
  const alone = files.filter((file) => ALONE.test(readFileSync(path.join(root, file), 'utf8')))
  const others = files.filter((file) => !alone.includes(file))
  const outcomes = []
  for (const [chosen, atATime] of /** @type {[string[], number][]} */ ([
    [others, concurrency],
    [alone, 1],
  ])) {
    if (chosen.length > 0) {
      const limits = [`--test-timeout=${limitMinutes * 60_000}`, `--test-concurrency=${atATime}`]
      const args = ['--test', '--test-reporter=spec', ...limits, ...chosen]
      outcomes.push(await runCaptured(node, args, {}, { limitMinutes: limitMinutes * 3 }))
    }
  }
  return { ok: outcomes.every(({ ok }) => ok), output: outcomes.map(({ output }) => output).join('') }
}

/**
 * @param {string} folder of the tests
 * @param {string} file
 */
function isIn(folder, file) {
  return file.startsWith(path.join('__test__', folder) + path.sep)
}

/**
 * @param {string} directory
 * @returns {string[]} ours: some tools install packages in folders of their own there, which bring tests too
 */
function testFiles(directory) {
  return readdirSync(path.join(root, directory), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => {
      const file = path.join(directory, entry.name)
      return entry.isDirectory() ? testFiles(file) : /\.test\.m?js$/.test(entry.name) ? [file] : []
    })
    .sort()
}

async function checkGeneratedFiles() {
  // The build of prepare() has just corrected what was outdated; a clean checkout always builds, so CI sees each case.
  const { outdated } = prepared
  if (outdated.length > 0) {
    return { ok: false, output: `expected ${outdated.join(' and ')} as built; now regenerated: commit the change\n` }
  }
  const untracked = await runCaptured('git', ['ls-files', '--others', '--exclude-standard', '--', ...GENERATED_FILES])
  return untracked.ok && untracked.output !== ''
    ? { ok: false, output: `expected these in a commit:\n${untracked.output}` }
    : { ok: true, output: '' }
}

/**
 * Random tests say what they were seeded with, so that any run can be had again.
 *
 * @param {string} output
 */
function seedLines(output) {
  return [...output.matchAll(/^\s*ℹ (.*SEED=\d.*)$/gm)].map(([, line]) => line)
}

/** @param {number} milliseconds */
function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
