'use strict'

const { wrongArgument, describeValue } = require('../errors/mismatch')
const { ClientState, eventOf } = require('./client-state')
const { failure, readContext, resolve } = require('./resolution')

/** What posthog-node gives as the reason of a flag that it has not asked the server for. */
const EVALUATED_LOCALLY = 'Evaluated locally'

const DEFAULT_READY_TIMEOUT_MS = 30_000

/** A provider for the server SDK of OpenFeature. */
class PostHogProvider {
  /**
   * @param {any} client posthog-node's, or this package's
   * @param {{ defaultDistinctId?: string, sendFeatureFlagEvents?: boolean, readyTimeoutMs?: number }} [options]
   */
  constructor(client, options = {}) {
    if (typeof client?.getFeatureFlagResult !== 'function') {
      throw wrongArgument('a PostHog client', describeValue(client), "pass what you made by new PostHog('phc_…')")
    }
    const { defaultDistinctId, sendFeatureFlagEvents, readyTimeoutMs = DEFAULT_READY_TIMEOUT_MS } = options
    this.metadata = Object.freeze({ name: 'posthog-node-native' })
    /** @type {'server'} */
    this.runsOn = 'server'
    this.events = new (loadEmitter())()
    this._client = client
    this._defaultDistinctId = defaultDistinctId
    this._sendFeatureFlagEvents = sendFeatureFlagEvents
    this._readyTimeoutMs = readyTimeoutMs
    /** @type {ClientState | undefined} */
    this._state = undefined
  }

  /**
   * Waits for definitions, as long as there may be some. The SDK tells that the provider is ready, or of the error.
   *
   * @returns {Promise<void>}
   */
  async initialize() {
    const client = this._client
    if (typeof client.localEvaluationStatus !== 'function') {
      // posthog-node's own client, of which no more is known.
      return
    }
    if (client.localEvaluationStatus().engine !== undefined) {
      await client.waitForLocalEvaluationReady(this._readyTimeoutMs)
    }
    const event = eventOf(client)
    this._state ??= new ClientState(client, (type, details) =>
      this.events.emit(/** @type {any} */ (type), /** @type {any} */ (details))
    )
    if (event !== 'PROVIDER_READY' && event !== 'PROVIDER_STALE') {
      const { lastError } = client.localEvaluationStatus()
      throw new Error(lastError?.message ?? `expected flag definitions within ${this._readyTimeoutMs} ms but none came`)
    }
  }

  /** Ends all that the provider does. The client goes on: it is the program's. */
  async onClose() {
    this._state?.end()
    this._state = undefined
    await this._client.flush?.()
  }

  /**
   * @param {string} key
   * @param {boolean} defaultValue
   * @param {Record<string, any>} context
   */
  resolveBooleanEvaluation(key, defaultValue, context) {
    return this._resolve(key, 'boolean', defaultValue, context)
  }

  /**
   * @param {string} key
   * @param {string} defaultValue
   * @param {Record<string, any>} context
   */
  resolveStringEvaluation(key, defaultValue, context) {
    return this._resolve(key, 'string', defaultValue, context)
  }

  /**
   * @param {string} key
   * @param {number} defaultValue
   * @param {Record<string, any>} context
   */
  resolveNumberEvaluation(key, defaultValue, context) {
    return this._resolve(key, 'number', defaultValue, context)
  }

  /**
   * @param {string} key
   * @param {any} defaultValue
   * @param {Record<string, any>} context
   */
  resolveObjectEvaluation(key, defaultValue, context) {
    return this._resolve(key, 'object', defaultValue, context)
  }

  /**
   * Captures an event of the person.
   *
   * @param {string} event
   * @param {Record<string, any>} [context]
   * @param {Record<string, any>} [properties]
   */
  track(event, context = {}, properties = {}) {
    const distinctId = this._distinctIdOf(context)
    if (distinctId) {
      const { groups } = context
      this._client.capture({ distinctId, event, properties: { ...properties }, ...(groups && { groups }) })
    }
  }

  /**
   * @param {string} key
   * @param {'boolean' | 'string' | 'number' | 'object'} type
   * @param {any} defaultValue
   * @param {Record<string, any>} [context]
   * @returns {Promise<import('./resolution').Resolution>}
   */
  async _resolve(key, type, defaultValue, context = {}) {
    const distinctId = this._distinctIdOf(context)
    if (!distinctId) {
      const message = 'expected a targetingKey in the evaluation context, or the option defaultDistinctId'
      return failure(defaultValue, 'TARGETING_KEY_MISSING', message)
    }
    if (typeof distinctId !== 'string') {
      const message = `expected targetingKey in the evaluation context to be a string but received ${describeValue(distinctId)}`
      return failure(defaultValue, 'INVALID_CONTEXT', message)
    }
    const call = readContext(context)
    if ('error' in call) {
      return failure(defaultValue, 'INVALID_CONTEXT', call.error)
    }
    const sendFeatureFlagEvents = this._sendFeatureFlagEvents
    const options = sendFeatureFlagEvents === undefined ? call : { ...call, sendFeatureFlagEvents }
    const result = await this._client.getFeatureFlagResult(key, distinctId, options)
    if (result === undefined) {
      return this._explain(key, defaultValue, distinctId, call)
    }
    return { ...resolve(result, type, defaultValue), flagMetadata: this._metadataOf(key, result) }
  }

  /** @param {Record<string, any>} context @returns {any} a text, unless the program has passed something else */
  _distinctIdOf({ targetingKey }) {
    return targetingKey || this._defaultDistinctId
  }

  /**
   * Why a flag has no value.
   *
   * @param {string} key
   * @param {any} defaultValue
   * @param {string} distinctId
   * @param {object} call
   */
  _explain(key, defaultValue, distinctId, call) {
    const client = this._client
    if (client.getFeatureFlagEvaluationRuntime(key) !== undefined) {
      const reason = client.localEvaluator?.explain(key, distinctId, call)?.unresolvedReason
      const code = reason === 'missing_context' ? 'INVALID_CONTEXT' : 'GENERAL'
      return failure(defaultValue, code, `the flag '${key}' has no value${reason === undefined ? '' : `: ${reason}`}`)
    }
    return client.localEvaluationStatus?.().state === 'loading'
      ? failure(defaultValue, 'PROVIDER_NOT_READY', 'flag definitions are not loaded yet')
      : failure(defaultValue, 'FLAG_NOT_FOUND', `there is no flag '${key}'`)
  }

  /**
   * @param {string} key
   * @param {import('./resolution').Result} result
   */
  _metadataOf(key, { reason, reasonCode }) {
    const locallyEvaluated = reason === EVALUATED_LOCALLY
    const definitionsConfirmedAt = locallyEvaluated ? this._client.localEvaluationStatus?.().confirmedAt : undefined
    const evaluationRuntime = this._client.getFeatureFlagEvaluationRuntime(key)
    const all = { locallyEvaluated, reason, reasonCode, evaluationRuntime, definitionsConfirmedAt }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  }
}

/** The emitter of the SDK, which is an optional peer. */
function loadEmitter() {
  try {
    return require('@openfeature/server-sdk').OpenFeatureEventEmitter
  } catch (error) {
    throw new Error(
      'posthog-node-native/openfeature needs the package @openfeature/server-sdk, which cannot be loaded; install it',
      { cause: error }
    )
  }
}

module.exports = { PostHogProvider }
