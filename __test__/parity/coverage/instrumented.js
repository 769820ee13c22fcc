'use strict'

// An addon that counts what it executes, and the tools that read its counts. Both come from a nightly Rust, because only
// that counts branches, and because counts are read by the LLVM that wrote them.

const path = require('node:path')
const { existsSync } = require('node:fs')
const { execFileSync } = require('node:child_process')

const root = path.join(__dirname, '../../..')
const target = path.join(root, 'target', 'coverage')

const NEEDED = 'coverage needs a nightly Rust: rustup toolchain install nightly --component llvm-tools'

/** The folder of `llvm-cov` and `llvm-profdata`. */
function toolFolder() {
  try {
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    const sysroot = execFileSync('rustc', ['+nightly', '--print', 'sysroot'], options).trim()
    const [, host] = /^host: (.+)$/m.exec(execFileSync('rustc', ['+nightly', '-vV'], options))
    const folder = path.join(sysroot, 'lib', 'rustlib', host, 'bin')
    if (existsSync(path.join(folder, 'llvm-cov'))) {
      return folder
    }
  } catch {
    // There is no rustup, or no nightly.
  }
  throw new Error(NEEDED)
}

/** Builds it; dependencies stay as they are. Returns its path. */
function buildInstrumented() {
  const cargo = ['+nightly', 'rustc', '--quiet', '--lib', '--crate-type', 'cdylib', '--target-dir', target]
  execFileSync('cargo', [...cargo, '--', '-Cinstrument-coverage', '-Zcoverage-options=branch'], {
    cwd: root,
    stdio: 'inherit',
    // Optimised a little, or the run takes several times as long; without symbols, which nobody reads here.
    env: { ...process.env, CARGO_PROFILE_DEV_OPT_LEVEL: '1', CARGO_PROFILE_DEV_DEBUG: '0' },
  })
  const prefix = { win32: '', default: 'lib' }[process.platform] ?? 'lib'
  const suffix = { win32: 'dll', darwin: 'dylib' }[process.platform] ?? 'so'
  return path.join(target, 'debug', `${prefix}posthog_node_native.${suffix}`)
}

/** Reads all counts in `folder` about the sources in `paths`, as `llvm-cov export` writes them. */
function readCounts(tools, addon, folder, paths) {
  const profile = path.join(folder, 'all.profdata')
  execFileSync(path.join(tools, 'llvm-profdata'), ['merge', '--sparse', folder, '-o', profile])
  const json = execFileSync(
    path.join(tools, 'llvm-cov'),
    ['export', addon, `--instr-profile=${profile}`, '--skip-functions', ...paths],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30 }
  )
  return JSON.parse(json).data[0].files
}

module.exports = { root, toolFolder, buildInstrumented, readCounts }
