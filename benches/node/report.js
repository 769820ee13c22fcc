'use strict'

/** How times and ratios are written, here and in the demo. */

/** @param {number} ns */
function duration(ns) {
  if (ns < 1000) {
    return `${ns.toFixed(0)} ns`
  }
  return ns < 1e6 ? `${(ns / 1e3).toPrecision(3)} µs` : `${(ns / 1e6).toPrecision(3)} ms`
}

/** @param {number} ns nanoseconds per call */
function rate(ns) {
  return `${Math.round(1e9 / ns).toLocaleString('en')}/s`
}

/** @param {number} value */
function ratio(value) {
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)}×`
}

/**
 * A bar of `share` (0 to 1) of `width` columns, to an eighth of a column; never quite empty.
 *
 * @param {number} share
 * @param {number} width
 */
function bar(share, width) {
  const eighths = Math.max(1, Math.round(share * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
}

/** The machine, without anything that tells one machine of a kind from another. */
function machine() {
  const os = require('node:os')
  const cpus = os.cpus()
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown CPU'}, ${os.platform()} ${os.arch()}, Node ${process.versions.node}`
}

module.exports = { bar, duration, machine, rate, ratio }
