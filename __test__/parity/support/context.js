'use strict'

const { build } = require('./spec.js')

/**
 * What a caller passed (`{ distinctId, groups, personProperties, groupProperties }`, a spec) as posthog-node's client
 * hands it to its poller: fresh plain objects, `distinct_id` and `$group_key` below the caller's own values.
 */
function buildContext(callSpec) {
  const { distinctId, groups, personProperties, groupProperties } = build(callSpec)
  const allGroupProperties = {}
  if (groups) {
    for (const name of Object.keys(groups)) {
      allGroupProperties[name] = { $group_key: groups[name], ...(groupProperties?.[name] || {}) }
    }
  }
  return {
    distinctId,
    groups: groups || {},
    personProperties: { distinct_id: distinctId, ...(personProperties || {}) },
    groupProperties: allGroupProperties,
    evaluationCache: {},
  }
}

module.exports = { buildContext }
