'use strict'

/**
 * The payload of one value of a flag: parsed once, and a fresh copy each time, as in posthog-node, so that a caller may
 * change it.
 */
class Payload {
  /** @param {unknown} stored as the definition holds it */
  constructor(stored) {
    this._value = typeof stored === 'string' ? parseLeniently(stored) : stored
    /** What the definition holds unparsed is handed out as it is. */
    this._isShared = typeof stored !== 'string' || typeof this._value !== 'object' || this._value === null
  }

  /** @returns {any} */
  fresh() {
    return this._isShared ? this._value : copy(this._value)
  }
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

/**
 * Copies what JSON.parse has made, which takes a fraction of the time of parsing it again.
 *
 * @param {any} value
 * @returns {any}
 */
function copy(value) {
  if (Array.isArray(value)) {
    return value.map((item) => (typeof item === 'object' && item !== null ? copy(item) : item))
  }
  const fields = { ...value }
  for (const key in fields) {
    const field = fields[key]
    if (typeof field === 'object' && field !== null) {
      if (key === '__proto__') {
        // An own field of that name, which an assignment would not reach.
        Object.defineProperty(fields, key, { value: copy(field), enumerable: true, configurable: true, writable: true })
      } else {
        fields[key] = copy(field)
      }
    }
  }
  return fields
}

module.exports = { Payload, payloadOf }
