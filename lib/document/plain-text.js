'use strict'

const { isProxy } = require('node:util/types')

const { mismatch } = require('../errors/mismatch.js')
const { numberValue, put } = require('./copied-text.js')

/**
 * Values of a definitions object as plain copies that have a JSON text, read as posthog-node's evaluator reads them: by name,
 * whether a field is an object's own or inherited, and without `toJSON`. What JSON has no text for, and would come out as
 * something else, is refused. A copy is never read from the user's objects again.
 */

/** A part of a definition that has no text. */
class Unreadable extends Error {
  /**
   * @param {string} name of the field
   * @param {string} found
   */
  constructor(name, found) {
    super(mismatch(`${name} to be plain data`, found, 'return definitions as JSON.parse makes them, or as JSON text'))
  }
}

/** Values that nest more deeply are refused; the native side reads no more. */
const MAX_DEPTH = 120

/** Payloads may nest deeply, but not endlessly, as an object does that holds itself. */
const MAX_PAYLOAD_DEPTH = 100_000

/** No definition has a longer list, and a list behind a proxy may have no end. */
const MAX_LENGTH = 10_000_000

/** Stands for a value that refuses to be a text or a number: posthog-node throws if it comes to it. */
const REFUSING = Object.freeze({ toString: 0 })

/** By these an object becomes a text or a number. */
const CONVERSIONS = ['toString', 'valueOf', 'toJSON', Symbol.toPrimitive]

/** The native side begins texts of its own, for what JSON has no text for, with this character. */
const RESERVED = 0xfdd0

// Taken when this module is loaded: a program may put other functions in their place later.
const { toString: arrayToString, join, [Symbol.iterator]: iterate } = Array.prototype
const { getPrototypeOf } = Object
/** @type {any} */
const ROOT = Object.prototype

/**
 * Whether a value may have fields of its own.
 *
 * @param {unknown} value
 * @returns {boolean}
 */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/**
 * A copy whose text means the same value again.
 *
 * @param {unknown} value
 * @param {string} name of the field, for messages
 * @param {number} [maxDepth] of what is in it
 * @returns {unknown}
 */
function exactValue(value, name, maxDepth = MAX_DEPTH) {
  switch (typeof value) {
    case 'string':
      if (value.charCodeAt(0) === RESERVED) {
        throw new Unreadable(name, 'a text that begins with U+FDD0')
      }
      return value
    case 'number':
      if (Number.isNaN(value)) {
        throw new Unreadable(name, 'NaN')
      }
      return numberValue(value)
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      return value === null ? null : compositeCopy(value, name, maxDepth)
    default:
      throw new Unreadable(name, `a ${typeof value}`)
  }
}

/**
 * A list or an object that is being copied, and how far that has come.
 *
 * @typedef {object} Part
 * @property {any} value
 * @property {any} copy
 * @property {string[] | undefined} keys of an object
 * @property {number} length
 * @property {number} copied
 */

/**
 * Without recursion, for a payload may nest more deeply than the stack is high.
 *
 * @param {object} value
 * @param {string} name
 * @param {number} maxDepth
 */
function compositeCopy(value, name, maxDepth) {
  /** @type {Part[]} */
  const around = []
  const whole = partOf(value, name)
  for (let part = whole; ;) {
    if (!(part.copied < part.length)) {
      const outer = around.pop()
      if (outer === undefined) {
        return whole.copy
      }
      part = outer
      continue
    }
    const index = part.copied++
    const item = part.value[part.keys ? part.keys[index] : index]
    const isComposite = typeof item === 'object' && item !== null
    if (isComposite && around.length >= maxDepth) {
      throw new Unreadable(name, `what nests more than ${maxDepth} levels deep`)
    }
    const inner = isComposite ? partOf(item, name) : undefined
    const copy = inner ? inner.copy : exactValue(item, name)
    if (copy === undefined) {
      throw new Unreadable(name, 'undefined inside it')
    }
    if (part.keys) {
      put(part.copy, part.keys[index], copy)
    } else {
      part.copy.push(copy)
    }
    if (inner) {
      around.push(part)
      part = inner
    }
  }
}

/**
 * @param {any} value
 * @param {string} name
 * @returns {Part}
 */
function partOf(value, name) {
  if (Array.isArray(value)) {
    const { length } = value
    checkList(value, name, isOrdinaryArray)
    return { value, copy: [], keys: undefined, length, copied: 0 }
  }
  // posthog-node tells the objects of its own realm from others too.
  if (getPrototypeOf(value) !== ROOT) {
    throw new Unreadable(name, `${kindOf(value)} instead of an ordinary object`)
  }
  const keys = Object.keys(value)
  if (Reflect.ownKeys(value).length !== keys.length) {
    throw new Unreadable(name, 'an object with hidden fields')
  }
  if (isProxy(value) && CONVERSIONS.some((field) => value[field] !== ROOT[field] && !Object.hasOwn(value, field))) {
    throw new Unreadable(name, 'a proxy that does not list its fields')
  }
  return { value, copy: {}, keys, length: keys.length, copied: 0 }
}

/**
 * Whether the text of a list, and what is said of it as a whole, is that of any other list with these items.
 *
 * @param {any[]} list
 */
function isOrdinaryArray(list) {
  // The prototype of arrays is an array itself, in each realm; that of a subclass is not.
  return Array.isArray(getPrototypeOf(list)) && isSame(list.toString, arrayToString) && isSame(list.join, join)
}

/**
 * Whether a function is this one of the language, or the same one of another realm.
 *
 * @param {unknown} found
 * @param {Function} own
 */
function isSame(found, own) {
  return found === own || (typeof found === 'function' && nativeText(found) === nativeText(own))
}

/** @param {Function} made */
function nativeText(made) {
  const text = Function.prototype.toString.call(made)
  return text.includes('[native code]') ? text : made
}

/**
 * The items of a list that is walked by index; holes are as `undefined`.
 *
 * @param {any[]} list
 * @param {string} name
 * @param {(item: any) => unknown} itemValue
 */
function listOf(list, name, itemValue) {
  const { length } = list
  checkList(list, name, isWalkedByIndex)
  const copy = []
  for (let index = 0; index < length; index++) {
    copy.push(itemValue(list[index]))
  }
  return copy
}

/**
 * @param {any[]} list
 * @param {string} name
 * @param {(list: any[]) => boolean} accepts
 */
function checkList(list, name, accepts) {
  if (!(list.length <= MAX_LENGTH)) {
    throw new Unreadable(name, `a list of more than ${MAX_LENGTH} items`)
  }
  if (!accepts(list)) {
    throw new Unreadable(name, `${kindOf(list)} instead of an ordinary list`)
  }
}

/**
 * Whether `for … of` finds what is at the indices of a list.
 *
 * @param {any[]} list
 */
function isWalkedByIndex(list) {
  if (list[/** @type {any} */ (Symbol.iterator)] === iterate) {
    return true
  }
  let index = 0
  for (const item of list) {
    if (index === list.length || !Object.is(item, list[index])) {
      return false
    }
    index++
  }
  return index === list.length
}

/**
 * What a value is, in the words of a message.
 *
 * @param {any} value
 */
function kindOf(value) {
  if (typeof value !== 'object' || value === null) {
    return value === null ? 'null' : `a ${typeof value}`
  }
  const { constructor } = value
  const name = typeof constructor === 'function' ? constructor.name : undefined
  return typeof name === 'string' && name !== '' ? `an object of the class ${name}` : 'an object without a class'
}

/**
 * Whether a value has no fields and may have a text.
 *
 * @param {unknown} value
 */
function isScalar(value) {
  return (
    value == null ||
    typeof value === 'boolean' ||
    typeof value === 'string' ||
    (typeof value === 'number' && !Number.isNaN(value))
  )
}

/**
 * What stands for a value that is only asked whether it is truthy.
 *
 * @param {unknown} value
 * @param {string} name
 */
function truthValue(value, name) {
  return isScalar(value) ? exactValue(value, name) : Boolean(value)
}

/**
 * What stands for a value that is only compared with texts, numbers or `true`, which nothing else is equal to.
 *
 * @param {unknown} value
 * @param {string} name
 */
function comparedValue(value, name) {
  return isScalar(value) ? exactValue(value, name) : 0
}

/**
 * What stands for a value that is divided, so that it counts as a number. posthog-node cannot divide a bigint either.
 *
 * @param {unknown} value
 * @param {string} name
 */
function dividedValue(value, name) {
  if (!isScalar(value) && typeof value !== 'bigint' && typeof value !== 'symbol') {
    let number
    try {
      number = /** @type {any} */ (value) / 1
    } catch {
      return REFUSING
    }
    // A text that is no number counts as NaN, which has no text of its own.
    return Number.isNaN(number) ? 'NaN' : numberValue(number)
  }
  return exactValue(value, name)
}

/**
 * What stands for a value where an object is expected. posthog-node reads no fields of it, and asks at most whether it is truthy.
 *
 * @param {unknown} value no object
 */
function primitiveValue(value) {
  if (typeof value === 'bigint' || typeof value === 'symbol' || Number.isNaN(value)) {
    return value ? 1 : 0
  }
  return exactValue(value, '') ?? null
}

/**
 * A list that posthog-node walks with `for … of`.
 *
 * @param {any} value
 * @param {string} name
 * @param {(item: any) => unknown} itemValue
 */
function walkedValue(value, name, itemValue) {
  if (Array.isArray(value)) {
    return listOf(value, name, itemValue)
  }
  if (!isObject(value)) {
    return value === undefined ? undefined : primitiveValue(value)
  }
  if (value[Symbol.iterator] != null) {
    throw new Unreadable(name, `${kindOf(value)} instead of a list`)
  }
  return { length: exactValue(value.length, `the length of ${name}`) }
}

module.exports = {
  MAX_LENGTH,
  MAX_PAYLOAD_DEPTH,
  REFUSING,
  Unreadable,
  comparedValue,
  dividedValue,
  exactValue,
  isObject,
  kindOf,
  listOf,
  primitiveValue,
  truthValue,
  walkedValue,
}
