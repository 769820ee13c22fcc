'use strict'

const { copyContext } = require('./evaluation-context.js')
const { isPanic } = require('./panic.js')
const { LAST_VALUE } = require('./result-codes.js')

/**
 * @typedef {import('./snapshot.js').Snapshot} Snapshot
 * @typedef {import('./evaluation-context.js').CallOptions & { disableGeoip?: boolean }} CallOptions
 *
 * @typedef {object} EvaluatedFlagRecord what posthog-node's `FeatureFlagEvaluations` keeps of one flag
 * @property {string} key
 * @property {boolean} enabled
 * @property {string | undefined} variant
 * @property {any} payload
 * @property {any} id
 * @property {undefined} version
 * @property {string} reason
 * @property {true} locallyEvaluated
 * @property {any} hasExperiment
 */

/** Looked up by key as posthog-node does, which finds what every object inherits. @type {Record<string, any>} */
const NO_PAYLOADS = {}

const hasOwn = Object.prototype.hasOwnProperty

/** The results of one evaluation of all flags, from which records are made when they are asked for. */
class Results {
  /**
   * @param {Snapshot} snapshot
   * @param {Uint16Array} codes of its flags, not shared
   */
  constructor(snapshot, codes) {
    this._snapshot = snapshot
    this._codes = codes
  }

  /**
   * @param {string} key
   * @returns {EvaluatedFlagRecord | undefined} undefined if the flag is unknown or has no value
   */
  find(key) {
    // A response has no property of the name __proto__, see response-builder.js.
    const flag = key === '__proto__' ? undefined : this._snapshot.featureFlagsByKey[key]
    const code = flag === undefined ? undefined : this._codes[flag.index]
    if (flag === undefined || code === undefined || code > LAST_VALUE) {
      return undefined
    }
    const value = flag.valueAt(code)
    return {
      key,
      enabled: value !== false,
      variant: typeof value === 'string' ? value : undefined,
      payload: (code === 0 ? undefined : flag.payloadAt(code)?.fresh()) || NO_PAYLOADS[key],
      id: flag.id,
      version: undefined,
      reason: 'Evaluated locally',
      locallyEvaluated: true,
      hasExperiment: flag.has_experiment,
    }
  }

  /** The keys of all flags, in stored order. */
  get keys() {
    return this._snapshot.featureFlags.map(({ key }) => String(key))
  }
}

/**
 * posthog-node's `FeatureFlagEvaluations` over results that are still codes: of each flag it makes the record when the
 * flag is first asked for, and does the rest itself.
 *
 * @param {any} FeatureFlagEvaluations posthog-node's class
 * @returns {any}
 */
function defineLazyEvaluations(FeatureFlagEvaluations) {
  return class extends FeatureFlagEvaluations {
    /** @type {Results | undefined} gone when there is a record of every flag */
    #results

    /**
     * @param {any} init
     * @param {Results} results
     */
    constructor(init, results) {
      super(init)
      this.#results = results
    }

    /**
     * @param {string} key
     * @param {any} [options]
     */
    isEnabled(key, options) {
      this.#prepare(key)
      return super.isEnabled(key, options)
    }

    /**
     * @param {string} key
     * @param {any} [options]
     */
    getFlag(key, options) {
      this.#prepare(key)
      return super.getFlag(key, options)
    }

    /** @param {string} key */
    getFlagPayload(key) {
      this.#prepare(key)
      return super.getFlagPayload(key)
    }

    /** @param {string[]} keys */
    only(keys) {
      for (const key of keys) {
        this.#prepare(key)
      }
      return super.only(keys)
    }

    get keys() {
      this.#prepareAll()
      return super.keys
    }

    _getEventProperties() {
      this.#prepareAll()
      return super._getEventProperties()
    }

    /** @param {string} key */
    #prepare(key) {
      if (this.#results !== undefined && !hasOwn.call(this._flags, key)) {
        const record = this.#results.find(String(key))
        if (record !== undefined) {
          /** @type {any} */ this._flags[key] = record
        }
      }
    }

    #prepareAll() {
      const results = this.#results
      if (results === undefined) {
        return
      }
      // In stored order, with the records that were handed out before.
      /** @type {Record<string, EvaluatedFlagRecord>} */
      const prepared = /** @type {any} */ (this)._flags
      /** @type {Record<string, EvaluatedFlagRecord>} */
      const flags = {}
      for (const key of results.keys) {
        const record = hasOwn.call(prepared, key) ? prepared[key] : results.find(key)
        if (record !== undefined) {
          flags[key] = record
        }
      }
      Object.assign(this, { _flags: flags })
      this.#results = undefined
    }
  }
}

/**
 * What `client.evaluateFlags` comes to if everything in it is local; undefined if posthog-node's own method has to run,
 * because the server may be asked, a test has set overrides, or something is out of the ordinary.
 *
 * @param {any} client
 * @param {any} LazyEvaluations
 * @param {import('./feature-flags-poller.js').FeatureFlagsPoller} poller
 * @param {string} distinctId
 * @param {any} options
 */
function evaluateLocally(client, LazyEvaluations, poller, distinctId, options) {
  const { groups, disableGeoip, flagKeys, onlyEvaluateLocally } = options || {}
  const hasOverrides = client._flagOverrides !== undefined || client._payloadOverrides !== undefined
  if (!distinctId || client.disabled || hasOverrides || flagKeys != null) {
    return undefined
  }
  const { snapshot } = poller
  if (snapshot === undefined || !snapshot.isOrdinary) {
    return undefined
  }
  const plan = evaluateCodes(snapshot, copyContext(distinctId, options), poller)
  if (plan === undefined) {
    return undefined
  }
  const { undecided, fallbackToFlags } = plan
  if (fallbackToFlags && !(onlyEvaluateLocally ?? client.options.strictLocalEvaluation)) {
    snapshot.forgetFailures()
    return undefined
  }
  const results = new Results(snapshot, snapshot.codes.slice())
  return new LazyEvaluations(
    {
      host: client._getFeatureFlagEvaluationsHost(),
      distinctId,
      groups,
      disableGeoip,
      flags: {},
      unresolvedFlags: poller.explainUndecided(snapshot, undecided),
      flagDefinitionsLoadedAt: poller.getFlagDefinitionsLoadedAt(),
    },
    results
  )
}

/**
 * @param {Snapshot} snapshot
 * @param {import('./inputs.js').EvaluationContext} context
 * @param {import('./feature-flags-poller.js').FeatureFlagsPoller} poller
 * @returns {ReturnType<Snapshot['evaluateCodes']> | undefined} undefined if the native evaluator fails: the poller, whom
 *   posthog-node's own method asks next, knows who answers then
 */
function evaluateCodes(snapshot, context, poller) {
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

module.exports = { defineLazyEvaluations, evaluateLocally }
