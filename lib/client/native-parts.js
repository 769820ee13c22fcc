'use strict'

/**
 * What evaluates natively: the addon, and the JavaScript that only a native client needs. It is loaded with the first such
 * client, so that a program starts sooner.
 *
 * @typedef {import('./feature-flags-poller.js').FeatureFlagsPoller} FeatureFlagsPoller
 * @typedef {typeof import('./feature-flags-poller.js') & typeof import('./flag-evaluations.js')} NativeParts
 */

/** @type {NativeParts | undefined} */
let parts

/**
 * @returns {NativeParts}
 * @throws {Error} if the addon cannot be used
 */
function loadNativeParts() {
  if (parts === undefined) {
    require('../addon/load-binding.js').loadBinding()
    parts = { ...require('./feature-flags-poller.js'), ...require('./flag-evaluations.js') }
  }
  return parts
}

/**
 * Whether a client's poller is the one of this package.
 *
 * @param {unknown} poller
 * @returns {poller is FeatureFlagsPoller}
 */
function isNativePoller(poller) {
  return parts !== undefined && poller instanceof parts.FeatureFlagsPoller
}

module.exports = { isNativePoller, loadNativeParts }
