'use strict'

/**
 * What definitions test, read off the document as it is stored. A document may hold anything: a part that is
 * not of the expected form is passed over here, and judged by the evaluator.
 *
 * @typedef {import('./file.js').Document} Document
 * @typedef {{ key?: any, type?: any, operator?: any, value?: any, dependency_chain?: any }} Filter
 */

/** How deep groups within groups of a cohort are followed. */
const MAX_DEPTH = 100

/**
 * The filters of a flag's conditions.
 *
 * @param {any} flag
 * @returns {Filter[]}
 */
function filtersOfFlag(flag) {
  return listOf(flag?.filters?.groups).flatMap((condition) => listOf(condition?.properties).filter(isObject))
}

/**
 * The filters of a cohort, of all its groups.
 *
 * @param {any} group
 * @param {number} [depth]
 * @returns {Filter[]}
 */
function filtersOfCohort(group, depth = 0) {
  return listOf(group?.values).flatMap((member) => {
    if (!isObject(member) || depth > MAX_DEPTH) {
      return []
    }
    return 'values' in member ? filtersOfCohort(member, depth + 1) : [member]
  })
}

/**
 * The filters of all flags and cohorts that test a property: of people, or of groups.
 *
 * @param {Document} document
 * @returns {{ people: Filter[], groups: Filter[] }}
 */
function propertyFilters(document) {
  const forGroups = document.flags.filter((flag) => isOfGroups(flag)).flatMap(filtersOfFlag)
  const all = [
    ...document.flags.filter((flag) => !isOfGroups(flag)).flatMap(filtersOfFlag),
    ...Object.values(Object(document.cohorts)).flatMap((cohort) => filtersOfCohort(cohort)),
  ]
  const testsProperty = (/** @type {Filter} */ { key, type }) =>
    typeof key === 'string' && type !== 'cohort' && type !== 'flag'
  return {
    people: all.filter((filter) => testsProperty(filter) && filter.type !== 'group'),
    groups: [...forGroups, ...all.filter(({ type }) => type === 'group')].filter(testsProperty),
  }
}

/**
 * Whether the flag, or one of its conditions, is for groups.
 *
 * @param {any} flag
 */
function isOfGroups(flag) {
  const parts = [flag?.filters, ...listOf(flag?.filters?.groups)]
  return parts.some((part) => Number.isInteger(part?.aggregation_group_type_index))
}

/**
 * Names of group types by index.
 *
 * @param {Document} document
 * @returns {Record<string, any>}
 */
function groupTypes({ group_type_mapping: snake, groupTypeMapping: camel }) {
  return Object(snake ?? camel ?? {})
}

/**
 * @param {any} value
 * @returns {any[]}
 */
function listOf(value) {
  return Array.isArray(value) ? value : []
}

/**
 * A text for a value of any kind that stands where a name is expected.
 *
 * @param {unknown} value
 * @returns {string}
 */
function textOf(value) {
  try {
    return isObject(value) ? JSON.stringify(value) : String(value)
  } catch {
    // The value nests too deeply for the stack.
    return '[nested too deeply]'
  }
}

/** @param {any} value */
function isObject(value) {
  return typeof value === 'object' && value !== null
}

module.exports = { filtersOfCohort, filtersOfFlag, groupTypes, listOf, propertyFilters, textOf }
