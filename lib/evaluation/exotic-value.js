'use strict'

const { isProxy } = require('node:util/types')

/**
 * What posthog-node's matchers would find on looking at a property value that is no string, number, boolean or null. The
 * native evaluator asks a question when a matcher does, and only that one: looking may take long, and may run a caller's code.
 */

/** Stands for an own property whose value is `undefined`; a property that is absent is passed as `undefined` itself. */
const OWN_UNDEFINED = Symbol('undefined')

/** Stands for a value that cannot be read, because what should hold it is no object. */
const UNREADABLE = Symbol('unreadable')

/** What a symbol stands for, as src/binding/hooks.rs reads it. */
const MEANINGS = new Map([
  [OWN_UNDEFINED, 1],
  [UNREADABLE, 2],
])

/** A list or object with more elements, those inside it included, is not looked through: it would hold up the process. */
const MAX_ELEMENTS = 100_000

/** Lists that are deeper within each other are rare. */
const MAX_DEPTH = 20

const TOO_LONG = `expected a list of no more than ${MAX_ELEMENTS} elements`

// Taken once: others may be put in their place later.
const { toString: arrayToString, join, slice } = Array.prototype

/** The questions, as src/binding/hooks.rs asks them. Each answers `{ thrown }` with a text if looking at the value throws. */
const questions = {
  /** @param {symbol} symbol */
  meaningOf: (symbol) => MEANINGS.get(symbol) ?? 0,
  textOf: answering((value) => (Array.isArray(value) ? textOfList(value) : String(value))),
  templateOf: answering(templateOf),
  canonicalOf: answering((value) => canonicalJson(value, new Walk())),
  jsonOf: answering(jsonOf),
  isRepresentable: answering((value) => isRepresentable(value, new Walk())),
  isTrue: answering(isTrue),
  timeOf: answering((value) => {
    if (value instanceof Date) {
      return Number(value)
    }
    // posthog-node writes what is no date into a message, which may throw.
    templateOf(value)
    return undefined
  }),
}

/**
 * @param {(value: unknown) => unknown} question
 * @returns {(value: unknown) => unknown}
 */
function answering(question) {
  return (value) => {
    try {
      return question(value)
    } catch (error) {
      return { thrown: textOfError(error) }
    }
  }
}

/**
 * What to report of something thrown: nothing, unless it is an error, as in posthog-node.
 *
 * @param {unknown} error
 */
function textOfError(error) {
  try {
    return error instanceof Error ? `${error}` : ''
  } catch {
    return 'the value cannot be converted to text'
  }
}

/**
 * What a request would carry; nothing for what JSON leaves out.
 *
 * @param {unknown} value
 */
function jsonOf(value) {
  if (Array.isArray(value) && isWalkTooLong(value)) {
    throw new RangeError(TOO_LONG)
  }
  return JSON.stringify(value)
}

/** @param {unknown} value */
function templateOf(value) {
  return Array.isArray(value) ? textOfList(value) : `${value}`
}

/**
 * The text of a list, unless it has too many elements: what is no list has its text at once, a list that of all of them.
 *
 * @param {unknown[]} list
 * @returns {string}
 */
function textOfList(list) {
  const text = new ListText().of(list, MAX_DEPTH)
  if (text !== undefined) {
    return text
  }
  if (isWalkTooLong(list)) {
    throw new RangeError(TOO_LONG)
  }
  return String(list)
}

/** Asks of a list, and of those within it, what `String` asks, and no more often. */
class ListText {
  constructor() {
    this._left = MAX_ELEMENTS
    /** The lists that the way leads through: they have no text of their own in there. @type {Set<unknown[]>} */
    this._path = new Set()
  }

  /**
   * @param {any} list
   * @param {number} depth how deep lists may be
   * @returns {string | undefined} undefined if they are deeper
   */
  of(list, depth) {
    if (list[Symbol.toPrimitive] != null || list.toString !== arrayToString || list.join !== join) {
      this._left = leftAfter(list, this._left, depth)
      return this._left >= 0 ? String(list) : undefined
    }
    const { length } = list
    this._left -= length
    if (!(this._left >= 0)) {
      throw new RangeError(TOO_LONG)
    }
    if (depth === 0) {
      return undefined
    }
    this._path.add(list)
    const isCopied = isCopiedAtOnce(list)
    const parts = isCopied ? slice.call(list) : new Array(length)
    for (let place = 0; place < length; place++) {
      const element = isCopied ? parts[place] : list[place]
      if (isObject(element)) {
        const text = this._within(element, depth)
        if (text === undefined) {
          return undefined
        }
        parts[place] = text
      } else if (!isCopied) {
        parts[place] = element
      }
    }
    this._path.delete(list)
    return join.call(parts)
  }

  /**
   * @param {any} element
   * @param {number} depth
   */
  _within(element, depth) {
    if (!Array.isArray(element)) {
      return `${element}`
    }
    return this._path.has(element) ? '' : this.of(element, depth - 1)
  }
}

/**
 * How many more elements may be looked at after those of a list; below zero if there are too many, or lists too deep within
 * each other, as those that contain themselves.
 *
 * @param {unknown[]} list
 * @param {number} left
 * @param {number} depth how deep lists may be
 */
function leftAfter(list, left, depth) {
  const { length } = list
  left -= length
  if (depth === 0 || !(left >= 0)) {
    return -1
  }
  for (let index = 0; index < length; index++) {
    const element = list[index]
    if (Array.isArray(element)) {
      left = leftAfter(element, left, depth - 1)
      if (left < 0) {
        return left
      }
    }
  }
  return left
}

/**
 * Walks through lists within lists without a stack of calls, so that whether there is room for their text is left to V8.
 *
 * @param {unknown[]} list
 */
function isWalkTooLong(list) {
  let left = MAX_ELEMENTS - list.length
  // The way to where the walk is: the lists that it leads through, and the next place in each.
  const way = [{ list, place: 0 }]
  const path = new Set([list])
  while (way.length > 0 && left >= 0) {
    const here = way[way.length - 1]
    const inner = nextList(here, path)
    if (inner === undefined) {
      way.pop()
      path.delete(here.list)
    } else {
      left -= inner.length
      way.push({ list: inner, place: 0 })
      path.add(inner)
    }
  }
  return !(left >= 0)
}

/**
 * The next list within a list, but for those that the way leads through: they have no text of their own in there.
 *
 * @param {{ list: unknown[], place: number }} here
 * @param {Set<unknown[]>} path
 */
function nextList(here, path) {
  const { list } = here
  const { length } = list
  while (here.place < length) {
    const element = list[here.place++]
    if (Array.isArray(element) && !path.has(element)) {
      return element
    }
  }
  return undefined
}

/** A way through lists and objects within each other. */
class Walk {
  constructor() {
    /** What the way leads through. @type {Set<object>} */
    this._path = new Set()
    this._left = MAX_ELEMENTS
  }

  /**
   * Walks into an array or object.
   *
   * @param {object} value
   * @param {number} size how many elements it has
   * @returns {boolean} false if the way here leads through it already, or if there is too much of it
   */
  enter(value, size) {
    this._left -= size
    if (this._path.has(value) || !(this._left >= 0)) {
      return false
    }
    this._path.add(value)
    return true
  }

  /** @param {object} value */
  leave(value) {
    this._path.delete(value)
  }
}

/** @type {(text: string) => boolean} whether there is no lone surrogate, which is all that UTF-8 cannot carry */
const isWellFormed =
  'isWellFormed' in String.prototype
    ? (text) => /** @type {any} */ (text).isWellFormed()
    : (text) => !/\p{Surrogate}/u.test(text)

/**
 * Whether to copy a list asks for its elements alone, which V8 is then quick at.
 *
 * @param {any[]} list
 */
function isCopiedAtOnce(list) {
  return !isProxy(list) && Object.getPrototypeOf(list) === Array.prototype && !Object.hasOwn(list, 'constructor')
}

/** @param {unknown} value */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Whether JSON can represent the value.
 *
 * @param {unknown} value
 * @param {Walk} walk
 * @returns {boolean}
 */
function isRepresentable(value, walk) {
  switch (typeof value) {
    case 'boolean':
      return true
    case 'string':
      return isWellFormed(value)
    case 'number':
      return Number.isFinite(value)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) {
    return true
  }
  if (Array.isArray(value)) {
    const { length } = value
    if (!walk.enter(value, length)) {
      return false
    }
    for (let index = 0; index < length; index++) {
      if (index in value && !isRepresentable(value[index], walk)) {
        return false
      }
    }
  } else {
    if (!isPlain(value)) {
      return false
    }
    const keys = Object.keys(value)
    if (!walk.enter(value, keys.length)) {
      return false
    }
    for (const key of keys) {
      if (!isWellFormed(key) || !isRepresentable(/** @type {Record<string, unknown>} */ (value)[key], walk)) {
        return false
      }
    }
  }
  walk.leave(value)
  return true
}

/**
 * The text that `exact` compares: JSON with sorted keys. Undefined if the flags service has to decide, as it has on integers,
 * for it tells 5 from 5.0.
 *
 * @param {unknown} value
 * @param {Walk} walk
 * @returns {string | undefined}
 */
function canonicalJson(value, walk) {
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'string':
      return isWellFormed(value) ? JSON.stringify(value) : undefined
    case 'number':
      return Number.isFinite(value) && !Number.isInteger(value) ? String(value) : undefined
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null) {
    return 'null'
  }
  let text = ''
  if (Array.isArray(value)) {
    const { length } = value
    if (!walk.enter(value, length)) {
      return undefined
    }
    for (let index = 0; index < length; index++) {
      const item = index in value ? canonicalJson(value[index], walk) : 'null'
      if (item === undefined) {
        return undefined
      }
      text += index === 0 ? item : `,${item}`
    }
    text = `[${text}]`
  } else {
    const keys = isPlain(value) ? Object.keys(value) : undefined
    if (keys === undefined || !walk.enter(value, keys.length) || !keys.every(isWellFormed)) {
      return undefined
    }
    for (const key of sortByCodePoints(keys)) {
      const item = canonicalJson(/** @type {Record<string, unknown>} */ (value)[key], walk)
      if (item === undefined) {
        return undefined
      }
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${item}`
    }
    text = `{${text}}`
  }
  walk.leave(value)
  return text
}

/**
 * Without surrogates, the order of code units is the same, and an object of 100,000 keys is sorted ten times as fast.
 *
 * @param {string[]} keys
 */
function sortByCodePoints(keys) {
  return keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort(compareCodePoints) : keys.sort()
}

/**
 * @param {string} left
 * @param {string} right
 */
function compareCodePoints(left, right) {
  // UTF-8 keeps the order of code points.
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/**
 * Whether the value is true, `'true'`, or a list of nothing else.
 *
 * @param {unknown} value
 * @returns {boolean}
 */
function isTrue(value) {
  if (typeof value === 'boolean') {
    return value
  }
  if (typeof value === 'string') {
    return value.toLowerCase() === 'true'
  }
  if (!Array.isArray(value)) {
    return false
  }
  for (let index = 0; index < value.length; index++) {
    if (!(index in value) || !isTrue(value[index])) {
      return false
    }
  }
  return true
}

module.exports = { OWN_UNDEFINED, UNREADABLE, questions }
