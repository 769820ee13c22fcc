'use strict'

const { describeValue, wrongArgument } = require('../errors/mismatch.js')

/**
 * Whose decisions the answers are.
 *
 * @typedef {object} Semantics
 * @property {'posthog-node' | 'server'} semantics
 * @property {string | undefined} timezone the IANA name of the project's time zone
 * @property {boolean} propertiesAreComplete what a call does not give is not there, unless the call says otherwise
 */

/** The options that choose them, of a `LocalEvaluator` and of a client. */
const SEMANTIC_OPTIONS = {
  semantics: {
    expected: "'posthog-node' or 'server'",
    accepts: (/** @type {unknown} */ value) => value === 'posthog-node' || value === 'server',
    default: 'posthog-node',
  },
  timezone: {
    expected: "the IANA name of the project's time zone, such as 'Europe/Berlin'",
    accepts: (/** @type {unknown} */ value) => zoneOf(value) !== undefined,
    default: undefined,
  },
  propertiesAreComplete: {
    expected: 'true or false',
    accepts: (/** @type {unknown} */ value) => typeof value === 'boolean',
    default: false,
  },
}

/**
 * @param {Record<string, unknown>} options
 * @param {string} [prefix] of their names in messages
 * @returns {Semantics}
 * @throws {TypeError} if one is of the wrong kind, or says something about semantics that are not chosen
 */
function readSemantics(options, prefix = '') {
  const read = Object.entries(SEMANTIC_OPTIONS).map(([name, option]) => {
    const value = options[name]
    if (value !== undefined && !option.accepts(value)) {
      throw wrongArgument(`${prefix}${name} to be ${option.expected}`, describeValue(value))
    }
    return [name, value ?? option.default]
  })
  const all = Object.fromEntries(read)
  const unused =
    all.timezone !== undefined ? 'timezone' : all.propertiesAreComplete ? 'propertiesAreComplete' : undefined
  if (unused !== undefined && all.semantics !== 'server') {
    throw wrongArgument(
      `${prefix}semantics: 'server' with ${prefix}${unused}`,
      `semantics of ${all.semantics}`,
      `add semantics: 'server' or leave ${unused} out, for posthog-node's semantics do not look at it`
    )
  }
  return { ...all, timezone: zoneOf(all.timezone) }
}

/**
 * A time zone's name as it is usually spelled; nothing if there is no such zone.
 *
 * @param {unknown} name
 * @returns {string | undefined}
 */
function zoneOf(name) {
  // Newer versions of Node take offsets too, which say nothing of summer time.
  if (typeof name !== 'string' || /^[+-]/.test(name)) {
    return undefined
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    // Another name of the same zone stays as it is.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
  } catch {
    return undefined
  }
}

module.exports = { SEMANTIC_OPTIONS, readSemantics }
