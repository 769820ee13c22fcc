'use strict'

// Definitions as no JSON.parse makes them: entities with accessors, proxies, values that JSON has no text for.

const vm = require('node:vm')

const elsewhere = vm.createContext({ value: undefined })

/** @param {unknown} value @param {string} expression */
function abroad(value, expression) {
  elsewhere.value = value
  return vm.runInContext(expression, elsewhere)
}

/** @param {object} value */
const entityOf = (value) => {
  class Entity {}
  for (const [name, field] of Object.entries(value)) {
    Object.defineProperty(Entity.prototype, name, { get: () => field, configurable: true })
  }
  return new Entity()
}

/** What can stand for an object. @type {Record<string, (value: any) => any>} */
const OBJECTS = {
  entity: entityOf,
  inheriting: (value) => Object.create(value),
  'half inheriting': (value) => {
    const [[name, field] = ['x', 1], ...others] = Object.entries(value)
    return Object.assign(Object.create({ [name]: field }), Object.fromEntries(others))
  },
  'without a prototype': (value) => Object.assign(Object.create(null), value),
  hidden: (value) =>
    Object.defineProperties(
      {},
      Object.fromEntries(Object.entries(value).map(([name, field]) => [name, { value: field, enumerable: false }]))
    ),
  'behind a proxy': (value) => new Proxy(value, {}),
  'behind a proxy that lists nothing': (value) =>
    new Proxy({}, { get: (_, name) => Reflect.get(value, name), has: (_, name) => Reflect.has(value, name) }),
  'of another realm': (value) => abroad(value, 'Object.assign({}, value)'),
  frozen: (value) => Object.freeze({ ...value }),
  'with toJSON': (value) => Object.assign({ toJSON: () => ({}) }, value),
  'with an inherited toJSON': (value) => Object.assign(Object.create({ toJSON: () => ({ active: true }) }), value),
  'a function': (value) =>
    Object.defineProperties(
      () => {},
      Object.fromEntries(Object.entries(value).map(([name, field]) => [name, { value: field, configurable: true }]))
    ),
  'a Map': (value) => new Map(Object.entries(value)),
  'with own getters': (value) =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        Object.entries(value).map(([name, field]) => [name, { get: () => field, enumerable: true, configurable: true }])
      )
    ),
  'with a field for a symbol': (value) => ({ ...value, [Symbol.toPrimitive]: () => '5' }),
}

class List extends Array {}

/** What can stand for a list. @type {Record<string, (value: any[]) => any>} */
const LISTS = {
  'of a subclass': (value) => List.from(value),
  'with a hole': (value) => {
    const list = value.slice()
    delete list[list.length - 1]
    return list
  },
  'with a hole at the end': (value) => Object.assign(value.slice(), { length: value.length + 1 }),
  'with more fields': (value) => Object.assign(value.slice(), { key: 'x', toJSON: () => [], values: [] }),
  'behind a proxy': (value) => new Proxy(value, {}),
  'of another realm': (value) => abroad(value, 'Array.from(value)'),
  frozen: (value) => Object.freeze(value.slice()),
  'with its own order': (value) =>
    Object.assign(value.slice(), { [Symbol.iterator]: () => value.slice().reverse()[Symbol.iterator]() }),
  'with its own text': (value) => Object.assign(value.slice(), { toString: () => 'x', join: () => 'y' }),
  'a Set': (value) => new Set(value),
  'an object with a length': (value) => ({ ...value, length: value.length }),
  'an object without one': (value) => ({ ...value }),
  'inheriting an item': (value) => {
    const list = value.slice(0, -1)
    list.length = value.length
    return Object.setPrototypeOf(
      list,
      Object.assign(Object.create(Array.prototype), { [value.length - 1]: value.at(-1) })
    )
  },
}

/** What can stand for anything. @type {((value: any) => any)[]} */
const VALUES = [
  () => undefined,
  () => null,
  () => NaN,
  () => Infinity,
  () => -Infinity,
  () => -0,
  () => 0n,
  () => 5n,
  () => 100n,
  () => Symbol('s'),
  () => () => 5,
  () => new Date(0),
  () => /re/,
  () => new Map([['a', 1]]),
  () => new Set(['a']),
  () => new Uint8Array([1]),
  (value) => (Number.isFinite(value) ? BigInt(Math.round(value)) : Object(value ?? 5)),
  (value) => Object(value ?? false),
  (value) => ({ valueOf: () => value, toString: () => `${value}` }),
  (value) => ({ toJSON: () => value }),
  () => ({ toJSON: () => 100 }),
  () => Object.create(null),
  () => new (class {})(),
  () => 'lone \ud800',
  () => '\ufdd0Infinity',
  () => {
    /** @type {any} */
    const cyclic = { list: [] }
    cyclic.list.push(cyclic)
    return cyclic
  },
]

/**
 * Puts something odd in the place of a few nodes of a document.
 *
 * @param {any} random
 * @param {any} document
 * @returns {string[]} what was done
 */
function mangle(random, document) {
  const done = []
  for (let count = random.between(1, 4); count > 0; count--) {
    /** @type {[any, string, string][]} */
    const places = []
    const walk = (/** @type {any} */ node, /** @type {string} */ path, /** @type {number} */ depth) => {
      if (typeof node !== 'object' || node === null || depth > 14 || !isPlain(node)) {
        return
      }
      for (const name of Object.keys(node)) {
        places.push([node, name, `${path}.${name}`])
        walk(node[name], `${path}.${name}`, depth + 1)
      }
    }
    walk(document, '', 0)
    if (places.length === 0) {
      return done
    }
    const [owner, name, path] = random.pick(places)
    const value = owner[name]
    const isThrower = count === 1 && random.chance(0.06)
    /** @type {Record<string, (value: any) => any>} */
    const forms = Array.isArray(value) ? LISTS : typeof value === 'object' && value !== null ? OBJECTS : {}
    const form = random.chance(0.7) ? random.pick(Object.keys(forms).concat('')) : ''
    if (isThrower) {
      Object.defineProperty(owner, name, {
        get() {
          throw new Error('read')
        },
        enumerable: true,
        configurable: true,
      })
      done.push(`${path}: throws`)
    } else if (form) {
      set(owner, name, forms[form](value))
      done.push(`${path}: ${form}`)
    } else {
      set(owner, name, random.pick(VALUES)(value))
      done.push(`${path}: ${describe(owner[name])}`)
    }
  }
  return done
}

/**
 * @param {object} owner
 * @param {string} name
 * @param {unknown} value
 */
function set(owner, name, value) {
  Object.defineProperty(owner, name, { value, enumerable: true, configurable: true, writable: true })
}

/** @param {object} node */
function isPlain(node) {
  const prototype = Object.getPrototypeOf(node)
  return (prototype === Object.prototype || prototype === Array.prototype) && !Object.isFrozen(node)
}

/** @param {unknown} value */
function describe(value) {
  return `${Object.prototype.toString.call(value)} ${typeof value === 'object' ? '' : String(value)}`
}

module.exports = { LISTS, OBJECTS, VALUES, entityOf, mangle }
