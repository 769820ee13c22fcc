// Makes a fresh clone ready: installs npm dependencies when they are missing and builds the addon when it is stale.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BUILD_COMMAND } from './addon/build.mjs'
import { root, runCaptured } from './run.mjs'

/** What `napi build` writes beside the addon; it is committed. */
export const GENERATED_FILES = ['lib/addon/binding.d.ts']

/** How it is built; package.json names the targets. */
const BUILD_SCRIPTS = ['package.json', 'scripts/addon/build.mjs', 'scripts/addon/cargo.mjs']

const ADDON = /^posthog-node-native\..+\.node$/
const STAMP = path.join(root, 'target', 'addon-inputs.json')

/** A step of preparation failed; the message holds the whole output of the command. */
class PrepareError extends Error {}

/**
 * Installs npm dependencies if they are missing or older than package-lock.json, then builds the addon if it is stale.
 * Ends the process with exit code 1 and the failing command's output if either cannot be done.
 *
 * @returns {Promise<{ outdated: string[] }>} the generated files that the build had to correct
 */
export async function prepare() {
  try {
    requireNodeVersion()
    await installDependencies()
    return { outdated: await buildAddon() }
  } catch (error) {
    if (!(error instanceof PrepareError)) {
      throw error
    }
    console.error(error.message)
    process.exit(1)
  }
}

function requireNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (!((major === 20 && minor >= 20) || (major === 22 && minor >= 22) || major > 22)) {
    throw new PrepareError(`expected Node ^20.20.0 or >=22.22.0, as posthog-node requires; this is ${process.version}`)
  }
}

async function installDependencies() {
  if (dependenciesAreInstalled()) {
    return
  }
  console.log('Installing npm dependencies …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { ok, output } = await runCaptured(npm, ['ci', '--no-audit', '--no-fund'])
  if (!ok) {
    throw new PrepareError(`npm ci failed:\n${output}`)
  }
}

/** Compares package-lock.json with the copy npm keeps of what it installed; optional packages vary by platform. */
function dependenciesAreInstalled() {
  const installedLock = path.join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedLock)) {
    return false
  }
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages
  return Object.keys(wanted).every(
    (name) => name === '' || wanted[name].optional || installed[name]?.version === wanted[name].version
  )
}

async function buildAddon() {
  const inputs = digest([
    ...['Cargo.toml', 'Cargo.lock', 'build.rs', ...BUILD_SCRIPTS].map((name) => path.join(root, name)),
    ...filesUnder(path.join(root, 'src')),
  ])
  if (existsSync(STAMP)) {
    const stamp = JSON.parse(readFileSync(STAMP, 'utf8'))
    if (stamp.inputs === inputs && stamp.outputs === digest(builtFiles())) {
      return []
    }
  }
  const before = GENERATED_FILES.map(readIfPresent)
  console.log('Building the addon (a few minutes the first time) …')
  const { ok, output } = await runCaptured(...BUILD_COMMAND)
  if (!ok) {
    throw new PrepareError(`building the addon failed:\n${output}\nIt needs a stable Rust (https://rustup.rs).`)
  }
  mkdirSync(path.dirname(STAMP), { recursive: true })
  writeFileSync(STAMP, JSON.stringify({ inputs, outputs: digest(builtFiles()) }))
  return GENERATED_FILES.filter((name, index) => readIfPresent(name) !== before[index])
}

function builtFiles() {
  const addons = readdirSync(root).filter((name) => ADDON.test(name))
  const generated = GENERATED_FILES.filter((name) => existsSync(path.join(root, name)))
  return [...addons, ...generated].map((name) => path.join(root, name))
}

/** @param {string} name */
function readIfPresent(name) {
  const file = path.join(root, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(directory, entry.name)
      return entry.isDirectory() ? filesUnder(file) : [file]
    })
}

/**
 * One hash over names and contents. Contents rather than times: a checkout gives every file a new time.
 *
 * @param {string[]} files
 */
function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  }
  return hash.digest('hex')
}
