'use strict'

const { defineProperty } = require('../evaluation/define-property.js')
const { withCompleteness } = require('../evaluation/completeness.js')

/**
 * Has the methods of a client take `propertiesAreComplete`, which posthog-node does not know. Only a client with the semantics of
 * the server has these methods: for all others they would be one more call in each evaluation.
 *
 * @param {any} client
 */
function takeCompleteness(client) {
  const { _getFeatureFlagResult: getResult, getAllFlagsAndPayloads: getAll } = client
  const methods = {
    /**
     * What all methods for one flag come to.
     *
     * @param {string} key
     * @param {string} distinctId
     * @param {any} [options]
     * @param {any[]} args
     */
    _getFeatureFlagResult(key, distinctId, options, ...args) {
      return getResult.call(client, key, distinctId, withCompleteness(options, client), ...args)
    },
    /** @param {any[]} args the person and the options, or the options alone */
    getAllFlagsAndPayloads(...args) {
      const all = args.length === 1 && typeof args[0] === 'string' ? [args[0], undefined] : args
      return getAll.apply(
        client,
        all.map((each) => withCompleteness(each, client))
      )
    },
  }
  for (const [name, method] of Object.entries(methods)) {
    if (typeof client[name] === 'function') {
      defineProperty(client, name, method, false)
    }
  }
}

module.exports = { takeCompleteness }
