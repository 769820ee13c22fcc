'use strict'

const os = require('node:os')

/** How times, ratios and machines are written. */

/** @type {[string, number][]} */
const UNITS = [
  ['ns', 1],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
]

/** @param {number} ns */
function duration(ns) {
  // The unit is chosen after rounding to three digits: 999.9 µs are 1.00 ms.
  const [unit, size] = UNITS.find(([, each]) => ns / each < 999.5) ?? UNITS[UNITS.length - 1]
  return `${size === 1 ? ns.toFixed(0) : (ns / size).toPrecision(3)} ${unit}`
}

/** @param {number} value */
function ratio(value) {
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)}×`
}

/** The machine, without anything that tells one machine of a kind from another. */
function machine() {
  const cpus = os.cpus()
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown CPU'}, ${os.platform()} ${os.arch()}, Node ${process.versions.node}`
}

module.exports = { duration, machine, ratio }
