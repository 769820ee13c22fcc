'use strict'

const {
  agrees,
  flag,
  when,
  property,
  always,
  js,
  MISSING,
  UNSUPPORTED,
  DEPENDENCY,
  CRASH,
} = require('../support/handwritten.js')

const inCohort = (id, operator) => property('id', operator, id, { type: 'cohort' })
const member = (key, id, operator) => flag(key, [when([inCohort(id, operator)])])
const pro = property('plan', 'exact', 'pro')
const adult = property('age', 'gte', 18)
const french = property('country', 'exact', 'FR')

agrees(
  'cohorts nest AND, OR and property groups, negate members, and refer to cohorts and flags',
  {
    flags: [
      member('and', 1),
      member('or', 2),
      member('nested', 3),
      member('property', 4),
      member('negated', 5),
      member('empty', 6),
      member('null', 7),
      member('cohort in cohort', 8),
      member('flag in cohort', 9),
      member('not in', 1, 'not_in'),
      member('text id', '1'),
      member('empty and', 10),
      member('empty or', 11),
      member('or negated', 12),
      member('null operator', 1, null),
      flag('on', always),
    ],
    cohorts: {
      1: { type: 'AND', values: [pro, adult] },
      2: { type: 'OR', values: [pro, french] },
      3: {
        type: 'OR',
        values: [
          { type: 'AND', values: [pro, french] },
          { type: 'AND', values: [adult] },
        ],
      },
      4: { type: 'property', values: [pro] },
      5: { type: 'AND', values: [pro, { ...french, negation: true }] },
      6: {},
      7: null,
      8: { type: 'AND', values: [inCohort(2), inCohort(4, 'not_in')] },
      9: { type: 'AND', values: [{ key: 'on', type: 'flag', value: true, dependency_chain: ['on'] }] },
      10: { type: 'AND', values: [] },
      11: { type: 'OR', values: [] },
      12: { type: 'OR', values: [{ ...pro, negation: true }] },
    },
  },
  [
    [
      { personProperties: { plan: 'pro', age: 20, country: 'DE' } },
      {
        and: true,
        or: true,
        nested: true,
        property: true,
        negated: true,
        empty: true,
        null: true,
        'cohort in cohort': false,
        'flag in cohort': true,
        'not in': false,
        'text id': true,
        'empty and': true,
        'empty or': false,
        'or negated': false,
        'null operator': true,
        on: true,
      },
    ],
    [
      { personProperties: { plan: 'free', country: 'FR' } },
      {
        and: false,
        or: true,
        nested: MISSING,
        property: false,
        negated: false,
        empty: true,
        null: true,
        'cohort in cohort': true,
        'flag in cohort': true,
        'not in': true,
        'text id': false,
        'empty and': true,
        'empty or': false,
        'or negated': true,
        'null operator': false,
        on: true,
      },
    ],
  ]
)

agrees(
  'what a cohort leaves undecided takes the highest reason, and a static cohort stops everything',
  {
    flags: [
      member('missing', 99),
      member('missing inside', 1),
      member('decided before', 2),
      member('doubt', 3),
      member('two doubts', 4),
      member('odd type', 5),
      member('static not in', 99, 'not_in'),
      flag('static first', [when([inCohort(99)]), ...always]),
      flag('static after a doubt', [when([adult, inCohort(99)]), ...always]),
      flag('static ruled out', [when([inCohort(99), french]), ...always]),
      flag('behind the static one', [
        when([{ key: 'static first', type: 'flag', value: true, dependency_chain: ['static first'] }]),
        ...always,
      ]),
      member('no id', undefined),
      member('list', 6),
      member('text', 7),
      member('a number', 8),
      member('null member', 9),
      member('mixed', 10),
      member('object values', 11),
    ],
    cohorts: {
      1: { type: 'OR', values: [adult, inCohort(99), pro] },
      2: { type: 'OR', values: [pro, inCohort(99)] },
      3: { type: 'AND', values: [adult, pro] },
      4: { type: 'OR', values: [adult, property('plan', 'unknown', 1)] },
      5: { type: 'XOR', values: [pro] },
      6: [pro],
      7: 'x',
      8: 5,
      9: { type: 'AND', values: [null] },
      10: { type: 'AND', values: [pro, { type: 'OR', values: [french] }] },
      11: { type: 'AND', values: { length: 1, 0: pro } },
    },
  },
  [
    [
      { personProperties: { plan: 'pro', country: 'DE' } },
      {
        missing: UNSUPPORTED,
        'missing inside': UNSUPPORTED,
        'decided before': true,
        doubt: MISSING,
        'two doubts': UNSUPPORTED,
        'odd type': UNSUPPORTED,
        'static not in': UNSUPPORTED,
        'static first': UNSUPPORTED,
        'static after a doubt': true,
        'static ruled out': true,
        'behind the static one': DEPENDENCY,
        'no id': UNSUPPORTED,
        list: UNSUPPORTED,
        text: UNSUPPORTED,
        'a number': true,
        'null member': CRASH,
        mixed: UNSUPPORTED,
        'object values': CRASH,
      },
    ],
    [
      { personProperties: { plan: js('undefined') } },
      {
        missing: UNSUPPORTED,
        'missing inside': UNSUPPORTED,
        'decided before': UNSUPPORTED,
        doubt: UNSUPPORTED,
        'two doubts': UNSUPPORTED,
        'odd type': UNSUPPORTED,
        'static not in': UNSUPPORTED,
        'static first': UNSUPPORTED,
        'static after a doubt': true,
        'static ruled out': UNSUPPORTED,
        'behind the static one': DEPENDENCY,
        'no id': UNSUPPORTED,
        list: UNSUPPORTED,
        text: UNSUPPORTED,
        'a number': true,
        'null member': CRASH,
        mixed: UNSUPPORTED,
        'object values': CRASH,
      },
    ],
  ]
)

agrees(
  'a cohort that contains itself is an error of that flag alone',
  {
    flags: [member('cyclic', 1), member('pair', 2), member('decided before the cycle', 4), flag('on', always)],
    cohorts: {
      1: { type: 'AND', values: [inCohort(1)] },
      2: { type: 'OR', values: [inCohort(3)] },
      3: { type: 'OR', values: [{ type: 'AND', values: [inCohort(2)] }] },
      4: { type: 'AND', values: [pro, inCohort(4)] },
    },
  },
  [
    [
      { personProperties: { plan: 'free' } },
      { cyclic: CRASH, pair: CRASH, 'decided before the cycle': false, on: true },
    ],
  ]
)

agrees(
  'cohorts may be a list',
  {
    flags: [member('first', 0), member('second', 1), member('missing', 2), member('no index', '01')],
    cohorts: [
      { type: 'OR', values: [french, pro] },
      { type: 'AND', values: [pro] },
    ],
  },
  [
    [
      { personProperties: { plan: 'free', country: 'FR' } },
      { first: true, second: false, missing: UNSUPPORTED, 'no index': UNSUPPORTED },
    ],
  ]
)

agrees(
  'an object of length 0 is no members, and null is no member',
  {
    flags: [member('length 0', 1), member('length 1', 2), member('null behind', 3)],
    cohorts: {
      1: { type: 'AND', values: { length: 0 } },
      2: { type: 'AND', values: { length: 1 } },
      3: { type: 'AND', values: [pro, null] },
    },
  },
  [[{ personProperties: { plan: 'pro' } }, { 'length 0': true, 'length 1': CRASH, 'null behind': CRASH }]]
)

agrees(
  'a cohort that two others lead to is looked through once',
  {
    flags: [member('member', 1)],
    cohorts: {
      1: { type: 'AND', values: [inCohort(2), inCohort(3)] },
      2: { type: 'AND', values: [inCohort(4)] },
      3: { type: 'AND', values: [inCohort(4)] },
      4: { type: 'AND', values: [property('joined', 'is_date_before', 'no date')] },
    },
  },
  [
    [{}, { member: UNSUPPORTED }],
    [{ personProperties: { joined: '2020-01-01' } }, { member: UNSUPPORTED }],
  ]
)
