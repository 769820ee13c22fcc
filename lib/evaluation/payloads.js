'use strict'

/** A list or object in more others than this is parsed each time: to copy it takes recursion. */
const MAX_COPIED_DEPTH = 16

/** Of an object with more fields, V8 parses the text sooner than it copies the object. */
const MAX_COPIED_FIELDS = 32

/** Of a longer text only the text is kept: what is parsed takes several times the memory. */
const MAX_COPIED_LENGTH = 64 * 1024

/** Fields that are elements, which V8 copies slowly, and the one that an assignment would not make. */
const UNCOPIED_FIELD = /^\d|^__proto__$/

/**
 * The payload of one value of a flag, as in posthog-node: of text it is what JSON.parse makes of it, anew each time, so that
 * a caller may change it. What the definition holds in another form is handed out as it is.
 */
class Payload {
  /** @param {unknown} stored as the definition holds it */
  constructor(stored) {
    /** JSON of a list or an object, or what is still to be parsed. @type {string | undefined} */
    this._text = typeof stored === 'string' ? stored : undefined
    /** What is handed out each time, if there is no such text. */
    this._value = stored
    this._parses = 0
    /** @type {Copier | undefined} */
    this._copier = undefined
  }

  /** @returns {any} */
  fresh() {
    if (this._copier !== undefined) {
      return copy(this._copier)
    }
    return this._text === undefined ? this._value : this._parse(this._text)
  }

  /** @param {string} text */
  _parse(text) {
    const value = parseLeniently(text)
    if (!isComposite(value)) {
      this._value = value
      this._text = undefined
      return value
    }
    this._parses += 1
    if (this._parses !== 2 || text.length > MAX_COPIED_LENGTH) {
      return value
    }
    // Asked for again, it pays to know how to copy it.
    const copier = createCopier(value, 1)
    this._copier = copier
    return copier === undefined ? value : copy(copier)
  }
}

/**
 * A list or an object, and where in it there are others: to copy it takes a fraction of the time of parsing it again.
 *
 * @typedef {object} Copier
 * @property {any} value
 * @property {[key: string | number, copier: Copier][]} composites
 */

/**
 * @param {any} value
 * @param {number} depth
 * @returns {Copier | undefined} undefined if it is parsed as fast as it is copied
 */
function createCopier(value, depth) {
  const keys = Array.isArray(value) ? value.keys() : copiedFieldsOf(value)
  if (depth > MAX_COPIED_DEPTH || keys === undefined) {
    return undefined
  }
  /** @type {Copier['composites']} */
  const composites = []
  for (const key of keys) {
    if (isComposite(value[key])) {
      const copier = createCopier(value[key], depth + 1)
      if (copier === undefined) {
        return undefined
      }
      composites.push([key, copier])
    }
  }
  return { value, composites }
}

/**
 * @param {object} value
 * @returns {string[] | undefined} undefined if the object is better parsed
 */
function copiedFieldsOf(value) {
  const keys = Object.keys(value)
  return keys.length > MAX_COPIED_FIELDS || keys.some((key) => UNCOPIED_FIELD.test(key)) ? undefined : keys
}

/**
 * @param {Copier} copier
 * @returns {any}
 */
function copy({ value, composites }) {
  const made = Array.isArray(value) ? value.slice() : { ...value }
  for (let place = 0; place < composites.length; place++) {
    const [key, copier] = composites[place]
    made[key] = copy(copier)
  }
  return made
}

/** @param {unknown} value */
function isComposite(value) {
  return typeof value === 'object' && value !== null
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
