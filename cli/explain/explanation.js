'use strict'

const { Snapshot } = require('../../lib/evaluation/snapshot.js')
const { groupTypes, listOf, textOf } = require('../definitions/filters.js')

/**
 * @typedef {import('../definitions/file.js').Document} Document
 * @typedef {import('../definitions/people.js').Person} Person
 * @typedef {import('../../index.js').ConditionExplanation} EvaluatedCondition
 * @typedef {import('../../index.js').PropertyExplanation} EvaluatedFilter
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
 * @property {EvaluatedFilter['cohort']} [cohort] what the cohort consists of
 * @property {EvaluatedFilter['dependencies']} [dependencies] the flags that it depends on
 *
 * @typedef {object} ConditionExplanation
 * @property {boolean | null} matches with its rollout
 * @property {boolean} outOfRollout
 * @property {FilterExplanation[]} filters
 * @property {any} rollout the share of people it is for, from 0 to 100, or what the definition has instead
 * @property {number | null} bucket where the person falls in it; null if what is hashed is missing
 * @property {string} [variant] that it forces
 *
 * @typedef {object} Explanation
 * @property {string} flag
 * @property {Outcome} outcome
 * @property {boolean} active
 * @property {string} [reasonCode] PostHog's own
 * @property {number} [conditionIndex] the condition that it is about
 * @property {import('../../index.js').HoldoutExplanation} [holdout]
 * @property {ConditionExplanation[]} conditions in the order in which they are tried
 */

/**
 * How a flag comes to its value, as the evaluator tells it, beside the conditions and filters as they are stored.
 *
 * @param {Document} document
 * @param {any} flag one of its
 * @param {Person} person
 * @param {string[]} [contexts] the evaluation contexts of the client
 * @returns {Explanation}
 */
function explainFlag(document, flag, person, contexts = []) {
  const explain = (/** @type {any} */ definition) => explanationOf(document, flag, definition, person, contexts)
  const { value, payload, unresolvedReason, told } = explain(flag)
  const { reasonCode, conditionIndex, holdout } = told
  const outcome =
    value === undefined
      ? { value: null, reason: unresolvedReason ?? 'an error in the definition' }
      : { value, ...(payload !== undefined && { payload }) }
  // Of a flag that is switched off or has experience continuity no condition is looked at. Those are shown that it has otherwise.
  const isLookedAt = flag.active && !flag.ensure_experience_continuity
  const shown = isLookedAt ? told : explain({ ...flag, active: true, ensure_experience_continuity: false }).told
  const stored = listOf(flag.filters?.groups)
  return {
    flag: flag.key,
    outcome,
    active: Boolean(flag.active),
    reasonCode,
    conditionIndex,
    holdout,
    conditions: shown.conditions.map((/** @type {EvaluatedCondition} */ condition, /** @type {number} */ index) =>
      besideStored(condition, stored[index])
    ),
  }
}

/**
 * @param {EvaluatedCondition} condition
 * @param {any} stored
 * @returns {ConditionExplanation}
 */
function besideStored({ matches, outOfRollout, rollout, bucket, properties }, stored) {
  const filters = listOf(stored?.properties)
  return {
    matches: matches ?? null,
    outOfRollout,
    filters: properties.map(({ matches: one, given, cohort, dependencies }, index) => ({
      filter: filters[index],
      matches: one ?? null,
      ...(given !== undefined && { given }),
      ...(cohort !== undefined && { cohort }),
      ...(dependencies !== undefined && { dependencies }),
    })),
    rollout: rollout ?? stored?.rollout_percentage,
    bucket: bucket ?? null,
    ...(typeof stored?.variant === 'string' && { variant: stored.variant }),
  }
}

/**
 * @param {Document} document
 * @param {any} flag one of its
 * @param {any} definition that takes its place
 * @param {Person} person
 * @param {string[]} evaluationContexts
 */
function explanationOf(document, flag, definition, person, evaluationContexts) {
  const flags = document.flags.map((each) => (each === flag ? definition : each))
  const snapshot = Snapshot.compile(JSON.stringify({ ...document, flags }), evaluationContexts)
  const {
    value,
    payload,
    unresolvedReason,
    flag: told,
  } = snapshot.examine(snapshot.featureFlagsByKey[flag.key], person)
  return { value, payload, unresolvedReason, told }
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
