'use strict'

/**
 * Gives an object a property of its own whatever the name, as an assignment does for ordinary names. A descriptor that
 * inherits would take `get` or `set` from an Object.prototype that somebody has polluted.
 *
 * @param {object} object
 * @param {string} key
 * @param {unknown} value
 * @param {boolean} [enumerable]
 */
function defineProperty(object, key, value, enumerable = true) {
  /** @type {any} */
  const descriptor = { __proto__: null, value, enumerable, configurable: true, writable: true }
  Object.defineProperty(object, key, descriptor)
}

module.exports = { defineProperty }
