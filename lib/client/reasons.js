'use strict'

const { defineProperty } = require('../evaluation/define-property.js')
const { calls } = require('../evaluation/told-reasons.js')

/** What posthog-node says of every flag that was evaluated locally. */
const LOCALLY = 'Evaluated locally'

/**
 * Has a client tell PostHog's own reason codes of flags that were evaluated locally: in results, and in events in place of
 * "Evaluated locally". Only a client that is to tell them has these methods.
 *
 * @param {any} client
 */
function tellReasons(client) {
  const { _getFeatureFlagResult: getResult, _captureFlagCalledEventIfNeeded: capture, evaluateFlags } = client
  const methods = {
    /** @param {any[]} args */
    _getFeatureFlagResult(...args) {
      const told = new Map()
      return calls.run(told, async () => {
        const result = await getResult.apply(client, args)
        const reasonCode = result?.reason === LOCALLY ? told.get(result.key) : undefined
        return reasonCode === undefined ? result : { ...result, reasonCode }
      })
    },
    /** @param {any} params */
    _captureFlagCalledEventIfNeeded(params) {
      const { key, properties } = params
      const reasonCode = calls.getStore()?.get(key)
      const isTold = reasonCode !== undefined && properties.$feature_flag_reason === LOCALLY
      capture.call(
        client,
        isTold ? { ...params, properties: { ...properties, $feature_flag_reason: reasonCode } } : params
      )
    },
    /** @param {any[]} args */
    evaluateFlags(...args) {
      const told = new Map()
      return calls.run(told, async () => {
        const evaluations = await evaluateFlags.apply(client, args)
        const overrides = Object(client._flagOverrides)
        told.forEach((reasonCode, key) => {
          const record = evaluations?._flags?.[key]
          if (record?.reason === LOCALLY && !Object.hasOwn(overrides, key)) {
            Object.assign(record, { reason: reasonCode, reasonCode })
          }
        })
        return evaluations
      })
    },
  }
  for (const [name, method] of Object.entries(methods)) {
    if (typeof client[name] === 'function') {
      defineProperty(client, name, method, false)
    }
  }
}

module.exports = { tellReasons }
