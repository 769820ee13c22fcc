'use strict'

const { defineProperty } = require('./define-property.js')
const { FlagRecord } = require('./flag-record.js')
const { createTable } = require('./key-table.js')

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
 * @property {any} noPayload what posthog-node finds where it looks for the payload of a flag that has none
 * @property {FlagRecord | undefined} record once it was asked for
 *
 * @typedef {object} Listing what the native overview tells of flags that are no ordinary ones, see src/compiled/description.rs
 * @property {number} length
 * @property {number[]} [decidedBy]
 * @property {[position: number, key?: any][]} [unusualKeys]
 */

/** Of a flag that is on or off. @type {any[]} */
const NO_VALUES = []

/** Looked at by key, as posthog-node does, which finds what every object inherits. @type {Record<string, any>} */
const NO_PAYLOADS = {}

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
    const all = []
    /** @type {Record<string, FlagOutline>} */
    const byKey = createTable()
    JSON.parse(this._definitions.keys()).forEach((/** @type {string} */ key, /** @type {number} */ position) => {
      const {
        values = NO_VALUES,
        has_payloads: hasPayloads = false,
        id,
        has_experiment: hasExperiment,
        evaluation_runtime: runtime,
      } = outlines[position]
      const earlier = byKey[key]
      const isForClients = runtime === 'client' && earlier?.isForClients !== false
      const index = this._decidedBy?.[position] ?? position
      const [noPayload, record] = [undefined, undefined]
      const flag = { key, index, position, values, hasPayloads, isForClients, id, hasExperiment, noPayload, record }
      if (earlier === undefined) {
        byKey[key] = flag
        all.push(flag)
      } else {
        Object.assign(earlier, flag)
      }
    })
    // The same texts, but as strings that V8 has made property keys of. Looking something up by any other string is several
    // times slower, and those that JSON.parse makes of values are such.
    for (const key of Object.keys(byKey)) {
      const flag = byKey[key]
      flag.key = key
      flag.noPayload = NO_PAYLOADS[key]
    }
    return all
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

module.exports = { FlagList }
