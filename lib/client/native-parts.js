'use strict'

/**
 * What evaluates natively: the addon, and the JavaScript that only a native client needs. It is loaded with the first such
 * client, so that a program starts sooner.
 *
 * @typedef {typeof import('./feature-flags-poller.js')} NativeParts
 */

/** @type {NativeParts | undefined} */
let parts

/** @type {typeof import('./flag-evaluations.js') | undefined} */
let evaluations

/**
 * @returns {NativeParts}
 * @throws {Error} if the addon cannot be used
 */
function loadNativeParts() {
  if (parts === undefined) {
    require('../addon/load-binding.js').loadBinding()
    parts = require('./feature-flags-poller.js')
  }
  return parts
}

/** What `evaluateFlags` of a native client needs beside. */
function loadEvaluations() {
  return (evaluations ??= require('./flag-evaluations.js'))
}

/**
 * Whether a client's poller is the one of this package.
 *
 * @param {unknown} poller
 * @returns {poller is InstanceType<NativeParts['FeatureFlagsPoller']>}
 */
function isNativePoller(poller) {
  return parts !== undefined && poller instanceof parts.FeatureFlagsPoller
}

module.exports = { isNativePoller, loadEvaluations, loadNativeParts }
