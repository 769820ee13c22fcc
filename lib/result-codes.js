'use strict'

/** Result codes of flags, as in src/outcome.rs: the index of a value, or from the end why there is none. */

/**
 * @typedef {'experience_continuity' | 'unsupported_definition' | 'unresolved_dependency' | 'missing_context'} UnresolvedReason
 */

/** Codes above this stand for no value. */
const LAST_VALUE = 0xfff0
/** posthog-node never returns here: the definition's fault. */
const ENDLESS = 0xfffa
/** posthog-node throws here. */
const THROWN = 0xfffb
const UNRESOLVED = 0xffff

/** @type {UnresolvedReason[]} */
const REASONS = ['experience_continuity', 'unsupported_definition', 'unresolved_dependency', 'missing_context']

/** @type {Record<UnresolvedReason, string>} */
const EXPLANATIONS = {
  experience_continuity: 'Flag has experience continuity enabled',
  unsupported_definition: 'Its definition uses something that local evaluation does not support',
  unresolved_dependency: 'A flag that it depends on cannot be evaluated locally',
  missing_context: 'The call lacks a property, a group or a device id that its definition needs',
}

/**
 * @param {number} code that of a flag without a value
 * @returns {UnresolvedReason | undefined} what posthog-node throws on has no reason there either
 */
function reasonOf(code) {
  if (code === THROWN) {
    return undefined
  }
  return code === ENDLESS ? 'unsupported_definition' : REASONS[UNRESOLVED - code]
}

/** @param {number} code */
function explain(code) {
  return EXPLANATIONS[REASONS[UNRESOLVED - code]]
}

module.exports = { ENDLESS, LAST_VALUE, THROWN, explain, reasonOf }
