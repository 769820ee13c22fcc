'use strict'

const { toCacheData } = require('./loading/cache-provider.js')
const { hasCycle } = require('./dependency-cycle.js')

/** A cache that has nothing: the definitions are given otherwise, so that nothing is said of them a second time. */
const EMPTY_CACHE = {
  getFlagDefinitions() {},
  shouldFetchFlagDefinitions: () => false,
  onFlagDefinitionsReceived() {},
  shutdown() {},
}

/**
 * posthog-node's own evaluator over one set of definitions, for calls in which the native one has failed. Made when that
 * happens, which is never if all is well; a large document then holds up the event loop as its parsing does.
 */
class StandIn {
  /**
   * @param {any} Base posthog-node's `PostHog`
   * @param {object} definitions
   * @param {Uint8Array} definitions.document as it came
   * @param {boolean} definitions.fromNetwork rather than from a cache provider
   * @param {object} options
   * @param {readonly string[]} [options.evaluationContexts]
   * @param {boolean} options.debug
   * @param {(error: Error) => void} options.onError
   * @throws {Error} if posthog-node cannot evaluate these either
   */
  constructor(Base, { document, fromNetwork }, { evaluationContexts, debug, onError }) {
    const parsed = JSON.parse(new TextDecoder().decode(document))
    const data = fromNetwork ? toCacheData(parsed) : parsed
    // The flags that the native evaluator leaves out too.
    const flags = data.flags.filter((/** @type {unknown} */ flag) => flag !== null)
    if (hasCycle({ ...data, flags })) {
      throw new Error(
        'expected definitions without flags that depend on each other: posthog-node never returns from one'
      )
    }
    const client = new Base('phc_stand_in', {
      host: 'http://127.0.0.1:9',
      flagDefinitionCacheProvider: EMPTY_CACHE,
      featureFlagsPollingInterval: null,
      evaluationContexts,
    })
    client.on('error', onError)
    this._poller = client.featureFlagsPoller
    this._poller.updateFlagState({ ...data, flags })
    this._poller.debug(debug)
  }

  /**
   * Rejects as posthog-node does where only the server can tell.
   *
   * @param {{ key: string }} flag
   * @param {any} context
   * @returns {Promise<any>}
   */
  evaluate({ key }, context) {
    return this._poller.computeFlagAndPayloadLocally({ key }, completed(context))
  }

  /**
   * @param {any} context
   * @param {string[] | undefined} flagKeys
   * @returns {Promise<any>}
   */
  evaluateAll(context, flagKeys) {
    return this._poller.getAllFlagsAndPayloads(completed(context), flagKeys)
  }
}

/**
 * With what posthog-node's client adds to the person, which ours leaves out.
 *
 * @param {any} context
 */
function completed(context) {
  const { distinctId, personProperties } = context
  return { ...context, personProperties: { distinct_id: distinctId, ...personProperties }, evaluationCache: {} }
}

module.exports = { StandIn }
