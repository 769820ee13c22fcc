'use strict'

const { ENDLESS, PANICKED, codeOf, explain } = require('./result-codes.js')

/**
 * @typedef {import('./flag-record.js').FlagRecord} FlagRecord
 * @typedef {import('./result-codes.js').End} End
 */

/**
 * Where an evaluation reports to.
 *
 * @typedef {object} Reporter
 * @property {(error: Error) => void} error
 * @property {(message: string) => void} debug
 * @property {boolean} debugging
 */

/** Tells of flags without a value, of each endless evaluation once: it is the definition's fault alone. */
class FlagReports {
  constructor() {
    /** @type {Set<string>} keys of flags whose endless evaluation has been reported */
    this._endless = new Set()
  }

  /**
   * @param {FlagRecord} record
   * @param {End} end
   * @param {Reporter} reporter
   */
  tell(record, end, reporter) {
    const code = codeOf(end)
    if (typeof end !== 'number') {
      const isNews = code !== ENDLESS || !this._endless.has(record.key)
      if (code === ENDLESS) {
        this._endless.add(record.key)
      }
      // Of what was thrown that is no error there is nothing to say, as in posthog-node.
      if (isNews && end.message) {
        reporter.error(new Error(`Error computing flag locally: ${record.key}: ${end.message}`))
      }
    } else if (reporter.debugging && code !== PANICKED) {
      reporter.debug(`InconclusiveMatchError when computing flag locally: ${record.key}: ${explain(code)}`)
    }
  }
}

module.exports = { FlagReports }
