'use strict'

/**
 * `${error}` as posthog-node prints it, for anything that can be thrown.
 *
 * @param {unknown} error
 */
function describeError(error) {
  try {
    return String(error)
  } catch {
    return 'an error that cannot be converted to a string'
  }
}

module.exports = { describeError }
