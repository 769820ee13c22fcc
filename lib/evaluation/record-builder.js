'use strict'

const { generateAssembler, generateLater } = require('./response-builder.js')
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
 * What of a flag is the same in all its records, with what is not, by result code.
 *
 * @typedef {ReturnType<typeof createSource>} RecordSource
 *
 * @param {FlagRecord} flag
 */
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
 * @param {FlagRecord[]} flags each key once
 * @returns {RecordSource[]}
 */
function createSources(flags) {
  // Assigned to, __proto__ is no property of an ordinary object; so posthog-node's has none of that name.
  return flags.filter(({ key }) => key !== '__proto__').map(createSource)
}

/**
 * @param {RecordSource[]} sources
 * @returns {BuildRecords} for calls that leave the same flags without a value
 */
function createRecordBuilder(sources) {
  return generateLater(
    sources.length,
    (codes) => buildTable(sources, codes),
    (first) => {
      const decided = sources.filter(({ index }) => first[index] <= LAST_VALUE)
      const assemble = generateAssembler(decided.map(({ key }) => key))
      return assemble && ((given) => assemble(decided.map((source) => createRecord(source, given[source.index]))))
    }
  )
}

/**
 * @param {RecordSource[]} sources
 * @param {Uint16Array} codes
 */
function buildTable(sources, codes) {
  const records = Object.create(null)
  for (const source of sources) {
    const code = codes[source.index]
    if (code <= LAST_VALUE) {
      records[source.key] = createRecord(source, code)
    }
  }
  return Object.setPrototypeOf(records, Object.prototype)
}

/**
 * @param {RecordSource} source
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

module.exports = { createRecordBuilder, createSources }
