'use strict'

// An addon that counts what it executes, and its counts: cargo-llvm-cov builds the one and reads the other. It takes a nightly
// Rust, because only that counts branches.

const path = require('node:path')
const { execFileSync } = require('node:child_process')

const root = path.join(__dirname, '../../..')

const NEEDED =
  'expected cargo-llvm-cov and a nightly Rust; install them: cargo install cargo-llvm-cov --locked, ' +
  'rustup toolchain install nightly --component llvm-tools'

/** @typedef {Record<string, string | undefined>} Environment */

/** @param {string[]} args @param {Environment} env @param {'ignore' | 'inherit'} messages */
function cargo(args, env, messages = 'inherit') {
  return execFileSync('cargo', ['+nightly', ...args], {
    cwd: root,
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', messages],
  })
}

/**
 * The environment in which the addon is built, the processes run that load it, and their counts are read.
 *
 * @returns {Environment}
 */
function coverageEnvironment() {
  // Its own folder, or each measurement would undo what other builds keep.
  const env = { ...process.env, CARGO_TARGET_DIR: path.join(root, 'target', 'coverage') }
  try {
    const lines = cargo(['llvm-cov', 'show-env', '--branch'], env, 'ignore').trim().split('\n')
    const asked = lines.map((line) => /^(\w+)='?(.*?)'?$/s.exec(line)).map(([, name, value]) => [name, value])
    return { ...env, ...Object.fromEntries(asked) }
  } catch (cause) {
    throw new Error(NEEDED, { cause })
  }
}

/**
 * Builds the addon, as far as it has changed since the last time.
 *
 * @param {Environment} env
 * @returns {string} its path
 */
function buildInstrumented(env) {
  // Otherwise the counts of an earlier measurement would be added.
  cargo(['llvm-cov', 'clean', '--profraw-only'], env)
  // Optimised a little, or the run takes several times as long; without symbols, which nobody reads here.
  const profile = { CARGO_PROFILE_DEV_OPT_LEVEL: '1', CARGO_PROFILE_DEV_DEBUG: '0' }
  cargo(['rustc', '--quiet', '--lib', '--crate-type', 'cdylib'], { ...env, ...profile })
  const prefix = { win32: '', default: 'lib' }[process.platform] ?? 'lib'
  const suffix = { win32: 'dll', darwin: 'dylib' }[process.platform] ?? 'so'
  return path.join(env.CARGO_TARGET_DIR, 'debug', `${prefix}posthog_node_native.${suffix}`)
}

/**
 * All counts, as `llvm-cov export` writes them, with the name that each file has in the repository.
 *
 * @param {Environment} env
 */
function readCounts(env) {
  const { files } = JSON.parse(cargo(['llvm-cov', 'report', '--branch', '--json', '--skip-functions'], env)).data[0]
  return files.map((counts) => ({ ...counts, file: path.relative(root, counts.filename).replaceAll(path.sep, '/') }))
}

module.exports = { buildInstrumented, coverageEnvironment, readCounts, root }
