'use strict'

/**
 * What `index.js` and `index.mjs` add to posthog-node's exports. On a machine where the addon cannot be loaded, posthog-node
 * goes on as it is: nobody's program may stop working because it asked for speed.
 *
 * @returns {{ definePostHog: (Base: any, FeatureFlagEvaluations: any) => any, LocalEvaluator: any }}
 */
function load() {
  try {
    require('./load-binding')
  } catch (error) {
    return require('./without-addon').withoutAddon(error)
  }
  const { definePostHog } = require('./posthog')
  const { LocalEvaluator } = require('./local-evaluator')
  return { definePostHog, LocalEvaluator }
}

module.exports = load()
