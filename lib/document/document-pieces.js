'use strict'

const { isProxy, isUint8Array } = require('node:util').types

const { cohortTexts } = require('./cohort-text')
const { textOf } = require('./copied-text')
const { completeText, flagText, groupTypesText, wholeFlagText } = require('./flag-text')
const { mismatch } = require('../errors/mismatch')
const { MAX_LENGTH, comparedValue, isObject, primitiveValue } = require('./plain-text')

/**
 * A definitions document on its way to the native poller, as JSON. A piece crosses in a fraction of a millisecond, a whole
 * document of many megabytes would hold up the event loop.
 *
 * @typedef {Iterable<string | Uint8Array>} DocumentPieces
 */

/** About how many characters a piece has. */
const WRITTEN_LENGTH = 128 * 1024
const COPIED_LENGTH = 512 * 1024

/**
 * What a provider returned. Text and bytes are taken as they are.
 *
 * @param {any} document
 * @param {boolean} [isWhole] whether an object is taken with all its fields
 * @returns {DocumentPieces}
 */
function piecesOf(document, isWhole = false) {
  if (typeof document === 'string') {
    return piecesOfText(document)
  }
  // Bytes are one piece: the user may write other bytes to the same memory later.
  const bytes = bytesOf(document)
  return bytes === undefined ? piecesOfObject(document, false, isWhole) : [bytes]
}

/**
 * The bytes that a value is, of whatever realm and prototype, or that a proxy has for its target.
 *
 * @param {any} value
 * @returns {Uint8Array | undefined}
 */
function bytesOf(value) {
  if (isUint8Array(value)) {
    return value
  }
  if (!isProxy(value) || value.BYTES_PER_ELEMENT !== 1 || 'flags' in value) {
    return undefined
  }
  // A proxy has the elements, but not what only the array itself can tell, such as its length.
  const length = Reflect.ownKeys(value).filter((key) => typeof key === 'string' && /^\d+$/.test(key)).length
  return Uint8Array.from({ length }, (_, index) => value[index])
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
    yield escapeLoneSurrogates(text, start, end)
    start = end
  }
}

/**
 * A part of a JSON text in which halves of characters are escaped, for they are lost on the way otherwise.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function escapeLoneSurrogates(text, start, end) {
  const part = text.slice(start, end)
  if (/** @type {any} */ (part).isWellFormed()) {
    return part
  }
  return part.replace(/\p{Surrogate}/gu, (half, at) =>
    // After a backslash it is no JSON, and must not become any.
    isEscaped(text, start + at) ? '\ufffd' : `\\u${half.charCodeAt(0).toString(16)}`
  )
}

/**
 * Whether an odd number of backslashes stands before this place.
 *
 * @param {string} text
 * @param {number} at
 */
function isEscaped(text, at) {
  let first = at
  while (text[first - 1] === '\\') {
    first--
  }
  return (at - first) % 2 === 1
}

/** @param {number} unit */
function isHighSurrogate(unit) {
  return unit >= 0xd800 && unit < 0xdc00
}

/**
 * Writes only the fields that evaluation reads, so that others may hold anything.
 *
 * @param {any} document
 * @param {boolean} [fromNetwork] what PostHog answered rather than what a cache holds; all else about its flags is kept too
 * @param {boolean} [isWhole] all else about flags and cohorts is read too, so that they are unreadable if they have no JSON text
 * @returns {Generator<string>}
 */
function* piecesOfObject(document, fromNetwork = false, isWhole = false) {
  /** @param {string} name @param {string} alias */
  const read = (name, alias) => (fromNetwork ? document[name] : (document[name] ?? document[alias]))
  const { flags, cohorts } = document
  const groupTypeMapping = read('group_type_mapping', 'groupTypeMapping')
  const version = read('property_matching_version', 'propertyMatchingVersion')
  const gate = read('minimal_flag_called_events', 'minimalFlagCalledEvents')
  const names = { cohorts: new Set(), groupTypes: new Set(), groupTypeMapping }
  let opening = '{'
  /**
   * @param {string} name
   * @param {string | undefined} text
   */
  const fieldText = (name, text) => {
    if (text === undefined) {
      return ''
    }
    const field = `${opening}"${name}":${text}`
    opening = ','
    return field
  }

  let piece = fieldText('property_matching_version', comparedText(version))
  piece += fieldText('minimal_flag_called_events', comparedText(gate))
  if (Array.isArray(flags)) {
    piece += fieldText('flags', '[')
    let separator = ''
    // The list is copied, because the user may change it later.
    for (const flag of itemsOf(flags)) {
      const text = flagText(flag, names)
      piece +=
        separator + (isWhole ? wholeFlagText(text, flag, names) : fromNetwork ? completeText(text, flag, names) : text)
      separator = ','
      if (piece.length >= WRITTEN_LENGTH) {
        yield piece
        piece = ''
      }
    }
    piece += ']'
  } else if (flags !== undefined) {
    piece += fieldText('flags', isObject(flags) ? '{}' : textOf(primitiveValue(flags)))
  }
  piece += fieldText('group_type_mapping', groupTypesText(groupTypeMapping, names.groupTypes))
  if (isObject(cohorts)) {
    piece += fieldText('cohorts', '{')
    let separator = ''
    for (const text of cohortTexts(cohorts, names, isWhole)) {
      piece += separator + text
      separator = ','
      if (piece.length >= WRITTEN_LENGTH) {
        yield piece
        piece = ''
      }
    }
    piece += '}'
  } else if (cohorts !== undefined) {
    piece += fieldText('cohorts', textOf(primitiveValue(cohorts)))
  }
  yield opening === '{' ? '{}' : `${piece}}`
}

/** @param {unknown} value */
function comparedText(value) {
  return value === undefined ? undefined : textOf(comparedValue(value, ''))
}

/**
 * The elements of a list, without its holes.
 *
 * @param {unknown[]} list
 */
function itemsOf(list) {
  const { length } = list
  if (!(length <= MAX_LENGTH)) {
    throw new TypeError(mismatch(`no more than ${MAX_LENGTH} flags`, String(length)))
  }
  const items = []
  for (let index = 0; index < length; index++) {
    if (index in list) {
      items.push(list[index])
    }
  }
  return items
}

/**
 * A whole document as text or bytes.
 *
 * @param {any} document
 * @param {boolean} [isWhole] whether an object is taken with all its fields
 * @returns {string | Uint8Array}
 */
function wholeOf(document, isWhole = false) {
  const pieces = Array.from(piecesOf(document, isWhole))
  return pieces.length === 1 ? pieces[0] : pieces.join('')
}

module.exports = { bytesOf, piecesOf, piecesOfObject, piecesOfText, wholeOf }
