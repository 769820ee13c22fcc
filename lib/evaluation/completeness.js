'use strict'

/**
 * Under this name `propertiesAreComplete` of a call travels with the person through posthog-node, which does not know the option.
 * No request carries it, because JSON has no symbols.
 */
const IS_COMPLETE = Symbol('propertiesAreComplete')

/**
 * The options of a call as posthog-node's client takes them.
 *
 * @template T
 * @param {T} options
 * @returns {T}
 */
function withCompleteness(options) {
  const { propertiesAreComplete, personProperties } = Object(options)
  return propertiesAreComplete === undefined
    ? options
    : { ...options, personProperties: { ...personProperties, [IS_COMPLETE]: propertiesAreComplete } }
}

module.exports = { IS_COMPLETE, withCompleteness }
