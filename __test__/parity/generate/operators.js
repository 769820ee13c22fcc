'use strict'

/** Every operator of posthog-node's matcher, by what it compares. */
const OPERATORS = {
  equality: ['exact', 'is_not'],
  presence: ['is_set', 'is_not_set'],
  substring: ['icontains', 'not_icontains', 'starts_with', 'not_starts_with', 'ends_with', 'not_ends_with'],
  regex: ['regex', 'not_regex'],
  order: ['gt', 'gte', 'lt', 'lte'],
  date: ['is_date_after', 'is_date_before'],
  semver: [
    'semver_eq',
    'semver_neq',
    'semver_gt',
    'semver_gte',
    'semver_lt',
    'semver_lte',
    'semver_tilde',
    'semver_caret',
    'semver_wildcard',
  ],
}

const ALL_OPERATORS = Object.values(OPERATORS).flat()

/** Names that posthog-node's matcher does not know; some are operators elsewhere. */
const UNKNOWN_OPERATORS = [
  'between',
  'is_date_exact',
  'EXACT',
  'in',
  'not_in',
  'flag_evaluates_to',
  'icontains_multi',
  'Gt',
  ' gt',
  'semver_',
  'toString',
  '__proto__',
]

module.exports = { OPERATORS, ALL_OPERATORS, UNKNOWN_OPERATORS }
