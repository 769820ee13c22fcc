'use strict'

const { createAssembler } = require('./response-builder.js')
const { LAST_VALUE } = require('./result-codes.js')

/**
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 *
 * @typedef {object} EvaluatedFlagRecord what posthog-node's `FeatureFlagEvaluations` keeps of one flag
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

/** @typedef {(codes: Uint16Array) => Record<string, EvaluatedFlagRecord>} BuildRecords */

/** A payload is looked up by key as posthog-node does, which finds what every object inherits. @type {Record<string, any>} */
const NO_PAYLOADS = {}

/**
 * Builds the records of a call for all flags from result codes.
 *
 * @param {FlagRecord[]} flags each key once; the builder is for calls that leave the same of them without a value
 * @param {Uint16Array} codes of such a call
 * @returns {BuildRecords}
 */
function createRecordBuilder(flags, codes) {
  // Assigned to, __proto__ is no property of an ordinary object; so posthog-node's has none of that name.
  const sources = flags.filter(({ key, index }) => codes[index] <= LAST_VALUE && key !== '__proto__').map(createSource)
  const assemble = createAssembler(sources.map(({ key }) => key))
  return (codes) => assemble(sources.map((source) => createRecord(source, codes[source.index])))
}

/** @param {FlagRecord} flag */
function createSource(flag) {
  const { key, index, id, has_experiment: hasExperiment, valueTable } = flag
  return {
    key: String(key),
    index,
    id,
    hasExperiment,
    enabled: valueTable.map((value) => value !== false),
    variants: valueTable.map((value) => (typeof value === 'string' ? value : undefined)),
    /** Set if some value has a payload. */
    paying: flag.payloads ? flag : undefined,
    noPayload: NO_PAYLOADS[key],
  }
}

/**
 * @param {ReturnType<typeof createSource>} source
 * @param {number} code
 * @returns {EvaluatedFlagRecord} with the fields in posthog-node's order
 */
function createRecord({ key, id, hasExperiment, enabled, variants, paying, noPayload }, code) {
  return {
    key,
    enabled: enabled[code],
    variant: variants[code],
    payload: paying === undefined || code === 0 ? noPayload : paying.payloadAt(code)?.fresh() || noPayload,
    id,
    version: undefined,
    reason: 'Evaluated locally',
    locallyEvaluated: true,
    hasExperiment,
  }
}

module.exports = { createRecordBuilder }
