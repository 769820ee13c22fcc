'use strict'

const { payloadOf } = require('./payloads.js')

/**
 * What the native `details()` tells of a flag, see src/compiled/description.rs.
 *
 * @typedef {object} FlagDetails
 * @property {any} id
 * @property {any} active
 * @property {any} has_experiment
 * @property {any} evaluation_runtime
 * @property {string[]} [values] what the flag can evaluate to, beside false and true, if that is anything
 * @property {Record<string, unknown>} [payloads]
 * @property {string} [unreadable] why it cannot be evaluated
 */

/** The values of the first two result codes. @type {(string | boolean)[]} */
const BOOLEANS = [false, true]

/** @type {any[]} */
const NO_PAYLOADS = []

/**
 * A flag definition, as far as posthog-node's client and an evaluation need it. All but the key is read from the native
 * definitions when it is first asked for: of a large project, most flags never are.
 */
class FlagRecord {
  /**
   * @param {any} key as stored
   * @param {number} index which of the native flags decides it
   * @param {import('../addon/binding.js').FlagDefinitions} definitions
   * @param {number} position among the flags listed
   */
  constructor(key, index, definitions, position) {
    this.key = key
    this.index = index
    /** Evaluates it alone. @type {import('./inputs.js').InputCall | undefined} */
    this.call = undefined
    /** What it reads: indices of the snapshot's inputs. @type {number[] | undefined} */
    this.slots = undefined
    /** What it reads of a call, in short. @type {import('./inputs.js').Reads | undefined} */
    this.reads = undefined
    this._definitions = definitions
    this._position = position
    /** @type {FlagDetails | undefined} */
    this._details = undefined
    /** By result code. @type {(string | boolean)[] | undefined} */
    this._valueTable = undefined
    /** By result code, those that have been asked for. @type {(import('./payloads.js').Payload | undefined)[] | undefined} */
    this._payloads = undefined
  }

  get id() {
    return (this._details ?? this._read()).id
  }

  get active() {
    return (this._details ?? this._read()).active
  }

  get has_experiment() {
    return (this._details ?? this._read()).has_experiment
  }

  get evaluation_runtime() {
    return (this._details ?? this._read()).evaluation_runtime
  }

  /** What it can evaluate to, by result code. */
  get valueTable() {
    return (this._valueTable ??= BOOLEANS.concat((this._details ?? this._read()).values ?? []))
  }

  /** @param {number} code of a value */
  valueAt(code) {
    return code < BOOLEANS.length ? code === 1 : this.valueTable[code]
  }

  /**
   * The payload of a value, by the value's result code.
   *
   * @param {number} code
   * @returns {import('./payloads.js').Payload | undefined}
   */
  payloadAt(code) {
    if (this._payloads === undefined) {
      this._payloads = this.payloads ? [] : NO_PAYLOADS
    }
    if (this._payloads === NO_PAYLOADS) {
      return undefined
    }
    return (this._payloads[code] ??= this.payloadOf(this.valueAt(code)))
  }

  /**
   * The payload of any value.
   *
   * @param {string | boolean | null} value
   */
  payloadOf(value) {
    return payloadOf(this.payloads, value)
  }

  get payloads() {
    return (this._details ?? this._read()).payloads
  }

  /** Whether it could not be read, so that nothing can be told of its payloads either. */
  get isUnreadable() {
    return (this._details ?? this._read()).unreadable !== undefined
  }

  /** @returns {FlagDetails} */
  _read() {
    const read = JSON.parse(this._definitions.details(this._position))
    this._details = read
    return read
  }
}

module.exports = { FlagRecord }
