'use strict'

const { isProxy } = require('node:util/types')

const { completenessOf } = require('../evaluation/completeness.js')
const { completed, copyContext } = require('../evaluation/evaluation-context.js')
const { findRecords } = require('../evaluation/snapshot.js')
const { mayServerTellMore, recordsOf, unresolvedOf } = require('../evaluation/some-flags.js')
const { FeatureFlagsPoller } = require('./feature-flags-poller.js')

const { getAllFlagsAndPayloads } = FeatureFlagsPoller.prototype

/**
 * @typedef {import('../evaluation/evaluation-context.js').CallOptions & { disableGeoip?: boolean }} CallOptions
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
  if (poller.getAllFlagsAndPayloads !== getAllFlagsAndPayloads || poller.tellsReasons) {
    // Somebody has put another in its place, which has to run; or each flag's reason is told, which takes the longer way.
    return undefined
  }
  const { snapshot } = poller
  if (!distinctId || client.disabled || hasOverrides(client) || snapshot === undefined || !snapshot.isOrdinary) {
    return undefined
  }
  // Keys that options inherit, from a prototype that somebody has polluted, are posthog-node's own business.
  if (flagKeys != null && !(Object.hasOwn(Object(options), 'flagKeys') && isListOfKeys(flagKeys))) {
    return undefined
  }
  const context = completed(snapshot.reads, copyContext(distinctId, options), options)
  if (snapshot.reads.geoip) {
    context.isComplete = completenessOf(options, client)
  }
  const call = { client, poller, snapshot, context, flagKeys }
  const isWhollyLocal = onlyEvaluateLocally ?? client.options.strictLocalEvaluation
  const found = flagKeys ? evaluateSome(call, isWhollyLocal) : evaluateAll(call, isWhollyLocal)
  if (found === undefined) {
    return undefined
  }
  const flagDefinitionsLoadedAt = poller.getFlagDefinitionsLoadedAt()
  const host = client._getFeatureFlagEvaluationsHost()
  return createEvaluations(
    FeatureFlagEvaluations,
    { host, distinctId, groups, disableGeoip, flags: found.flags, flagDefinitionsLoadedAt },
    found.unresolvedFlags
  )
}

/** @param {any} client */
function hasOverrides(client) {
  return client._flagOverrides !== undefined || client._payloadOverrides !== undefined
}

/**
 * Whether nothing but keys comes of looking at it, however often.
 *
 * @param {unknown} flagKeys
 * @returns {flagKeys is string[]}
 */
function isListOfKeys(flagKeys) {
  if (!Array.isArray(flagKeys) || isProxy(flagKeys) || Object.getPrototypeOf(flagKeys) !== Array.prototype) {
    return false
  }
  for (const key of flagKeys) {
    if (typeof key !== 'string') {
      return false
    }
  }
  return flagKeys.length > 0
}

/**
 * @typedef {object} Call
 * @property {any} client
 * @property {import('./feature-flags-poller.js').FeatureFlagsPoller} poller
 * @property {import('../evaluation/snapshot.js').Snapshot} snapshot
 * @property {import('../evaluation/inputs.js').EvaluationContext} context
 * @property {string[]} flagKeys
 */

/**
 * @param {Call} call
 * @param {boolean} isWhollyLocal whether the server is not to be asked
 */
function evaluateAll({ client, poller, snapshot, context }, isWhollyLocal) {
  const evaluated = snapshot.evaluateCodes(context)
  // A person's properties may run code, which may set overrides: they count all the same.
  if (hasOverrides(client) || (!isWhollyLocal && snapshot.mayServerTellMore(evaluated))) {
    return undefined
  }
  const flags = snapshot.allFlags.records(evaluated.codes, evaluated.undecided)
  const unresolvedFlags = snapshot.unresolvedOf(evaluated)
  poller.conclude(snapshot, evaluated)
  return { flags, unresolvedFlags }
}

/**
 * @param {Call} call
 * @param {boolean} isWhollyLocal whether the server is not to be asked
 */
function evaluateSome({ client, poller, snapshot, context, flagKeys }, isWhollyLocal) {
  const records = findRecords(snapshot.featureFlagsByKey, flagKeys)
  if (!isWhollyLocal && records.length < flagKeys.length) {
    return undefined
  }
  const ends = snapshot.endsOf(records, context)
  if (hasOverrides(client) || (!isWhollyLocal && mayServerTellMore(records, ends))) {
    return undefined
  }
  const flags = recordsOf(records, ends)
  const unresolvedFlags = unresolvedOf(records, ends)
  poller.concludeSome(snapshot, records, ends)
  return { flags, unresolvedFlags }
}

/**
 * Reasons are given to the instance rather than to posthog-node's constructor, which would copy them: each new set of keys
 * costs V8 the more the more of them there are.
 *
 * @param {any} FeatureFlagEvaluations
 * @param {object} init
 * @param {Record<string, string>} unresolvedFlags
 */
function createEvaluations(FeatureFlagEvaluations, init, unresolvedFlags) {
  const evaluations = new FeatureFlagEvaluations(init)
  const kept = evaluations._unresolvedFlags
  if (!kept || Object.getPrototypeOf(kept) !== Object.prototype) {
    return new FeatureFlagEvaluations({ ...init, unresolvedFlags })
  }
  evaluations._unresolvedFlags = Object.freeze(unresolvedFlags)
  return evaluations
}

module.exports = { evaluateLocally }
