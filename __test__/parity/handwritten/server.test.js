'use strict'

// Where PostHog's server is known to answer otherwise than posthog-node, ours answers as posthog-node. The server hashes
// no more than 200 characters of an identifier, and takes the hash of an empty one for 0, except for holdouts.

const { agrees, flag, when } = require('../support/handwritten.js')

const share = (key, percentage, filters = {}) => flag(key, [when([], { rollout_percentage: percentage })], { filters })
const halves = {
  multivariate: {
    variants: [
      { key: 'control', rollout_percentage: 50 },
      { key: 'test', rollout_percentage: 50 },
    ],
  },
}

agrees(
  'the hash of an empty identifier is that of what stands around it, not 0 as on the server',
  // Its hashes are 0.621 for the share and 0.695 for the variant.
  { flags: [share('beta-search', 62)] },
  [[{ distinctId: '' }, { 'beta-search': false }]]
)

agrees('an empty identifier is included from its hash on', { flags: [share('beta-search', 63)] }, [
  [{ distinctId: '' }, { 'beta-search': true }],
])

agrees(
  'the variant of an empty identifier is chosen by its hash, not the first as on the server',
  { flags: [share('beta-search', 100, halves)] },
  [[{ distinctId: '' }, { 'beta-search': 'test' }]]
)

agrees(
  'an empty identifier is in a holdout by its hash, as on the server',
  // 0.9269
  {
    flags: [
      share('outside', 100, { holdout: { id: 7, exclusion_percentage: 92 } }),
      share('inside', 100, { holdout: { id: 7, exclusion_percentage: 93 } }),
    ],
  },
  [[{ distinctId: '' }, { outside: true, inside: 'holdout-7' }]]
)

agrees(
  'an identifier is hashed whole, not its first 200 characters as on the server',
  // 0.1273 for all 205, and 0.1075 for the first 200.
  { flags: [share('beta-search', 12)] },
  [[{ distinctId: 'a'.repeat(205) }, { 'beta-search': false }]]
)

agrees(
  'a group key that is a number is hashed as its digits, as on the server',
  // 0.59975
  {
    flags: [share('org-dashboard', 60, { aggregation_group_type_index: 0 })],
    group_type_mapping: { 0: 'organization' },
  },
  [[{ groups: { organization: 42 } }, { 'org-dashboard': true }]]
)
