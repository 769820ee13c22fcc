// `npm run sanitize`: looks for misuse of memory, and prints what was run and what was found.
// - Miri runs the checks of the hashing lanes and of the argument reader, where the `unsafe` of the core is.
// - AddressSanitizer watches the tests of the core, and the addon in Node while tests use it, worker threads among them.
// `-- --only miri,core` runs some of these; `-- --list` names them.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from './help.mjs'
import { root } from './run.mjs'

helpIfAsked(import.meta.url)

const TARGET = 'x86_64-unknown-linux-gnu'
const work = path.join(root, 'target', 'sanitize')

const reports = path.join(work, 'reports')

/** What a run says when it has found something. */
const FINDING = /ERROR: AddressSanitizer|ERROR: LeakSanitizer|error: Undefined Behavior/

/** Tests of what crosses the boundary, in the main thread and in workers. They take minutes under the sanitizer. */
const ADDON_TESTS = [
  '__test__/evaluation/local-evaluator/local-evaluator.test.js',
  '__test__/evaluation/snapshot/snapshot.test.js',
  '__test__/evaluation/snapshot/flag-list.test.js',
  '__test__/process/threads.test.js',
  '__test__/loading/provider/document-pieces.test.js',
  ...readdirSync(path.join(root, '__test__', 'parity', 'handwritten'))
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `__test__/parity/handwritten/${name}`),
]

/** @type {{ name: string, title: string, run: () => Run }[]} */
const runs = [
  { name: 'miri-avx2', title: 'Miri: hashing in lanes of AVX2, arguments', run: () => miri('+avx2') },
  { name: 'miri-avx512', title: 'Miri: hashing in lanes of AVX-512', run: () => miri('+avx512f,+avx512bw') },
  { name: 'core', title: 'AddressSanitizer: tests of the core', run: core },
  { name: 'addon', title: 'AddressSanitizer: the addon in Node', run: addon },
]

/**
 * @typedef {object} Run
 * @property {boolean} ok
 * @property {number} tests how many passed
 * @property {string} output
 */

main()

function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean', default: false } } })
  if (values.list) {
    runs.forEach(({ name, title }) => console.log(`${name.padEnd(12)} ${title}`))
    return
  }
  const names = values.only?.split(',')
  const chosen = runs.filter(({ name }) => names === undefined || names.some((part) => name.startsWith(part)))
  mkdirSync(work, { recursive: true })
  let failed = chosen.length === 0
  for (const { name, title, run } of chosen) {
    const startedAt = performance.now()
    const { ok, tests, output } = run()
    const log = path.join(work, `${name}.log`)
    writeFileSync(log, output)
    const findings = output.split('\n').filter((line) => FINDING.test(line))
    const isClean = ok && tests > 0 && findings.length === 0
    failed ||= !isClean
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
    const verdict = isClean ? 'clean' : `FAILED, see ${path.relative(root, log)}`
    console.log(`${name.padEnd(12)} ${title.padEnd(44)} ${tests} tests, ${minutes} minutes: ${verdict}`)
    output.match(/^leaks in \d+ places.*$/m)?.forEach((line) => console.log(`  ${line}`))
    findings.forEach((line) => console.log(`  ${line.trim()}`))
  }
  process.exitCode = failed ? 1 : 0
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @param {string} [cwd]
 * @returns {Run}
 */
function run(command, args, env, cwd = root) {
  const options = /** @type {const} */ ({ cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1e9 })
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  const output = `${stdout}\n${stderr}\n${error?.message ?? ''}`
  const passed = [...output.matchAll(/^test result: ok\. (\d+) passed|^ℹ pass (\d+)|^# pass (\d+)/gm)]
  const tests = passed.reduce((sum, [, rust, spec, tap]) => sum + Number(rust ?? spec ?? tap), 0)
  return { ok: status === 0, tests, output }
}

/**
 * Miri runs whatever the processor that is asked for runs, without having it.
 *
 * @param {string} features
 */
function miri(features) {
  const checks = ['batches_are_hashed', 'arguments_are_read']
  const args = ['+nightly', 'miri', 'test', '--no-default-features', '--test', 'corpora', '--', ...checks]
  return run('cargo', args, { RUSTFLAGS: `-Ctarget-feature=${features}`, MIRIFLAGS: '-Zmiri-disable-isolation' })
}

function core() {
  const args = ['test', '--no-default-features', '--lib', '--test', 'corpora', '--target', TARGET, '--target-dir', work]
  return run('cargo', ['+nightly', ...args], { RUSTFLAGS: '-Zsanitizer=address' })
}

/** A copy of the package with an addon that is watched, in a Node that has the sanitizer loaded before all else. */
function addon() {
  const env = {
    RUSTFLAGS: '-Zsanitizer=address',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_STRIP: 'none',
    CARGO_PROFILE_RELEASE_DEBUG: 'line-tables-only',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  }
  const args = ['rustc', '--release', '--lib', '--crate-type', 'cdylib', '--target', TARGET, '--target-dir', work]
  const built = run('cargo', ['+nightly', ...args], env)
  if (!built.ok) {
    return built
  }
  const folder = path.join(work, 'package')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const { files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  for (const name of ['package.json', '__test__', 'examples', 'benches', 'scripts', ...files]) {
    if (!name.endsWith('.node') && existsSync(path.join(root, name))) {
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
    }
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  const library = path.join(work, TARGET, 'release', 'libposthog_node_native.so')
  cpSync(library, path.join(folder, 'posthog-node-native.linux-x64-gnu.node'))
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports)
  const tests = run(process.execPath, ['--test', '--test-reporter=spec', ...ADDON_TESTS], addressSanitizer(), folder)
  return { ...tests, output: tests.output + readReports() }
}

/** Each process of the tests writes a report of its own if there is something to tell. */
function addressSanitizer() {
  const runtime = spawnSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim()
  const options = [
    ...['detect_leaks=1', 'exitcode=0', 'abort_on_error=1', `log_path=${path.join(reports, 'report')}`],
    // Each line names the library too.
    `stack_trace_format="    #%n %p %F %S %M"`,
  ]
  return { LD_PRELOAD: runtime, ASAN_OPTIONS: options.join(':') }
}

/**
 * The reports, without two kinds of leaks: those of Node itself, which lets go of little of what it has when it ends, and the
 * reference to each class that napi-rs keeps in each environment and never deletes, some 40 bytes.
 */
function readReports() {
  const parts = readdirSync(reports).flatMap((name) => {
    const text = readFileSync(path.join(reports, name), 'utf8')
    return text.includes('ERROR: LeakSanitizer') ? text.split(/\n(?=(?:Direct|Indirect) leak)/) : [text]
  })
  const leaks = parts.filter((part) => /^(Direct|Indirect) leak/.test(part))
  const addons = leaks.filter((part) => part.includes('posthog-node-native.linux-x64-gnu.node'))
  const ours = addons.filter((part) => !/napi_create_reference[^]*register_classes/.test(part))
  const errors = parts.filter((part) => part.includes('ERROR: AddressSanitizer'))
  const counts = [leaks.length - addons.length, addons.length - ours.length, ours.length]
  const header = `leaks in ${counts[0]} places of Node itself, ${counts[1]} of napi-rs, ${counts[2]} of the addon\n`
  return [header, ...ours.map((leak) => `ERROR: LeakSanitizer: ${leak}`), ...errors].join('\n')
}
