'use strict'

const { spawn } = require('node:child_process')
const { EventEmitter, once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const readline = require('node:readline')

const { closing } = require('../../../support/closing')

/** @typedef {{ what: string, ready: boolean, flags: string[], source?: string, role?: string, message?: string }} Line */

/** A process that shares definitions by a file, see `member.js`. */
class Member {
  /** @param {import('node:test').TestContext} t @param {object} options of its client */
  constructor(t, options) {
    /** @type {Line[]} */
    this.lines = []
    this.output = ''
    this._news = new EventEmitter()
    this.child = spawn(process.execPath, [path.join(__dirname, 'member.js'), JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stdin.on('error', () => {})
    this.child.stderr.on('data', (/** @type {Buffer} */ text) => {
      this.output += text
      this._news.emit('line')
    })
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line))
      this._news.emit('line')
    })
    this.child.on('close', () => this._news.emit('line'))
    closing(t, () => this.kill())
  }

  /** @param {(line: Line) => boolean} isIt @returns {Promise<Line>} the first line of which this is so */
  async said(isIt) {
    for (;;) {
      const line = this.lines.find(isIt)
      if (line !== undefined) {
        return line
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the process has ended: ${JSON.stringify(this.lines)} ${this.output}`)
      }
      await once(this._news, 'line')
    }
  }

  /** What it holds now. */
  async state() {
    const from = this.lines.length
    this.child.stdin.write('say\n')
    return this.said((line) => line.what === 'told' && this.lines.indexOf(line) >= from)
  }

  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return
    }
    const closed = once(this.child, 'close')
    this.child.kill('SIGKILL')
    await closed
  }
}

/** A folder that is removed after the test. @param {import('node:test').TestContext} t */
function temporaryFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'posthog-file-'))
  // A client that is being shut down may write to it still.
  closing(t, () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return folder
}

module.exports = { Member, temporaryFolder }
