'use strict'

/**
 * What a command reads and writes beside its arguments.
 *
 * @typedef {object} Io
 * @property {NodeJS.WritableStream & { isTTY?: boolean, columns?: number }} stdout
 * @property {NodeJS.WritableStream & { isTTY?: boolean }} stderr
 * @property {Record<string, string | undefined>} env
 * @property {string} cwd
 */

const { guardOf, printable } = require('./printable.js')

/** @type {Record<string, [number, number]>} */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] }

/** Where no terminal says how wide it is, as in the log of a CI run. */
const DEFAULT_WIDTH = 100
const LEAST_WIDTH = 40
const GREATEST_WIDTH = 120

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Part of a line that has a colour. */
class Styled {
  /**
   * @param {string} name
   * @param {string} text
   */
  constructor(name, text) {
    this.name = name
    this.text = text
  }
}

/**
 * Prints for people: as wide as the terminal, in colours where that is one. Whatever it is given may quote others: it
 * prints that so that it can be seen and does nothing.
 */
class Terminal {
  /**
   * @param {{ write: (text: string) => unknown, isTTY?: boolean, columns?: number }} stream
   * @param {Record<string, string | undefined>} env
   */
  constructor(stream, env) {
    this._stream = stream
    this._isColourful = wantsColours(stream, env)
    const columns = stream.columns ?? (Number(env.COLUMNS) || DEFAULT_WIDTH)
    this.width = Math.min(Math.max(columns, LEAST_WIDTH), GREATEST_WIDTH)
  }

  /** @param {(string | Styled)[]} parts of one line */
  line(...parts) {
    const texts = parts.map((part) => printable(part instanceof Styled ? part.text : part))
    const painted = parts.map((part, at) => (part instanceof Styled ? this._paint(part.name, texts[at]) : texts[at]))
    this._stream.write(`${guardOf(texts.join(''))}${painted.join('')}\n`)
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  style(name, text) {
    return new Styled(name, text)
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  _paint(name, text) {
    const [on, off] = STYLES[name]
    return this._isColourful ? `\x1b[${on}m${text}\x1b[${off}m` : text
  }

  /**
   * Text that is broken between words, and indented from the second line on.
   *
   * @param {string} text
   * @param {number} indent
   * @returns {string[]}
   */
  wrap(text, indent) {
    return wrap(printable(text), this.width - indent).map((line, index) =>
      index === 0 ? line : ' '.repeat(indent) + line
    )
  }
}

/**
 * As Node decides for itself: `FORCE_COLOR`, then `NO_COLOR`, then whether a person is looking.
 *
 * @param {{ isTTY?: boolean }} stream
 * @param {Record<string, string | undefined>} env
 */
function wantsColours({ isTTY }, { FORCE_COLOR, NO_COLOR, TERM }) {
  if (FORCE_COLOR !== undefined) {
    return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  }
  return Boolean(isTTY) && !NO_COLOR && TERM !== 'dumb'
}

/**
 * @param {string} text
 * @param {number} width a longer word has a line to itself
 * @returns {string[]}
 */
function wrap(text, width) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line === '') {
      lines[lines.length - 1] = word
    } else if (line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`
    } else {
      lines.push(word)
    }
  }
  return lines
}

/**
 * Lines in which the columns are in line: the first to the left, the others, numbers, to the right.
 *
 * @param {string[][]} rows
 * @returns {string[]}
 */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)))
  return rows.map((cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')
  )
}

/**
 * A bar of `share` (0 to 1) of `width` columns, to an eighth of a column; never quite empty.
 *
 * @param {number} share
 * @param {number} width
 */
function bar(share, width) {
  const eighths = Math.max(1, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}

module.exports = { Terminal, bar, table }
