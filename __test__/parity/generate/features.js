'use strict'

// What a flag can have besides filters on properties, each with filters whose answer a call chooses: the property `a`
// (and `b`, `c`, …) is `yes`, `no` or not there. `outcomes` names what the flag of a feature can come to.

const { edgeOf, rolloutHash, variantHash, holdoutHash } = require('./hash-edges.js')

const { UNREADABLE } = require('./values.js')

const LEAVES = ['a', 'b', 'c', 'd', 'e', 'f']
const ALL = ['on', 'off', 'unresolved']

/** Filters that match `yes`, do not match `no`, and need the property. */
const ASKS_YES = [
  ['exact', 'yes'],
  ['exact', ['maybe', 'YES']],
  ['is_not', 'no'],
  ['icontains', 'ES'],
  ['not_icontains', 'n'],
  ['starts_with', 'ye'],
  ['not_starts_with', 'N'],
  ['ends_with', 's'],
  ['not_ends_with', 'o'],
  ['regex', '^y.s$'],
  ['not_regex', '^no?$'],
  ['gt', 'no'],
  ['gte', 'yes'],
]

function asks(random, key = random.pick(LEAVES), extra = {}) {
  const [operator, value] = random.pick(ASKS_YES)
  return { key, type: 'person', operator, value, ...extra }
}

/** A pattern that posthog-node leaves to the server, whatever the value. */
const asksServer = (random) => ({ key: random.pick(LEAVES), type: 'person', operator: 'regex', value: '\\byes\\b' })

const variantsOf = (...shares) =>
  shares.map((share, index) => ({ key: ['control', 'test', 'third'][index], rollout_percentage: share }))

const flagOf = (key, groups, { filters, ...extra } = {}) => ({
  key,
  active: true,
  filters: { groups, ...filters },
  ...extra,
})

const dependsOn = (key, value, chain = [key]) => ({
  key,
  type: 'flag',
  operator: 'flag_evaluates_to',
  value,
  dependency_chain: chain,
})

const inCohort = (id, operator = 'in') => ({ key: 'id', type: 'cohort', value: id, operator })

/**
 * @typedef {{ random: import('../support/random.js').Random, key: string, ids: string[], devices: string[],
 *   companies: string[], cohorts: Record<string, unknown>, add(flag: object): void }} Site
 *
 * @type {Record<string, { outcomes: string[], build(site: Site): object }>}
 */
const FEATURES = {
  'no condition': { outcomes: ['off'], build: ({ key }) => flagOf(key, []) },
  inactive: {
    outcomes: ['off'],
    build: ({ random, key }) => flagOf(key, [{ properties: [asks(random)] }], { active: false }),
  },
  'experience continuity': {
    outcomes: ['unresolved'],
    build: ({ random, key }) => flagOf(key, [{ properties: [asks(random)] }], { ensure_experience_continuity: true }),
  },
  'several filters': {
    outcomes: ALL,
    build: ({ random, key }) => flagOf(key, [{ properties: random.list(random.between(2, 3), () => asks(random)) }]),
  },
  'several conditions': {
    outcomes: ALL,
    build: ({ random, key }) =>
      flagOf(
        key,
        random.list(random.between(2, 4), () => ({ properties: [asks(random)] }))
      ),
  },
  rollout: {
    outcomes: ALL,
    build: ({ random, key, ids }) =>
      flagOf(key, [
        { properties: [asks(random)], rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(ids))) },
      ]),
  },
  'rollout alone': {
    outcomes: ['on', 'off'],
    build: ({ random, key, ids }) =>
      flagOf(key, [{ rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(ids))) }]),
  },
  variants: {
    outcomes: ALL,
    build({ random, key, ids }) {
      const edge = edgeOf(random, variantHash(key, random.pick(ids)))
      const variants = random.pick([variantsOf(edge, 100 - edge), variantsOf(edge / 2, edge / 2, 5), variantsOf(edge)])
      return flagOf(key, [{ properties: [asks(random)] }], { filters: { multivariate: { variants } } })
    },
  },
  'variant override': {
    outcomes: ALL,
    build: ({ random, key }) =>
      flagOf(
        key,
        [
          { properties: [asks(random)], variant: random.pick(['test', 'control', 'no-such-variant']) },
          { properties: [asks(random)], variant: random.pick(['third', null, '']) },
        ],
        { filters: { multivariate: { variants: variantsOf(30, 30, 40) } } }
      ),
  },
  payloads: {
    outcomes: ALL,
    build: ({ random, key }) =>
      flagOf(key, [{ properties: [asks(random)] }], {
        filters: {
          multivariate: random.chance(0.5) ? { variants: variantsOf(50, 50) } : undefined,
          payloads: { true: '{"size":1.5}', control: '"blue"', test: random.pick(['[1,-0]', 'no json', 7]) },
        },
      }),
  },
  holdout: {
    outcomes: ALL,
    build: ({ random, key, ids }) =>
      flagOf(key, [{ properties: [asks(random)] }], {
        filters: {
          holdout: { id: random.between(1, 99), exclusion_percentage: edgeOf(random, holdoutHash(random.pick(ids))) },
        },
      }),
  },
  'early exit': {
    outcomes: ALL,
    build: ({ random, key, ids }) =>
      flagOf(
        key,
        [
          { properties: [asks(random)], rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(ids))) },
          { properties: [asks(random)] },
        ],
        { filters: { early_exit: true } }
      ),
  },
  'regex for the server': {
    outcomes: ['on', 'unresolved'],
    build: ({ random, key, ids }) =>
      flagOf(
        key,
        [
          {
            properties: [asksServer(random), ...random.sample([asks(random), asks(random)], random.int(3))],
            rollout_percentage: random.chance(0.05) ? UNREADABLE : edgeOf(random, rolloutHash(key, random.pick(ids))),
            variant: random.pick([undefined, 'test']),
          },
          { properties: [asks(random)], variant: random.pick([undefined, undefined, 'test', 'control']) },
        ],
        {
          filters: {
            early_exit: random.chance(0.4),
            multivariate: random.chance(0.5) ? { variants: variantsOf(50, 50) } : undefined,
          },
        }
      ),
  },
  'bucketing by device': {
    outcomes: ALL,
    build: ({ random, key, devices }) =>
      flagOf(
        key,
        [{ properties: [asks(random)], rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(devices))) }],
        { bucketing_identifier: 'device_id' }
      ),
  },
  group: {
    outcomes: ALL,
    build: ({ random, key, companies }) =>
      flagOf(
        key,
        [{ properties: [asks(random)], rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(companies))) }],
        { filters: { aggregation_group_type_index: 0 } }
      ),
  },
  'group in a condition': {
    outcomes: ALL,
    build: ({ random, key, companies }) =>
      flagOf(key, [
        { properties: [asks(random)], aggregation_group_type_index: random.pick([0, 0, 1, 7]) },
        { properties: [asks(random)], rollout_percentage: edgeOf(random, rolloutHash(key, random.pick(companies))) },
      ]),
  },
  'unknown group type': {
    outcomes: ['unresolved'],
    build: ({ random, key }) =>
      flagOf(key, [{ properties: [asks(random)] }], { filters: { aggregation_group_type_index: 7 } }),
  },
  cohort: {
    outcomes: ALL,
    build({ random, key, cohorts }) {
      cohorts[key] = { type: random.pick(['AND', 'OR']), values: [asks(random)] }
      return flagOf(key, [{ properties: [inCohort(key, random.pick(['in', 'not_in', 'exact']))] }])
    },
  },
  'cohort of groups': {
    outcomes: ALL,
    build({ random, key, cohorts }) {
      const group = () => ({
        type: random.pick(['AND', 'OR']),
        values: random.list(2, () => asks(random, undefined, { negation: random.chance(0.3) })),
      })
      cohorts[key] = { type: random.pick(['AND', 'OR']), values: random.list(random.between(1, 3), group) }
      return flagOf(key, [{ properties: [inCohort(key, random.pick(['in', 'not_in']))] }])
    },
  },
  'cohort in a cohort': {
    outcomes: ALL,
    build({ random, key, cohorts }) {
      cohorts[`${key}/inner`] = { type: 'AND', values: [asks(random)] }
      const inner = { ...inCohort(`${key}/inner`, random.pick(['in', 'not_in'])), negation: random.chance(0.3) }
      cohorts[key] = { type: random.pick(['AND', 'OR']), values: random.shuffle([inner, asks(random)]) }
      return flagOf(key, [{ properties: [inCohort(key)] }])
    },
  },
  'static cohort': {
    outcomes: ALL,
    build: ({ random, key }) =>
      flagOf(key, [
        { properties: random.shuffle([inCohort('no-such-cohort'), asks(random)]) },
        { properties: [asks(random)] },
      ]),
  },
  'flag dependency': {
    outcomes: ALL,
    build({ random, key, add }) {
      add(flagOf(`${key}/needed`, [{ properties: [asks(random)] }]))
      return flagOf(key, [{ properties: [dependsOn(`${key}/needed`, random.chance(0.5))] }])
    },
  },
  'dependency on a variant': {
    outcomes: ALL,
    build({ random, key, add }) {
      const multivariate = { variants: variantsOf(50, 50) }
      add(flagOf(`${key}/needed`, [{ properties: [asks(random)] }], { filters: { multivariate } }))
      return flagOf(key, [{ properties: [dependsOn(`${key}/needed`, random.pick(['control', 'test', true]))] }])
    },
  },
  'chain of dependencies': {
    outcomes: ALL,
    build({ random, key, add }) {
      const [first, second] = [`${key}/first`, `${key}/second`]
      add(flagOf(second, [{ properties: [dependsOn(first, random.chance(0.6)), ...random.sample([asks(random)], 1)] }]))
      add(flagOf(first, [{ properties: [asks(random)] }]))
      return flagOf(key, [{ properties: [dependsOn(second, random.chance(0.6), [first, second])] }])
    },
  },
  'dependency in a cohort': {
    outcomes: ALL,
    build({ random, key, cohorts, add }) {
      add(flagOf(`${key}/needed`, [{ properties: [asks(random)] }]))
      cohorts[key] = {
        type: random.pick(['AND', 'OR']),
        values: random.shuffle([dependsOn(`${key}/needed`, true), asks(random)]),
      }
      return flagOf(key, [{ properties: [inCohort(key)] }])
    },
  },
  'dependency on a flag of another context': {
    outcomes: ALL,
    build({ random, key, add }) {
      add(flagOf(`${key}/needed`, [{ properties: [] }], { evaluation_contexts: ['elsewhere'] }))
      return flagOf(key, [
        { properties: [dependsOn(`${key}/needed`, random.pick([false, false, true])), asks(random)] },
      ])
    },
  },
  'dependency without a definition': {
    outcomes: ['off', 'unresolved'],
    build: ({ random, key }) =>
      flagOf(key, [{ properties: random.shuffle([dependsOn('no-such-flag', true), asks(random)]) }]),
  },
}

module.exports = { FEATURES, LEAVES }
