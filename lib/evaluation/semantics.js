'use strict'

const { describeValue, wrongArgument } = require('../errors/mismatch.js')

/**
 * Whose decisions the answers are.
 *
 * @typedef {{ semantics?: 'posthog-node' | 'server', timezone?: string }} Semantics
 */

/**
 * @param {Semantics} options
 * @returns {Semantics}
 * @throws {TypeError} if there are no such semantics, or no such time zone
 */
function readSemantics({ semantics = 'posthog-node', timezone }) {
  if (semantics !== 'posthog-node' && semantics !== 'server') {
    throw wrongArgument("semantics to be 'posthog-node' or 'server'", describeValue(semantics))
  }
  if (timezone !== undefined && !isZone(timezone)) {
    const expected = "timezone to be the IANA name of the project's time zone, such as 'Europe/Berlin'"
    throw wrongArgument(expected, describeValue(timezone))
  }
  return { semantics, timezone }
}

/** @param {unknown} name */
function isZone(name) {
  if (typeof name !== 'string' || /^[+-]/.test(name)) {
    return false
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

module.exports = { isZone, readSemantics }
