'use strict'

const { environmentProxy } = require('./environment-proxy')
const binding = require('./load-binding')

/**
 * @typedef {import('./definition-loader').DefinitionLoaderOptions} DefinitionLoaderOptions
 */

/**
 * @param {DefinitionLoaderOptions} options
 * @param {(command: import('../binding').FlagPollerCommand) => void} receive
 */
function createNativePoller(options, receive) {
  const { personalApiKey, requestTimeout, evaluationContexts, native } = options
  return new binding.FlagPoller(
    {
      host: options.host,
      projectApiKey: options.projectApiKey,
      secretKey: personalApiKey || undefined,
      pollingInterval: options.pollingInterval ?? undefined,
      requestTimeout: typeof requestTimeout === 'number' ? requestTimeout : undefined,
      customHeaders: Object.entries(options.customHeaders).map(([name, value]) => [name, String(value)]),
      evaluationContexts: evaluationContexts ? Array.from(evaluationContexts, String) : [],
      hasProvider: Boolean(options.cacheProvider),
      providerTimeout: native.providerTimeoutMs,
      pollingJitter: native.pollingJitter,
      maxDocumentBytes: native.maxDocumentBytes,
      proxy: environmentProxy(options.host),
      usesFetch: usesFetch(options),
    },
    receive
  )
}

/**
 * Whether a `fetch` makes the requests: the user's, or the process's. Node's also where it was told not to check
 * certificates: it warns of that itself, and the native transport has no such switch that could be on by mistake.
 *
 * @param {DefinitionLoaderOptions} options
 */
function usesFetch({ fetch, native: { transport } }) {
  return transport === undefined
    ? Boolean(fetch) || process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    : transport === 'fetch'
}

module.exports = { createNativePoller, usesFetch }
