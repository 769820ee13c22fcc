'use strict'

/**
 * Random projects and people. All that such a project has can be decided by the rules of PostHog's server as soon as the
 * properties of a person and of a group are known.
 *
 * @typedef {import('../../../../cli/random.js').Random} Random
 * @typedef {{ distinctId: string, personProperties: Record<string, any>, groups: Record<string, any>,
 *   groupProperties: Record<string, Record<string, any>> }} Person
 */

/** Those that dates are not read of, and the one that has nothing that only the server's last parser of dates may read. */
const PROPERTIES = ['plan', 'age', 'version', 'email']
const JOINED = 'joined'
const FLAGS = 8
const COHORTS = 3

/** Values by what they are like; each filter and each property draws from one of them. @type {Record<string, any[]>} */
const VALUES = {
  texts: ['pro', 'PRO', 'free', '', 'ä', 'a,b', 'true', 'null'],
  numbers: [0, 5, 5.5, -1, 31, '5', '5.0', ' 5', '10 kg', 'nan', '1e1'],
  versions: ['1.2.3', '1.2', 'v1.3.0', '1.2.3-beta.1', '1.2.3+b', '01.2.3', 'x'],
  dates: ['2024-06-15', '2024-06-15T03:00:00Z', '2024-03-31 02:30', '-7d', '-1m', 1718409600, 'soon', '2024-02-30'],
  others: [true, false, null, ['pro', 5], [], { a: 1 }],
}

/** Operators by the values that they are made for. @type {Record<string, string[]>} */
const OPERATORS = {
  texts: [
    ...[
      'exact',
      'is_not',
      'icontains',
      'not_icontains',
      'starts_with',
      'not_starts_with',
      'ends_with',
      'not_ends_with',
    ],
    ...['icontains_multi', 'not_icontains_multi', 'regex', 'not_regex', 'is_set', 'is_not_set'],
  ],
  numbers: ['gt', 'gte', 'lt', 'lte', 'exact', 'is_not', 'between', 'not_between'],
  versions: ['semver_eq', 'semver_neq', 'semver_gt', 'semver_lte', 'semver_tilde', 'semver_caret', 'semver_wildcard'],
  dates: ['is_date_before', 'is_date_after', 'is_date_exact'],
  others: ['exact', 'is_not', 'gt', 'icontains', 'regex'],
}

const KINDS = Object.keys(OPERATORS)

/** @param {Random} random @returns {any} */
function anyValue(random) {
  return random.pick(VALUES[random.pick(Object.keys(VALUES))])
}

/** A property that dates are read of. Whether two relative ones are the same is for the server's clock. */
const DATES = [...VALUES.dates.filter((date) => !isRelative(date)), 5, true, null, [], 'today', '']

/** @param {any} date */
function isRelative(date) {
  return typeof date === 'string' && date.startsWith('-')
}

/** @param {Random} random @param {object} extra */
function filterOf(random, extra) {
  const kind = random.pick(KINDS)
  const operator = random.pick(OPERATORS[kind])
  const draw = () => random.pick(VALUES[kind])
  const value = operator.includes('between') || (kind === 'texts' && random.next() < 0.5) ? [draw(), draw()] : draw()
  const key = kind === 'dates' ? JOINED : random.pick([...PROPERTIES, JOINED])
  return { key, type: 'person', operator, value, ...extra }
}

/** @param {Random} random @param {number} index of the flag or, from `FLAGS` on, something that no flag depends on */
function conditionFilter(random, index) {
  const chance = random.next()
  if (chance < 0.15) {
    return { key: 'id', type: 'cohort', value: 1 + random.below(COHORTS), operator: random.pick(['in', 'not_in']) }
  }
  if (chance < 0.25 && index > 0) {
    const key = `flag-${random.below(index)}`
    const value = random.pick([true, false, 'a'])
    return { key, type: 'flag', operator: 'flag_evaluates_to', value, dependency_chain: [key] }
  }
  return filterOf(random, chance < 0.4 ? { type: 'group', group_type_index: 0 } : {})
}

/** @param {Random} random @param {number} length @param {() => any} make */
const some = (random, length, make) => Array.from({ length: random.below(length + 1) }, make)

/** @param {Random} random @param {number} index */
function flagOf(random, index) {
  const isSplit = random.next() < 0.4
  const groups = some(random, 3, () => ({
    properties: some(random, 3, () => conditionFilter(random, index)),
    rollout_percentage: random.pick([100, 100, null, 50, 0]),
    ...(isSplit && random.next() < 0.4 && { variant: random.pick(['a', 'b', 'gone']) }),
    ...(random.next() < 0.15 && { aggregation_group_type_index: random.pick([0, null]) }),
  }))
  const variants = ['a', 'b'].map((key) => ({ key, rollout_percentage: random.pick([50, 30, 100]) }))
  return {
    id: index + 1,
    key: `flag-${index}`,
    active: random.next() < 0.95,
    ...(random.next() < 0.1 && { bucketing_identifier: 'device_id' }),
    filters: {
      groups,
      ...(isSplit && { multivariate: { variants } }),
      ...(random.next() < 0.15 && { feature_enrollment: true }),
      ...(random.next() < 0.15 && { early_exit: true }),
      ...(random.next() < 0.1 && { holdout: { id: 7, exclusion_percentage: 30 } }),
      ...(random.next() < 0.15 && { aggregation_group_type_index: 0 }),
    },
  }
}

/** @param {Random} random @param {number} depth @returns {any} */
function cohortOf(random, depth = 0) {
  const values = Array.from({ length: 1 + random.below(3) }, () =>
    depth < 2 && random.next() < 0.3
      ? cohortOf(random, depth + 1)
      : filterOf(random, random.next() < 0.3 ? { negation: true } : {})
  )
  return { type: random.pick(['AND', 'OR']), values }
}

/** @param {Random} random */
function randomProject(random) {
  return {
    flags: Array.from({ length: FLAGS }, (_, index) => flagOf(random, index)),
    cohorts: Object.fromEntries(Array.from({ length: COHORTS }, (_, index) => [index + 1, cohortOf(random)])),
    group_type_mapping: { 0: 'company' },
    property_matching_version: random.pick([1, 2]),
  }
}

/**
 * What may be known of a person, by name, each with a way to draw a value: among them what enrollment looks at.
 *
 * @param {any} project
 * @returns {[string, (random: Random) => any][]}
 */
function aspectsOf({ flags }) {
  return [
    ...PROPERTIES.map((key) => /** @type {[string, any]} */ ([key, anyValue])),
    [JOINED, (/** @type {Random} */ random) => random.pick(DATES)],
    ...flags.map(({ key }) => [
      `$feature_enrollment/${key}`,
      (/** @type {Random} */ random) => random.pick(['true', true, 'false', null, 1]),
    ]),
  ]
}

/**
 * Each property with a value, or without one in half of all cases.
 *
 * @param {Random} random
 * @param {[string, (random: Random) => any][]} aspects
 */
function someOf(random, aspects) {
  return Object.fromEntries(aspects.filter(() => random.next() < 0.5).map(([key, draw]) => [key, draw(random)]))
}

/**
 * A person of whom something is known. Which device a call is for is what the call says, also for the server.
 *
 * @param {Random} random
 * @param {any} project
 * @returns {Person}
 */
function randomPerson(random, project) {
  const isInGroup = random.next() < 0.6
  return {
    distinctId: random.pick([`user-${random.below(1000)}`, 'x'.repeat(201), '']),
    personProperties: {
      ...someOf(random, aspectsOf(project)),
      ...(random.next() < 0.5 && { $device_id: `device-${random.below(1000)}` }),
    },
    groups: isInGroup ? { company: random.pick(['acme', 'globex', 42, '']) } : {},
    groupProperties: isInGroup ? { company: someOf(random, aspectsOf({ flags: [] })) } : {},
  }
}

/**
 * The same person with other properties beside those that are known.
 *
 * @param {Random} random
 * @param {any} project
 * @param {Person} known
 * @returns {Person}
 */
function guessRest(random, project, known) {
  const { company } = known.groupProperties
  const guessed = someOf(random, aspectsOf({ flags: [] }))
  return {
    ...known,
    personProperties: { ...someOf(random, aspectsOf(project)), ...known.personProperties },
    groupProperties: company === undefined ? {} : { company: { ...guessed, ...company } },
  }
}

module.exports = { guessRest, randomPerson, randomProject }
