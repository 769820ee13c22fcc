'use strict'

const REDACTED = '[redacted]'
/** A shorter text is no key of PostHog's, and could be part of any word. */
const SHORTEST_KEY = 8

/**
 * Takes keys out of texts that others wrote: a `fetch` that quotes the address it could not reach or a header it could
 * not send, a gateway that repeats the request in its answer.
 *
 * @param {unknown[]} keys
 * @returns {(text: string) => string}
 */
function createRedactor(keys) {
  const forms = new Set()
  for (const key of keys) {
    if (typeof key === 'string' && key.length >= SHORTEST_KEY) {
      forms.add(key).add(JSON.stringify(key).slice(1, -1)).add(encode(key))
    }
  }
  return (text) => Array.from(forms).reduce((rest, form) => rest.replaceAll(form, REDACTED), text)
}

/**
 * The user name and the password that the address of a server includes, together and each.
 *
 * @param {string} address
 */
function credentialsOf(address) {
  const [, both] = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]*([^/\\?#]*)@/i.exec(address) ?? []
  return both === undefined ? [] : [both, ...both.split(':')]
}

/** @param {string} key */
function encode(key) {
  try {
    return encodeURIComponent(key)
  } catch {
    // A text with half of a surrogate pair cannot be encoded.
    return key
  }
}

/**
 * @param {Error} error
 * @param {(text: string) => string} redact
 * @returns {Error} the same error if it holds nothing to hide
 */
function redactError(error, redact) {
  const message = redact(error.message)
  if (message === error.message) {
    return error
  }
  const copy = new Error(message)
  copy.name = error.name
  return copy
}

module.exports = { createRedactor, credentialsOf, redactError }
