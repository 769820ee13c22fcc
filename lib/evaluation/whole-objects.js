'use strict'

const { literal } = require('./code-cache.js')

/**
 * Objects in which every flag has a value. Of a set of definitions there is one such set of keys, so an object of it may have a
 * shape, which V8 fills many times faster than a hash table (`npm run bench -- --only all`). A set of keys that lacks flags is
 * another matter: there are as many of those as kinds of people.
 */

/** Code is generated for what is asked for again and again. */
const CALLS_BEFORE_GENERATING = 8

/** Up to this many keys one object literal is the quickest. */
const MAX_LITERAL = 128

/** Up to this many properties an object can have a shape. */
const MAX_SHAPED = 1020

/** As many properties are set by one generated function: larger ones take V8 long to optimise. */
const CHUNK = 128

/** Whether V8 copies an object of a thousand properties in a few microseconds, which it no longer does since version 14. */
const COPIES_SHAPES = Number.parseInt(process.versions.v8 ?? '', 10) < 14

/** How many copiers were generated. Each has a text of its own, for V8 gives functions of one text one feedback. */
let copiers = 0

/**
 * What a property is made of: a list for each flag, in which its value stands at its code, or a function of flag and code.
 *
 * @template T
 * @typedef {any[][] | ((flag: T, code: number) => any)} Source
 */

/**
 * @template {{ key: string, index: number }} T
 * @param {T[]} flags each key once, and none of them __proto__
 * @param {Source<T>} source
 * @returns {(codes: Uint16Array) => Record<string, any> | undefined} makes an object of the codes of all flags; undefined where
 *   that is no quicker than to fill a hash table
 */
function createWholeObjects(flags, source) {
  const mayGenerate = flags.length <= MAX_LITERAL || (flags.length <= MAX_SHAPED && COPIES_SHAPES)
  let calls = mayGenerate ? 0 : Infinity
  /** @type {((codes: Uint16Array) => Record<string, any>) | undefined} */
  let make
  return (codes) => {
    if (make === undefined) {
      calls += 1
      make = calls === CALLS_BEFORE_GENERATING ? generate(flags, source) : undefined
    }
    return make?.(codes)
  }
}

/**
 * @template {{ key: string, index: number }} T
 * @param {T[]} flags
 * @param {Source<T>} source
 * @returns {((codes: Uint16Array) => Record<string, any>) | undefined} undefined where code generation is forbidden
 */
function generate(flags, source) {
  const keys = flags.map(({ key }) => literal(key))
  const valueOf = (/** @type {number} */ place, /** @type {string} */ code) =>
    Array.isArray(source) ? `source[${place}][${code}]` : `source(flags[${place}], ${code})`
  const values = flags.map(({ index }, place) => valueOf(place, `codes[${index}]`))
  try {
    if (flags.length <= MAX_LITERAL) {
      const properties = keys.map((key, place) => `${key}: ${values[place]}`)
      return new Function('flags', 'source', `return (codes) => ({ ${properties.join(', ')} })`)(flags, source)
    }
    const template = new Function(`return { ${keys.map((key) => `${key}: false`).join(', ')} }`)()
    const copy = new Function('template', `return { ...template } // ${++copiers}`)
    /** @type {Function[]} */
    const chunks = []
    for (let first = 0; first < flags.length; first += CHUNK) {
      const setters = keys.slice(first, first + CHUNK).map((key, place) => `object[${key}] = ${values[first + place]}`)
      chunks.push(new Function('object', 'codes', 'flags', 'source', setters.join('\n')))
    }
    return (codes) => {
      const object = copy(template)
      for (const set of chunks) {
        set(object, codes, flags, source)
      }
      return object
    }
  } catch {
    return undefined
  }
}

module.exports = { createWholeObjects }
