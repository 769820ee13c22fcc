'use strict'

/**
 * Where nobody is told what an evaluation has to say beside its result.
 *
 * @type {import('./flag-reports.js').Reporter}
 */
const SILENT = { error() {}, debug() {}, debugging: false }

module.exports = { SILENT }
