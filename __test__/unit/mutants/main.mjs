// `npm run mutants:js`: StrykerJS plants small faults in lib/, one at a time, and runs the tests that are named like the module:
// `__test__/unit/redact.test.js` for `redact.js`, or where there is none, those of that name in another folder. Names each fault that no test
// noticed, and fails if less than 90 % were. Faults that no test can notice are in `explained.mjs`, and are counted by themselves.
// `--only redact,inputs` takes some modules, `--changed REF` those that differ from a commit, by themselves or by their tests;
// `--list` names all, `--table` prints the result as Markdown.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../../scripts/help.mjs'
import { prepare } from '../../../scripts/prepare.mjs'
import { root, runCaptured } from '../../../scripts/run.mjs'
import { EXPLAINED } from './explained.mjs'

helpIfAsked(import.meta.url)

const LEAST_SHARE = 0.9
const folder = path.join(root, '__test__', 'unit', 'mutants')
/** What a sandbox for the tests needs nothing of. */
const LEFT_OUT = [
  '/target',
  '/fuzz',
  '/src',
  '/benches',
  '/npm',
  '/docs',
  '/.git',
  '/__test__/parity/cases',
  '/__test__/package/pack',
]

/** Other tests that are about a module too, by its name. @type {Record<string, string[]>} */
const BESIDE = {
  'native-fetch': ['__test__/unit/carrier.test.js'],
  'text-to-gzip': ['__test__/unit/carrier.test.js'],
  'filter-value': ['__test__/unit/flag-text.test.js', '__test__/unit/cohort-text.test.js'],
  'plain-text': ['__test__/unit/flag-text.test.js', '__test__/unit/cohort-text.test.js'],
  'definition-loader': ['__test__/unit/questions.test.js'],
  'native-evaluator': [
    '__test__/evaluation/snapshot/one-call.test.js',
    '__test__/unit/snapshot-ends.test.js',
    '__test__/unit/snapshot-knows.test.js',
  ],
  posthog: [
    '__test__/unit/posthog-options.test.js',
    '__test__/client/bootstrap.test.js',
    '__test__/client/evaluate-flags.test.js',
    '__test__/client/fake-timers.test.js',
    '__test__/client/native-options.test.js',
    '__test__/client/options.test.js',
    '__test__/client/reasons.test.js',
    '__test__/client/replaced-methods.test.js',
    '__test__/client/seam-problems.test.js',
    '__test__/client/semantics.test.js',
    '__test__/delivery/event-messages.test.js',
  ],
  'option-copies': ['__test__/unit/posthog-options.test.js', '__test__/client/options.test.js'],
  'create-poller': [
    '__test__/unit/posthog.test.js',
    '__test__/client/bootstrap.test.js',
    '__test__/client/definitions-changed.test.js',
    '__test__/client/diagnostics.test.js',
    '__test__/client/native-options.test.js',
    '__test__/client/options.test.js',
    '__test__/client/semantics.test.js',
  ],
  seam: ['__test__/unit/seam-of-requests.test.js'],
  questions: ['__test__/unit/definition-loader.test.js', '__test__/unit/definition-loader-loads.test.js'],
  snapshot: ['__test__/evaluation/snapshot/snapshot.test.js', '__test__/evaluation/snapshot/one-call.test.js'],
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    changed: { type: 'string' },
    list: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
})

/** @typedef {{ name: string, file: string, tests: string[] }} Module paths from the root */

const modules = chooseModules(listModules())
const tested = modules.filter(({ tests }) => tests.length > 0)
if (options.list) {
  modules.forEach(({ file, tests }) => console.log(`${file.padEnd(40)} ${tests.join(' ') || 'no tests'}`))
} else if (tested.length === 0) {
  console.log('No module of lib/ was chosen that has tests of its own.')
} else {
  await prepare()
  if (await install()) {
    await run(tested)
  }
}

/** @returns {Module[]} */
function listModules() {
  const tests = listFiles('__test__').filter((file) => !file.startsWith('__test__/long/'))
  return listFiles('lib')
    .filter((file) => file.endsWith('.js'))
    .map((file) => {
      const name = path.basename(file, '.js')
      // Such as seam.test.js and seam-problems.test.js for seam.js.
      const pattern = new RegExp(`^${name}(-[\\w-]+)?\\.test\\.js$`)
      const named = tests.filter((test) => pattern.test(path.basename(test)))
      const own = named.filter((test) => test.startsWith('__test__/unit/'))
      return { name, file, tests: [...(own.length > 0 ? own : named), ...(BESIDE[name] ?? [])] }
    })
}

/** @param {string} directory @returns {string[]} paths from the root */
function listFiles(directory) {
  return readdirSync(path.join(root, directory), { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.posix.join(directory, entry.name)
      return !entry.isDirectory() ? [file] : entry.name === 'node_modules' ? [] : listFiles(file)
    })
    .sort()
}

/** @param {Module[]} all */
function chooseModules(all) {
  const { only, changed } = options
  const names = only?.split(',')
  const unknown = names?.filter((name) => !all.some((module) => module.name === name)) ?? []
  if (unknown.length > 0) {
    console.error(`expected modules of lib/, received: ${unknown.join(', ')}`)
    process.exit(2)
  }
  const files = changed === undefined ? undefined : git('diff', '--name-only', changed, '--').split('\n')
  return all.filter(
    ({ name, file, tests }) =>
      (names?.includes(name) ?? true) && (files === undefined || [file, ...tests].some((path) => files.includes(path)))
  )
}

/** @param {...string} args */
function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' })
}

/** @returns {Promise<boolean>} whether StrykerJS is there */
async function install() {
  const installed = path.join(folder, 'node_modules', '@stryker-mutator', 'core', 'package.json')
  const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  if (existsSync(installed)) {
    const { version } = JSON.parse(readFileSync(installed, 'utf8'))
    if (version === dependencies['@stryker-mutator/core']) {
      return true
    }
  }
  console.error('Installing StrykerJS …')
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
  const { ok, output } = await runCaptured(process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
  if (!ok) {
    console.error(`npm ci in __test__/unit/mutants failed:\n${output}`)
    process.exitCode = 1
  }
  return ok
}

/** @param {Module[]} chosen */
async function run(chosen) {
  // By its path: it is no dependency of the package's.
  const { Stryker } = await import(
    pathToFileURL(path.join(folder, 'node_modules/@stryker-mutator/core/dist/src/index.js')).href
  )
  process.chdir(root)
  /** @type {Score[]} */
  const scores = []
  let failed = 0
  for (const module of chosen) {
    const { name, file, tests } = module
    /** @type {any[]} */
    let mutants
    try {
      mutants = await new Stryker({
        mutate: [file],
        testRunner: 'tap',
        plugins: [path.join(folder, 'node_modules/@stryker-mutator/tap-runner/dist/src/index.js')],
        tap: { testFiles: tests, nodeArgs: ['--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'] },
        coverageAnalysis: 'perTest',
        reporters: [],
        ignorePatterns: LEFT_OUT,
        tempDirName: 'target/mutants-js',
        logLevel: 'error',
        disableTypeChecks: false,
      }).runMutationTest()
    } catch (error) {
      // Such as tests that fail without a fault planted; StrykerJS has said which.
      console.log(`FAILED  ${name}: ${/** @type {any} */ (error).message}`)
      failed += 1
      continue
    }
    const { score, unexplained, outdated } = judge(module, mutants)
    scores.push(score)
    console.log(lineOf(score))
    unexplained.forEach((mutant) => console.log(describe(file, mutant)))
    outdated.forEach(({ text }) => console.log(`        explained.mjs has a line that ${file} has not: ${text}`))
    failed += outdated.length
  }
  const sum = (/** @type {'planted' | 'noticed' | 'explained'} */ field) =>
    scores.reduce((total, score) => total + score[field], 0)
  const all = { name: 'in all', planted: sum('planted'), noticed: sum('noticed'), explained: sum('explained') }
  console.log(lineOf(all))
  if (options.table) {
    console.log(tableOf([...scores, all]))
  }
  process.exitCode = failed === 0 && shareOf(all) >= LEAST_SHARE ? 0 : 1
}

/**
 * @param {Module} module
 * @param {any[]} mutants
 */
function judge({ name, file }, mutants) {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n')
  const explanations = EXPLAINED.filter((each) => each.file === file)
  const isExplained = (/** @type {any} */ { location, replacement }) =>
    explanations.some(
      ({ text, mutants }) =>
        lines[location.start.line - 1].trim() === text && (mutants === undefined || mutants.includes(replacement))
    )
  const viable = mutants.filter(({ status }) => !['CompileError', 'RuntimeError', 'Ignored'].includes(status))
  const missed = viable.filter(({ status }) => !['Killed', 'Timeout'].includes(status))
  const unexplained = missed.filter((mutant) => !isExplained(mutant))
  const outdated = explanations.filter(({ text }) => !lines.some((line) => line.trim() === text))
  const explained = missed.length - unexplained.length
  return {
    score: { name, planted: viable.length, noticed: viable.length - missed.length, explained },
    unexplained,
    outdated,
  }
}

/** @typedef {{ name: string, planted: number, noticed: number, explained: number }} Score */

/** How many of the faults that can be noticed were. @param {Score} score */
function shareOf({ planted, noticed, explained }) {
  return planted === explained ? 1 : noticed / (planted - explained)
}

/** @param {Score} score */
function lineOf(score) {
  const { name, planted, noticed, explained } = score
  return `${percent(score)} ${name.padEnd(24)} ${noticed} of ${planted} noticed, ${explained} cannot be`
}

/** @param {Score} score */
function percent(score) {
  return `${(100 * shareOf(score)).toFixed(1).padStart(5)} %`
}

/** @param {Score[]} scores */
function tableOf(scores) {
  const rows = scores.map((score) => {
    const { name, planted, noticed, explained } = score
    return `| ${name} | ${planted} | ${noticed} | ${explained} | ${percent(score).trim()} |`
  })
  return ['| module | planted | noticed | cannot be | of the others |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** @param {string} file @param {any} mutant */
function describe(file, { location: { start }, mutatorName, replacement, status }) {
  const where = `${file}:${start.line}:${start.column}`
  return `        ${where.padEnd(48)} ${mutatorName}${status === 'NoCoverage' ? ', never run' : ''}: ${String(replacement).replace(/\s+/g, ' ').slice(0, 100)}`
}
