'use strict'

const { CodeCache, literal } = require('./code-cache.js')
const { LAST_VALUE } = require('./result-codes.js')

/**
 * Builds the response of a call for all flags, an object of values by flag key, from result codes. Which way is the
 * quickest depends on how many flags there are; the figures are those of V8 11 to 14, and any way is right anywhere.
 */

/** @typedef {import('./flag-record.js').FlagRecord} FlagRecord */

/** @typedef {(codes: Uint16Array) => Record<string, string | boolean>} BuildResponse */

/** The values of flags that have no others, by code. */
const BOOLEANS = [false, true]

/** Up to this many flags one object literal is the quickest. */
const MAX_LITERAL = 128

/** Up to this many properties an object can have a shape, in V8; more, and it is a hash table. */
const MAX_SHAPED = 1020

/** As many properties are set by one generated function: larger ones take V8 long to optimise. */
const CHUNK = 128

/** Whether V8 copies an object of a thousand properties in a few microseconds, which it no longer does since version 14. */
const COPIES_SHAPES = Number.parseInt(process.versions.v8 ?? '', 10) < 14

/** Code is generated for what is asked for again and again. */
const CALLS_BEFORE_GENERATING = 3

const literals = new CodeCache('codes', 'values', 'booleans')
const templates = new CodeCache()
const setters = new CodeCache('response', 'codes', 'values', 'booleans')

/**
 * @param {FlagRecord[]} flags each key once; the builder is for calls that leave the same of them without a value
 * @returns {BuildResponse}
 */
function createBuilder(flags) {
  /** @type {BuildResponse} */
  const loop = flags.length > CHUNK ? createTableBuilder(flags) : (codes) => buildShape(flags, codes)
  if (flags.length > MAX_SHAPED) {
    return loop
  }
  let calls = 0
  /** @type {BuildResponse} */
  let build = (codes) => {
    calls += 1
    if (calls > CALLS_BEFORE_GENERATING) {
      build = generate(flags.filter(({ index }) => codes[index] <= LAST_VALUE)) ?? loop
      return build(codes)
    }
    return loop(codes)
  }
  return (codes) => build(codes)
}

/**
 * @param {FlagRecord[]} flags
 * @param {Uint16Array} codes
 */
function buildShape(flags, codes) {
  /** @type {Record<string, string | boolean>} */
  const response = {}
  for (const flag of flags) {
    const code = codes[flag.index]
    if (code <= LAST_VALUE) {
      response[flag.key] = flag.valueAt(code)
    }
  }
  return response
}

/**
 * Builds a hash table from the start, rather than after a thousand changes of shape.
 *
 * @param {FlagRecord[]} flags
 * @returns {BuildResponse}
 */
function createTableBuilder(flags) {
  // Side by side, for the records of many flags lie all over the memory.
  const keys = flags.map(({ key }) => key)
  const indices = Uint32Array.from(flags, ({ index }) => index)
  return (codes) => {
    const response = Object.create(null)
    for (let place = 0; place < keys.length; place++) {
      const code = codes[indices[place]]
      if (code <= LAST_VALUE) {
        response[keys[place]] = code < BOOLEANS.length ? BOOLEANS[code] : flags[place].valueAt(code)
      }
    }
    // Assigned to, it is no property of an ordinary object; so posthog-node's response has none of that name.
    delete response.__proto__
    return Object.setPrototypeOf(response, Object.prototype)
  }
}

/**
 * @param {FlagRecord[]} flags those with a value
 * @returns {BuildResponse | undefined} undefined where code generation is forbidden
 */
function generate(flags) {
  const entries = flags
    .map(({ key, index, valueTable }) => ({ key: String(key), index, values: valueTable }))
    .filter(({ key }) => key !== '__proto__')
  const values = entries.map((entry) => entry.values)
  if (entries.length <= MAX_LITERAL) {
    const properties = entries.map((entry, place) => `${literal(entry.key)}: ${valueOf(entry, place)}`)
    const build = literals.get(`return { ${properties.join(', ')} }`)
    return build && ((codes) => build(codes, values, BOOLEANS))
  }
  // An object that has all keys, in which each is then set, so that no shape changes.
  const create = templates.get(`return { ${entries.map(({ key }) => `${literal(key)}: false`).join(', ')} }`)
  if (!create) {
    return undefined
  }
  const start = COPIES_SHAPES ? createCopier(create()) : create
  /** @type {Function[]} */
  const chunks = []
  for (let first = 0; first < entries.length; first += CHUNK) {
    const assignments = entries
      .slice(first, first + CHUNK)
      .map((entry, place) => `response[${literal(entry.key)}] = ${valueOf(entry, first + place)}`)
    chunks.push(setters.get(assignments.join('\n')))
  }
  return (codes) => {
    const response = start()
    for (let chunk = 0; chunk < chunks.length; chunk++) {
      chunks[chunk](response, codes, values, BOOLEANS)
    }
    return response
  }
}

/**
 * Code that copies one shape only, which is what makes it fast.
 *
 * @param {object} template
 * @returns {() => Record<string, string | boolean>}
 */
function createCopier(template) {
  const copy = new Function('template', 'return { ...template }')
  return () => copy(template)
}

/**
 * @param {{ index: number, values: (string | boolean)[] }} entry
 * @param {number} place
 * @returns {string} an expression for the value
 */
function valueOf({ index, values }, place) {
  // A look into a table even for two values: a comparison would be a branch that nobody can predict.
  return values.length === 2 ? `booleans[codes[${index}]]` : `values[${place}][codes[${index}]]`
}

module.exports = { createBuilder }
