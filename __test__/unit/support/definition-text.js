'use strict'

const assert = require('node:assert/strict')

const { cohortTexts } = require('../../../lib/document/cohort-text')
const { flagText } = require('../../../lib/document/flag-text')

const UNREADABLE = '\ufdd0unreadable'
const REMEDY = 'return definitions as JSON.parse makes them, or as JSON text'

/** @param {any} [groupTypeMapping] */
const namesOf = (groupTypeMapping) => ({
  cohorts: /** @type {Set<string>} */ (new Set()),
  groupTypes: /** @type {Set<string>} */ (new Set()),
  groupTypeMapping,
})

/** What is written of a flag, parsed. @param {any} flag @param {any} [names] */
const written = (flag, names = namesOf()) => JSON.parse(flagText(flag, names))
/** What is written of the filters of an active flag, parsed. @param {any} filters @param {any} [names] */
const filtersOf = (filters, names) => {
  const { key, active, filters: text, ...others } = written({ key: 'f', active: true, filters }, names)
  assert.deepEqual([key, active, others], ['f', true, {}])
  return text
}
/** Why a flag cannot be read. @param {any} flag */
const reasonOf = (flag) => written(flag)[UNREADABLE]
/** @param {any} filters */
const reasonOfFilters = (filters) => reasonOf({ key: 'f', active: true, filters })
/** @param {string} field @param {string} found */
const refused = (field, found) => `expected ${field} to be plain data but received ${found}; ${REMEDY}`
/** @param {any} cohorts @param {any} [names] */
const cohortsOf = (cohorts, names = namesOf()) => JSON.parse(`{${Array.from(cohortTexts(cohorts, names)).join(',')}}`)

const throwing = (/** @type {string} */ message) => ({
  get() {
    throw new RangeError(message)
  },
  enumerable: true,
})

/** Text of it cannot be had. */
const TEXTLESS = { toString: 0, valueOf: 0 }

module.exports = {
  UNREADABLE,
  REMEDY,
  namesOf,
  written,
  filtersOf,
  reasonOf,
  reasonOfFilters,
  refused,
  cohortsOf,
  throwing,
  TEXTLESS,
}
