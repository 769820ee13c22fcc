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
  const representable = answer(() => assertRepresentable(value, new Set()))
  return JSON.stringify({
    text: answer(() => String(value)),
    template: answer(() => `${value}`),
    canonical: answer(() => canonicalJson(value, new Set())),
    representable,
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

/**
 * Walks into an array or object, unless the way here leads through it already.
 *
 * @template T
 * @param {object} value
 * @param {Set<object>} path
 * @param {() => T} walk
 */
function within(value, path, walk) {
  if (path.has(value)) {
    throw new Inconclusive()
  }
  path.add(value)
  try {
    return walk()
  } finally {
    path.delete(value)
  }
}

/**
 * Whether JSON can represent the value.
 *
 * @param {unknown} value
 * @param {Set<object>} path
 * @returns {void}
 */
function assertRepresentable(value, path) {
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
    return within(value, path, () => {
      for (let index = 0; index < value.length; index++) {
        if (index in value) {
          assertRepresentable(value[index], path)
        }
      }
    })
  }
  assertPlain(value)
  within(value, path, () => {
    for (const key of Object.keys(value)) {
      assertWellFormed(key)
      assertRepresentable(/** @type {Record<string, unknown>} */ (value)[key], path)
    }
  })
}

/**
 * The text that `exact` compares: JSON with sorted keys. Integers are inconclusive, for the flags service tells 5 from 5.0.
 *
 * @param {unknown} value
 * @param {Set<object>} path
 * @returns {string}
 */
function canonicalJson(value, path) {
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
    return within(value, path, () => {
      const items = []
      for (let index = 0; index < value.length; index++) {
        items.push(index in value ? canonicalJson(value[index], path) : 'null')
      }
      return `[${items.join(',')}]`
    })
  }
  assertPlain(value)
  return within(value, path, () => {
    const keys = Object.keys(value)
    keys.forEach(assertWellFormed)
    const fields = keys.sort(compareCodePoints).map((key) => {
      return `${JSON.stringify(key)}:${canonicalJson(/** @type {Record<string, unknown>} */ (value)[key], path)}`
    })
    return `{${fields.join(',')}}`
  })
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
