'use strict'

const { Random } = require('../random.js')
const { groupTypes, propertyFilters, textOf } = require('./filters.js')

/**
 * A person to evaluate flags for, as the arguments of a call describe them.
 *
 * @typedef {object} Person
 * @property {string} distinctId
 * @property {Record<string, any>} personProperties
 * @property {Record<string, string>} groups
 * @property {Record<string, Record<string, any>>} groupProperties
 */

/** How many values are kept for a property. Cohorts may list thousands. */
const MAX_VALUES = 64

/**
 * People made of what definitions test: each property has one of the values that some filter names, or one beside it.
 *
 * @param {import('./file.js').Document} document
 * @param {{ count: number, seed: number, missing: number }} how `missing` is the share of properties that a person lacks
 * @returns {Person[]}
 */
function makePeople(document, { count, seed, missing }) {
  const random = new Random(seed)
  const filters = propertyFilters(document)
  const [ofPeople, ofGroups] = [filters.people, filters.groups].map(valuesByProperty)
  const types = Object.values(groupTypes(document)).filter((type) => typeof type === 'string')
  const draw = (/** @type {Map<string, any[]>} */ values, /** @type {Record<string, any>} */ drawn) => {
    // One key after the other, as a program writes them, so that people who lack nothing have one shape.
    for (const [key, candidates] of values) {
      if (random.next() >= missing) {
        set(drawn, key, random.pick(candidates))
      }
    }
    return drawn
  }
  return Array.from({ length: count }, (_, index) => ({
    distinctId: `user-${seed}-${index}`,
    // Flags may hash this in place of the distinct id.
    personProperties: draw(ofPeople, { $device_id: `device-${seed}-${index}` }),
    groups: Object.fromEntries(types.map((type) => [type, `${type}-${random.below(count)}`])),
    groupProperties: Object.fromEntries(types.map((type) => [type, draw(ofGroups, {})])),
  }))
}

/**
 * @param {Record<string, any>} object
 * @param {string} key
 * @param {unknown} value
 */
function set(object, key, value) {
  if (key === '__proto__') {
    // An assignment would set what the object inherits from.
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true })
  } else {
    object[key] = value
  }
}

/**
 * @param {import('./filters.js').Filter[]} filters
 * @returns {Map<string, any[]>}
 */
function valuesByProperty(filters) {
  /** @type {Map<string, any[]>} */
  const values = new Map()
  for (const filter of filters) {
    const known = values.get(filter.key) ?? []
    values.set(filter.key, known)
    for (const value of valuesFor(filter)) {
      if (known.length < MAX_VALUES && !known.includes(value)) {
        known.push(value)
      }
    }
  }
  return values
}

/**
 * Values at which a filter decides this way and that.
 *
 * @param {import('./filters.js').Filter} filter
 * @returns {any[]}
 */
function valuesFor({ operator = 'exact', value }) {
  const wanted = (Array.isArray(value) ? value : [value]).filter((each) => each !== null && each !== undefined)
  const first = wanted[0] ?? ''
  const text = textOf(first)
  switch (operator) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'min':
    case 'max':
      return numbersAround(Number(text))
    case 'between':
    case 'not_between':
      return [...wanted.flatMap((bound) => numbersAround(Number(bound))), 'something else']
    case 'is_date_before':
    case 'is_date_after':
      return ['2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z', ...(Number.isNaN(Date.parse(text)) ? [] : [text])]
    case 'is_date_exact':
      return [text, '2001-01-01T00:00:00Z', ...(Number.isNaN(Date.parse(text)) ? [] : [new Date(text).toISOString()])]
    case 'icontains_multi':
    case 'not_icontains_multi':
      return [...wanted, ...wanted.map((part) => `more and ${textOf(part)}`), 'something else']
    case 'regex':
    case 'not_regex':
      // Mostly a match: the pattern without its signs.
      return [text.replace(/\\.|[\\^$.*+?()[\]{}|]/g, ''), 'something else', 'user-17']
    case 'icontains':
    case 'not_icontains':
    case 'starts_with':
    case 'not_starts_with':
    case 'ends_with':
    case 'not_ends_with':
      return [text, `${text} and more`, `more and ${text}`, 'something else']
    default:
      return textOf(operator).startsWith('semver_')
        ? [text.replace(/[~^*x]/g, '0'), '0.0.1', '999.0.0']
        : [...wanted, 'something else']
  }
}

/** @param {number} number */
function numbersAround(number) {
  return Number.isFinite(number) ? [number - 1, number, number + 1] : [0, 1]
}

module.exports = { makePeople }
