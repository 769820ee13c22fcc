'use strict'

/**
 * Definitions of many flags in the mix that a real project has. Of every 12: four plain rollouts, four with one to
 * three property conditions, two with three variants, one on a cohort, one on a group; every 7th carries payloads.
 */

/** A flag of {@link mixedDefinitions} that is a 50 % rollout without conditions. */
const HALF_ROLLOUT = 'flag-1'

const PROPERTY_CONDITIONS = [
  [property('plan', ['pro', 'enterprise'])],
  [property('country', 'US', 'is_not'), property('seats', 5, 'gt')],
  [
    property('email', '@hedgehog.example', 'icontains'),
    property('referrer', 'x', 'is_set'),
    property('orders', 90, 'lt'),
  ],
  [property('app_version', '2.3.0', 'semver_gte'), property('username', '^[a-z]+-[0-9]+$', 'regex')],
  [property('signed_up', '2024-01-01', 'is_date_after')],
]

// As PostHog writes them, the values of one group are all groups or all properties.
const COHORTS = {
  1: all(property('plan', 'pro'), property('seats', 10, 'gte')),
  2: all(any(property('country', ['DE', 'NO']), property('id', 1, 'in', 'cohort')), all(property('active', true))),
  3: any(
    all(property('id', 2, 'in', 'cohort')),
    all(property('locale', 'nb', 'icontains'), property('orders', 3, 'gt'))
  ),
}

/**
 * @param {number} count
 * @returns {import('posthog-node-native').FlagDefinitionsDocument} what PostHog's `/flags/definitions` would answer
 */
function mixedDefinitions(count) {
  const flags = Array.from({ length: count }, (_, index) => {
    const payload = JSON.stringify({ flag: index, limits: { per_minute: 60 + index, burst: 5 } })
    const filters = mixedFilters(index)
    const values = 'multivariate' in filters ? ['control', 'blue', 'green'] : ['true']
    return {
      id: index + 1,
      key: `flag-${index}`,
      name: '',
      active: true,
      deleted: false,
      ensure_experience_continuity: false,
      filters:
        index % 7 === 0 ? { ...filters, payloads: Object.fromEntries(values.map((key) => [key, payload])) } : filters,
    }
  })
  return { flags, group_type_mapping: { 0: 'company' }, cohorts: COHORTS, property_matching_version: 2 }
}

/** @param {number} index */
function mixedFilters(index) {
  const place = index % 12
  const conditions = PROPERTY_CONDITIONS[index % PROPERTY_CONDITIONS.length]
  if (place < 4) {
    return { groups: [{ properties: [], rollout_percentage: [100, 50, 25, 75][place] }] }
  }
  if (place < 8) {
    const first = { properties: conditions, rollout_percentage: 80 }
    return { groups: place === 7 ? [first, { properties: [property('beta', true)], rollout_percentage: 30 }] : [first] }
  }
  if (place < 10) {
    const variants = [
      { key: 'control', rollout_percentage: 34 },
      { key: 'blue', rollout_percentage: 33 },
      { key: 'green', rollout_percentage: 33 },
    ]
    return {
      groups: [{ properties: place === 9 ? conditions : [], rollout_percentage: 90 }],
      multivariate: { variants },
    }
  }
  if (place === 10) {
    const cohort = property('id', 1 + (Math.floor(index / 12) % 3), 'in', 'cohort')
    return { groups: [{ properties: [cohort], rollout_percentage: 100 }] }
  }
  return {
    aggregation_group_type_index: 0,
    groups: [{ properties: [property('tier', ['gold', 'silver'], 'exact', 'group')], rollout_percentage: 60 }],
  }
}

/** A person with 15 properties in a group with 3, as a call to the client gives them. */
const about = {
  personProperties: {
    plan: 'pro',
    country: 'DE',
    email: 'ada@hedgehog.example',
    app_version: '2.4.1',
    username: 'ada-1815',
    signed_up: '2024-05-17T09:30:00Z',
    locale: 'de-DE',
    referrer: 'https://posthog.com/docs',
    browser: 'Firefox',
    os: 'Linux',
    seats: 12,
    orders: 37,
    sessions: 410,
    beta: false,
    active: true,
  },
  groups: { company: 'analytical-engines' },
  groupProperties: { company: { tier: 'gold', region: 'eu', seats: 120 } },
}

/** Distinct ids of 20 ASCII characters, enough of them that no run meets a cached hash. */
const distinctIds = Array.from({ length: 4096 }, (_, index) => `user-${String(index * 7919).padStart(15, '0')}`)

/**
 * @param {string} key
 * @param {unknown} value
 * @param {string} [operator]
 * @param {string} [type]
 */
function property(key, value, operator = 'exact', type = 'person') {
  return { key, value, operator, type }
}

/** @param {object[]} values */
function all(...values) {
  return { type: /** @type {const} */ ('AND'), values }
}

/** @param {object[]} values */
function any(...values) {
  return { type: /** @type {const} */ ('OR'), values }
}

module.exports = { HALF_ROLLOUT, about, distinctIds, mixedDefinitions }
