'use strict'

const { put } = require('./copied-text')

/** What is looked up by name in an object of the user's, which may be of any class and need not list all that it holds. */

/** To read these fields of a function may throw. */
const FORBIDDEN_OF_FUNCTIONS = new Set(['arguments', 'caller'])

/** The fields that every object has. No definition refers to them. */
const INHERITED_BY_ALL = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * What is looked up by name: each name that has a value, with it.
 *
 * @param {any} container
 * @param {Iterable<string>} names that may be looked up, beside all that it can list; more may be added meanwhile
 * @param {(value: any, name: string) => unknown} read
 * @returns {Generator<[string, unknown]>}
 */
function* namedValues(container, names, read) {
  const listed = namesIn(container)
  for (const name of listed) {
    const value = read(container[name], name)
    if (value !== undefined) {
      yield [name, value]
    }
  }
  for (const name of names) {
    // This name has not been listed: its value is behind a proxy, or every object has it.
    if (!listed.has(name) && !INHERITED_BY_ALL.has(name) && name in container) {
      listed.add(name)
      const value = read(container[name], name)
      if (value !== undefined) {
        yield [name, value]
      }
    }
  }
}

/**
 * An object with these fields, whatever their names.
 *
 * @param {Iterable<[string, unknown]>} fields
 */
function objectOf(fields) {
  const object = {}
  for (const [name, value] of fields) {
    put(object, name, value)
  }
  return object
}

/**
 * The names of all fields that an object can list, own and inherited, apart from what every object, list or class has.
 *
 * @param {object} container
 * @returns {Set<string>}
 */
function namesIn(container) {
  /** @type {Set<string>} */
  const names = new Set()
  for (let owner = container; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, 'hasOwnProperty') && Object.getPrototypeOf(owner) === null) {
      break
    }
    for (const name of Object.getOwnPropertyNames(owner)) {
      const isMethod = owner !== container && typeof Object.getOwnPropertyDescriptor(owner, name)?.value === 'function'
      const isForbidden = typeof owner === 'function' && FORBIDDEN_OF_FUNCTIONS.has(name)
      if (!isMethod && !isForbidden && !(name === 'length' && Array.isArray(owner))) {
        names.add(name)
      }
    }
  }
  return names
}

module.exports = { namedValues, objectOf }
