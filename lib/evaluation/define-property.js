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

/**
 * Assigns to a property of an ordinary object, also where the name is one that every object inherits: somebody may have
 * frozen Object.prototype, and an assignment to `constructor` throws then.
 *
 * @param {Record<string, any>} object
 * @param {string} key
 * @param {unknown} value
 */
function assign(object, key, value) {
  if (key in Object.prototype && key !== '__proto__') {
    defineProperty(object, key, value)
  } else {
    object[key] = value
  }
}

module.exports = { assign, defineProperty }
