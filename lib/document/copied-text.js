'use strict'

const { defineProperty } = require('../evaluation/define-property.js')

/**
 * The JSON text of what was copied of a definitions object: plain lists and objects that nobody else holds, so that they can be
 * written at once. See `plain-text.js`.
 */

/**
 * Numbers that `JSON.stringify` writes as others. Each is copied as a text that no value is, and that is replaced in the end.
 * A quote after no backslash begins or ends a text, and one before a colon ends a name.
 */
const ODD_NUMBER = /(?<!\\)"\ufdd0(-0|-?1e400)"(?!:)/g

// Taken when this module is loaded: a program may put another function in its place later.
const { stringify } = JSON

/** @param {string} text */
function quote(text) {
  return stringify(text)
}

/**
 * The copy of a number.
 *
 * @param {number} number but NaN
 */
function numberValue(number) {
  if (Number.isFinite(number)) {
    return Object.is(number, -0) ? '\ufdd0-0' : number
  }
  // JSON.parse reads a number beyond the range of a double as infinite.
  return number > 0 ? '\ufdd01e400' : '\ufdd0-1e400'
}

/**
 * The JSON text of what was copied.
 *
 * @param {unknown} copy
 * @returns {string}
 */
function textOf(copy) {
  const text = writtenText(copy)
  return text.includes('\ufdd0') ? text.replace(ODD_NUMBER, '$1') : text
}

/** @param {unknown} copy */
function writtenText(copy) {
  // Somebody may have given all objects a method of this name.
  if (!('toJSON' in Array.prototype)) {
    try {
      return stringify(copy)
    } catch {
      // A payload nests more deeply than the stack is high.
    }
  }
  return deepText(copy)
}

/**
 * As `JSON.stringify` writes it, without recursion.
 *
 * @param {unknown} copy
 */
function deepText(copy) {
  let text = ''
  /** @type {{ text: string, value?: unknown }[]} what is to be written after that, the next one last: a text, then a value */
  const waiting = [{ text: '', value: copy }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    text += next.text
    const { value } = next
    if (typeof value !== 'object' || value === null) {
      text += value === undefined ? '' : stringify(value)
      continue
    }
    const isList = Array.isArray(value)
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    text += isList ? '[' : '{'
    waiting.push({ text: isList ? ']' : '}' })
    for (let index = fields.length - 1; index >= 0; index--) {
      const [name, field] = fields[index]
      waiting.push({ text: (index === 0 ? '' : ',') + (isList ? '' : `${quote(name)}:`), value: field })
    }
  }
  return text
}

/**
 * Gives an object a field, whatever its name.
 *
 * @param {any} object
 * @param {string} name
 * @param {unknown} value
 */
function put(object, name, value) {
  if (name in Object.prototype) {
    defineProperty(object, name, value)
  } else {
    object[name] = value
  }
}

module.exports = { numberValue, put, quote, textOf }
