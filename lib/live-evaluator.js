'use strict'

const { LocalEvaluator } = require('./local-evaluator.js')

/**
 * What a client was told to answer by `overrideFeatureFlags`, whatever its definitions say; nothing as long as it was not.
 *
 * @typedef {object} Overrides
 * @property {() => Record<string, any> | undefined} flags
 * @property {() => Record<string, any> | undefined} payloads
 */

/** Evaluates whatever a client has loaded at the time of each call, and answers as the client where a test overrides flags. */
class LiveEvaluator extends LocalEvaluator {
  /** Those of the client, see `over`. @type {Overrides['flags']} */
  _flags = none
  /** @type {Overrides['payloads']} */
  _payloads = none

  /**
   * Before the first load it knows no flag.
   *
   * @param {() => import('./evaluation/snapshot.js').Snapshot | undefined} snapshot
   * @param {Overrides} overrides
   * @returns {LiveEvaluator}
   */
  static over(snapshot, overrides) {
    const fields = { _own: undefined, _snapshot: snapshot, _flags: overrides.flags, _payloads: overrides.payloads }
    return Object.assign(Object.create(LiveEvaluator.prototype), fields)
  }

  /** @override @type {LocalEvaluator['getFeatureFlag']} */
  getFeatureFlag(key, distinctId, options) {
    const flags = this._flags()
    return flags !== undefined && key in flags ? valueOf(flags[key]) : super.getFeatureFlag(key, distinctId, options)
  }

  /** @override @type {LocalEvaluator['getFeatureFlagResult']} */
  getFeatureFlagResult(key, distinctId, options) {
    const flags = this._flags()
    const payloads = this._payloads()
    if (flags !== undefined && key in flags) {
      return resultOf(key, flags[key], payloads?.[key])
    }
    const result = super.getFeatureFlagResult(key, distinctId, options)
    return result !== undefined && payloads !== undefined && key in payloads
      ? { ...result, payload: payloads[key] }
      : result
  }

  /** @override @type {LocalEvaluator['getAllFlags']} */
  getAllFlags(distinctId, options) {
    const flags = this._flags()
    const evaluated = super.getAllFlags(distinctId, options)
    return flags === undefined ? evaluated : { ...evaluated, ...flags }
  }

  /** @override @type {LocalEvaluator['getAllFlagsAndPayloads']} */
  getAllFlagsAndPayloads(distinctId, options) {
    const flags = this._flags()
    const payloads = this._payloads()
    const evaluated = super.getAllFlagsAndPayloads(distinctId, options)
    return flags === undefined && payloads === undefined
      ? evaluated
      : {
          featureFlags: { ...evaluated.featureFlags, ...flags },
          featureFlagPayloads: { ...evaluated.featureFlagPayloads, ...payloads },
        }
  }

  /** @override @type {LocalEvaluator['explain']} */
  explain(key, distinctId, options) {
    const flags = this._flags()
    const explanation = super.explain(key, distinctId, options)
    const isOverridden = flags !== undefined && key in flags
    if (!isOverridden && (explanation === undefined || !(key in (this._payloads() ?? {})))) {
      return explanation
    }
    const result = this.getFeatureFlagResult(key, distinctId, options)
    if (result === undefined) {
      return isOverridden ? undefined : explanation
    }
    const known = explanation ?? {
      key,
      holdout: undefined,
      conditions: [],
      isWhole: true,
      reads: nothing(),
      missing: nothing(),
    }
    return {
      ...known,
      value: result.variant ?? result.enabled,
      payload: result.payload,
      unresolvedReason: undefined,
      // What a test overrides has no reason in the definition.
      reasonCode: isOverridden ? undefined : explanation?.reasonCode,
      conditionIndex: isOverridden ? undefined : explanation?.conditionIndex,
    }
  }
}

/** @returns {undefined} */
function none() {}

/** What a flag reads that is in no definitions. @returns {import('./local-evaluator.js').CallParts} */
function nothing() {
  return { personProperties: [], groups: {} }
}

/** As posthog-node reads the value of an override. @param {any} value */
function valueOf(value) {
  return typeof value === 'string' || value === undefined ? value : value !== false
}

/**
 * As posthog-node's client answers where a flag is overridden; a value `undefined` stands for a flag that does not exist.
 *
 * @param {string} key
 * @param {any} value
 * @param {any} payload
 * @returns {any}
 */
function resultOf(key, value, payload) {
  return value === undefined
    ? undefined
    : { key, enabled: value !== false, variant: typeof value === 'string' ? value : undefined, payload }
}

module.exports = { LiveEvaluator }
