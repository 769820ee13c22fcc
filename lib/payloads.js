'use strict'

const { defineProperty } = require('./define-property.js')

/**
 * The payload of one value of a flag: parsed once, and a fresh copy each time, as in posthog-node, so that a caller may
 * change it.
 */
class Payload {
  /** @param {unknown} stored as the definition holds it */
  constructor(stored) {
    this._value = typeof stored === 'string' ? parseLeniently(stored) : stored
    // What the definition holds unparsed is handed out as it is.
    this._copier = typeof stored === 'string' ? createCopier(this._value) : undefined
  }

  /** @returns {any} */
  fresh() {
    return this._copier === undefined ? this._value : copy(this._copier)
  }
}

/**
 * A composite value that JSON.parse has made, with where in it there are others: to copy it then takes a fraction of the
 * time of parsing it again.
 *
 * @typedef {object} Copier
 * @property {any} value
 * @property {[key: string | number, copier: Copier][]} composites
 */

/**
 * @param {any} value
 * @returns {Copier | undefined} undefined if it is no composite
 */
function createCopier(value) {
  if (typeof value !== 'object' || value === null) {
    return undefined
  }
  /** @type {Copier['composites']} */
  const composites = []
  for (const key of Object.keys(value)) {
    const copier = createCopier(value[key])
    if (copier !== undefined) {
      composites.push([key, copier])
    }
  }
  return { value, composites }
}

/**
 * @param {Copier} copier
 * @returns {any}
 */
function copy({ value, composites }) {
  const made = Array.isArray(value) ? value.slice() : { ...value }
  for (let place = 0; place < composites.length; place++) {
    const [key, copier] = composites[place]
    if (key === '__proto__') {
      // An own field of that name, which an assignment would not reach.
      defineProperty(made, key, copy(copier))
    } else {
      made[key] = copy(copier)
    }
  }
  return made
}

/**
 * The payload of a flag's value.
 *
 * @param {Record<string, unknown> | undefined} payloads as the definition holds them, by value
 * @param {string | boolean | null} value
 * @returns {Payload | undefined} undefined if there is none
 */
function payloadOf(payloads, value) {
  if (value === false || value == null || !payloads) {
    return undefined
  }
  const stored = payloads[value === true ? 'true' : value]
  return stored ? new Payload(stored) : undefined
}

/** @param {string} text */
function parseLeniently(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

module.exports = { Payload, payloadOf }
