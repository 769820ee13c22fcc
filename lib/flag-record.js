'use strict'

/**
 * The texts that the native `describe()` hands over, see src/description.rs.
 *
 * @typedef {import('../binding.js').FlagDefinitionsDescription} FlagDefinitionsDescription
 *
 * @typedef {object} FlagDetails
 * @property {any} id
 * @property {any} active
 * @property {any} has_experiment
 * @property {any} evaluation_runtime
 * @property {string[]} values what the flag can evaluate to, beside false and true
 * @property {Record<string, unknown>} [payloads]
 */

/**
 * A flag definition, as far as posthog-node's client and an evaluation need it. All but the key is read from the
 * description when it is first asked for: of a large project, most flags never are.
 */
class FlagRecord {
  /**
   * @param {any} key as stored
   * @param {number} index which of the native flags decides it
   * @param {FlagDefinitionsDescription} description
   * @param {number} position in the description
   */
  constructor(key, index, description, position) {
    this.key = key
    this.index = index
    /** What evaluating it alone reads. @type {import('./inputs.js').PreparedInput[] | undefined} */
    this.inputs = undefined
    this._description = description
    this._position = position
    /** @type {FlagDetails | undefined} */
    this._details = undefined
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

  get values() {
    return (this._details ?? this._read()).values
  }

  get payloads() {
    return (this._details ?? this._read()).payloads
  }

  /** @returns {FlagDetails} */
  _read() {
    const { details, ends } = this._description
    const start = this._position === 0 ? 0 : ends[this._position - 1]
    const read = JSON.parse(details.slice(start, ends[this._position]))
    this._details = read
    return read
  }
}

module.exports = { FlagRecord }
