'use strict'

/** Result codes of flags, as in src/outcome.rs: the index of a value, or from the end why there is none. */

/**
 * @typedef {'experience_continuity' | 'unsupported_definition' | 'unresolved_dependency' | 'missing_context'} UnresolvedReason
 *
 * @typedef {number | { code: number, message: string }} End how the evaluation of a flag ended: its result code, with what to
 *   say of it if it failed
 *
 * @typedef {Map<number, string>} Failures what to say of flags that failed, by their numbers
 */

/** Codes above this stand for no value. */
const LAST_VALUE = 0xfff0
/** posthog-node never returns here: the definition's fault. */
const ENDLESS = 0xfffa
/** posthog-node throws here. */
const THROWN = 0xfffb
/** The native evaluator has panicked, so there is no code of it. Told when it happens, see `lib/errors/panic.js`. */
const PANICKED = 0xfff9
const UNRESOLVED = 0xffff

/** @type {Failures} */
const NO_FAILURES = new Map()

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
 * @returns {UnresolvedReason | undefined} what posthog-node throws on has no reason there either, and a panic is unknown there
 */
function reasonOf(code) {
  if (code === THROWN || code === PANICKED) {
    return undefined
  }
  return code === ENDLESS ? 'unsupported_definition' : REASONS[UNRESOLVED - code]
}

/**
 * The place of a reason among `REASONS`.
 *
 * @param {number} code that of a flag without a value
 * @returns {number | undefined} nothing where `reasonOf` knows none
 */
function placeOf(code) {
  if (code === ENDLESS) {
    return REASONS.indexOf('unsupported_definition')
  }
  const place = UNRESOLVED - code
  return place < REASONS.length ? place : undefined
}

/** PostHog's codes for why a flag has its value, in the order of src/evaluate/reasons.rs. */
const REASON_CODES = [
  undefined,
  'missing_dependency',
  'flag_disabled',
  'no_group_type',
  'no_condition_match',
  'out_of_rollout_bound',
  'condition_match',
  'holdout_condition_value',
  'super_condition_value',
]

/**
 * PostHog's code for why a flag has its value.
 *
 * @param {number} number of a reason, as the native evaluator tells it
 * @returns {string | undefined}
 */
function reasonCodeOf(number) {
  return REASON_CODES[number >>> 24]
}

/** @param {number} code */
function explain(code) {
  return EXPLANATIONS[REASONS[UNRESOLVED - code]]
}

/** @param {End} end */
function codeOf(end) {
  return typeof end === 'number' ? end : end.code
}

/**
 * @param {number} code
 * @param {string | undefined} message
 * @returns {End}
 */
function endOf(code, message) {
  return message === undefined ? code : { code, message }
}

/**
 * Reads what the native evaluator returns when flags have failed.
 *
 * @param {string} text
 * @returns {[number: number, failures: Failures]}
 */
function readEnd(text) {
  const [number, ...failures] = JSON.parse(text)
  return [number, new Map(failures)]
}

module.exports = {
  ENDLESS,
  LAST_VALUE,
  NO_FAILURES,
  PANICKED,
  REASONS,
  THROWN,
  codeOf,
  endOf,
  explain,
  placeOf,
  readEnd,
  reasonCodeOf,
  reasonOf,
}
