'use strict'

const { printableJson } = require('../printable.js')
const { Terminal } = require('../terminal.js')
const { undecidedLines } = require('./definitions.js')

/** @typedef {import('./check.js').Check} Check */

/** Raised whenever a field of the JSON is renamed, removed or given another meaning; new ones may come at any time. */
const FORMAT = 1

/** @type {Record<Check['status'], string>} */
const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', skipped: 'dim' }

const NAME_WIDTH = 16
const INDENT = 27

/** How many flags are named on the terminal. The JSON has all. */
const MAX_LINES = 20

/** Prints checks as they are made, or all of them as JSON; keys appear in neither. */
class Report {
  /**
   * @param {{ stdout: { write: (text: string) => unknown, isTTY?: boolean, columns?: number }, env: import('../terminal.js').Io['env'] }} io
   * @param {{ json: boolean, redact: (text: string) => string }} options
   */
  constructor({ stdout, env }, { json, redact }) {
    this._stdout = stdout
    this._terminal = new Terminal(stdout, env)
    this._isJson = json
    this._redact = redact
    /** @type {Check[]} */
    this._checks = []
  }

  /** @param {Check} check */
  add(check) {
    const redacted = /** @type {Check} */ (JSON.parse(this._redact(JSON.stringify(check))))
    this._checks.push(redacted)
    if (!this._isJson) {
      this._print(redacted)
    }
  }

  /** @returns {number} the exit code */
  end() {
    const count = (/** @type {Check['status']} */ status) =>
      this._checks.filter((check) => check.status === status).length
    const [problems, warnings] = [count('problem'), count('warning')]
    if (this._isJson) {
      const result = { format: FORMAT, ok: problems === 0, checks: this._checks }
      this._stdout.write(`${printableJson(result)}\n`)
    } else {
      this._terminal.line()
      this._terminal.line(`${plural(problems, 'problem')}, ${plural(warnings, 'warning')}`)
    }
    return problems === 0 ? 0 : 1
  }

  /** @param {Check} check */
  _print({ name, status, message, remedy, data }) {
    const terminal = this._terminal
    const [first, ...rest] = terminal.wrap(message, INDENT)
    terminal.line(terminal.style(COLOURS[status], status.padEnd(9)), ` ${name.padEnd(NAME_WIDTH)} ${first}`)
    rest.forEach((line) => terminal.line(line))
    const indent = ' '.repeat(INDENT)
    if (remedy !== undefined) {
      terminal.wrap(`→ ${remedy}`, INDENT).forEach((line, at) => terminal.line(at === 0 ? indent + line : line))
    }
    const undecided = /** @type {any} */ (data)?.undecided ?? []
    const lines = undecidedLines(undecided.slice(0, MAX_LINES))
    if (undecided.length > MAX_LINES) {
      lines.push(`and ${undecided.length - MAX_LINES} more, which --json names`)
    }
    for (const line of lines) {
      const [head, ...tail] = terminal.wrap(line, INDENT + 2)
      terminal.line(`${indent}- ${head}`)
      tail.forEach((more) => terminal.line(more))
    }
  }
}

/**
 * @param {number} count
 * @param {string} word
 */
function plural(count, word) {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

module.exports = { Report }
