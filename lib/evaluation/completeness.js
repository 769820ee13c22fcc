'use strict'

/**
 * Under this name `propertiesAreComplete` of a call travels with the person through posthog-node, which does not know the option.
 * No request carries it, because JSON has no symbols.
 */
const IS_COMPLETE = Symbol('propertiesAreComplete')

/**
 * What a call of a client says of its properties. PostHog adds `$geoip_…` to a request unless it is told not to: if flags read
 * these, such a call never gives all properties.
 *
 * @param {any} options
 * @param {any} client
 * @returns {boolean | undefined} undefined if it says nothing
 */
function completenessOf(options, client) {
  const { propertiesAreComplete, disableGeoip } = Object(options)
  const isGeoipAdded =
    (disableGeoip ?? client.disableGeoip) === false && client.featureFlagsPoller?.snapshot?.reads.geoip
  return isGeoipAdded ? false : propertiesAreComplete
}

/**
 * The options of a call as posthog-node's client takes them.
 *
 * @template T
 * @param {T} options or something else among the arguments of a call
 * @param {any} client
 * @returns {T}
 */
function withCompleteness(options, client) {
  const said = typeof options === 'string' ? undefined : completenessOf(options, client)
  const { personProperties } = Object(options)
  return said === undefined ? options : { ...options, personProperties: { ...personProperties, [IS_COMPLETE]: said } }
}

module.exports = { IS_COMPLETE, completenessOf, withCompleteness }
