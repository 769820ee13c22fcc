'use strict'

const { duration, machine, ratio } = require('../../../cli/measures.js')
const { bar } = require('../../../cli/terminal.js')

/** How times and ratios are written, here and in the demo. */

/** @param {number} ns nanoseconds per call */
function rate(ns) {
  return `${Math.round(1e9 / ns).toLocaleString('en')}/s`
}

module.exports = { bar, duration, machine, rate, ratio }
