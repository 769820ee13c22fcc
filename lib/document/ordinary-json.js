'use strict'

const { isProxy } = require('node:util/types')

/**
 * Most definitions are as JSON.parse makes them. V8 writes those several times faster than code that reads them field by field,
 * as `definition-text.js` does for all others.
 */

/** Values that nest more deeply are not looked through. */
const MAX_DEPTH = 40

/** The native side begins texts of its own, for what JSON has no text for, with this character. */
const RESERVED = '\ufdd0'

// Taken when this module is loaded: a program may put other functions in their place later.
const { toString: arrayToString, join, [Symbol.iterator]: iterate } = Array.prototype
const { getOwnPropertyNames, getPrototypeOf } = Object
const { ownKeys } = Reflect
const [ROOT, LIST] = [Object.prototype, Array.prototype]
const INHERITED = new Set(getOwnPropertyNames(ROOT))

/** Whether ordinary objects and lists inherit what they do in every program, and nothing else. */
function inheritOrdinarily() {
  const names = getOwnPropertyNames(ROOT)
  return names.length === INHERITED.size && names.every((name) => INHERITED.has(name)) && !('toJSON' in LIST)
}

/**
 * Whether all that can be found in a container by name is what it lists, while {@link inheritOrdinarily}.
 *
 * @param {unknown} container
 */
function isOrdinaryContainer(container) {
  return (
    container == null || (typeof container === 'object' && !isProxy(container) && getPrototypeOf(container) === ROOT)
  )
}

/**
 * The JSON text of a value that means the same value again; undefined if there might be none.
 *
 * @param {unknown} value looked at while {@link inheritOrdinarily}
 * @returns {string | undefined}
 */
function ordinaryJson(value) {
  try {
    const text = isOrdinary(value, 0) ? JSON.stringify(value) : undefined
    return text?.includes(RESERVED) ? undefined : text
  } catch {
    // A getter has thrown.
    return undefined
  }
}

/**
 * @param {unknown} value
 * @param {number} depth
 * @returns {boolean}
 */
function isOrdinary(value, depth) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return value === null || (depth < MAX_DEPTH && !isProxy(value) && holdsOrdinary(value, depth + 1))
    default:
      return false
  }
}

/**
 * @param {any} value
 * @param {number} depth
 */
function holdsOrdinary(value, depth) {
  const prototype = getPrototypeOf(value)
  if (prototype === ROOT) {
    let count = 0
    for (const key in value) {
      count++
      if (!isOrdinary(value[key], depth)) {
        return false
      }
    }
    return ownKeys(value).length === count
  }
  if (
    prototype !== LIST ||
    value[Symbol.iterator] !== iterate ||
    value.toString !== arrayToString ||
    value.join !== join
  ) {
    return false
  }
  const { length } = value
  for (let index = 0; index < length; index++) {
    if (!isOrdinary(value[index], depth)) {
      return false
    }
  }
  return !('toJSON' in value)
}

module.exports = { inheritOrdinarily, isOrdinaryContainer, ordinaryJson }
