// A copy of the package whose addon can be spoilt, and programs that use it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The name of the addon that was built for this machine. */
export const ADDON = addonName()

function addonName() {
  const names = readdirSync(root).filter((name) => /^posthog-node-native\..+\.node$/.test(name))
  assert.equal(
    names.length,
    1,
    `expected one addon, as built for this machine, but found ${names.join(', ') || 'none'}`
  )
  return names[0]
}

/** The contents of the addon, which may be changed. */
export function readAddon() {
  return readFileSync(path.join(root, ADDON))
}

/**
 * The addon with a text in it replaced by one that is not longer.
 *
 * @param {string} text
 * @param {string} by
 */
export function patchAddon(text, by) {
  const bytes = readAddon()
  const replacement = Buffer.from(by.padEnd(text.length, '\0'), 'latin1')
  let patched = 0
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) {
    replacement.copy(bytes, at)
    patched += 1
  }
  assert.ok(patched > 0, `the addon does not contain ${text}`)
  return bytes
}

/** A folder with the package's JavaScript, its dependencies and the files given, instead of its addon. */
export class PackageCopy {
  /** @param {Record<string, string | Uint8Array>} [files] by path */
  constructor(files = {}) {
    this.folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-')))
    for (const name of ['index.js', 'index.mjs', 'package.json', 'bin', 'cli', 'lib']) {
      cpSync(path.join(root, name), path.join(this.folder, name), { recursive: true })
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'))
    for (const [name, contents] of Object.entries(files)) {
      writeFileSync(path.join(this.folder, name), contents)
    }
  }

  remove() {
    rmSync(this.folder, { recursive: true })
  }
}

/** Uses clients, texts from providers and the evaluator without a client; prints what it saw. */
const USE = `
  const flags = [{ key: 'f', active: true, filters: { groups: [{ properties: [] }] } }]
  const document = JSON.stringify({ flags })
  class Cache {
    #document
    constructor(document) { this.#document = document }
    getFlagDefinitions() { return this.#document }
    shouldFetchFlagDefinitions() { return false }
    onFlagDefinitionsReceived() {}
    shutdown() {}
  }
  const values = []
  const engines = []
  for (const stored of [{ flags }, document, Buffer.from(document), new TextEncoder().encode(document)]) {
    const provider = new Cache(stored)
    const options = { featureFlagsPollingInterval: null, flagDefinitionCacheProvider: provider, native: NATIVE }
    const client = new PostHog('phc_x', options)
    await client.waitForLocalEvaluationReady(5000)
    values.push((await client.getAllFlags('kari', { onlyEvaluateLocally: true })).f)
    engines.push(client.localEvaluationEngine, typeof client.localEvaluator)
    if (client.options.flagDefinitionCacheProvider !== provider) throw new Error('the provider is not the one given')
    await client.shutdown()
  }
  const isAddonLoaded = process.report.getReport().sharedObjects.some((file) => file.endsWith('.node'))
  let refusal
  try { new LocalEvaluator({ flags }) } catch ({ message, code }) { refusal = { message, code } }
  console.log(JSON.stringify({ values, engines, isAddonLoaded, refusal }))
`

/** What stands between the errors of one use and the next. */
const NEXT = '--- next ---'

/**
 * Runs that program with the package in a folder, in one process once for each option `native`, in this order.
 *
 * @param {string} folder
 * @param {'require' | 'import'} system
 * @param {unknown[]} natives
 * @param {Omit<NonNullable<Parameters<typeof use>[2]>, 'native'>} [how]
 * @returns of each what it saw, what was printed, and whether it threw
 */
export function useInTurn(folder, system, natives, how = {}) {
  const each = `
    for (const NATIVE of ${JSON.stringify(natives.map((native) => native ?? null))}.map((native) => native ?? undefined)) {
      try { ${USE} } catch (error) {
        console.error(error)
        console.log(JSON.stringify({ hasThrown: true }))
      }
      console.error('${NEXT}')
    }`
  const { status, signal, stdout, stderr } = runProgram(folder, system, each, how)
  assert.deepEqual([status, signal], [0, null], stderr)
  const errors = stderr.split(`${NEXT}\n`)
  return stdout
    .trim()
    .split('\n')
    .map((line, index) => ({ hasThrown: false, ...JSON.parse(line), stderr: errors[index] }))
}

/**
 * Runs that program with the package in a folder.
 *
 * @param {string} folder
 * @param {'require' | 'import'} system
 * @param {{ native?: unknown, flags?: string[], env?: Record<string, string>, before?: string }} [how] the option
 *   `native` of the clients, and what Node is given: flags, environment, and what to do before the package is loaded
 */
export function use(folder, system, { native, ...how } = {}) {
  const program = `const NATIVE = ${JSON.stringify(native)}; ${USE}`
  const { status, signal, stdout, stderr } = runProgram(folder, system, program, how)
  return { status, signal, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) }
}

/**
 * @param {string} folder
 * @param {'require' | 'import'} system
 * @param {string} program that has the package's exports
 * @param {Omit<NonNullable<Parameters<typeof use>[2]>, 'native'>} how
 */
function runProgram(folder, system, program, { flags = [], env = {}, before = '' }) {
  const names = '{ PostHog, LocalEvaluator }'
  const source =
    system === 'require'
      ? `${before}; const ${names} = require('./index.js'); (async () => { ${program} })()`
      : `${before}; const ${names} = await import('./index.mjs'); ${program}`
  const type = system === 'import' ? ['--input-type=module'] : []
  return spawnSync(process.execPath, [...flags, ...type, '-e', source], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  })
}

export { root }
