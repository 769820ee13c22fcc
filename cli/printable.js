'use strict'

/**
 * What others wrote, such as the key of a flag or the answer of a server, must not steer the terminal that it is printed
 * on, pass for a line of this command's, or hide.
 */

/** Controls, what turns the direction of writing, and what has no width. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** How commands to build servers begin, such as `##vso[…]`, which these find in the middle of a line too. */
const COMMAND = /##(?=\w*\[)/g

/** @type {Record<string, string>} */
const SHORT = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text of one line, with what cannot be seen as an escape of JavaScript.
 *
 * @param {string} text
 */
function printable(text) {
  return text.replace(UNSEEN, escape).replace(COMMAND, '#\\x23')
}

/** @param {string} character */
function escape(character) {
  const code = character.codePointAt(0) ?? 0
  const digits = code.toString(16)
  if (code > 0xffff) {
    return `\\u{${digits}}`
  }
  return SHORT[character] ?? (code > 0xff ? `\\u${digits.padStart(4, '0')}` : `\\x${digits.padStart(2, '0')}`)
}

/**
 * What is to stand before a line so that it is no command to the log of a build server, which `::set-output …` would be.
 *
 * @param {string} line
 */
function guardOf(line) {
  return /^\s*::/.test(line) ? '\\' : ''
}

/**
 * Prints a message that may quote others.
 *
 * @param {{ write: (text: string) => unknown }} stream
 * @param {string} message
 */
function printLine(stream, message) {
  const line = printable(message)
  stream.write(`${guardOf(line)}${line}\n`)
}

/**
 * The same for programs: JSON whose text a terminal shows as it is.
 *
 * @param {unknown} value
 */
function printableJson(value) {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => line.replace(UNSEEN, escapeInJson).replace(COMMAND, '#\\u0023'))
    .join('\n')
}

/** @param {string} character of one unit of UTF-16 or two */
function escapeInJson(character) {
  return Array.from({ length: character.length }, (_, at) => unitOf(character.charCodeAt(at))).join('')
}

/** @param {number} unit of UTF-16 */
function unitOf(unit) {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

module.exports = { guardOf, printLine, printable, printableJson }
