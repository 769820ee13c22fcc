'use strict'

const { defineProperty } = require('./define-property.js')
const { FlagRecord } = require('./flag-record.js')

/**
 * @typedef {import('../addon/binding.js').FlagDefinitions} FlagDefinitions
 *
 * @typedef {object} FlagOutline what an evaluation of all flags reads of those of one key
 * @property {string} key
 * @property {number} index which of the native flags decides them
 * @property {number} position of the last one
 * @property {any[]} values what it can evaluate to, beside false and true
 * @property {boolean} hasPayloads whether some value may have a payload
 * @property {boolean} isForClients whether all of them are
 * @property {any} id
 * @property {any} hasExperiment
 * @property {any} noPayload what posthog-node finds where it looks for the payload of a flag that has none; of use to records alone,
 *   which find it out
 * @property {FlagRecord | undefined} record once it was asked for
 *
 * @typedef {object} Listing what the native overview tells of flags that are no ordinary ones, see src/compiled/description.rs
 * @property {number} length
 * @property {number[]} [decidedBy]
 * @property {[position: number, key?: any][]} [unusualKeys]
 */

/** Of a flag that is on or off. @type {any[]} */
const NO_VALUES = []

/**
 * The records of one set of definitions. Each is made when it is first asked for, by key or with all the others: a load
 * happens while requests are being served, and must not cost them a record for each of tens of thousands of flags.
 */
class FlagList {
  /**
   * @param {FlagDefinitions} definitions
   * @param {Listing} listing
   */
  constructor(definitions, { length, decidedBy, unusualKeys = [] }) {
    this.length = length
    this._definitions = definitions
    this._decidedBy = decidedBy
    this._unusualKeys = new Map(unusualKeys.map(([position, key]) => [position, key]))
    /** Those asked for so far, by position. @type {Map<number, FlagRecord>} */
    this._made = new Map()
    /** @type {FlagRecord[] | undefined} */
    this._all = undefined
    /**
     * The last definition of each key. What was asked for before is an ordinary property; anything else is looked up by
     * way of the prototype.
     *
     * @type {Record<string, FlagRecord>}
     */
    this.byKey = Object.create(new Proxy(Object.create(null), this._lookup()))
  }

  /** In stored order. @returns {FlagRecord[]} */
  get all() {
    if (this._all === undefined) {
      /** @type {string[]} */
      const keys = JSON.parse(this._definitions.keys())
      this._all = keys.map((key, position) => this.at(position, key))
      this._made.clear()
    }
    return this._all
  }

  /** @returns {ProxyHandler<any>} */
  _lookup() {
    // What a polluted Object.prototype has is no trap of this.
    /** @type {ProxyHandler<any>} */
    const handler = {
      get: (_target, key) => {
        const position = typeof key === 'string' ? this._definitions.find(key) : null
        if (typeof key !== 'string' || position === null) {
          return undefined
        }
        const record = this.at(position, key)
        // An assignment would end up here, at the prototype.
        defineProperty(this.byKey, key, record)
        return record
      },
      has: (_target, key) => typeof key === 'string' && this._definitions.find(key) !== null,
    }
    return Object.setPrototypeOf(handler, null)
  }

  /**
   * What an evaluation of all flags reads, each key once, where it is first in stored order.
   *
   * @returns {FlagOutline[]}
   */
  outline() {
    /** @type {any[]} */
    const outlines = JSON.parse(this._definitions.outline())
    /** @type {FlagOutline[]} */
    const all = JSON.parse(this._definitions.keys()).map(
      (/** @type {string} */ key, /** @type {number} */ position) => {
        const {
          values = NO_VALUES,
          has_payloads: hasPayloads = false,
          id,
          has_experiment: hasExperiment,
          evaluation_runtime: runtime,
        } = outlines[position]
        const index = this._decidedBy?.[position] ?? position
        const isForClients = runtime === 'client'
        const [noPayload, record] = [undefined, undefined]
        return { key, index, position, values, hasPayloads, isForClients, id, hasExperiment, noPayload, record }
      }
    )
    return this._decidedBy === undefined ? all : eachKeyOnce(all)
  }

  /**
   * @param {number} position
   * @param {string} text its key as text
   */
  at(position, text) {
    const made = this._all?.[position] ?? this._made.get(position)
    if (made !== undefined) {
      return made
    }
    const key = this._unusualKeys.has(position) ? this._unusualKeys.get(position) : text
    const record = new FlagRecord(key, this._decidedBy?.[position] ?? position, this._definitions, position)
    this._made.set(position, record)
    return record
  }
}

/**
 * @param {FlagOutline[]} all
 * @returns {FlagOutline[]} the last one of each key, in the place of the first
 */
function eachKeyOnce(all) {
  /** @type {Map<string, FlagOutline>} */
  const byKey = new Map()
  for (const flag of all) {
    const earlier = byKey.get(flag.key)
    if (earlier === undefined) {
      byKey.set(flag.key, flag)
    } else {
      Object.assign(earlier, flag, { isForClients: flag.isForClients && earlier.isForClients })
    }
  }
  return Array.from(byKey.values())
}

module.exports = { FlagList }
