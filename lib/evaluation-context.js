'use strict'

/**
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 *
 * @typedef {object} CallOptions what a caller tells of the person, as in posthog-node
 * @property {Record<string, any>} [groups]
 * @property {Record<string, any>} [personProperties]
 * @property {Record<string, Record<string, any>>} [groupProperties]
 */

/** @type {any} */
const NOTHING = Object.freeze({})

/**
 * The context that posthog-node's client makes of the same arguments, but for copies that no evaluation needs.
 *
 * @param {import('./snapshot.js').Snapshot} snapshot what will be evaluated
 * @param {string} distinctId
 * @param {CallOptions | undefined} options
 * @returns {EvaluationContext}
 */
function createContext(snapshot, distinctId, options) {
  if (options == null) {
    return {
      distinctId,
      groups: NOTHING,
      personProperties: snapshot.readsDistinctIdProperty ? { distinct_id: distinctId } : NOTHING,
      groupProperties: NOTHING,
    }
  }
  const { groups, personProperties, groupProperties } = options
  const person = isPlain(personProperties) ? personProperties : Object.assign({}, personProperties)
  return {
    distinctId,
    groups: groups || NOTHING,
    personProperties: snapshot.readsDistinctIdProperty ? { distinct_id: distinctId, ...person } : person,
    groupProperties: groups ? propertiesOf(groups, groupProperties) : NOTHING,
  }
}

/**
 * Whether the object inherits nothing that a copy of it would not.
 *
 * @param {Record<string, any> | undefined} value
 * @returns {value is Record<string, any>}
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * @param {Record<string, any>} groups
 * @param {Record<string, Record<string, any>> | undefined} given
 */
function propertiesOf(groups, given) {
  /** @type {Record<string, Record<string, any>>} */
  const properties = {}
  for (const type of Object.keys(groups)) {
    properties[type] = { $group_key: groups[type], ...given?.[type] }
  }
  return properties
}

module.exports = { createContext }
