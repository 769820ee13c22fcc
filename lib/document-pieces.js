'use strict'

const { isUint8Array } = require('node:util').types

/**
 * A definitions document on its way to the native poller, as JSON. A piece crosses in a fraction of a millisecond, a whole
 * document of many megabytes would hold up the event loop.
 *
 * @typedef {Iterable<string | Uint8Array>} DocumentPieces
 */

/** About so many characters are written at once, or copied. */
const WRITTEN_LENGTH = 128 * 1024
const COPIED_LENGTH = 512 * 1024

/** As many flags are written at first, before it is known how long they are. */
const FIRST_FLAGS = 8

/**
 * What nests more deeply is left out where `JSON.stringify` cannot walk into it. The native side reads less deeply still, so
 * that the flag around it is known as one that cannot be read.
 */
const MAX_DEPTH = 200

/** The fields of a cached document that evaluation reads, in both spellings, apart from `flags`. */
const DOCUMENT_FIELDS = [
  'group_type_mapping',
  'groupTypeMapping',
  'cohorts',
  'minimal_flag_called_events',
  'minimalFlagCalledEvents',
  'property_matching_version',
  'propertyMatchingVersion',
]

/**
 * What a provider returned. Text and bytes are taken as they are.
 *
 * @param {any} document
 * @returns {DocumentPieces}
 */
function piecesOf(document) {
  if (typeof document === 'string') {
    return piecesOfText(document)
  }
  // Bytes at once: the user may write others to the same place later.
  return isUint8Array(document) ? [document] : piecesOfObject(document)
}

/**
 * @param {string} text
 * @returns {Generator<string>}
 */
function* piecesOfText(text) {
  let start = 0
  while (start < text.length) {
    let end = Math.min(start + COPIED_LENGTH, text.length)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) {
      // The other half of the character belongs to it.
      end--
    }
    yield text.slice(start, end)
    start = end
  }
}

/** @param {number} unit */
function isHighSurrogate(unit) {
  return unit >= 0xd800 && unit < 0xdc00
}

/**
 * Only what is read, so that other fields may hold anything.
 *
 * @param {any} document
 * @returns {Generator<string>}
 */
function* piecesOfObject(document) {
  const { flags } = document
  const others = Object.fromEntries(DOCUMENT_FIELDS.map((field) => [field, document[field]]))
  if (!Array.isArray(flags) || 'toJSON' in flags) {
    yield* piecesOfText(stringify({ flags, ...others }))
    return
  }
  const fields = stringify(others, flags)
  // The list as it is now: the user may change it later.
  yield* piecesOfFlags(flags.slice(), flags)
  yield fields === '{}' ? '}' : `,${fields.slice(1)}`
}

/**
 * `{"flags":[…]`.
 *
 * @param {unknown[]} flags
 * @param {unknown} original the list that they were in
 * @returns {Generator<string>}
 */
function* piecesOfFlags(flags, original) {
  let count = FIRST_FLAGS
  let piece = '{"flags":['
  for (let start = 0; start < flags.length;) {
    const text = stringify(flags.slice(start, start + count), original)
    piece += (start === 0 ? '' : ',') + text.slice(1, -1)
    start += count
    // As many of this length as make a piece, but no more than twice as many as these: others may be longer.
    count = Math.min(2 * count, Math.ceil((count * WRITTEN_LENGTH) / text.length))
    if (piece.length >= WRITTEN_LENGTH) {
      yield piece
      piece = ''
    }
  }
  yield `${piece}]`
}

/**
 * JSON of a value, without what JSON cannot carry.
 *
 * @param {unknown} value
 * @param {unknown} [enclosing] an object around the value
 */
function stringify(value, enclosing) {
  try {
    return JSON.stringify(value, TO_JSON_HOLDERS.some((holder) => 'toJSON' in holder) ? replaceInherited : undefined)
  } catch {
    return JSON.stringify(value, jsonReplacer(enclosing))
  }
}

/** The prototypes of what JSON is about. No program that means well gives them a `toJSON`. */
const TO_JSON_HOLDERS = [Object.prototype, Array.prototype]

/**
 * Puts back what the `toJSON` of a polluted prototype has replaced.
 *
 * @this {any}
 * @param {string} key
 * @param {unknown} value
 */
function replaceInherited(key, value) {
  const original = this[key]
  const isPlain = typeof original === 'object' && TO_JSON_HOLDERS.includes(Object.getPrototypeOf(original))
  return isPlain && !Object.hasOwn(original, 'toJSON') ? original : value
}

/**
 * Leaves out references to an enclosing object, bigints and what nests too deeply.
 *
 * @param {unknown} enclosing one that is not part of what is written
 */
function jsonReplacer(enclosing) {
  /** @type {unknown[]} */
  const ancestors = []
  /**
   * @this {unknown}
   * @param {string} _key
   * @param {unknown} value
   */
  return function replace(_key, value) {
    if (typeof value === 'bigint') {
      return undefined
    }
    if (typeof value !== 'object' || value === null) {
      return value
    }
    while (ancestors.length > 0 && ancestors[ancestors.length - 1] !== this) {
      ancestors.pop()
    }
    if (value === enclosing || ancestors.length > MAX_DEPTH || ancestors.includes(value)) {
      return undefined
    }
    ancestors.push(value)
    return value
  }
}

module.exports = { piecesOf, piecesOfText, stringify }
