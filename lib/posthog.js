'use strict'

const { FeatureFlagsPoller } = require('./feature-flags-poller')
const { defineLazyEvaluations, evaluateLocally } = require('./flag-evaluations')
const { LocalEvaluator } = require('./local-evaluator')
const { readNativeOptions } = require('./options')

/** The limit posthog-node puts on a request for definitions when `requestTimeout` is not given. */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/**
 * The `PostHog` class of this package on top of posthog-node's.
 *
 * posthog-node's poller starts fetching in the client's constructor, so it must never be made. The client is told that
 * local evaluation is off, and given a poller of ours where its own would be.
 *
 * @param {any} Base posthog-node's `PostHog`, from the module system in use: `instanceof` must hold for both.
 * @param {any} FeatureFlagEvaluations the same module's
 * @returns {any}
 */
function definePostHog(Base, FeatureFlagEvaluations) {
  const LazyEvaluations = defineLazyEvaluations(FeatureFlagEvaluations)
  return class PostHog extends Base {
    /**
     * @param {string} apiKey
     * @param {any} [options]
     */
    constructor(apiKey, options) {
      const settings = readNativeOptions(isOptionsObject(options) ? options.native : undefined)
      super(apiKey, withoutLocalEvaluation(options))
      if (!isOptionsObject(options)) {
        return
      }
      if (Object.prototype.propertyIsEnumerable.call(options, 'enableLocalEvaluation')) {
        this.options.enableLocalEvaluation = options.enableLocalEvaluation
      } else {
        delete this.options.enableLocalEvaluation
      }
      if (wantsPoller(this)) {
        this.featureFlagsPoller = createPoller(this, settings)
      }
    }

    /**
     * As posthog-node's own, which is left to do whatever is not wholly local.
     *
     * @param {any} [distinctIdOrOptions]
     * @param {any} [options]
     */
    async evaluateFlags(distinctIdOrOptions, options) {
      const poller = this.featureFlagsPoller
      const evaluations =
        poller instanceof FeatureFlagsPoller && typeof distinctIdOrOptions === 'string'
          ? evaluateLocally(this, LazyEvaluations, poller, distinctIdOrOptions, options)
          : undefined
      return evaluations ?? super.evaluateFlags(distinctIdOrOptions, options)
    }

    /**
     * What posthog-node's client has its poller evaluate for. It adds the distinct id to a copy; ours finds it where it is,
     * and for a person of many properties copying is half of what a call costs.
     *
     * @param {string} distinctId
     * @param {Record<string, any>} personProperties a copy already
     */
    personPropertiesForLocalEvaluation(distinctId, personProperties) {
      return this.featureFlagsPoller instanceof FeatureFlagsPoller
        ? personProperties
        : super.personPropertiesForLocalEvaluation(distinctId, personProperties)
    }

    /**
     * Evaluates the definitions this client holds at the time of each call; `undefined` without local evaluation.
     *
     * @returns {LocalEvaluator | undefined}
     */
    get localEvaluator() {
      const poller = this.featureFlagsPoller
      if (!(poller instanceof FeatureFlagsPoller)) {
        return undefined
      }
      if (this._localEvaluator === undefined) {
        const localEvaluator = LocalEvaluator.live(() => poller.snapshot)
        Object.defineProperty(this, '_localEvaluator', { value: localEvaluator })
      }
      return this._localEvaluator
    }
  }
}

/** @param {any} options */
function isOptionsObject(options) {
  return typeof options === 'object' && options !== null
}

/**
 * The same options for posthog-node's constructor, which reads some of them from the prototype chain too.
 *
 * @param {any} options
 */
function withoutLocalEvaluation(options) {
  if (!isOptionsObject(options)) {
    // No options, or something posthog-node complains about itself; without a key there is no poller either way.
    return options
  }
  const copy = { ...options, enableLocalEvaluation: false }
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(options))
}

/**
 * Whether posthog-node would have made its own poller.
 *
 * @param {any} client
 */
function wantsPoller({ disabled, options }) {
  const hasSource = options.personalApiKey || options.flagDefinitionCacheProvider
  return Boolean(!disabled && hasSource && options.enableLocalEvaluation !== false)
}

/**
 * @param {any} client
 * @param {import('./options').NativeSettings} native
 */
function createPoller(client, native) {
  const { options } = client
  return new FeatureFlagsPoller({
    host: client.host,
    projectApiKey: client.apiKey,
    personalApiKey: options.personalApiKey,
    pollingInterval: options.featureFlagsPollingInterval,
    requestTimeout: options.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT_MS,
    customHeaders: client.getCustomHeaders(),
    fetch: options.fetch,
    native,
    cacheProvider: options.flagDefinitionCacheProvider,
    strictLocalEvaluation: options.strictLocalEvaluation ?? false,
    evaluationContexts: options.evaluationContexts ?? options.evaluationEnvironments,
    onError: (error) => client._events.emit('error', error),
    onLoad: (count) => client._events.emit('localEvaluationFlagsLoaded', count),
    onMinimalFlagCalledEvents: (enabled) => {
      client._minimalFlagCalledEvents = enabled
    },
    onRemoteFallback: (message) => client._logger?.info(message),
  })
}

module.exports = { definePostHog }
