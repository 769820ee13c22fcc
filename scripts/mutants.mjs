// Plants small faults in the evaluator, one at a time, and tells which of them no test notices.
//
//     npm run mutants                                      all of them
//     npm run mutants -- --file src/matchers/date.rs       those of a file or folder, or of several
//     npm run mutants -- --in-diff change.diff             those in the lines of a diff
//     npm run mutants -- --shard 1/4                       a part of them
//     npm run mutants -- --missed                          those that the last run missed
//
// Fails if a fault goes unnoticed without a reason in __test__/mutants/survivors.json, or if one with a reason is noticed.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { helpIfAsked } from './help.mjs'
import { build, runTests } from './mutants/program.mjs'
import { report } from './mutants/report.mjs'
import { layOut } from './mutants/tree.mjs'
import { isWeavable, mutate, weave } from './mutants/weave.mjs'
import { root } from './run.mjs'

helpIfAsked(import.meta.url)

/**
 * @typedef {import('./mutants/weave.mjs').Mutant} Mutant
 * @typedef {import('./mutants/program.mjs').Verdict | 'unviable'} Verdict
 * @typedef {{ mutant: Mutant, verdict: Verdict, failed: string[] }} Result
 */

const CARGO_MUTANTS = '27.1.0'
const folder = path.join(root, 'target/mutants')
const tree = path.join(folder, 'tree')
const target = path.join(folder, 'build')
const lastRun = path.join(folder, 'results.json')

const { values } = parseArgs({
  options: {
    file: { type: 'string', multiple: true, default: [] },
    'in-diff': { type: 'string' },
    shard: { type: 'string' },
    missed: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
})

/** @param {string} file */
const sourceOf = (file) => readFileSync(path.join(root, file), 'utf8')

await main()

async function main() {
  const startedAt = performance.now()
  const mutants = listMutants()
  console.log(`${mutants.length} mutants`)
  if (mutants.length === 0) {
    return
  }
  const { program, woven, unviable } = await weaveAll(mutants)
  await testUnchanged(program)
  const results = unviable.map((mutant) => result(mutant, 'unviable'))
  await forEach(woven, async ({ number, mutant }) => {
    results.push(announced(await testOne(program, mutant, number)))
    // What is known so far, should somebody lose patience.
    writeFileSync(lastRun, JSON.stringify(results))
  })
  const alone = mutants.filter((mutant) => !isWeavable(sourceOf(mutant.file), mutant))
  for (const mutant of alone) {
    results.push(announced(await testAlone(mutant)))
  }
  writeFileSync(lastRun, JSON.stringify(results))
  const isWhole = values.file.length === 0 && !values['in-diff'] && !values.shard && !values.missed
  const ok = report(results, sourceOf, isWhole)
  console.log(`${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`)
  process.exitCode = ok ? 0 : 1
}

/** @returns {Mutant[]} */
function listMutants() {
  const { file: files, shard, 'in-diff': diff } = values
  const options = [
    ...(shard ? ['--shard', shard, '--sharding', 'round-robin'] : []),
    ...(diff ? ['--in-diff', diff] : []),
  ]
  let listed
  try {
    listed = execFileSync('cargo', ['mutants', '--list', '--json', ...options], { cwd: root, maxBuffer: 1 << 28 })
  } catch (error) {
    console.error(`expected cargo-mutants; install it: cargo install cargo-mutants --version ${CARGO_MUTANTS} --locked`)
    throw error
  }
  /** @type {Mutant[]} */
  const all = JSON.parse(String(listed) || '[]')
  const mutants = all.filter(({ file }) => files.length === 0 || files.some((chosen) => file.startsWith(chosen)))
  if (!values.missed) {
    return mutants
  }
  /** @type {Result[]} */
  const last = JSON.parse(readFileSync(lastRun, 'utf8'))
  const missed = new Set(last.filter(({ verdict }) => verdict === 'missed').map(({ mutant }) => mutant.name))
  return mutants.filter(({ name }) => missed.has(name))
}

/**
 * Builds one program of all mutants that can be woven, without those that do not compile.
 *
 * @param {Mutant[]} mutants
 */
async function weaveAll(mutants) {
  let woven = mutants
    .filter((mutant) => isWeavable(sourceOf(mutant.file), mutant))
    .map((mutant, index) => ({ mutant, number: index + 1 }))
  /** @type {Mutant[]} */
  const unviable = []
  for (;;) {
    const { changed, placeOf } = weaveFiles(woven)
    layOut(tree, changed)
    const { program, errors } = await build(tree, target)
    if (errors.length === 0) {
      return { program, woven, unviable }
    }
    const faulty = new Set(errors.map(placeOf))
    unviable.push(...woven.filter(({ number }) => faulty.has(number)).map(({ mutant }) => mutant))
    woven = woven.filter(({ number }) => !faulty.has(number))
  }
}

/** @param {{ mutant: Mutant, number: number }[]} mutants */
function weaveFiles(mutants) {
  /** @type {Map<string, Map<number, Mutant>>} */
  const byFile = new Map()
  for (const { mutant, number } of mutants) {
    const ofFile = byFile.get(mutant.file) ?? new Map()
    byFile.set(mutant.file, ofFile.set(number, mutant))
  }
  const files = [...byFile].map(([file, ofFile]) => ({ file, ...weave(sourceOf(file), ofFile) }))
  return {
    changed: new Map(files.map(({ file, text }) => [file, text])),
    /** @param {import('./mutants/program.mjs').BuildError} error */
    placeOf({ file, line, text }) {
      const places = files.find((woven) => woven.file === file)?.places
      const place = places?.find(({ from, to }) => from <= line && line <= to)
      if (place === undefined) {
        throw new Error(`expected the core to compile; received ${text}`)
      }
      return place.number
    },
  }
}

/** @param {string} program */
async function testUnchanged(program) {
  const { verdict, output } = await runTests(program, tree, { number: 0, file: 'src/lib.rs' })
  if (verdict !== 'missed') {
    throw new Error(`expected the tests to pass without a mutant; received ${output}`)
  }
}

/**
 * @param {string} program
 * @param {Mutant} mutant
 * @param {number} number
 */
async function testOne(program, mutant, number) {
  const { verdict, output } = await runTests(program, tree, { number, file: mutant.file })
  return result(mutant, verdict, output)
}

/**
 * Tests a mutant in a program of its own.
 *
 * @param {Mutant} mutant
 */
async function testAlone(mutant) {
  layOut(tree, new Map([[mutant.file, mutate(sourceOf(mutant.file), mutant)]]))
  const { program, errors } = await build(tree, target)
  return errors.length > 0 ? result(mutant, 'unviable') : testOne(program, mutant, 0)
}

/**
 * @param {Mutant} mutant
 * @param {Verdict} verdict
 * @param {string} [output]
 * @returns {Result}
 */
function result(mutant, verdict, output = '') {
  const failed = [...output.matchAll(/^test (\S+) \.\.\. FAILED$/gm)].map(([, test]) => test)
  return { mutant, verdict, failed }
}

/** @param {Result} result */
function announced(result) {
  if (result.verdict === 'missed' || result.verdict === 'timeout') {
    console.log(`${result.verdict}: ${result.mutant.name}`)
  }
  return result
}

/**
 * Runs a few at a time.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => Promise<void>} run
 */
async function forEach(items, run) {
  const left = items.values()
  const worker = async () => {
    for (const item of left) {
      await run(item)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker))
}
