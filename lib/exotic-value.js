'use strict'

/**
 * Describes a property value that is no string, number, boolean or null to the native evaluator: what posthog-node's
 * matchers would find on looking at it. Called on a rare path, so it answers every question at once.
 */

/** Says "the flags service would have to decide", like posthog-node's InconclusiveMatchError. */
class Inconclusive extends Error {}

/** Stands for an own property whose value is `undefined`; a property that is absent is passed as `undefined` itself. */
const OWN_UNDEFINED = Symbol('undefined')

/** Stands for a value that cannot be read, because what should hold it is no object. */
const UNREADABLE = Symbol('unreadable')

/** A list or object with more elements, those inside it included, is not looked through: it would hold up the process. */
const MAX_ELEMENTS = 100_000

const UNREADABLE_MESSAGE = 'expected groups to be an object of group keys by group type'

/**
 * @param {unknown} value
 * @returns {string | undefined} JSON that `src/binding/arguments.rs` reads; undefined for `OWN_UNDEFINED`
 */
function describe(value) {
  if (value === OWN_UNDEFINED) {
    return undefined
  }
  if (value === UNREADABLE) {
    return JSON.stringify({ unreadable: UNREADABLE_MESSAGE })
  }
  const joinable = answer(() => assertJoinable(value, new Walk()))
  const walk = new Walk()
  const canonical = answer(() => canonicalJson(value, walk))
  // What has a canonical form can be represented, and what is too large for one cannot: nothing large is walked twice.
  const isKnown = canonical[0] === 'is' || walk.isTooLong
  const representable = isKnown ? canonical : answer(() => assertRepresentable(value, new Walk()))
  return JSON.stringify({
    text: joinable[0] === 'is' ? answer(() => String(value)) : joinable,
    template: joinable[0] === 'is' ? answer(() => `${value}`) : joinable,
    canonical,
    representable: [representable[0], representable[0] === 'throws' ? representable[1] : undefined],
    // Only asked of values that JSON can represent.
    truthy: representable[0] === 'is' ? answer(() => isTrue(value)) : ['is', false],
    // The time of an invalid date is NaN, which JSON writes as null.
    date: answer(() => value instanceof Date && { time: Number(value) }),
  })
}

/**
 * @param {() => unknown} question
 * @returns {[how: 'is' | 'inconclusive' | 'throws', what?: unknown]}
 */
function answer(question) {
  try {
    return ['is', question()]
  } catch (error) {
    return error instanceof Inconclusive ? ['inconclusive'] : ['throws', textOfError(error)]
  }
}

/**
 * What to report of something thrown: nothing, unless it is an error, as in posthog-node.
 *
 * @param {unknown} error
 */
function textOfError(error) {
  if (!(error instanceof Error)) {
    return ''
  }
  try {
    return `${error}`
  } catch {
    return 'the value cannot be converted to text'
  }
}

/** @param {string} text */
function assertWellFormed(text) {
  // A lone surrogate is all that UTF-8 cannot carry.
  if (/\p{Surrogate}/u.test(text)) {
    throw new Inconclusive()
  }
}

/** @param {object} value */
function assertPlain(value) {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Inconclusive()
  }
}

/** A way through lists and objects within each other. */
class Walk {
  constructor() {
    /** What the way leads through. @type {Set<object>} */
    this._path = new Set()
    this._left = MAX_ELEMENTS
  }

  /** @param {object} value */
  leadsThrough(value) {
    return this._path.has(value)
  }

  /** Whether there was more than is looked through. */
  get isTooLong() {
    return this._left < 0
  }

  /**
   * Whether so many more elements can be looked at.
   *
   * @param {number} count
   */
  has(count) {
    this._left -= count
    return this._left >= 0
  }

  /**
   * Walks into an array or object, unless the way here leads through it already, or there is too much of it.
   *
   * @template T
   * @param {object} value
   * @param {number} size how many elements it has
   * @param {() => T} visit
   */
  into(value, size, visit) {
    if (this.leadsThrough(value) || !this.has(size)) {
      throw new Inconclusive()
    }
    this._path.add(value)
    try {
      return visit()
    } finally {
      this._path.delete(value)
    }
  }
}

/**
 * What is no list has its text at once, a list that of all its elements.
 *
 * @param {unknown} value
 * @param {Walk} walk
 */
function assertJoinable(value, walk) {
  if (!Array.isArray(value) || walk.leadsThrough(value)) {
    return
  }
  if (!walk.has(value.length)) {
    throw new RangeError(`expected a list of no more than ${MAX_ELEMENTS} elements`)
  }
  walk.into(value, 0, () => {
    for (let index = 0; index < value.length; index++) {
      assertJoinable(value[index], walk)
    }
  })
}

/**
 * Whether JSON can represent the value.
 *
 * @param {unknown} value
 * @param {Walk} walk
 * @returns {void}
 */
function assertRepresentable(value, walk) {
  switch (typeof value) {
    case 'boolean':
      return
    case 'string':
      return assertWellFormed(value)
    case 'number':
      if (!Number.isFinite(value)) {
        throw new Inconclusive()
      }
      return
    case 'object':
      break
    default:
      throw new Inconclusive()
  }
  if (value === null) {
    return
  }
  if (Array.isArray(value)) {
    return walk.into(value, value.length, () => {
      for (let index = 0; index < value.length; index++) {
        if (index in value) {
          assertRepresentable(value[index], walk)
        }
      }
    })
  }
  assertPlain(value)
  const keys = Object.keys(value)
  walk.into(value, keys.length, () => {
    for (const key of keys) {
      assertWellFormed(key)
      assertRepresentable(/** @type {Record<string, unknown>} */ (value)[key], walk)
    }
  })
}

/**
 * The text that `exact` compares: JSON with sorted keys. Integers are inconclusive, for the flags service tells 5 from 5.0.
 *
 * @param {unknown} value
 * @param {Walk} walk
 * @returns {string}
 */
function canonicalJson(value, walk) {
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'string':
      assertWellFormed(value)
      return JSON.stringify(value)
    case 'number':
      if (!Number.isFinite(value) || Number.isInteger(value)) {
        throw new Inconclusive()
      }
      return String(value)
    case 'object':
      break
    default:
      throw new Inconclusive()
  }
  if (value === null) {
    return 'null'
  }
  if (Array.isArray(value)) {
    return walk.into(value, value.length, () => {
      const items = []
      for (let index = 0; index < value.length; index++) {
        items.push(index in value ? canonicalJson(value[index], walk) : 'null')
      }
      return `[${items.join(',')}]`
    })
  }
  assertPlain(value)
  const keys = Object.keys(value)
  return walk.into(value, keys.length, () => {
    keys.forEach(assertWellFormed)
    const fields = sortByCodePoints(keys).map((key) => {
      return `${JSON.stringify(key)}:${canonicalJson(/** @type {Record<string, unknown>} */ (value)[key], walk)}`
    })
    return `{${fields.join(',')}}`
  })
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

module.exports = { OWN_UNDEFINED, UNREADABLE, describe }
