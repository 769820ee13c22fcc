'use strict'

/**
 * Definitions of flags of every kind and people who differ, as a real project has them: some lack what a flag reads, their
 * properties come in many orders, and their ids are of every form. Nothing here is random from run to run.
 */

const PLANS = ['free', 'starter', 'pro', 'enterprise']
const COUNTRIES = ['DE', 'NO', 'US', 'FR', 'BR', 'JP', 'GB', 'IN']
const VARIANTS = [34, 33, 33].map((share, place) => ({
  key: ['control', 'blue', 'green'][place],
  rollout_percentage: share,
}))

const COHORTS = {
  1: all(property('plan', 'pro'), property('seats', 10, 'gte')),
  2: any(
    all(property('country', ['DE', 'NO']), property('id', 1, 'in', 'cohort')),
    all(property('beta', 'true'), property('orders', 3, 'gt'))
  ),
  3: any(all(property('id', 2, 'in', 'cohort')), all(property('locale', 'nb', 'icontains'))),
}

/** What a flag of each kind tests. A number makes each flag of the kind another. @type {((number: number) => any)[]} */
const KINDS = [
  (number) => rollout([], [50, 25, 75, 10][number % 4]),
  () => rollout([], 100),
  (number) => rollout([property('plan', PLANS.slice(number % 3))], 80),
  (number) => ({
    groups: [
      group([property('country', COUNTRIES[number % 8], 'is_not'), property('seats', number % 40, 'gt')], 90),
      group([property('beta', 'true')], 30),
    ],
  }),
  (number) => rollout([property('username', `^[a-z]+-${number % 10}[0-9]*$`, number % 3 ? 'regex' : 'not_regex')], 70),
  (number) =>
    rollout([property('signed_up', `202${number % 6}-03-01`, number % 2 ? 'is_date_after' : 'is_date_before')]),
  (number) => rollout([property('last_seen', `-${1 + (number % 30)}d`, 'is_date_after')]),
  (number) =>
    rollout([property('app_version', `${number % 4}.${number % 10}.0`, number % 2 ? 'semver_gte' : 'semver_lt')]),
  () => ({ ...rollout([], 90), multivariate: { variants: VARIANTS } }),
  (number) => ({
    groups: [
      { ...group([property('email', '@hedgehog.example', 'icontains')], 100), variant: 'blue' },
      group([property('orders', 10 + (number % 80), 'lt')], 60),
    ],
    multivariate: { variants: VARIANTS },
  }),
  (number) => rollout([property('id', 1 + (number % 3), number % 5 ? 'in' : 'not_in', 'cohort')]),
  (number) => ({
    aggregation_group_type_index: number % 2,
    ...rollout([property('tier', [['gold', 'silver'], ['gold']][number % 2], 'exact', 'group')], 60),
  }),
  (number) => rollout([dependency(16 * number, true), dependency(16 * number + 8, 'control')]),
  (number) => rollout([property('email', listOf(200, number), number % 2 ? 'exact' : 'is_not')]),
  (number) => rollout([property('referrer', 'is_set', number % 2 ? 'is_set' : 'is_not_set')], 40),
  (number) =>
    rollout([property('sessions', 5 * number, 'gte'), property('locale', ['de', 'en', 'nb'][number % 3], 'icontains')]),
]

/**
 * @param {number} count
 * @returns {any} what PostHog's `/flags/definitions` would answer
 */
function variedDefinitions(count) {
  const flags = Array.from({ length: count }, (_, index) => {
    const filters = KINDS[index % KINDS.length](Math.floor(index / KINDS.length))
    const values = filters.multivariate ? VARIANTS.map(({ key }) => key) : ['true']
    const payload = JSON.stringify({ flag: index, limits: { per_minute: 60 + index, burst: 5 } })
    return {
      id: index + 1,
      key: keyOf(index),
      active: index % 29 !== 28,
      ensure_experience_continuity: false,
      filters:
        index % 7 === 0 ? { ...filters, payloads: Object.fromEntries(values.map((key) => [key, payload])) } : filters,
    }
  })
  return { flags, group_type_mapping: { 0: 'company', 1: 'project' }, cohorts: COHORTS, property_matching_version: 2 }
}

/** @param {number} index of a flag */
function keyOf(index) {
  return `${['checkout', 'search', 'billing', 'editor'][index % 4]}-${['layout', 'beta', 'limits'][index % 3]}-${index}`
}

/** @typedef {import('../../cli/definitions/people.js').Person} Person */

/** @type {((number: number) => [string, unknown])[]} */
const PROPERTIES = [
  (number) => ['plan', PLANS[number % 4]],
  (number) => ['country', COUNTRIES[(number * 5) % 8]],
  (number) => ['email', emailOf(number * 13)],
  (number) => ['app_version', `${number % 4}.${number % 11}.${number % 3}`],
  (number) => ['username', `${['ada', 'grace', 'Åse', 'linus'][number % 4]}-${number}`],
  (number) => ['signed_up', `202${number % 6}-0${1 + (number % 9)}-17T09:30:00Z`],
  (number) => ['last_seen', new Date(Date.now() - (number % 60) * 86_400_000).toISOString()],
  (number) => ['locale', ['de-DE', 'en-GB', 'nb-NO', 'ja-JP'][number % 4]],
  (number) => ['referrer', number % 3 ? 'https://posthog.com/docs' : ''],
  (number) => ['seats', number % 50],
  (number) => ['orders', number % 100],
  (number) => ['sessions', (number * 7) % 500],
  (number) => ['beta', number % 2 === 0],
  (number) => ['browser', ['Firefox', 'Chrome', 'Safari'][number % 3]],
]

/**
 * @param {number} count
 * @param {number} kinds how many sets of properties they have, up to 16,384
 * @returns {Person[]}
 */
function variedPeople(count, kinds) {
  return Array.from({ length: count }, (_, number) => {
    const kind = number % kinds
    const lacks = kinds > 16 ? kind : lackOf16(kind)
    const present = PROPERTIES.filter((_property, place) => ((lacks >> place) & 1) === 0)
    const first = kind % present.length
    const inOtherOrder = [...present.slice(first), ...present.slice(0, first)]
    const isInProject = kind % 3 === 0
    return {
      distinctId: idOf(number),
      personProperties: Object.fromEntries(inOtherOrder.map((make) => make(number))),
      groups: { company: `company-${number % 97}`, ...(isInProject && { project: `project-${number % 31}` }) },
      groupProperties: {
        company: kind % 5 === 4 ? {} : { tier: ['gold', 'silver', 'bronze'][number % 3], seats: number },
        ...(isInProject && { project: { tier: 'gold' } }),
      },
    }
  })
}

/**
 * Of 16 kinds, four have everything and each of the others lacks one property.
 *
 * @param {number} kind
 */
function lackOf16(kind) {
  return kind < 4 ? 0 : 1 << (kind - 4)
}

/**
 * Ids as projects choose them: a UUID, an e-mail address, a number, one that takes more than one block of SHA-1, and one
 * in another script.
 *
 * @param {number} number
 */
function idOf(number) {
  const hex = ((number + 1) * 2654435761).toString(16).padStart(12, '0').slice(-12)
  const forms = [
    `0198${hex.slice(0, 4)}-${hex.slice(4, 8)}-7${hex.slice(0, 3)}-9${hex.slice(3, 6)}-${hex}`,
    emailOf(number),
    String(number * 7919),
    `auth0|${hex}|organisation-${hex}|workspace-${hex}|member-${number}`,
    `利用者-${number}-${hex.slice(0, 6)}`,
  ]
  return forms[[0, 1, 0, 2, 0, 1, 3, 4][number % 8]]
}

/** @param {number} number */
function emailOf(number) {
  return `person.${number % 5000}@${number % 3 ? 'mail.example' : 'hedgehog.example'}`
}

/**
 * @param {number} length
 * @param {number} first
 */
function listOf(length, first) {
  return Array.from({ length }, (_, place) => emailOf(first * 31 + place))
}

/**
 * @param {object[]} properties
 * @param {number} [rollout_percentage]
 */
function rollout(properties, rollout_percentage = 100) {
  return { groups: [group(properties, rollout_percentage)] }
}

/**
 * @param {object[]} properties
 * @param {number} rollout_percentage
 */
function group(properties, rollout_percentage) {
  return { properties, rollout_percentage }
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {string} [operator]
 * @param {string} [type]
 */
function property(key, value, operator = 'exact', type = 'person') {
  return { key, value, operator, type }
}

/**
 * @param {number} index of the flag depended on
 * @param {unknown} value
 */
function dependency(index, value) {
  return { ...property(keyOf(index), value, 'flag_evaluates_to', 'flag'), dependency_chain: [keyOf(index)] }
}

/** @param {object[]} values */
function all(...values) {
  return { type: 'AND', values }
}

/** @param {object[]} values */
function any(...values) {
  return { type: 'OR', values }
}

module.exports = { KINDS, keyOf, variedDefinitions, variedPeople }
