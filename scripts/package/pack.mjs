// `npm run pack`: builds the addons that this machine can build as they are published, and makes the tarball with them.
//   --targets linux-x64-gnu,…   builds these
//   --built                     builds nothing: takes the addons in target/pack/addons/, which must be all of a release
//   --repository owner/name     is named in the package, as npm's provenance demands
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ADDONS_FOLDER, buildForRelease } from '../addon/build.mjs'
import { helpIfAsked } from '../help.mjs'
import { PACKED_FOLDER, packWith } from './tarball.mjs'
import { addonName, RELEASE_TARGETS, releaseTarget } from '../addon/targets.mjs'
import { overBudget } from './size-budget.mjs'

helpIfAsked(import.meta.url)

const { values: options } = parseArgs({
  options: {
    targets: { type: 'string' },
    built: { type: 'boolean', default: false },
    repository: { type: 'string' },
  },
})

const names = options.built ? everyTarget() : await buildTargets()
if (names !== undefined) {
  const addons = names.map((name) => path.join(ADDONS_FOLDER, addonName(name)))
  report(packWith(addons, PACKED_FOLDER, options))
}

/** @returns {string[]} */
function everyTarget() {
  const missing = RELEASE_TARGETS.filter(({ name }) => !existsSync(path.join(ADDONS_FOLDER, addonName(name))))
  if (missing.length > 0) {
    throw new Error(`expected an addon for every target; none for ${missing.map(({ name }) => name).join(', ')}`)
  }
  return RELEASE_TARGETS.map(({ name }) => name)
}

/** @returns {Promise<string[] | undefined>} nothing if one of them could not be built */
async function buildTargets() {
  // What is here of an earlier state must not get into this package.
  rmSync(ADDONS_FOLDER, { recursive: true, force: true })
  const wanted = options.targets?.split(',').map(releaseTarget) ?? RELEASE_TARGETS
  const names = []
  for (const target of wanted) {
    const obstacle = options.targets === undefined ? obstacleTo(target) : undefined
    if (obstacle !== undefined) {
      console.log(`${target.name} is not built here: ${obstacle}`)
      continue
    }
    console.log(`Building the addon for ${target.name} …`)
    if (!(await buildForRelease(target))) {
      return undefined
    }
    names.push(target.name)
  }
  return names
}

/**
 * Why this machine cannot build for a target, as far as that is known without trying.
 *
 * @param {import('../addon/targets.mjs').ReleaseTarget} target
 * @returns {string | undefined}
 */
function obstacleTo({ name, triple, toolchain }) {
  const [platform] = name.split('-')
  if (toolchain === 'host' && platform !== process.platform) {
    return `it needs a machine that runs ${platform}`
  }
  if (toolchain !== 'host' && process.platform !== 'linux') {
    return 'its toolchain runs on Linux'
  }
  if (toolchain === 'zig' && spawnSync('cargo-zigbuild', ['--version']).error) {
    return 'there is no cargo-zigbuild (pip install ziglang cargo-zigbuild)'
  }
  const { stdout } = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' })
  const standardLibraries = readdirSync(path.join(stdout.trim(), 'lib', 'rustlib'))
  return standardLibraries.includes(triple) ? undefined : `Rust lacks it (rustup target add ${triple})`
}

/** @param {import('./tarball.mjs').Packed} packed */
function report({ tarball, files, tarballBytes, unpackedBytes }) {
  files
    .filter(({ name }) => name.endsWith('.node'))
    .forEach(({ name, bytes }) => console.log(`${name}: ${megabytes(bytes)}`))
  console.log(`${tarball}: ${megabytes(tarballBytes)}, ${megabytes(unpackedBytes)} unpacked, ${files.length} files`)
  const excess = overBudget({ files, tarballBytes, unpackedBytes })
  if (excess.length > 0) {
    console.error(excess.join('\n'))
    process.exitCode = 1
  }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
