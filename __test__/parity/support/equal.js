'use strict'

/**
 * Deep equality as strict as two answers of one API must be: Object.is for numbers (so -0 and NaN count), own
 * enumerable keys with `undefined` distinct from absent, any key order.
 */
function isEqual(left, right) {
  if (Object.is(left, right)) {
    return true
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false
  }
  if (Array.isArray(left) !== Array.isArray(right)) {
    return false
  }
  if (Array.isArray(left)) {
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]))
  }
  const leftKeys = Object.keys(left)
  return (
    leftKeys.length === Object.keys(right).length &&
    leftKeys.every((key) => Object.prototype.hasOwnProperty.call(right, key) && isEqual(left[key], right[key]))
  )
}

/** The keys whose values differ between two records, sorted. */
function differingKeys(left, right) {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key)
  return [...keys].filter((key) => has(left, key) !== has(right, key) || !isEqual(left[key], right[key])).sort()
}

module.exports = { isEqual, differingKeys }
