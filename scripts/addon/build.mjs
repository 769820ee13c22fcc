// Builds the addon. `npm run build` makes that of this machine, for development, and writes lib/addon/binding.d.ts;
// `npm run build -- --release linux-x64-gnu` makes one as it is published, in target/pack/addons/.
import { copyFileSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { requireGlibcFloor } from './glibc-floor.mjs'
import { addonName, GLIBC_FLOOR, releaseTarget } from './targets.mjs'
import { root, runAttached } from '../run.mjs'

/** @typedef {import('./targets.mjs').ReleaseTarget} ReleaseTarget */

/** Where the addons of a release are gathered. */
export const ADDONS_FOLDER = path.join(root, 'target', 'pack', 'addons')

const cli = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js')
const NAPI_BUILD = [cli, 'build', '--platform', '--release', '--no-js', '--dts', 'lib/addon/binding.d.ts']

/**
 * Windows can start no script in place of cargo: there the addon that is built for development is larger.
 *
 * @type {Record<string, string>}
 */
const CARGO = process.platform === 'win32' ? {} : { CARGO: path.join(root, 'scripts', 'addon', 'cargo.mjs') }

/**
 * The command that builds it for development, for `runCaptured` and `runAttached`.
 *
 * @type {[string, string[], Record<string, string>]}
 */
export const BUILD_COMMAND = [process.execPath, NAPI_BUILD, CARGO]

/**
 * Builds the addon of a release, and refuses it if the systems that it is for could not load it.
 *
 * @param {ReleaseTarget} target
 * @returns {Promise<boolean>} whether it is there
 */
export async function buildForRelease(target) {
  mkdirSync(ADDONS_FOLDER, { recursive: true })
  const built = await (target.toolchain === 'host' ? buildWithCargo(target) : buildWithToolchain(target))
  if (built && target.name.endsWith('-gnu')) {
    const newest = requireGlibcFloor(path.join(ADDONS_FOLDER, addonName(target.name)), GLIBC_FLOOR)
    console.log(`${addonName(target.name)} needs glibc ${newest}, and no newer one`)
  }
  return built
}

/** @param {ReleaseTarget} target */
function buildWithToolchain({ triple, toolchain }) {
  const option = toolchain === 'zig' ? '--cross-compile' : '--use-napi-cross'
  const args = [...NAPI_BUILD, '--target', triple, option, '--output-dir', ADDONS_FOLDER]
  return runAttached(process.execPath, args, { ...CARGO, RUSTFLAGS: rustFlags() })
}

/** @param {ReleaseTarget} target */
async function buildWithCargo({ name, triple }) {
  const args = ['rustc', '--lib', '--crate-type', 'cdylib', '--release', '--target', triple]
  const built = await runAttached('cargo', args, { RUSTFLAGS: rustFlags() })
  if (built) {
    const library = name.startsWith('win32-') ? 'posthog_node_native.dll' : 'libposthog_node_native.dylib'
    const file = path.join(root, 'target', triple, 'release', library)
    copyFileSync(file, path.join(ADDONS_FOLDER, addonName(name)))
  }
  return built
}

/** Panics name source files; in which folders of whose machine the addon was built is nobody's business. */
function rustFlags() {
  const cargoHome = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo')
  const names = Object.entries({ cargo: cargoHome, 'posthog-node-native': path.dirname(path.join(root, 'x')) })
  const flags = names.map(([name, folder]) => `--remap-path-prefix=${folder}=${name}`)
  return [process.env.RUSTFLAGS, ...flags].filter(Boolean).join(' ')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { release } = parseArgs({ options: { release: { type: 'string' } } }).values
  await (release === undefined ? runAttached(...BUILD_COMMAND) : buildForRelease(releaseTarget(release)))
}
