'use strict'

const { createHash } = require('node:crypto')

const { SILENT } = require('../../lib/evaluation/silent.js')
const { Snapshot } = require('../../lib/evaluation/snapshot.js')
const { groupTypes, listOf, textOf } = require('../definitions/filters.js')

/**
 * @typedef {import('../definitions/file.js').Document} Document
 * @typedef {import('../definitions/people.js').Person} Person
 *
 * @typedef {object} Outcome
 * @property {string | boolean | null} value null if it is not decided locally
 * @property {unknown} [payload]
 * @property {string} [reason] why it is not, as posthog-node names it
 *
 * @typedef {object} FilterExplanation
 * @property {any} filter as stored
 * @property {boolean | null} matches null if that cannot be told
 * @property {unknown} [given] the value that the call brings; absent if it brings none
 *
 * @typedef {object} ConditionExplanation
 * @property {boolean | null} matches with its rollout
 * @property {FilterExplanation[]} filters
 * @property {number} rollout the share of people it is for, from 0 to 100
 * @property {number | null} bucket where the person falls in it; null if what is hashed is missing
 * @property {string} [variant] that it forces
 *
 * @typedef {object} Explanation
 * @property {string} flag
 * @property {Outcome} outcome
 * @property {boolean} active
 * @property {ConditionExplanation[]} conditions in the order in which they are tried
 */

/**
 * How a flag comes to its value. The evaluator itself is asked about each condition and each filter, by definitions in
 * which the flag has nothing else.
 *
 * @param {Document} document
 * @param {any} flag one of its
 * @param {Person} person
 * @param {string[]} [contexts] the evaluation contexts of the client
 * @returns {Explanation}
 */
function explainFlag(document, flag, person, contexts = []) {
  const evaluate = (/** @type {any} */ filters) => {
    const probe = filters === undefined ? flag : { ...flag, active: true, ensure_experience_continuity: false, filters }
    return outcomeOf(
      { ...document, flags: document.flags.map((each) => (each === flag ? probe : each)) },
      flag.key,
      person,
      contexts
    )
  }
  // Without variants, payloads and holdouts, a flag is on exactly if the condition holds.
  const { aggregation_group_type_index: aggregation } = Object(flag.filters)
  const matches = (/** @type {object} */ condition) => {
    const { value } = evaluate({ aggregation_group_type_index: aggregation, groups: [{ ...condition, variant: null }] })
    return value === null ? null : value !== false
  }
  return {
    flag: flag.key,
    outcome: evaluate(undefined),
    active: Boolean(flag.active),
    conditions: listOf(flag.filters?.groups).map((condition) => ({
      matches: matches(condition),
      filters: listOf(condition?.properties).map((filter) => ({
        filter,
        matches: matches({ ...condition, properties: [filter], rollout_percentage: 100 }),
        ...givenOf(document, flag, condition, filter, person),
      })),
      rollout: condition?.rollout_percentage ?? 100,
      bucket: bucketOf(document, flag, condition, person),
      ...(typeof condition?.variant === 'string' && { variant: condition.variant }),
    })),
  }
}

/**
 * @param {Document} document
 * @param {string} key
 * @param {Person} person
 * @param {string[]} contexts
 * @returns {Outcome}
 */
function outcomeOf(document, key, person, contexts) {
  const snapshot = Snapshot.compile(JSON.stringify(document), contexts)
  const found = snapshot.evaluate(snapshot.featureFlagsByKey[key], person, undefined, SILENT)
  if (found !== undefined) {
    const { value, payload } = found
    return { value, ...(payload !== null && { payload }) }
  }
  const { unresolved } = snapshot.evaluateAll(person, [key], SILENT)
  return { value: null, reason: Object.hasOwn(unresolved, key) ? unresolved[key] : 'an error in the definition' }
}

/**
 * Whether a client with these evaluation contexts evaluates the flag.
 *
 * @param {Document} document
 * @param {any} key
 * @param {string[]} contexts
 */
function isFor(document, key, contexts) {
  return (
    contexts.length === 0 || Snapshot.compile(JSON.stringify(document), contexts).featureFlagsByKey[key] !== undefined
  )
}

/**
 * What keeps a flag for groups from being on: the groups that are not named, of the flag and of each of its conditions.
 *
 * @param {Document} document
 * @param {any} flag
 * @param {Person} person
 * @returns {string[]} each a phrase
 */
function missingGroups(document, flag, { groups }) {
  const ofFlag = groupTypeOf(document, flag, undefined)
  const ofConditions = listOf(flag.filters?.groups).map((condition) => groupTypeOf(document, flag, condition))
  return [...new Set([ofFlag, ...ofConditions])]
    .filter((type) => type !== undefined && !Object.hasOwn(groups, type))
    .map((type) => {
      const what = type === ofFlag ? 'it' : 'a condition'
      return `${what} is for groups of the type ${type}, and no such group is named: --group ${type}=KEY`
    })
}

/**
 * @param {Document} document
 * @param {any} flag
 * @param {any} condition
 * @param {any} filter
 * @param {Person} person
 */
function givenOf(document, flag, condition, filter, { distinctId, personProperties, groupProperties }) {
  if (filter?.type === 'cohort' || filter?.type === 'flag') {
    return {}
  }
  const type = groupTypeOf(document, flag, condition)
  const properties =
    type === undefined ? { distinct_id: distinctId, ...personProperties } : ownOf(groupProperties, type)
  const name = textOf(filter?.key)
  return properties && Object.hasOwn(properties, name) ? { given: properties[name] } : {}
}

/**
 * posthog-node's hash of the flag's key and of what it is rolled out by.
 *
 * @param {Document} document
 * @param {any} flag
 * @param {any} condition
 * @param {Person} person
 */
function bucketOf(document, flag, condition, { distinctId, personProperties, groups }) {
  const type = groupTypeOf(document, flag, condition)
  const byDevice = flag.bucketing_identifier === 'device_id'
  const value = type !== undefined ? ownOf(groups, type) : byDevice ? personProperties.$device_id : distinctId
  if (typeof value !== 'string') {
    return null
  }
  const digest = createHash('sha1').update(`${flag.key}.${value}`).digest('hex')
  return (Number.parseInt(digest.slice(0, 15), 16) / 2 ** 60) * 100
}

/**
 * The type of the groups that a flag, or one of its conditions, is for.
 *
 * @param {Document} document
 * @param {any} flag
 * @param {any} condition
 * @returns {string | undefined} nothing for people
 */
function groupTypeOf(document, flag, condition) {
  const own = condition?.aggregation_group_type_index
  const index = own === undefined ? flag.filters?.aggregation_group_type_index : own
  const type = index === undefined || index === null ? undefined : ownOf(groupTypes(document), textOf(index))
  return type === undefined ? undefined : textOf(type)
}

/**
 * What an object has itself; any name may come from a definition.
 *
 * @param {Record<string, any>} object
 * @param {string} name
 */
function ownOf(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

module.exports = { explainFlag, isFor, missingGroups }
