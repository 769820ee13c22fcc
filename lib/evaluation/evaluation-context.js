'use strict'

const { isProxy } = require('node:util/types')

/**
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 *
 * @typedef {object} CallOptions what a caller tells of the person, as in posthog-node
 * @property {Record<string, any>} [groups]
 * @property {Record<string, any>} [personProperties]
 * @property {Record<string, Record<string, any>>} [groupProperties]
 * @property {boolean} [propertiesAreComplete] what is not given is not there
 */

/** @type {any} */
const NOTHING = Object.freeze({})

/** For so many properties it costs less to look once at the names of all than to ask of each whether it is enumerable. */
const MANY = 3

/**
 * The context that posthog-node's client makes of the same arguments.
 *
 * @param {string} distinctId
 * @param {CallOptions | undefined} options
 * @returns {EvaluationContext}
 */
function copyContext(distinctId, options) {
  const { groups, personProperties, groupProperties } = options || {}
  return {
    distinctId,
    groups: groups || NOTHING,
    personProperties: { ...personProperties },
    groupProperties: groups ? propertiesOf(groups, groupProperties) : NOTHING,
  }
}

/**
 * The same without copying the person, of whom only what definitions mention is looked at.
 *
 * @param {import('./inputs.js').Reads} reads what will be read of the call
 * @param {string} distinctId
 * @param {CallOptions | undefined} options
 * @returns {EvaluationContext}
 */
function lookAtContext(reads, distinctId, options) {
  const { groups: given, personProperties, groupProperties } = options || {}
  const person = (reads.person ? personProperties : undefined) ?? NOTHING
  if (person !== NOTHING && isProxy(person)) {
    // What it has is for its traps to say, which may differ for a copy and for one property.
    return completed(reads, copyContext(distinctId, options), options)
  }
  const { groupTypes } = reads
  const groups = groupTypes === undefined ? undefined : given
  const context = {
    distinctId,
    groups: groups || NOTHING,
    personProperties: person,
    groupProperties: groups ? propertiesOf(groups, groupProperties, groupTypes) : NOTHING,
    isUncopied: !(reads.person >= MANY && isLikeCopy(person)),
  }
  return reads.completeness ? completed(reads, context, options) : context
}

/**
 * Adds what a call says of its properties, where definitions ask for that. Most do not, and do without the field.
 *
 * @param {import('./inputs.js').Reads} reads
 * @param {EvaluationContext} context
 * @param {CallOptions | undefined} options
 * @returns {EvaluationContext} the same
 */
function completed(reads, context, options) {
  if (reads.completeness) {
    context.isComplete = options?.propertiesAreComplete
  }
  return context
}

/**
 * Whether a person's properties are those that a copy would have: all are own and enumerable, and what is inherited is what
 * every object inherits.
 *
 * @param {any} person no proxy
 */
function isLikeCopy(person) {
  return (
    Object.getPrototypeOf(person) === Object.prototype &&
    Object.keys(person).length === Object.getOwnPropertyNames(person).length
  )
}

/**
 * @param {Record<string, any>} groups
 * @param {Record<string, Record<string, any>> | undefined} given
 * @param {Set<string>} [types] of the groups that will be looked at; nothing for all
 */
function propertiesOf(groups, given, types) {
  /** @type {Record<string, Record<string, any>>} */
  const properties = {}
  for (const type of Object.keys(groups)) {
    if (types === undefined || types.has(type)) {
      properties[type] = { $group_key: groups[type], ...given?.[type] }
    }
  }
  return properties
}

module.exports = { completed, copyContext, lookAtContext }
