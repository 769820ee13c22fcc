// Builds the tree and runs its tests.
import { spawn } from 'node:child_process'

/**
 * What tests may use, in seconds of CPU time, so that other work on the machine is not counted: those of a module take a
 * tenth of a second, all take one.
 */
const MODULE_CPU_SECONDS = 2
const CPU_SECONDS = 6

/** For what waits without end. */
const TEST_SECONDS = 300
const BUILD_SECONDS = 1800

/** For functions that hold many bodies and call each other many times. */
const STACK_BYTES = 256 * 1024 * 1024

/** For what allocates without end. */
const MEMORY_KILOBYTES = 8 * 1024 * 1024

/**
 * @typedef {{ file: string, line: number, text: string }} BuildError
 * @typedef {{ program: string, errors: BuildError[] }} Build
 * @typedef {'caught' | 'missed' | 'timeout'} Verdict
 */

/**
 * Builds the test program.
 *
 * @param {string} tree
 * @param {string} target
 * @returns {Promise<Build>}
 */
export async function build(tree, target) {
  const args = ['test', '--no-run', '--profile=mutants', '--lib', '--message-format=json']
  const { output } = await run('cargo', args, { cwd: tree, env: { CARGO_TARGET_DIR: target }, seconds: BUILD_SECONDS })
  let program = ''
  /** @type {BuildError[]} */
  const errors = []
  for (const line of output.split('\n').filter((line) => line.startsWith('{'))) {
    const message = JSON.parse(line)
    if (message.reason === 'compiler-artifact' && message.profile.test) {
      program = message.executable
    } else if (message.reason === 'compiler-message' && message.message.level === 'error') {
      const { spans, rendered } = message.message
      const at = spans.find((/** @type {any} */ span) => span.is_primary)
      if (at) {
        errors.push({ file: at.file_name, line: at.line_start, text: rendered })
      }
    }
  }
  if (program === '' && errors.length === 0) {
    errors.push({ file: '', line: 0, text: output })
  }
  return { program, errors }
}

/**
 * Runs the tests with one mutant switched on, until they notice: the tests of its own module, which find most, then all
 * unit tests, then the replay of recorded answers.
 *
 * @param {string} program
 * @param {string} tree
 * @param {{ number: number, file: string }} mutant its number, 0 for none
 * @returns {Promise<{ verdict: Verdict, output: string }>}
 */
export async function runTests(program, tree, { number, file }) {
  const module = file.replace(/^src\//, '').replace(/(\/mod)?\.rs$/, '')
  const stages = [
    { chosen: `${module.replaceAll('/', '::')}::`, seconds: MODULE_CPU_SECONDS },
    { chosen: '--skip=agreement::', seconds: CPU_SECONDS },
    { chosen: 'agreement::', seconds: CPU_SECONDS },
  ]
  let output = ''
  for (const { chosen, seconds } of stages) {
    const limits = `ulimit -t ${seconds} && ulimit -v ${MEMORY_KILOBYTES} && exec "$0" "$@"`
    const result = await run('sh', ['-c', limits, program, '--test-threads=1', chosen], {
      cwd: tree,
      env: { PLANTED: String(number), RUST_MIN_STACK: String(STACK_BYTES), RUST_BACKTRACE: '0' },
      seconds: TEST_SECONDS,
    })
    output += result.output
    if (result.signal === 'SIGKILL' || result.signal === 'SIGXCPU') {
      return { verdict: 'timeout', output }
    }
    if (result.code !== 0) {
      return { verdict: 'caught', output }
    }
  }
  return { verdict: 'missed', output }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: Record<string, string>, seconds: number }} options
 * @returns {Promise<{ code: number | null, signal: string | null, output: string }>}
 */
function run(command, args, { cwd, env, seconds }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const limit = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    /** @type {Buffer[]} */
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      resolve({ code, signal, output: Buffer.concat(chunks).toString() })
    })
  })
}
