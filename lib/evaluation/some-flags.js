'use strict'

const { createRecord } = require('./evaluated-flag.js')
const { PROTO, createTable, finish } = require('./key-table.js')
const { LAST_VALUE, codeOf, reasonOf } = require('./result-codes.js')

/** What the ends of some flags mean: where each evaluation has ended, in the order of the records. */

/**
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 * @typedef {import('./result-codes.js').End} End
 */

/**
 * @param {FlagRecord[]} flags
 * @param {End[]} ends
 */
function answersOf(flags, ends) {
  const [response, payloads, unresolved] = [createTable(), createTable(), createTable()]
  let fallbackToFlags = false
  let proto
  for (let place = 0; place < flags.length; place++) {
    const [flag, code] = [flags[place], codeOf(ends[place])]
    const key = String(flag.key)
    const payload = payloadOf(flag, code)
    fallbackToFlags ||= code > LAST_VALUE && flag.evaluation_runtime !== 'client'
    if (key === PROTO) {
      proto = payload
    } else if (code <= LAST_VALUE) {
      response[key] = flag.valueAt(code)
      if (payload) {
        payloads[key] = payload
      }
    } else if (reasonOf(code)) {
      unresolved[key] = reasonOf(code)
    }
  }
  return {
    response: finish(response),
    payloads: finish(payloads, proto),
    unresolved: finish(unresolved),
    fallbackToFlags,
  }
}

/**
 * @param {FlagRecord} flag
 * @param {number} code
 */
function payloadOf(flag, code) {
  return code > 0 && code <= LAST_VALUE ? flag.payloadAt(code)?.fresh() : undefined
}

/**
 * posthog-node's records of flags that have a value.
 *
 * @param {ReturnType<typeof answersOf>} answers
 * @param {Record<string, FlagRecord>} featureFlagsByKey
 * @returns {Record<string, import('./evaluated-flag.js').EvaluatedFlagRecord>}
 */
function recordsOf({ response, payloads }, featureFlagsByKey) {
  const records = createTable()
  for (const key of Object.keys(response)) {
    const { id, has_experiment: hasExperiment } = featureFlagsByKey[key]
    records[key] = createRecord({ key, id, hasExperiment, noPayload: undefined }, response[key], payloads[key])
  }
  return finish(records)
}

module.exports = { answersOf, recordsOf }
