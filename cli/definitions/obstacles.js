'use strict'

const { filtersOfCohort, filtersOfFlag, groupTypes, listOf, textOf } = require('./filters.js')

/**
 * @typedef {import('./file.js').Document} Document
 * @typedef {import('./filters.js').Filter} Filter
 */

/** The operators that posthog-node evaluates. */
const OPERATORS = [
  ...['exact', 'is_not', 'is_set', 'is_not_set', 'icontains', 'not_icontains', 'starts_with', 'not_starts_with'],
  ...['ends_with', 'not_ends_with', 'regex', 'not_regex', 'gt', 'gte', 'lt', 'lte', 'is_date_before', 'is_date_after'],
  ...['semver_eq', 'semver_neq', 'semver_gt', 'semver_gte', 'semver_lt', 'semver_lte'],
  ...['semver_tilde', 'semver_caret', 'semver_wildcard'],
]

/**
 * Says in words what in a definition keeps a flag from being evaluated locally. That it cannot be is the evaluator's
 * finding; this only points at the likely place.
 */
class Obstacles {
  /** @param {Document} document */
  constructor(document) {
    this._cohorts = Object(document.cohorts)
    this._groupTypes = groupTypes(document)
    /** @type {Map<string, any>} */
    this._flags = new Map(document.flags.map((flag) => [textOf(flag?.key), flag]))
    /** @type {Set<unknown>} cohorts under way */
    this._entered = new Set()
  }

  /**
   * @param {string} key
   * @returns {string[]} each a phrase, such as "it tests the static cohort 12"
   */
  of(key) {
    const flag = this._flags.get(key)
    if (flag?.ensure_experience_continuity) {
      return ['it has experience continuity enabled']
    }
    const found = filtersOfFlag(flag).flatMap((filter) => this._ofFilter(filter))
    const index = flag?.filters?.aggregation_group_type_index
    if (index !== undefined && index !== null && !Object.hasOwn(this._groupTypes, textOf(index))) {
      found.unshift(`it is for groups of type ${textOf(index)}, which the definitions do not name`)
    }
    return found.length > 0 ? [...new Set(found)] : this._suspects(flag)
  }

  /**
   * Patterns are judged by the evaluator alone, which runs some here and leaves others to the server.
   *
   * @param {any} flag
   */
  _suspects(flag) {
    const patterns = filtersOfFlag(flag).filter(({ operator }) => operator === 'regex' || operator === 'not_regex')
    return patterns.map(({ key }) => `it tests the property ${textOf(key)} by a pattern that only the server may run`)
  }

  /**
   * @param {Filter} filter
   * @returns {string[]}
   */
  _ofFilter(filter) {
    switch (filter.type) {
      case 'cohort':
        return this._ofCohort(filter.value)
      case 'flag':
        return this._ofDependency(filter)
      default:
        return ofProperty(filter)
    }
  }

  /** @param {any} id */
  _ofCohort(id) {
    const name = textOf(id)
    const cohort = Object.hasOwn(this._cohorts, name) ? this._cohorts[name] : undefined
    if (cohort === undefined) {
      return [`it tests the cohort ${name}, which is static or missing, so that only PostHog knows its members`]
    }
    if (this._entered.has(cohort)) {
      return []
    }
    this._entered.add(cohort)
    const found = filtersOfCohort(cohort).flatMap((filter) => this._ofFilter(filter))
    this._entered.delete(cohort)
    return found
  }

  /** @param {Filter} filter */
  _ofDependency({ key, dependency_chain: chain }) {
    if (!Array.isArray(chain) || chain.length === 0) {
      return [`it depends on the flag ${textOf(key)}, which is missing or depends on itself`]
    }
    const missing = chain.filter((link) => !this._flags.has(textOf(link)))
    const continuous = chain.filter((link) => this._flags.get(textOf(link))?.ensure_experience_continuity)
    return [
      ...missing.map((link) => `it depends on the flag ${textOf(link)}, which is missing`),
      ...continuous.map((link) => `it depends on the flag ${textOf(link)}, which has experience continuity enabled`),
    ]
  }
}

/**
 * @param {Filter} filter
 * @returns {string[]}
 */
function ofProperty({ key, operator, value }) {
  const name = operator || 'exact'
  const isNumber = (/** @type {unknown} */ each) => typeof each === 'number'
  if ((name === 'exact' || name === 'is_not') && (isNumber(value) || listOf(value).some(isNumber))) {
    return [`it compares the property ${textOf(key)} with a number, whose text only the server knows`]
  }
  if (!OPERATORS.includes(name)) {
    return [`it tests the property ${textOf(key)} by the operator ${textOf(name)}, which posthog-node does not know`]
  }
  return []
}

module.exports = { OPERATORS, Obstacles }
