'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Writable } = require('node:stream')

const { main } = require('../../../cli/main.js')

const ROOT = path.join(__dirname, '../../..')
const BIN = path.join(ROOT, 'bin', 'posthog-node-native.js')

/** Nothing of the machine's own that a command would read. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/POSTHOG|COLOR|COLUMNS|_PROXY|_proxy|^CI$/.test(name))
)

/**
 * Runs the command in a process of its own.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, flags?: string[], bin?: string }} [how]
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string, json: any }>}
 */
async function run(args, { env = {}, cwd = ROOT, flags = [], bin = BIN } = {}) {
  const child = spawn(process.execPath, [...flags, bin, ...args], {
    cwd,
    env: { ...ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const [code] = await once(child, 'close')
  return {
    code,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout)
    },
  }
}

/**
 * Runs the command in this process, which takes a tenth of the time: for what it prints and answers. What it does to a process,
 * such as to its output and its end, `run` shows.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [how]
 * @returns {ReturnType<typeof run>}
 */
async function runHere(args, { env = {}, cwd = ROOT } = {}) {
  const [stdout, stderr] = [new Sink(), new Sink()]
  const code = await main(args, { stdout, stderr, env: { ...ENV, ...env }, cwd })
  return {
    code,
    stdout: stdout.text,
    stderr: stderr.text,
    get json() {
      return JSON.parse(stdout.text)
    },
  }
}

/** Keeps what is written, as a pipe takes it: as UTF-8. */
class Sink extends Writable {
  constructor() {
    super({
      write: (chunk, _, done) => {
        this.text += chunk
        done()
      },
    })
    this.text = ''
  }
}

/** A folder with files, gone once the test is over. */
class Folder {
  /**
   * @param {import('node:test').TestContext} test
   * @param {Record<string, string>} files contents by name
   */
  constructor(test, files) {
    this.path = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-'))
    for (const [name, contents] of Object.entries(files)) {
      writeFileSync(path.join(this.path, name), contents)
    }
    test.after(() => rmSync(this.path, { recursive: true }))
  }

  /** @param {string} name */
  file(name) {
    return path.join(this.path, name)
  }
}

module.exports = { BIN, Folder, ROOT, run, runHere }
