'use strict'

// The oracle: posthog-node's own client and poller, untouched, behind the few calls the comparison makes.

const { PostHog } = require('posthog-node')
const { definitionsFetch, providerOf, fakeFetch } = require('./provider.js')

// Its errors for "cannot be decided here". Anything else thrown by one flag is an accident of a malformed definition.
const UNDECIDABLE = new Set(['InconclusiveMatchError', 'RequiresServerEvaluation'])

/**
 * Loads one definitions document into a client of class `Client` and answers at the seam between the client and its
 * poller. `errors` collects the messages of `error` events and is emptied by the reader.
 *
 * @param {'cache' | 'network'} [source] where it comes from: a provider, or the server
 */
async function openClient(Client, documentText, evaluationContexts, source = 'cache') {
  const client = new Client('phc_parity', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    evaluationContexts,
    ...(source === 'cache'
      ? { flagDefinitionCacheProvider: providerOf(documentText), fetch: fakeFetch().fetch }
      : { secretKey: 'phs_parity', fetch: definitionsFetch(documentText) }),
  })
  const errors = []
  client.on('error', (error) => errors.push(error.message))
  await client.featureFlagsPoller.loadFeatureFlags()
  return { client, errors, loadErrors: errors.splice(0) }
}

async function open(documentText, evaluationContexts, source) {
  const { client, errors, loadErrors } = await openClient(PostHog, documentText, evaluationContexts, source)
  const poller = client.featureFlagsPoller
  return {
    client,
    loadErrors,
    rejected: !poller.loadedSuccessfullyOnce,
    flags: poller.featureFlags,
    flagsByKey: poller.featureFlagsByKey,
    takeErrors: () => errors.splice(0),
    close: () => client.shutdown(),
    evaluateAll: (context, flagKeys) => poller.getAllFlagsAndPayloads(context, flagKeys),
    /** Same shape as ours: undefined for "go remote", and for an accident the error event the bulk call would raise. */
    async evaluate(key, context, matchValue) {
      const flag = poller.featureFlagsByKey[key]
      try {
        return await poller.computeFlagAndPayloadLocally(flag, context, { matchValue })
      } catch (error) {
        if (error instanceof Error && !UNDECIDABLE.has(error.name)) {
          errors.push(`Error computing flag locally: ${flag.key}: ${error}`)
        }
        return undefined
      }
    },
  }
}

module.exports = { name: 'posthog-node', documentText: (text) => text, open, openClient, PostHog }
