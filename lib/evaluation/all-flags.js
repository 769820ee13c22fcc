'use strict'

const { assign } = require('./define-property.js')
const { createRecord, noPayloadOf } = require('./evaluated-flag.js')
const { PROTO, createFullTables, createTable, finish } = require('./key-table.js')
const { LAST_VALUE, reasonOf } = require('./result-codes.js')
const { createWholeObjects } = require('./whole-objects.js')

/**
 * @typedef {import('./flag-list.js').FlagList} FlagList
 * @typedef {import('./flag-list.js').FlagOutline} FlagOutline
 * @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason
 * @typedef {import('./evaluated-flag.js').EvaluatedFlagRecord} EvaluatedFlagRecord
 */

/**
 * Up to so many flags with payloads, the object of payloads is an ordinary one, which is quicker to make: there are at most 16
 * sets of keys then.
 */
const FEW_PAYLOADS = 4

/** The values of the first two result codes. @type {(string | boolean)[]} */
const BOOLEANS = [false, true]

/** What the result codes of all flags mean: one loop over the flags for each thing that is asked. */
class AllFlags {
  /**
   * @param {FlagList} flags
   * @param {import('./evaluation-counts.js').UnresolvedCounts} [counts] of flags without a value; each that is missing in what
   *   `values` and `records` hand out is counted, in the same walk, which costs nothing then
   */
  constructor(flags, counts) {
    this._flags = flags
    this._counts = counts
    const all = flags.outline()
    this._all = all
    this._listed = all.filter(({ key }) => key !== PROTO)
    this._withPayloads = this._listed.filter(({ hasPayloads }) => hasPayloads)
    this._proto = all.find(({ key, hasPayloads }) => key === PROTO && hasPayloads)
    this._createFull = createFullTables(this._listed.map(({ key }) => key))
    this._recordOf = (/** @type {FlagOutline} */ flag, /** @type {number} */ code) =>
      createRecord(flag, valueOf(flag, code), flag.hasPayloads ? this._freshPayload(flag, code) : undefined)
    this._wholeValues = createWholeObjects(
      this._listed,
      this._listed.map(({ values }) => [...BOOLEANS, ...(values ?? [])])
    )
    this._wholeRecords = createWholeObjects(this._listed, this._recordOf)
    this._areReadyForRecords = false
  }

  /**
   * @param {Uint16Array} codes
   * @param {number} undecided how many flags have no value
   * @returns {Record<string, string | boolean>} the values of all flags that have one
   */
  values(codes, undecided) {
    const whole = undecided === 0 ? this._wholeValues(codes) : undefined
    if (whole) {
      return whole
    }
    const listed = this._listed
    const values = this._createFull()
    for (let place = 0; place < listed.length; place++) {
      const flag = listed[place]
      const code = codes[flag.index]
      if (code > LAST_VALUE) {
        delete values[flag.key]
        this._counts?.add(flag.key, flag.index, code)
      } else if (code > 0) {
        values[flag.key] = valueOf(flag, code)
      }
    }
    return finish(values)
  }

  /**
   * @param {Uint16Array} codes
   * @returns {Record<string, any>} fresh payloads of all flags that have one for their value
   */
  payloads(codes) {
    const flags = this._withPayloads
    const isOrdinary = flags.length <= FEW_PAYLOADS
    /** @type {Record<string, any>} */
    const payloads = isOrdinary ? {} : createTable()
    for (let place = 0; place < flags.length; place++) {
      const payload = this._freshPayload(flags[place], codes[flags[place].index])
      if (payload) {
        if (isOrdinary) {
          assign(payloads, flags[place].key, payload)
        } else {
          payloads[flags[place].key] = payload
        }
      }
    }
    const proto = this._proto && this._freshPayload(this._proto, codes[this._proto.index])
    return isOrdinary && !proto ? payloads : finish(payloads, proto)
  }

  /**
   * @param {Uint16Array} codes
   * @param {number} undecided how many flags have no value
   * @returns {Record<string, EvaluatedFlagRecord>} posthog-node's records of all flags that have a value
   */
  records(codes, undecided) {
    if (!this._areReadyForRecords) {
      this._listed.forEach((flag) => (flag.noPayload = noPayloadOf(flag.key)))
      this._areReadyForRecords = true
    }
    const whole = undecided === 0 ? this._wholeRecords(codes) : undefined
    if (whole) {
      return whole
    }
    const listed = this._listed
    const records = this._createFull()
    for (let place = 0; place < listed.length; place++) {
      const flag = listed[place]
      const code = codes[flag.index]
      if (code <= LAST_VALUE) {
        records[flag.key] = this._recordOf(flag, code)
      } else {
        delete records[flag.key]
        this._counts?.add(flag.key, flag.index, code)
      }
    }
    return finish(records)
  }

  /**
   * @param {Uint16Array} codes
   * @returns {Record<string, UnresolvedReason>} why flags have no value, for those of which there is a name for it
   */
  unresolved(codes) {
    const listed = this._listed
    const unresolved = createTable()
    for (let place = 0; place < listed.length; place++) {
      const code = codes[listed[place].index]
      if (code > LAST_VALUE) {
        const reason = reasonOf(code)
        if (reason) {
          unresolved[listed[place].key] = reason
        }
      }
    }
    return finish(unresolved)
  }

  /**
   * @param {Uint16Array} codes
   * @returns {boolean} whether the server could tell the value of a flag that has none
   */
  mayServerTellMore(codes) {
    return this._all.some(({ index, isForClients }) => codes[index] > LAST_VALUE && !isForClients)
  }

  /**
   * @param {FlagOutline} flag
   * @param {number} code
   * @returns {any}
   */
  _freshPayload(flag, code) {
    if (code === 0 || code > LAST_VALUE) {
      return undefined
    }
    flag.record ??= this._flags.at(flag.position, flag.key)
    return flag.record.payloadAt(code)?.fresh()
  }
}

/**
 * @param {FlagOutline} flag
 * @param {number} code of a value
 */
function valueOf({ values }, code) {
  return code < BOOLEANS.length ? BOOLEANS[code] : values[code - BOOLEANS.length]
}

module.exports = { AllFlags }
