'use strict'

/** What `src/binding/evaluator.rs` throws when the native evaluator has failed: a bug of this package. */
const PANIC = 'ERR_POSTHOG_NATIVE_PANIC'

const IS_BUG = 'This is a bug of posthog-node-native, please report it.'

/** @param {any} error */
function isPanic(error) {
  return error?.code === PANIC
}

/**
 * What to say of a failure. Nothing but a panic is known to quote nothing of a person.
 *
 * @param {any} error
 */
function describeFailure(error) {
  return isPanic(error) ? error.message : 'the native evaluator failed'
}

let hasWarned = false

/**
 * Says once in a process that an evaluator without a client has failed, whose answer is `undefined` then.
 *
 * @param {any} error
 */
function warnOfPanic(error) {
  if (!hasWarned) {
    hasWarned = true
    console.warn(`[PostHog] ${describeFailure(error)}; a LocalEvaluator has no answer then. ${IS_BUG}`)
  }
}

module.exports = { IS_BUG, describeFailure, isPanic, warnOfPanic }
