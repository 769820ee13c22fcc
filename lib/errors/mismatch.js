'use strict'

/**
 * What a message says of something that is not as it should be. The native side words it in the same way.
 *
 * @param {string} expected
 * @param {string} received
 * @param {string} [remedy] what to do about it
 */
function mismatch(expected, received, remedy) {
  return `expected ${expected} but received ${received}${remedy === undefined ? '' : `; ${remedy}`}`
}

/**
 * The error for an argument of a wrong kind.
 *
 * @param {string} expected
 * @param {string} received
 * @param {string} [remedy] what to do about it
 */
function wrongArgument(expected, received, remedy) {
  return new TypeError(mismatch(expected, received, remedy).replace('expected', 'Expected'))
}

/**
 * A value in the words of a message; a text is quoted.
 *
 * @param {unknown} value
 */
function describeValue(value) {
  if (value === null) {
    return 'null'
  }
  switch (typeof value) {
    case 'string':
      return `'${value}' of type string`
    case 'object':
      return Array.isArray(value) ? 'an array' : 'an object'
    case 'function':
      return 'a function'
    default:
      return `${String(value)} of type ${typeof value}`
  }
}

module.exports = { describeValue, mismatch, wrongArgument }
