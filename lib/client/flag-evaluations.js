'use strict'

const { copyContext } = require('../evaluation/evaluation-context.js')
const { FeatureFlagsPoller } = require('./feature-flags-poller.js')

const { getAllFlagsAndPayloads } = FeatureFlagsPoller.prototype

/**
 * @typedef {import('../evaluation/evaluation-context.js').CallOptions & { disableGeoip?: boolean }} CallOptions
 */

/**
 * The methods that posthog-node's `evaluateFlags` consists of, whose work is done here in another way. Somebody may put others
 * in their place, such as a class that extends the client, an instrumentation or a test. Then these have to run.
 */
class EvaluationSteps {
  /**
   * @param {any} own the prototype of the class of this package
   * @param {any} base that of posthog-node's, two of whose methods are overridden
   */
  constructor(own, base) {
    this._base = base
    this._evaluate = base.evaluateFlags
    this._addDistinctId = base.personPropertiesForLocalEvaluation
    this._passProperties = own.personPropertiesForLocalEvaluation
    this._resolve = own._resolveDistinctId
    this._addProperties = own.addLocalPersonAndGroupProperties
    this._createContext = own.createFeatureFlagEvaluationContext
  }

  /** What posthog-node does to the properties of a person is to add the distinct id, and nothing else. */
  get addsDistinctId() {
    return this._base.personPropertiesForLocalEvaluation === this._addDistinctId
  }

  /** @param {any} client */
  areThoseOf(client) {
    return (
      this._base.evaluateFlags === this._evaluate &&
      this.addsDistinctId &&
      client.personPropertiesForLocalEvaluation === this._passProperties &&
      client._resolveDistinctId === this._resolve &&
      client.addLocalPersonAndGroupProperties === this._addProperties &&
      client.createFeatureFlagEvaluationContext === this._createContext &&
      client.featureFlagsPoller.getAllFlagsAndPayloads === getAllFlagsAndPayloads
    )
  }
}

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
  const evaluated = snapshot.evaluateCodes(copyContext(distinctId, options))
  const { strictLocalEvaluation } = client.options
  // A person's properties may run code, which may set overrides: they count all the same.
  if (hasOverrides(client)) {
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

module.exports = { EvaluationSteps, evaluateLocally }
