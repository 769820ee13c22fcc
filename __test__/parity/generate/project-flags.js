'use strict'

// Flags as teams create them in PostHog: rollouts, experiments, targeting by plan, country, email, version or date,
// cohorts, groups, dependencies.

const { COUNTRIES, PLANS, DOMAINS, BROWSERS, INDUSTRIES, emailOf, versionOf, dateOf } = require('./people.js')

const person = (key, operator, value) => ({ key, type: 'person', operator, value })
const group = (key, operator, value) => ({ key, type: 'group', operator, value, group_type_index: 0 })

/** Filters as the form for release conditions makes them. */
function targeting(random, now) {
  return random.oneOf(
    [3, () => person('plan', random.pick(['exact', 'is_not']), random.sample(PLANS, random.between(1, 3)))],
    [3, () => person('country', random.pick(['exact', 'is_not']), random.sample(COUNTRIES, random.between(1, 4)))],
    [2, () => person('email', random.pick(['icontains', 'not_icontains', 'ends_with']), `@${random.pick(DOMAINS)}`)],
    [
      2,
      () =>
        person(
          'email',
          random.pick(['regex', 'not_regex']),
          random.pick(['@acme\\.com$', '^[^@+]+@', '.+@(acme|corp\\.example)\\.com', '\\.edu$', '^[a-m]'])
        ),
    ],
    [
      2,
      () =>
        person(
          'email',
          'exact',
          random.list(random.pick([1, 3, 12, 40]), () => emailOf(random))
        ),
    ],
    [
      1.5,
      () =>
        person('app_version', random.pick(['semver_gte', 'semver_lt', 'semver_gt', 'semver_eq']), versionOf(random)),
    ],
    [1, () => person('app_version', random.pick(['semver_tilde', 'semver_caret']), versionOf(random))],
    [0.5, () => person('app_version', 'semver_wildcard', random.pick(['1.*', '2.3.*', '0.*']))],
    [
      2,
      () =>
        person(
          random.pick(['signed_up', 'last_seen']),
          random.pick(['is_date_after', 'is_date_before']),
          random.pick(['-7d', '-30d', '-6m', '-1y', '-12h', '-2w', dateOf(random, now)])
        ),
    ],
    [1.5, () => person('seats', random.pick(['gt', 'gte', 'lt', 'lte']), random.pick([10, 50, '100', 150]))],
    [1, () => person('spent', random.pick(['gt', 'lte']), random.pick([100, 499.99, '250.5']))],
    [1, () => person('orders', random.pick(['exact', 'gte']), random.pick([['5'], 3, '10']))],
    [
      1,
      () =>
        person(
          random.pick(['is_admin', 'beta_tester']),
          random.pick(['exact', 'is_not']),
          random.pick([['true'], true, 'false'])
        ),
    ],
    [1, () => person(random.pick(['email', 'orders', 'locale']), random.pick(['is_set', 'is_not_set']), 'is_set')],
    [0.5, () => person('locale', random.pick(['starts_with', 'not_starts_with']), random.pick(['en', 'de-']))],
    [0.5, () => person('browser', 'icontains', random.pick([...BROWSERS, 'safari']))]
  )
}

const groupTargeting = (random) =>
  random.oneOf(
    [1, () => group('industry', 'exact', random.sample(INDUSTRIES, 2))],
    [1, () => group('employees', random.pick(['gt', 'lt']), random.pick([50, 500, '1000']))],
    [1, () => group('plan', 'exact', [random.pick(PLANS)])],
    [0.5, () => group('name', 'icontains', random.pick(['acme', 'ltd', 'Müller']))]
  )

const percentage = (random) => random.pick([100, 100, 100, 50, 50, 20, 10, 5, 1, 0, 33.33, 12.5, null])

const condition = (random, properties, extra = {}) => ({
  properties,
  rollout_percentage: percentage(random),
  variant: null,
  ...extra,
})

/** Shares of an experiment, which add up to 100. */
const SHARES = [
  [50, 50],
  [34, 33, 33],
  [33.33, 33.33, 33.34],
  [25, 25, 25, 25],
  [90, 10],
  [100, 0],
]

function experiment(random, now) {
  const variants = random
    .pick(SHARES)
    .map((share, index) => ({ key: index === 0 ? 'control' : `test-${index}`, name: '', rollout_percentage: share }))
  const payloads = {}
  for (const { key } of variants) {
    if (random.chance(0.5)) {
      payloads[key] = JSON.stringify({ headline: `for ${key}`, price: random.int(100) / 4 })
    }
  }
  const groups = [
    condition(
      random,
      random.list(random.int(3), () => targeting(random, now))
    ),
  ]
  if (random.chance(0.3)) {
    groups.unshift(condition(random, [person('email', 'icontains', '@acme.com')], { variant: variants[0].key }))
  }
  const filters = { groups, multivariate: { variants }, payloads }
  if (random.chance(0.15)) {
    filters.holdout = { id: random.between(1, 20), exclusion_percentage: random.pick([5, 10, 20]) }
  }
  return { filters, has_experiment: true }
}

/** A flag that needs another, with the chain that PostHog's server writes. */
function dependent(random, now, earlier) {
  const needed = random.pick(earlier)
  const value = needed.filters.multivariate ? random.pick([true, 'control', 'test-1']) : random.chance(0.7)
  const chain = [...chainOf(needed), needed.key]
  const dependency = { key: needed.key, type: 'flag', operator: 'flag_evaluates_to', value, dependency_chain: chain }
  const properties = random.chance(0.5) ? [dependency] : [dependency, targeting(random, now)]
  return { filters: { groups: [condition(random, properties)] } }
}

function chainOf(flag) {
  const filters = flag.filters.groups.flatMap(({ properties }) => properties)
  return [...new Set(filters.flatMap((filter) => filter.dependency_chain ?? []))]
}

/** What kinds of flags a project has, with how many of each there are in a hundred or so. */
function kindsOfFlags({ random, now, cohortIds, earlier }) {
  const filtered = (count) => random.list(count, () => targeting(random, now))
  return [
    [18, () => ({ filters: { groups: [condition(random, [])] } })],
    [22, () => ({ filters: { groups: [condition(random, filtered(random.between(1, 2)))] } })],
    [
      10,
      () => ({
        filters: { groups: random.list(random.between(2, 4), () => condition(random, filtered(random.int(3)))) },
      }),
    ],
    [14, () => experiment(random, now)],
    [
      cohortIds.length > 0 ? 10 : 0,
      () => {
        const membership = person('id', random.pick(['in', 'in', 'not_in']), random.pick(cohortIds))
        return { filters: { groups: [condition(random, [{ ...membership, type: 'cohort' }])] } }
      },
    ],
    [1, () => ({ filters: { groups: [condition(random, [{ ...person('id', 'in', 98_765), type: 'cohort' }])] } })],
    [
      8,
      () => ({
        filters: {
          groups: [
            condition(
              random,
              random.list(random.int(2), () => groupTargeting(random))
            ),
          ],
          aggregation_group_type_index: random.pick([0, 0, 0, 1]),
        },
      }),
    ],
    [
      2,
      () => ({
        filters: {
          groups: [
            condition(random, [groupTargeting(random)], { aggregation_group_type_index: 0 }),
            condition(random, filtered(1), { aggregation_group_type_index: null }),
          ],
        },
      }),
    ],
    [earlier.length > 0 ? 6 : 0, () => dependent(random, now, earlier)],
    [3, () => ({ active: false, filters: { groups: [condition(random, [])] } })],
    [1, () => ({ ensure_experience_continuity: true, filters: { groups: [condition(random, filtered(1))] } })],
    [
      3,
      () => ({ bucketing_identifier: 'device_id', filters: { groups: [condition(random, filtered(random.int(2)))] } }),
    ],
    [
      2,
      () => ({
        filters: { early_exit: true, groups: random.list(2, () => condition(random, filtered(random.int(2)))) },
      }),
    ],
  ]
}

const AREAS = ['checkout', 'search', 'onboarding', 'billing', 'editor', 'mobile', 'admin', 'api']
const CHANGES = ['redesign', 'v2', 'beta', 'kill-switch', 'new-nav', 'dark-mode', 'pricing-test', 'fast-path']

/** One flag of a project; `site.earlier` holds those it may depend on. */
function projectFlag(site, index) {
  const { random } = site
  const key = `${random.pick(AREAS)}-${random.pick(CHANGES)}-${index}`
  const flag = { id: 1000 + index, key, name: '', active: true, ...random.oneOf(...kindsOfFlags(site)) }
  if (!flag.filters.multivariate && random.chance(0.2)) {
    flag.filters.payloads = { true: JSON.stringify({ limit: random.int(1000), label: key }) }
  }
  if (random.chance(0.1)) {
    flag.evaluation_contexts = random.sample(['web', 'api', 'worker'], random.between(1, 2))
  }
  if (random.chance(0.1)) {
    flag.evaluation_runtime = random.pick(['client', 'server', 'all'])
  }
  return flag
}

module.exports = { projectFlag, targeting }
