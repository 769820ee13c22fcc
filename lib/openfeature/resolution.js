'use strict'

const { describeValue } = require('../errors/mismatch')

/**
 * What OpenFeature is told of a flag: a value, or the code of an error with the default value. Codes are returned rather than
 * thrown as errors of the SDK, of which a process may have two copies.
 *
 * @typedef {object} Resolution
 * @property {any} value
 * @property {string} [variant]
 * @property {string} reason
 * @property {string} [errorCode]
 * @property {string} [errorMessage]
 * @property {Record<string, string | number | boolean>} [flagMetadata]
 *
 * @typedef {{ key: string, enabled: boolean, variant?: string, payload?: any, reason?: string, reasonCode?: string }} Result
 *   what posthog-node's `getFeatureFlagResult` gives
 */

/** OpenFeature's reasons for PostHog's, which name those that are not here in vain. @type {Record<string, string>} */
const REASONS = {
  condition_match: 'TARGETING_MATCH',
  super_condition_value: 'TARGETING_MATCH',
  out_of_rollout_bound: 'SPLIT',
  holdout_condition_value: 'SPLIT',
  flag_disabled: 'DISABLED',
}

/** The parts of OpenFeature's context that are not properties of the person. */
const RESERVED = ['groups', 'groupProperties']

/**
 * What PostHog is asked with.
 *
 * @param {Record<string, any>} context
 * @returns {{ personProperties: Record<string, any>, groups?: any, groupProperties?: any } | { error: string }}
 */
function readContext(context) {
  const { targetingKey: _, groups, groupProperties, ...personProperties } = context
  for (const name of RESERVED) {
    const value = context[name]
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      return {
        error: `expected ${name} in the evaluation context to be an object but received ${describeValue(value)}`,
      }
    }
  }
  return { personProperties, groups, groupProperties }
}

/**
 * @param {Result} result
 * @returns {string}
 */
function reasonOf({ enabled, reasonCode = '' }) {
  return REASONS[reasonCode] ?? (enabled ? 'TARGETING_MATCH' : 'DEFAULT')
}

/** What each type of flag is read from. @type {Record<string, (result: Result) => any>} */
const READERS = {
  boolean: ({ enabled }) => enabled,
  string: ({ variant, payload }) => variant ?? ofType('string', payload),
  number: ({ variant, payload }) => (variant === undefined ? ofType('number', payload) : numberOf(variant)),
  object: ({ payload }) => (payload === null ? undefined : ofType('object', payload)),
}

/** What a flag has to have for each type. @type {Record<string, string>} */
const EXPECTED = {
  boolean: '',
  string: 'a variant, or a string as its payload',
  number: 'a number as its variant or as its payload',
  object: 'an object or a list as its payload',
}

/**
 * A result as a value of a type. A flag that is off has the default value, unless that is asked of a boolean.
 *
 * @param {Result} result
 * @param {'boolean' | 'string' | 'number' | 'object'} type
 * @param {any} defaultValue
 * @returns {Resolution}
 */
function resolve(result, type, defaultValue) {
  const { key, enabled, variant } = result
  const value = READERS[type](result)
  if (value !== undefined) {
    return { value, ...(variant !== undefined && { variant }), reason: reasonOf(result) }
  }
  return enabled
    ? failure(defaultValue, 'TYPE_MISMATCH', `expected the flag '${key}' to have ${EXPECTED[type]}, and it has none`)
    : { value: defaultValue, reason: reasonOf(result) }
}

/**
 * @param {any} value the default
 * @param {string} errorCode of OpenFeature
 * @param {string} errorMessage
 * @returns {Resolution}
 */
function failure(value, errorCode, errorMessage) {
  return { value, reason: 'ERROR', errorCode, errorMessage }
}

/**
 * @param {string} type
 * @param {any} value
 */
function ofType(type, value) {
  return typeof value === type ? value : undefined
}

/** @param {string} text */
function numberOf(text) {
  // Blanks are the number 0 to JavaScript.
  const number = text.trim() === '' ? NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

module.exports = { failure, readContext, resolve }
