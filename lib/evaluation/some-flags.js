'use strict'

const { createRecord, noPayloadOf } = require('./evaluated-flag.js')
const { PROTO, createTable, finish } = require('./key-table.js')
const { LAST_VALUE, codeOf, reasonOf } = require('./result-codes.js')

/** What the ends of some flags mean: where each evaluation has ended, in the order of the records. */

/**
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 * @typedef {import('./result-codes.js').End} End
 * @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason
 */

/**
 * @param {FlagRecord[]} flags
 * @param {End[]} ends
 * @returns {{ response: Record<string, string | boolean>, payloads: Record<string, any> }} of those that have a value
 */
function valuesOf(flags, ends) {
  const [response, payloads] = [createTable(), createTable()]
  let proto
  for (let place = 0; place < flags.length; place++) {
    const [flag, code] = [flags[place], codeOf(ends[place])]
    const key = String(flag.key)
    const payload = payloadOf(flag, code)
    if (key === PROTO) {
      proto = payload
    } else if (code <= LAST_VALUE) {
      response[key] = flag.valueAt(code)
      if (payload) {
        payloads[key] = payload
      }
    }
  }
  return { response: finish(response), payloads: finish(payloads, proto) }
}

/**
 * @param {FlagRecord[]} flags
 * @param {End[]} ends
 * @returns {Record<string, import('./evaluated-flag.js').EvaluatedFlagRecord>} posthog-node's records of those that have a value
 */
function recordsOf(flags, ends) {
  const records = createTable()
  for (let place = 0; place < flags.length; place++) {
    const [flag, code] = [flags[place], codeOf(ends[place])]
    const { key, id, has_experiment: hasExperiment } = flag
    if (code <= LAST_VALUE && key !== PROTO) {
      const outline = { key, id, hasExperiment, noPayload: noPayloadOf(key) }
      records[key] = createRecord(outline, flag.valueAt(code), payloadOf(flag, code))
    }
  }
  return finish(records)
}

/**
 * @param {FlagRecord[]} flags
 * @param {End[]} ends
 * @returns {Record<string, UnresolvedReason>} why the others have none, if there is a name for it
 */
function unresolvedOf(flags, ends) {
  const unresolved = createTable()
  for (let place = 0; place < flags.length; place++) {
    const [key, code] = [String(flags[place].key), codeOf(ends[place])]
    const reason = code > LAST_VALUE ? reasonOf(code) : undefined
    if (reason && key !== PROTO) {
      unresolved[key] = reason
    }
  }
  return finish(unresolved)
}

/**
 * @param {FlagRecord[]} flags
 * @param {End[]} ends
 * @returns {boolean} whether the server could tell the value of a flag that has none
 */
function mayServerTellMore(flags, ends) {
  return flags.some((flag, place) => codeOf(ends[place]) > LAST_VALUE && flag.evaluation_runtime !== 'client')
}

/**
 * @param {FlagRecord} flag
 * @param {number} code
 */
function payloadOf(flag, code) {
  return code > 0 && code <= LAST_VALUE ? flag.payloadAt(code)?.fresh() : undefined
}

module.exports = { mayServerTellMore, recordsOf, unresolvedOf, valuesOf }
