'use strict'

const { CodeCache, literal } = require('./code-cache.js')
const { assign } = require('./define-property.js')
const { LAST_VALUE } = require('./result-codes.js')

/**
 * Builds objects by flag key: the response of a call for all flags from result codes, or any other from what is to be in it.
 * Which way is the quickest depends on how many flags there are; the figures are those of V8 11 to 14, and any way is right
 * anywhere.
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

/** Up to this many payloads are put into an object of a shape. */
const FEW_PAYLOADS = 24

/** Whether V8 copies an object of a thousand properties in a few microseconds, which it no longer does since version 14. */
const COPIES_SHAPES = Number.parseInt(process.versions.v8 ?? '', 10) < 14

/** Code is generated for what is asked for again and again. */
const CALLS_BEFORE_GENERATING = 100

/** What generated code reads from. */
const SOURCES = ['source', 'values', 'booleans']

const literals = new CodeCache(...SOURCES)
const templates = new CodeCache()
const setters = new CodeCache('made', ...SOURCES)

/**
 * @param {FlagRecord[]} flags each key once; the builder is for calls that leave the same of them without a value
 * @returns {BuildResponse}
 */
function createBuilder(flags) {
  const loop = flags.length > 16 ? createTableBuilder(flags) : buildShape.bind(undefined, flags)
  return generateLater(flags.length, loop, (codes) => {
    const decided = flags.filter(({ key, index }) => key !== '__proto__' && codes[index] <= LAST_VALUE)
    const values = decided.map(({ valueTable }) => valueTable)
    return generate(
      decided.map((flag, place) => [String(flag.key), valueOf(flag, place)]),
      values
    )
  })
}

/**
 * Generates a function that puts anything, in the order of these keys, into an object by key.
 *
 * @param {string[]} keys all different, and none of them __proto__
 * @returns {((list: any[]) => Record<string, any>) | undefined} undefined where code generation is forbidden
 */
function generateAssembler(keys) {
  return generate(
    keys.map((key, place) => [key, `source[${place}]`]),
    []
  )
}

/**
 * Builds in a loop at first, and then by generated code where that is quicker and allowed.
 *
 * @template {any[] | Uint16Array} Source
 * @param {number} count of properties
 * @param {(source: Source) => Record<string, any>} loop
 * @param {(source: Source) => ((source: Source) => Record<string, any>) | undefined} prepare
 * @returns {(source: Source) => Record<string, any>}
 */
function generateLater(count, loop, prepare) {
  if (count > MAX_SHAPED) {
    return loop
  }
  let calls = 0
  /** @type {typeof loop} */
  let build = (source) => {
    calls += 1
    if (calls > CALLS_BEFORE_GENERATING) {
      build = prepare(source) ?? loop
      return build(source)
    }
    return loop(source)
  }
  return (source) => build(source)
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
      assign(response, flag.key, flag.valueAt(code))
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
 * @param {[key: string, expression: string][]} entries with what a property is to be, in terms of `SOURCES`
 * @param {(string | boolean)[][]} values
 * @returns {((source: any) => Record<string, any>) | undefined} undefined where code generation is forbidden
 */
function generate(entries, values) {
  if (entries.length <= MAX_LITERAL) {
    const build = literals.get(`return { ${entries.map(([key, value]) => `${literal(key)}: ${value}`).join(', ')} }`)
    return build && ((source) => build(source, values, BOOLEANS))
  }
  // An object that has all keys, in which each is then set, so that no shape changes.
  const create = templates.get(`return { ${entries.map(([key]) => `${literal(key)}: false`).join(', ')} }`)
  if (!create) {
    return undefined
  }
  const start = COPIES_SHAPES ? createCopier(create()) : create
  /** @type {Function[]} */
  const chunks = []
  for (let first = 0; first < entries.length; first += CHUNK) {
    const assignments = entries.slice(first, first + CHUNK).map(([key, value]) => `made[${literal(key)}] = ${value}`)
    chunks.push(setters.get(assignments.join('\n')))
  }
  return (source) => {
    const made = start()
    for (let chunk = 0; chunk < chunks.length; chunk++) {
      chunks[chunk](made, source, values, BOOLEANS)
    }
    return made
  }
}

/**
 * Code that copies one shape only, which is what makes it fast.
 *
 * @param {object} template
 * @returns {() => Record<string, any>}
 */
function createCopier(template) {
  const copy = new Function('template', 'return { ...template }')
  return () => copy(template)
}

/**
 * @param {FlagRecord} flag
 * @param {number} place among those with a value
 * @returns {string} an expression for the value
 */
function valueOf({ index, valueTable }, place) {
  // A look into a table even for two values: a comparison would be a branch that nobody can predict.
  return valueTable.length === 2 ? `booleans[source[${index}]]` : `values[${place}][source[${index}]]`
}

/**
 * @param {FlagRecord[]} flags
 * @returns {(codes: Uint16Array) => Record<string, any>} fresh payloads of all flags that have one for their value
 */
function createPayloadsBuilder(flags) {
  const withPayloads = flags.filter((record) => record.payloads)
  // Which flags have a payload differs from call to call. Where they are many, a hash table from the start is quicker
  // than a shape that changes with each; but there the name __proto__ would not be what it is in an ordinary object.
  const isTable = withPayloads.length > FEW_PAYLOADS && !withPayloads.some(({ key }) => key === '__proto__')
  return (codes) => {
    /** @type {Record<string, any>} */
    const payloads = isTable ? Object.create(null) : {}
    for (let place = 0; place < withPayloads.length; place++) {
      const record = withPayloads[place]
      const code = codes[record.index]
      if (code > 0 && code <= LAST_VALUE) {
        const payload = record.payloadAt(code)?.fresh()
        if (payload) {
          assign(payloads, record.key, payload)
        }
      }
    }
    return isTable ? Object.setPrototypeOf(payloads, Object.prototype) : payloads
  }
}

module.exports = { createBuilder, createPayloadsBuilder, generateAssembler, generateLater }
