'use strict'

const { Random } = require('../random.js')

/**
 * Definitions of a project that does not exist, in the mix of a real one: a third are rollouts, a third have conditions
 * on properties, the rest have variants, cohorts, groups, dependencies and payloads.
 *
 * @param {{ flags: number, seed: number }} options
 * @returns {import('../definitions/file.js').Document}
 */
function generateProject({ flags: count, seed }) {
  const random = new Random(seed)
  const flags = Array.from({ length: count }, (_, index) => flagOf(random, index))
  return { flags, cohorts: COHORTS, group_type_mapping: { 0: 'company' }, property_matching_version: 2 }
}

/**
 * @param {Random} random
 * @param {number} index
 */
function flagOf(random, index) {
  const filters = random.pick(KINDS)(random, index)
  const variants =
    'multivariate' in filters ? filters.multivariate.variants.map((/** @type {any} */ { key }) => key) : ['true']
  const payload = JSON.stringify({ limit: random.below(1000), regions: ['eu', 'us'] })
  return {
    id: index + 1,
    key: `${random.pick(AREAS)}-${random.pick(THINGS)}-${index}`,
    active: random.next() < 0.95,
    ensure_experience_continuity: false,
    filters:
      random.next() < 0.15
        ? { ...filters, payloads: Object.fromEntries(variants.map((/** @type {string} */ key) => [key, payload])) }
        : filters,
  }
}

const AREAS = ['checkout', 'search', 'billing', 'editor', 'mobile', 'admin', 'signup', 'export']
const THINGS = ['layout', 'beta', 'limits', 'banner', 'cache', 'trial', 'tour', 'theme']

/** @type {((random: Random) => object)[]} */
const PROPERTIES = [
  () => property('plan', ['pro', 'enterprise']),
  (random) => property('country', [random.pick(['DE', 'NO', 'US', 'FR', 'BR'])]),
  (random) => property('seats', random.below(50), 'gt'),
  () => property('email', '@example.com', 'icontains'),
  (random) => property('app_version', `${random.below(4)}.${random.below(10)}.0`, 'semver_gte'),
  () => property('username', '^[a-z]+-[0-9]+$', 'regex'),
  () => property('signed_up', '2024-01-01', 'is_date_after'),
  () => property('referrer', 'is_set', 'is_set'),
]

const COHORTS = {
  1: { type: 'AND', values: [property('plan', 'pro'), property('seats', 10, 'gte')] },
  2: {
    type: 'OR',
    values: [
      { type: 'AND', values: [property('country', ['DE', 'NO']), property('id', 1, 'in', 'cohort')] },
      { type: 'AND', values: [property('seats', 3, 'lt')] },
    ],
  },
}

/** @param {Random} random */
const rollout = (random) => ({
  groups: [{ properties: [], rollout_percentage: random.pick([100, 75, 50, 25, 10, 5]) }],
})

/** @param {Random} random */
const conditions = (random) => ({
  groups: Array.from({ length: 1 + random.below(2) }, () => ({
    properties: Array.from({ length: 1 + random.below(3) }, () => random.pick(PROPERTIES)(random)),
    rollout_percentage: random.pick([100, 80, 50]),
  })),
})

/** Each as often as it is listed. @type {((random: Random, index: number) => any)[]} */
const KINDS = [
  ...Array(4).fill(rollout),
  ...Array(4).fill(conditions),
  ...Array(2).fill((/** @type {Random} */ random) => ({
    ...conditions(random),
    multivariate: {
      variants: [34, 33, 33].map((rollout_percentage, at) => ({
        key: ['control', 'blue', 'green'][at],
        rollout_percentage,
      })),
    },
  })),
  (random) => ({
    groups: [{ properties: [property('id', 1 + random.below(2), 'in', 'cohort')], rollout_percentage: 100 }],
  }),
  (random) => ({
    aggregation_group_type_index: 0,
    groups: [
      { properties: [property('tier', ['gold'], 'exact', 'group')], rollout_percentage: random.pick([100, 60]) },
    ],
  }),
]

/**
 * @param {string} key
 * @param {unknown} value
 * @param {string} [operator]
 * @param {string} [type]
 */
function property(key, value, operator = 'exact', type = 'person') {
  return { key, value, operator, type }
}

module.exports = { generateProject }
