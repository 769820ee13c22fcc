'use strict'

/**
 * Payload texts that have been parsed, with what they hold, which is never handed out itself. Definitions hold few
 * payloads, and a value is asked for its payload again and again.
 *
 * @type {Map<string, unknown>}
 */
const parsed = new Map()

/** As many parsed payloads are kept; those of a very large project, or of many documents over time, start over. */
const MAX_PARSED = 4096

/** Longer texts are parsed each time: rare, and the more so the less they are worth keeping. */
const MAX_LENGTH = 1024

/**
 * The payload of a flag's value, a fresh one each time as in posthog-node, so that a caller may change it.
 *
 * @param {Record<string, unknown> | undefined} payloads as the definition holds them
 * @param {string | boolean | null} value
 * @returns {any} null if there is none
 */
function payloadOf(payloads, value) {
  if (value === false || value == null || !payloads) {
    return null
  }
  const payload = payloads[value === true ? 'true' : value] || null
  return typeof payload === 'string' ? parse(payload) : payload
}

/** @param {string} text */
function parse(text) {
  if (text.length > MAX_LENGTH) {
    return parseLeniently(text)
  }
  let value = parsed.get(text)
  if (value === undefined) {
    value = parseLeniently(text)
    if (parsed.size === MAX_PARSED) {
      parsed.clear()
    }
    parsed.set(text, value)
  }
  return typeof value === 'object' && value !== null ? copy(value) : value
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

module.exports = { payloadOf }
