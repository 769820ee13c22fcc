'use strict'

// What of the Rust evaluator the parity tests reach: the random runs, the cases and the handwritten tests together.

const path = require('node:path')
const { readdirSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const { buildInstrumented, coverageEnvironment, readCounts, root } = require('./instrumented.js')
const { EXPLAINED } = require('./explained.js')
const { unreachedOf } = require('./unreached.js')
const { table } = require('../support/tables.js')

/** What is measured: all that decides an answer. */
const SOURCES = ['src/evaluate', 'src/matchers', 'src/hashing', 'src/compile']

const KINDS = ['lines', 'regions', 'branches']

/** Runs the handwritten tests and the cases. Returns whether they pass. */
function runTests(env) {
  const handwritten = path.join(root, '__test__/parity/handwritten')
  const files = readdirSync(handwritten).map((file) => path.join(handwritten, file))
  const cases = path.join(root, '__test__/parity/cases.test.js')
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...files, cases], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  console.log(status === 0 ? 'The handwritten tests and the cases pass.' : stdout)
  return status === 0
}

const share = ({ covered, count }) => (count === 0 ? '-' : `${covered}/${count}`)

function print(files) {
  const row = (name, of) => [name, ...KINDS.map((kind) => share(of(kind)))]
  const rows = files.map(({ filename, summary }) => row(path.relative(root, filename), (kind) => summary[kind]))
  const sum = (kind, what) => files.reduce((total, { summary }) => total + summary[kind][what], 0)
  rows.push(row('all', (kind) => ({ covered: sum(kind, 'covered'), count: sum(kind, 'count') })))
  console.log(`\n${table([['reached of', ...KINDS], ...rows])}\n`)
}

function printPlaces(title, file, places) {
  const whole = EXPLAINED.find((explained) => explained.file === file && explained.text === undefined)
  if (whole !== undefined && places.length > 0) {
    console.log(`${title} ${file}, ${places.length} lines\n    ${whole.why}`)
    return
  }
  for (const { line, what, text, why } of places) {
    console.log(`${title} ${file}:${line}  ${text}\n    ${what}${why === undefined ? '' : `; ${why}`}`)
  }
}

/** An explanation that no longer explains anything, or only on another processor. */
function printStale(places) {
  const isNeeded = (explained) =>
    places.some(({ file, places }) => file === explained.file && places.some(({ why }) => why === explained.why))
  for (const { file, text } of EXPLAINED.filter((explained) => !isNeeded(explained))) {
    console.log(`explained, but reached: ${file} ${text ?? ''}`)
  }
}

/**
 * @param {(env: Record<string, string>) => Promise<boolean>} compare does the random runs in such an environment
 * @returns {Promise<boolean>} whether all went well and everything not reached has an explanation
 */
async function measureCoverage(compare) {
  const env = coverageEnvironment()
  Object.assign(env, {
    PARITY_ADDON: buildInstrumented(env),
    NODE_OPTIONS: `--require="${path.join(__dirname, 'use-addon.js')}"`,
  })
  const isEqual = await compare(env)
  const passed = runTests(env)
  const files = readCounts(env, SOURCES)
  print(files)
  const places = files.map((file) => ({ file: path.relative(root, file.filename), places: unreachedOf(file) }))
  const printAll = (title, isExplained) =>
    places.forEach(({ file, places }) =>
      printPlaces(
        title,
        file,
        places.filter(({ why }) => (why !== undefined) === isExplained)
      )
    )
  printAll('explained', true)
  printAll('NOT REACHED', false)
  printStale(places)
  const unexplained = places.flatMap(({ places }) => places).filter(({ why }) => why === undefined).length
  console.log(`\nPlaces not reached and not explained: ${unexplained}.`)
  return isEqual && passed && unexplained === 0
}

module.exports = { measureCoverage }
