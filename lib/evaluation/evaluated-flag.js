'use strict'

/**
 * What posthog-node's `FeatureFlagEvaluations` keeps of one flag.
 *
 * @typedef {object} EvaluatedFlagRecord
 * @property {string} key
 * @property {boolean} enabled
 * @property {string | undefined} variant
 * @property {any} payload
 * @property {any} id
 * @property {undefined} version
 * @property {string} reason
 * @property {true} locallyEvaluated
 * @property {any} hasExperiment
 */

/**
 * @param {{ key: string, id: any, hasExperiment: any, noPayload: any }} flag
 * @param {any} value
 * @param {any} payload
 * @returns {EvaluatedFlagRecord} with the fields in posthog-node's order
 */
function createRecord({ key, id, hasExperiment, noPayload }, value, payload) {
  return {
    key,
    enabled: value !== false,
    variant: typeof value === 'string' ? value : undefined,
    payload: payload || noPayload,
    id,
    version: undefined,
    reason: 'Evaluated locally',
    locallyEvaluated: true,
    hasExperiment,
  }
}

/** @type {Record<string, any>} */
const NO_PAYLOADS = {}

/**
 * What posthog-node finds where it looks for the payload of a flag that has none: by its key, in an object that inherits what
 * every object does.
 *
 * @param {string} key
 */
function noPayloadOf(key) {
  return NO_PAYLOADS[key]
}

module.exports = { createRecord, noPayloadOf }
