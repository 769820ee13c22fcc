// A real Redis on loopback that can be stopped and started again on the same port.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from '../../../support/free-port.mjs'
import { within } from './deadline.mjs'

/** Why tests that need Redis are skipped, or `false`. In CI a missing server fails them instead. */
export const skip =
  !process.env.CI && spawnSync('redis-server', ['--version']).error !== undefined
    ? 'redis-server is not installed (Debian and Ubuntu: apt-get install redis-server)'
    : false

/** The servers of this protocol on this machine: Valkey too where it is installed. */
export const PROGRAMS = ['redis-server', 'valkey-server'].filter(
  (program) => program === 'redis-server' || spawnSync(program, ['--version']).error === undefined
)

export class RedisServer {
  /** @param {{ program?: string, settings?: string[] }} [options] */
  static async start(options) {
    const server = new RedisServer(await freePort(), options)
    await server.start()
    return server
  }

  /**
   * @param {number} port
   * @param {{ program?: string, settings?: string[] }} [options]
   */
  constructor(port, { program = 'redis-server', settings = [] } = {}) {
    this.port = port
    this._program = program
    this._settings = settings
    /** @type {import('node:child_process').ChildProcess | undefined} */
    this._process = undefined
    /** For what it writes, as a replica does. @type {string | undefined} */
    this._folder = undefined
    this._killOnExit = () => this._end()
    process.on('exit', this._killOnExit)
  }

  /** Starts it, with an empty database: it finds nothing on disk. */
  async start() {
    this._folder = mkdtempSync(path.join(tmpdir(), 'redis-'))
    const usual = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--dir', this._folder]
    const child = spawn(this._program, [...usual, ...this._settings], { stdio: ['ignore', 'pipe', 'inherit'] })
    this._process = child
    const ready = new Promise((resolve, reject) => {
      let output = ''
      child.stdout.on('data', (chunk) => {
        output += chunk
        if (output.includes('Ready to accept connections')) resolve(undefined)
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`${this._program} ended with ${code}:\n${output}`)))
    })
    await within(10_000, `${this._program} to accept connections`, ready)
  }

  /** From now on it takes connections and commands, and answers none. */
  hang() {
    this._process?.kill('SIGSTOP')
  }

  /** It answers what it was asked meanwhile, and goes on. */
  resume() {
    this._process?.kill('SIGCONT')
  }

  /** Stops it and cuts all connections. */
  async stop() {
    const child = this._process
    if (child !== undefined && child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    this._end()
  }

  _end() {
    this._process?.kill('SIGKILL')
    this._process = undefined
    if (this._folder !== undefined) {
      rmSync(this._folder, { recursive: true, force: true })
      this._folder = undefined
    }
  }

  async close() {
    await this.stop()
    process.off('exit', this._killOnExit)
  }
}
