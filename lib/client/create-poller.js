'use strict'

const { isUint8Array } = require('node:util').types

const { Diagnostics } = require('./diagnostics')
const { loadNativeParts } = require('./native-parts')

/** The limit posthog-node puts on a request for definitions when `requestTimeout` is not given. */
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/**
 * Compiles the definitions that a client is to start from.
 *
 * @param {any} document an object, JSON text, or that text as bytes
 * @param {readonly string[] | undefined} evaluationContexts
 * @param {import('./options').NativeSettings} native
 * @throws {TypeError} if it is no flag definitions document
 */
function compileBootstrap(document, evaluationContexts, { semantics, timezone }) {
  const { FlagDefinitions } = require('../addon/load-binding')
  try {
    const isObject = typeof document === 'object' && !isUint8Array(document)
    const text = isObject ? JSON.stringify(document) : require('../document/document-pieces').wholeOf(document)
    return FlagDefinitions.compile(text, 'cache', Array.from(evaluationContexts ?? [], String), semantics, timezone)
  } catch (/** @type {any} */ error) {
    throw new TypeError(`native.bootstrap cannot be used: ${error.message}`, { cause: error })
  }
}

/**
 * The poller of a client that evaluates natively, with what it is told of the client.
 *
 * @param {any} client
 * @param {import('./options').NativeSettings} native
 */
function createPoller(client, native) {
  const { options } = client
  const { FeatureFlagsPoller } = loadNativeParts()
  const Poller = native.idleAfterMs === undefined ? FeatureFlagsPoller : require('./idling-poller').IdlingPoller
  const evaluationContexts = options.evaluationContexts ?? options.evaluationEnvironments
  const { bootstrap } = native
  if (bootstrap !== undefined) {
    // The document may be large, and nobody reads it later.
    options.native = { ...options.native, bootstrap: undefined }
    native.bootstrap = undefined
  }
  return new Poller({
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
    evaluationContexts,
    bootstrap: bootstrap === undefined ? undefined : () => compileBootstrap(bootstrap, evaluationContexts, native),
    diagnostics: new Diagnostics(client),
    onError: (error) => client._events.emit('error', error),
    wantsChanges: () => client._events.events?.definitionsChanged?.length > 0,
    onChanges: (changes) => client._events.emit('definitionsChanged', changes),
    onLoad: (count) => client._events.emit('localEvaluationFlagsLoaded', count),
    onMinimalFlagCalledEvents: (enabled) => {
      client._minimalFlagCalledEvents = enabled
    },
    // Those who wait until local evaluation is ready listen too.
    isAwaited: () => client._events.events?.localEvaluationFlagsLoaded?.length > 0,
    sendEvents: () => sendEvents(client),
    onRemoteFallback: (message) => client._logger?.info(message),
  })
}

/**
 * What cannot be sent now stays queued, and is tried again by posthog-node.
 *
 * @param {any} client
 */
async function sendEvents(client) {
  try {
    await client.flush()
  } catch {
    // posthog-node has logged it.
  }
}

module.exports = { createPoller }
