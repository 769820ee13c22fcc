'use strict'

const { describeValue, wrongArgument } = require('../errors/mismatch')

/**
 * How a test says what a flag is for everybody.
 *
 * @typedef {boolean | string | { enabled?: boolean, variant?: string, payload?: unknown }} TestFlag
 */

const EXPECTED = "true, false, the key of a variant, or an object with some of 'enabled', 'variant' and 'payload'"
const FIELDS = ['enabled', 'variant', 'payload']

/**
 * The definitions document in which each flag has the same value for everybody.
 *
 * @param {Record<string, TestFlag>} flags
 */
function definitionsOf(flags) {
  if (typeof flags !== 'object' || flags === null || Array.isArray(flags)) {
    throw wrongArgument("flags as an object, such as { 'beta-search': true }", describeValue(flags))
  }
  return {
    flags: Object.entries(flags).map(([key, flag], index) => definitionOf(index + 1, key, flag)),
    group_type_mapping: {},
    cohorts: {},
  }
}

/**
 * @param {number} id
 * @param {string} key
 * @param {TestFlag} flag
 */
function definitionOf(id, key, flag) {
  const { value, payload } = read(key, flag)
  const everybody = { properties: [], rollout_percentage: 100 }
  return {
    id,
    key,
    name: key,
    active: true,
    filters: {
      groups: value === false ? [] : [everybody],
      ...(typeof value === 'string' && {
        multivariate: { variants: [{ key: value, rollout_percentage: 100 }] },
      }),
      payloads: payload === undefined ? {} : { [`${value}`]: JSON.stringify(payload) },
    },
  }
}

/**
 * @param {string} key
 * @param {any} flag
 * @returns {{ value: boolean | string, payload?: unknown }}
 */
function read(key, flag) {
  if (typeof flag === 'boolean' || (typeof flag === 'string' && flag !== '')) {
    return { value: flag }
  }
  if (typeof flag !== 'object' || flag === null || Array.isArray(flag)) {
    throw wrongArgument(`the flag '${key}' to be ${EXPECTED}`, describeValue(flag))
  }
  const unknown = Object.keys(flag).find((field) => !FIELDS.includes(field))
  if (unknown !== undefined) {
    throw wrongArgument(`the flag '${key}' to be ${EXPECTED}`, `the field '${unknown}'`)
  }
  const { enabled = true, variant, payload } = flag
  if (typeof enabled !== 'boolean') {
    throw wrongArgument(`'enabled' of the flag '${key}' to be true or false`, describeValue(enabled))
  }
  if (variant !== undefined && (typeof variant !== 'string' || variant === '')) {
    throw wrongArgument(`'variant' of the flag '${key}' to be the key of a variant`, describeValue(variant))
  }
  return { value: enabled && (variant ?? true), payload }
}

module.exports = { definitionsOf }
