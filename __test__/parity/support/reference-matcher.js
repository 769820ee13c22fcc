'use strict'

// posthog-node's matcher of a single filter, which it has from @posthog/core. The generators ask it what a filter comes
// to, to aim at an answer; answers are compared with those of whole posthog-node all the same.

const core = require(require.resolve('@posthog/core', { paths: [require.resolve('posthog-node')] }))

/**
 * @param {object} filter a built property filter
 * @param {object} properties built
 * @param {unknown} propertyMatchingVersion
 * @returns {'true' | 'false' | 'unresolved'}
 */
function outcomeOfFilter(filter, properties, propertyMatchingVersion) {
  try {
    return String(core.matchFeatureFlagProperty(filter, properties, { propertyMatchingVersion }))
  } catch {
    return 'unresolved'
  }
}

module.exports = { outcomeOfFilter }
