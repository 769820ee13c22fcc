'use strict'

/** The code of what `src/binding/guard.rs` throws when the native code has panicked: a bug of this package. */
const PANIC = 'ERR_POSTHOG_NATIVE_PANIC'

/** @param {any} error */
function isPanic(error) {
  return error?.code === PANIC
}

let hasWarned = false

/**
 * Says once in a process that flags of an evaluator without a client have no value because the native code has panicked.
 *
 * @param {Error} panic
 */
function warnOfPanic(panic) {
  if (!hasWarned) {
    hasWarned = true
    console.warn(`[PostHog] ${panic.message}. The flags of that call have no value.`)
  }
}

module.exports = { isPanic, warnOfPanic }
