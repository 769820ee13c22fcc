'use strict'

/**
 * `${error}` as posthog-node prints it, for anything that can be thrown. An error that has neither a message nor a name of
 * its own, as those of some Redis clients, is called by its class.
 *
 * @param {unknown} error
 */
function describeError(error) {
  try {
    const text = String(error)
    return text === 'Error' && typeof error === 'object' ? classOf(error) : text
  } catch {
    return 'an error that cannot be converted to a string'
  }
}

/** @param {any} error */
function classOf(error) {
  const name = error?.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'Error'
}

module.exports = { describeError }
