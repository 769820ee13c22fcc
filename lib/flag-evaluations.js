'use strict'

const { copyContext } = require('./evaluation-context.js')
const { isPanic } = require('./panic.js')

/**
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {import('./evaluation-context.js').CallOptions & { disableGeoip?: boolean }} CallOptions
 */

/**
 * What `client.evaluateFlags` comes to if everything in it is local; undefined if posthog-node's own method has to run,
 * because the server may be asked, a test has set overrides, or something is out of the ordinary.
 *
 * @param {any} client
 * @param {any} FeatureFlagEvaluations posthog-node's class
 * @param {import('./feature-flags-poller.js').FeatureFlagsPoller} poller
 * @param {string} distinctId
 * @param {any} options
 */
function evaluateLocally(client, FeatureFlagEvaluations, poller, distinctId, options) {
  const { groups, disableGeoip, flagKeys, onlyEvaluateLocally } = options || {}
  if (!distinctId || client.disabled || hasOverrides(client) || flagKeys != null) {
    return undefined
  }
  const { snapshot } = poller
  if (snapshot === undefined || !snapshot.isOrdinary) {
    return undefined
  }
  const evaluated = evaluateAll(snapshot, copyContext(distinctId, options), poller)
  const { strictLocalEvaluation } = client.options
  // A person's properties may run code, which may set overrides: they count all the same.
  if (!evaluated || hasOverrides(client)) {
    return undefined
  }
  if (evaluated.plan.fallbackToFlags && !(onlyEvaluateLocally ?? strictLocalEvaluation)) {
    return undefined
  }
  const flags = snapshot.recordsOf(evaluated)
  return new FeatureFlagEvaluations({
    host: client._getFeatureFlagEvaluationsHost(),
    distinctId,
    groups,
    disableGeoip,
    flags,
    unresolvedFlags: poller.conclude(snapshot, evaluated),
    flagDefinitionsLoadedAt: poller.getFlagDefinitionsLoadedAt(),
  })
}

/** @param {any} client */
function hasOverrides(client) {
  return client._flagOverrides !== undefined || client._payloadOverrides !== undefined
}

/**
 * @param {Snapshot} snapshot
 * @param {import('./inputs.js').EvaluationContext} context
 * @param {import('./feature-flags-poller.js').FeatureFlagsPoller} poller
 * @returns {import('./snapshot.js').Evaluated | undefined} undefined if the native evaluator fails: the poller, whom
 *   posthog-node's own method asks next, knows who answers then
 */
function evaluateAll(snapshot, context, poller) {
  try {
    return snapshot.evaluateCodes(context)
  } catch (error) {
    if (!isPanic(error)) {
      throw error
    }
    poller.reportFailure(error)
    return undefined
  }
}

module.exports = { evaluateLocally }
