'use strict'

/**
 * The text of a value with all its fields, if what is read of it is the same: a cache provider is to be handed it whole, and
 * PostHog's server reads fields that posthog-node does not.
 *
 * @param {string} text of what is read
 * @param {unknown} value
 * @param {(again: any) => string} write what is read of a value
 * @returns {string | undefined} nothing if the value has no such text
 */
function wholeText(text, value, write) {
  try {
    // The copy has none of the methods that JSON.stringify would call.
    const whole = JSON.stringify(structuredClone(value))
    return write(JSON.parse(whole)) === text ? whole : undefined
  } catch {
    return undefined
  }
}

module.exports = { wholeText }
