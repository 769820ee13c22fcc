'use strict'

// What of the Rust evaluator the parity tests reach: the random runs, the cases, the handwritten tests and explanations together.

const path = require('node:path')
const { readdirSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const { buildInstrumented, coverageEnvironment, readCounts, root } = require('./instrumented.js')
const { BY_PROCESSOR, EXPLAINED, NOT_MEASURED } = require('./explained.js')
const { unreachedOf } = require('./unreached.js')

/** What is measured, except what `explained.js` names: all that decides an answer by posthog-node's semantics. */
const SOURCES = ['src/evaluate', 'src/matchers', 'src/hashing', 'src/compile']

const KINDS = ['lines', 'regions', 'branches']

/** Runs the tests that are not random comparisons. Returns whether they pass. */
function runTests(env) {
  const folder = path.join(root, '__test__/parity')
  const handwritten = readdirSync(path.join(folder, 'handwritten')).map((file) => path.join('handwritten', file))
  const files = [...handwritten, 'cases.test.js', 'explanations.test.js'].map((file) => path.join(folder, file))
  const options = /** @type {const} */ ({ cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 28 })
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...files], options)
  console.log(status === 0 ? 'The handwritten tests, the cases and the explanations pass.' : stdout)
  return status === 0
}

/** @param {string} folder @param {string} file */
const isIn = (folder, file) => file === folder || file.startsWith(`${folder}/`)

const isMeasured = (file) =>
  SOURCES.some((folder) => isIn(folder, file)) && !NOT_MEASURED.some((part) => isIn(part.path, file))

/** How much of all that is measured was reached. */
function printShares(files) {
  const sum = (kind, what) => files.reduce((total, { summary }) => total + summary[kind][what], 0)
  const shares = KINDS.map((kind) => `${sum(kind, 'covered')} of ${sum(kind, 'count')} ${kind}`)
  console.log(`\nReached: ${shares.join(', ')}.`)
}

/** Prints what there is no explanation for. Returns how many places that are. */
function printUnexplained(places) {
  const unexplained = places.filter(({ why }) => why === undefined)
  for (const { file, line, text, what } of unexplained) {
    console.log(`NOT REACHED ${file}:${line}  ${text}\n    ${what}`)
  }
  return unexplained.length
}

/** Prints explanations of what was reached, or is no longer there. Returns how many they are. */
function printStale(places) {
  const isNeeded = ({ file, text }) => places.some((place) => place.file === file && place.text === text)
  const stale = EXPLAINED.filter((explained) => explained.why !== BY_PROCESSOR && !isNeeded(explained))
  for (const { file, text } of stale) {
    console.log(`EXPLAINED, BUT REACHED OR GONE ${file}  ${text}`)
  }
  return stale.length
}

/**
 * @param {(env: Record<string, string>) => Promise<boolean>} compare does the random runs in such an environment
 * @returns {Promise<boolean>} whether all went well, and what is not reached is what is explained
 */
async function measureCoverage(compare) {
  const env = coverageEnvironment()
  Object.assign(env, {
    PARITY_ADDON: buildInstrumented(env),
    NODE_OPTIONS: `--require="${path.join(__dirname, 'use-addon.js')}"`,
  })
  const isEqual = await compare(env)
  const passed = runTests(env)
  const files = readCounts(env).filter(({ file }) => isMeasured(file))
  printShares(files)
  const places = files.flatMap(unreachedOf)
  const unexplained = printUnexplained(places)
  const stale = printStale(places)
  console.log(`\nPlaces not reached and not explained: ${unexplained}.`)
  return isEqual && passed && unexplained === 0 && stale === 0
}

module.exports = { measureCoverage }
