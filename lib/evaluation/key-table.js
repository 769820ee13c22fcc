'use strict'

const { literal } = require('./code-cache.js')

/**
 * Makes objects by flag key. All of them are hash tables to V8 from the start, so that no set of keys costs it a shape: there
 * are as many sets as kinds of people, and shapes are never given back.
 */

/** Copying pays if it happens often. */
const CALLS_BEFORE_GENERATING = 8

/** V8 copies larger tables slowly. */
const MAX_COPIED = 2048

/** Assigned to, it is no property of an ordinary object. */
const PROTO = '__proto__'

/** An object to which properties are added, before {@link finish}. @returns {Record<string, any>} */
function createTable() {
  return Object.create(null)
}

/**
 * Makes of a table what an ordinary object is after the same assignments.
 *
 * @param {Record<string, any>} table
 * @param {unknown} [proto] what was assigned to __proto__, if anything
 * @returns {Record<string, any>}
 */
function finish(table, proto) {
  const isPrototype = typeof proto === 'object' && proto !== null
  return Object.setPrototypeOf(table, isPrototype ? proto : Object.prototype)
}

/**
 * @param {string[]} keys all different, and none of them __proto__
 * @returns {() => Record<string, any>} makes a table in which each of the keys is there, in this order, and `false`
 */
function createFullTables(keys) {
  const fill = () => {
    const table = createTable()
    for (const key of keys) {
      table[key] = false
    }
    return table
  }
  let calls = keys.length <= MAX_COPIED ? 0 : Infinity
  let create = fill
  return () => {
    calls += 1
    if (calls === CALLS_BEFORE_GENERATING) {
      create = generateCopier(keys) ?? fill
    }
    return create()
  }
}

/**
 * What an object literal makes is copied from the first one, memory by memory, which takes a fifth of the time.
 *
 * @param {string[]} keys
 * @returns {(() => Record<string, any>) | undefined} undefined where code generation is forbidden
 */
function generateCopier(keys) {
  try {
    return /** @type {any} */ (
      new Function(`return { __proto__: null, ${keys.map((key) => `${literal(key)}: false`).join(', ')} }`)
    )
  } catch {
    return undefined
  }
}

/**
 * The same text as a string that V8 has made a property key of before. Looking something up by any other string is several
 * times slower, and those that JSON.parse makes of values are such.
 *
 * @param {string} text
 */
function internalize(text) {
  return Object.keys({ [text]: 0 })[0]
}

module.exports = { PROTO, createFullTables, createTable, finish, internalize }
