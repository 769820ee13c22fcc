'use strict'

const { quote, textOf } = require('./copied-text')
const { NO_JSON, UNREADABLE, attempt, filterFields, filterValue, reasonOf } = require('./filter-value')
const { namedValues } = require('./named-values')
const { Unreadable, comparedValue, isObject, primitiveValue, walkedValue } = require('./plain-text')
const { wholeText } = require('./whole-text')

/** @typedef {import('./filter-value').Names} Names */

/** The fields of cohorts that evaluation reads, as JSON text, as `flag-text.js` writes flags. */

/** A group that matches everyone, as one without fields does. */
const EVERYONE = { type: 'AND', values: [] }

/** The native side reads no more, for JSON nests twice as deep. */
const MAX_GROUP_DEPTH = 60

/**
 * The cohorts of a document, one by one: the text of an object without the braces and commas.
 *
 * @param {object} cohorts
 * @param {Names} names
 * @param {boolean} [isWhole] whether all their fields are written; a cohort is unreadable if they have no JSON text
 */
function* cohortTexts(cohorts, names, isWhole = false) {
  const texts = namedValues(cohorts, names.cohorts, (cohort) =>
    isWhole ? wholeCohortText(cohort, names) : cohortText(cohort, names)
  )
  for (const [name, text] of texts) {
    yield `${quote(name)}:${text}`
  }
}

/**
 * @param {any} cohort
 * @param {Names} names is added to
 */
function cohortText(cohort, names) {
  try {
    return textOf(groupValue(cohort, names, 0))
  } catch (error) {
    return unreadableCohortText(reasonOf(error))
  }
}

/**
 * The same with all its fields.
 *
 * @param {any} cohort
 * @param {Names} names is added to
 */
function wholeCohortText(cohort, names) {
  const text = cohortText(cohort, names)
  const whole = wholeText(text, cohort, (again) => cohortText(again, names))
  return whole ?? (text.includes(UNREADABLE) ? text : unreadableCohortText(NO_JSON))
}

/** @param {string} reason */
function unreadableCohortText(reason) {
  return textOf({ type: UNREADABLE, [UNREADABLE]: reason })
}

/**
 * A cohort, or a group in it.
 *
 * @param {any} group
 * @param {Names} names
 * @param {number} depth
 * @returns {unknown}
 */
function groupValue(group, names, depth) {
  if (!isObject(group)) {
    return primitiveValue(group)
  }
  const { type, values } = group
  const isEmpty = Object.keys(group).length === 0
  if (Array.isArray(group) && typeof values === 'function' && type === undefined) {
    // It has no values but a method of that name, on which posthog-node throws where it looks for what is not supported.
    return isEmpty ? [] : [0]
  }
  if (isEmpty) {
    return 'values' in group ? EVERYONE : {}
  }
  const members = membersValue(values, names, depth)
  // posthog-node names a type that it does not know in a message, which may throw.
  if (attempt(() => `${type}`) === undefined) {
    throw new Unreadable("a cohort's type", `a ${typeof type}`)
  }
  return { type: comparedValue(type, 'type'), values: members ?? null }
}

/**
 * The members of a cohort or of a group in it.
 *
 * @param {any} members
 * @param {Names} names
 * @param {number} depth of the group
 * @returns {unknown}
 */
function membersValue(members, names, depth) {
  if (depth > MAX_GROUP_DEPTH) {
    throw new Unreadable("a cohort's values", `groups that nest more than ${MAX_GROUP_DEPTH} levels deep`)
  }
  // An evaluation takes all members for what the first one is. posthog-node's check for what is not supported looks at each.
  const first = members?.[0]
  const areGroups = isObject(first) && 'values' in first
  return walkedValue(members, "a cohort's values", (member) => {
    if (!isObject(member) || !('values' in member)) {
      return filterValue(member, names)
    }
    if (areGroups) {
      return groupValue(member, names, depth + 1)
    }
    const values = membersValue(member.values, names, depth + 1)
    return { ...filterFields(member, names), values: values ?? null }
  })
}

module.exports = { cohortTexts }
