'use strict'

/**
 * Flag definitions that ask for each rule of the evaluator once or twice, and people for whom they come out differently.
 * What posthog-node answered is recorded in answers.json.
 *
 * @typedef {import('../definitions/people.js').Person} Person
 */

/** Whose property is not given. */
const MISSING = Symbol('missing')

const HOURS = 60 * 60 * 1000
const DAYS = 24 * HOURS

/** @param {number} milliseconds */
const ago = (milliseconds) => new Date(Date.now() - milliseconds).toISOString()

/** An operator, the value of the filter, and what each of the three people has. @type {[string, unknown, unknown[]][]} */
const FILTERS = [
  ['exact', 'pro', ['pro', 'PRO', 'free']],
  ['exact', ['pro', 'team'], ['team', 'teams', MISSING]],
  ['exact', 5, ['5', 5, 5.5]],
  ['exact', true, [true, 'true', false]],
  ['exact', null, [null, 'null', '']],
  ['exact', [], [true, 'x', MISSING]],
  ['exact', 'False', [false, 'no', 0]],
  ['exact', [true, 'x'], ['x', true, 1]],
  ['exact', { b: 2, a: [1, null] }, [{ a: [1, null], b: 2 }, { a: [1] }, '{"a":[1,null],"b":2}']],
  ['is_not', 'pro', ['free', 'Pro', MISSING]],
  ['is_not', ['1', '2'], [1, 3, null]],
  ['is_set', 'is_set', ['', null, MISSING]],
  ['is_not_set', 'is_not_set', ['', null, MISSING]],
  ['icontains', 'NEEDLE', ['a needle', 'a Needle!', 'hay']],
  ['icontains', '5', [15, 7, MISSING]],
  ['icontains', 'null', [null, 'NULL', false]],
  ['not_regex', 'x', [null, 'x', 'y']],
  ['gte', 0, [null, 0, '']],
  ['icontains', 'straße', ['STRASSE', 'STRAßE', 'strasse']],
  ['icontains', '1,2', [[1, 2], '1,2', [12]]],
  ['not_icontains', 'needle', ['hay', 'NEEDLE', MISSING]],
  ['starts_with', 'Ex', ['example', 'Example', 'an Example']],
  ['not_starts_with', 'x', ['x-ray', 'ray', MISSING]],
  ['ends_with', '.org', ['a.org', 'a.ORG', 'a.org.uk']],
  ['not_ends_with', 'z', ['z', 'a', MISSING]],
  ['regex', '^[a-z]+-\\d{2}$', ['ab-12', 'AB-12', 'ab-123']],
  ['regex', '(?i)^ÄB', ['äbc', 'abc', 12]],
  ['regex', '(', ['(', 'x', MISSING]],
  ['regex', '(?<=a)b\\b', ['ab', 'cb', 'abc']],
  ['regex', '', ['x', '', MISSING]],
  ['regex', '[^\\]x-z]a', ['ba', 'xa', ']a']],
  ['regex', '(?:a|bé)c', ['ac', 'bc', 'béc']],
  ['regex', '\\x41b{2,3}$', ['Abb', 'Ab', 'Abbbb']],
  ['regex', 'a++', ['a', 'aa', 'b']],
  ['not_regex', '\\.test$', ['a.test', 'a.tests', MISSING]],
  ['gt', 5, [5, '6', 'six']],
  ['gt', '10', ['9', 9, '11']],
  ['gte', 5, [5, 4.99, '05']],
  ['lt', '1.5', [1.4, '1.6', '']],
  ['lt', 5, [5, 4.5, '5']],
  ['lte', -1, [-1, '-2', 0]],
  ['gt', 'b', ['c', 'a', 5]],
  ['is_date_before', '2024-06-01', ['2024-05-31', '2024-06-01T00:00:01Z', 'no date']],
  ['is_date_after', '2024-06-01T12:00:00+02:00', ['2024-06-01T10:00:01Z', '2024-06-01T09:59:59Z', 1717236001]],
  ['is_date_before', '-7d', ['1990-01-01', '2990-01-01', MISSING]],
  ['is_date_after', '-3m', ['2990-01-01', '1990-01-01', '']],
  ['is_date_before', 1717236001000, ['1990-01-01', '2990-01-01', true]],
  ['is_date_before', '-20000d', ['1900-01-01', '1990-01-01', 'x']],
  ['is_date_before', '-1q', ['1990-01-01', '2990-01-01', 'x']],
  ['is_date_after', '-5h', [ago(4 * HOURS), ago(6 * HOURS), MISSING]],
  ['is_date_after', '-2w', [ago(13 * DAYS), ago(15 * DAYS), MISSING]],
  ['is_date_before', '-2m', [ago(63 * DAYS), ago(57 * DAYS), MISSING]],
  ['is_date_before', '-3y', [ago(1098 * DAYS), ago(1090 * DAYS), MISSING]],
  ['semver_eq', '1.2.3', ['1.2.3', '1.2.3-beta', '1.2']],
  ['semver_neq', '1.2.3', ['1.2.4', '1.2.3', 'x']],
  ['semver_gt', '1.2.3', ['1.10.0', '1.2.3', 'v1.2.4']],
  ['semver_gte', '2.0', ['2.0.0', '1.99.99', '2']],
  ['semver_lt', '1.0.0', ['0.9.9', '1.0.0-rc.1', '1.0.0']],
  ['semver_lte', '3', ['3.0.0', '3.0.1', MISSING]],
  ['semver_tilde', '1.2.0', ['1.2.9', '1.3.0', '1.1.9']],
  ['semver_tilde', '1', ['1.9.9', '2.0.0', '01.1.1']],
  ['semver_caret', '0.0.3', ['0.0.3', '0.0.4', '0.0.2']],
  ['semver_caret', '1.2.0', ['1.9.0', '2.0.0', '1.1.9']],
  ['semver_caret', '0.2.3', ['0.2.9', '0.3.0', '0.2.2']],
  ['semver_wildcard', '1.2.*', ['1.2.7', '1.3.0', '1.20.0']],
  ['between', 5, [5, 6, MISSING]],
]

const NAMES = ['ada', 'grace', 'Ålan']

/** @param {number} place */
const nameOf = (place) => `${FILTERS[place][0]} ${place}`

/** @returns {import('../definitions/file.js').Document} */
function canaryDefinitions() {
  const person = (/** @type {string} */ key, operator = 'exact', /** @type {unknown} */ value = 'pro') => ({
    key,
    operator,
    value,
    type: 'person',
  })
  const needs = (/** @type {string} */ key, /** @type {unknown} */ value) => ({
    ...person(key, 'flag_evaluates_to', value),
    type: 'flag',
    dependency_chain: [key],
  })
  const inCohort = (/** @type {number} */ id, negation = false) => ({
    ...person('id', 'in', id),
    type: 'cohort',
    ...(negation && { negation }),
  })
  const plan = person('plan')
  const group = { ...person('region', 'exact', 'eu'), type: 'group', group_type_index: 0 }
  const always = when([])
  const variants = ['control', 'test', 'other'].map((key, place) => ({ key, rollout_percentage: [30, 30, 40][place] }))
  return {
    group_type_mapping: { 0: 'company' },
    cohorts: {
      1: { type: 'OR', values: [all(plan, person('seats', 'gt', 5)), all(inCohort(2))] },
      2: { type: 'AND', values: [{ ...person('country', 'exact', ['NO', 'DE']), negation: true }] },
    },
    flags: [
      ...FILTERS.map(([operator, value], place) =>
        flag(nameOf(place), [when([person(nameOf(place), operator, value)])])
      ),
      ...[0, 7.5, 33, 50, 81.25, 100].map((share) => flag(`rollout of ${share}`, [when([], share)])),
      flag('half of those on a plan', [when([plan], 50)]),
      flag('one condition or another', [when([plan], 0), when([person('seats', 'lt', 5)])]),
      flag('variants', [when([])], { multivariate: { variants } }),
      flag('variant that is forced', [{ ...when([plan]), variant: 'other' }, always], { multivariate: { variants } }),
      flag('payload', [always], { payloads: { true: '{"a":[1,null]}' } }),
      flag('holdout', [always], {
        multivariate: { variants },
        holdout_groups: [{ properties: [], rollout_percentage: 40, variant: 'holdout-7' }],
        holdout: { id: 7, exclusion_percentage: 40 },
      }),
      flag('cohort', [when([inCohort(1)])]),
      flag('not in a cohort', [when([inCohort(1, true)])]),
      flag('cohort that is missing', [when([inCohort(99)])]),
      flag('needs a flag', [when([needs('half of those on a plan', true)])]),
      flag('needs a flag to be off', [when([needs('half of those on a plan', false)])]),
      flag('needs a variant', [when([needs('variant that is forced', 'other')])]),
      flag('needs a flag that is missing', [when([needs('nobody', true)])]),
      flag('of a company', [when([group])], { aggregation_group_type_index: 0 }),
      flag('half of the companies', [when([], 50)], { aggregation_group_type_index: 0 }),
      flag('of another type of group', [always], { aggregation_group_type_index: 3 }),
      { ...flag('inactive', [always]), active: false },
      { ...flag('by experience continuity', [when([], 50)]), ensure_experience_continuity: true },
      { ...flag('by device', [when([], 50)]), bucketing_identifier: 'device_id' },
    ],
  }
}

/** @param {object[]} values of a cohort */
function all(...values) {
  return { type: 'AND', values }
}

/**
 * @param {object[]} properties
 * @param {number} [rollout_percentage]
 */
function when(properties, rollout_percentage = 100) {
  return { properties, rollout_percentage }
}

/**
 * @param {string} key
 * @param {object[]} groups
 * @param {object} [filters]
 */
function flag(key, groups, filters) {
  return { key, active: true, filters: { groups, ...filters } }
}

/** @returns {Person[]} */
function canaryPeople() {
  return NAMES.map((distinctId, at) => {
    const given = FILTERS.map(([, , values], place) => [nameOf(place), values[at]])
    return {
      distinctId,
      personProperties: {
        ...Object.fromEntries(given.filter(([, value]) => value !== MISSING)),
        plan: ['pro', 'pro', 'free'][at],
        seats: [3, 30, 4][at],
        country: ['NO', 'DE', 'US'][at],
        ...(at > 0 && { $device_id: `device-${at}` }),
      },
      ...companyOf(at),
    }
  })
}

/**
 * @param {number} at the last person is of no company
 * @returns {Pick<Person, 'groups' | 'groupProperties'>}
 */
function companyOf(at) {
  return at < 2
    ? { groups: { company: ['acme', 'globex'][at] }, groupProperties: { company: { region: ['eu', 'us'][at] } } }
    : { groups: {}, groupProperties: {} }
}

module.exports = { canaryDefinitions, canaryPeople }
