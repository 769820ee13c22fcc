'use strict'

const { SECRETS } = require('./secrets')

const OPERATORS = [
  'exact',
  'is_not',
  'is_set',
  'is_not_set',
  'icontains',
  'not_icontains',
  'icontains_multi',
  'regex',
  'not_regex',
  'gt',
  'lt',
  'gte',
  'lte',
  'is_date_exact',
  'is_date_before',
  'is_date_after',
  'semver_eq',
  'semver_gt',
  'semver_caret',
  'semver_wildcard',
  'in',
  'no_such_operator',
]

/** Values that hardly any operator can make sense of. */
const VALUES = ['(', '2020-13-45', null, ['1.x'], 5]

/**
 * @param {string} key
 * @param {object[]} properties
 * @param {object} [filters]
 */
function flag(key, properties, filters) {
  return { id: 1, key, active: true, filters: { groups: [{ properties, rollout_percentage: 100 }], ...filters } }
}

/** One flag for each way that evaluation can complain about a property. */
const definitions = {
  flags: [
    ...OPERATORS.flatMap((operator) =>
      VALUES.map((value, index) => flag(`${operator}-${index}`, [{ key: 'name', operator, value, type: 'person' }]))
    ),
    flag('missing', [{ key: 'missing', operator: 'exact', value: 'x', type: 'person' }]),
    flag('group', [{ key: 'name', operator: 'semver_gt', value: 'x', type: 'group' }], {
      aggregation_group_type_index: 0,
    }),
    flag('cohort', [{ key: 'id', value: 1, type: 'cohort' }]),
    flag('no-cohort', [{ key: 'id', value: 2, type: 'cohort' }]),
    flag('dependent', [
      { key: 'cohort', operator: 'flag_evaluates_to', value: true, type: 'flag', dependency_chain: ['cohort'] },
    ]),
    flag('continuous', []),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: {
    1: { type: 'AND', values: [{ key: 'name', operator: 'is_date_before', value: 'never', type: 'person' }] },
  },
}
definitions.flags[definitions.flags.length - 1].ensure_experience_continuity = true

/** What is known about a person; each value is secret. */
const PROPERTIES = {
  name: `${SECRETS.personProperty} (`,
  list: [SECRETS.personProperty],
  nested: { [SECRETS.personProperty]: SECRETS.personProperty },
}

/** The same, with properties that cannot be read. */
function throwingProperties() {
  return {
    ...PROPERTIES,
    get name() {
      throw new Error('this property cannot be read')
    },
    symbol: Symbol(SECRETS.personProperty),
    big: 10n,
  }
}

module.exports = { PROPERTIES, definitions, throwingProperties }
