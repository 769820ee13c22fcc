'use strict'

const {
  agrees,
  agreesOnFilters,
  flag,
  when,
  property,
  always,
  ABSENT,
  js,
  MISSING,
  UNSUPPORTED,
} = require('../support/handwritten.js')

agreesOnFilters('portable regexes match here', [
  ['regex', '@example\\.(com|org)$', 'ada@example.org', true],
  ['regex', '^\\d{3}-\\d{4}$', '555-1234', true],
  ['regex', '', 'anything', true],
  ['not_regex', '', 'é', false],
  ['regex', '[a-z]+', 'PRO', false],
  ['not_regex', '^pro$', 'free', true],
  ['regex', '^.$', '\n', false],
  ['regex', 'a$', 'a\nb', false],
  ['regex', '^b', 'a\nb', false],
  ['regex', '\\s', '\v', true],
  ['regex', '\\x41', 'A', true],
  ['regex', '[\\b]', '\b', true],
  ['regex', '(a*)*b', 'aaaaaaaaaaaaaaac', false],
  ['regex', 'x$', js('"x".repeat(100000)'), true],
  ['regex', '(?:a{2}){2}', 'aaaa', true],
  ['regex', 'a||b', '', true],
  ['regex', '[^a]', '', false],
  ['regex', 5, 'v15', true],
  ['regex', ['a', 'b'], 'a,b', true],
  ['regex', null, null, true],
  ['regex', 'null', js('[null]'), false],
  ['regex', 'pro', js('({ toString: () => "pro" })'), true],
  ['regex', 'pro', ABSENT, MISSING],
])

/** Letters without an end to their variety. */
const LETTERS = `(seed => Array.from({ length: 1000 }, () => "ab"[(seed = (seed * 48271) % 2147483647) & 1]).join(""))(1)`
agreesOnFilters(
  'patterns that come to keep much memory together match here',
  Array.from({ length: 40 }, (_, number) => [
    'regex',
    `^[ab]*a[ab]{12}x${number}`,
    js(`${LETTERS} + 'a'.repeat(20) + 'x7'`),
    number === 7,
  ])
)

agreesOnFilters('a syntax error in JavaScript is false for regex and for not_regex', [
  ['regex', '*a', 'a', false],
  ['not_regex', '*a', 'a', false],
  ['regex', '(', 'a', false],
  ['not_regex', ')', 'a', false],
  ['regex', 'a{2,1}', 'aa', false],
  ['regex', '[z-a]', 'a', false],
  ['not_regex', '\\', 'a', false],
  ['regex', 'a**', 'a', false],
  ['regex', '[', 'a', false],
  ['not_regex', '(', 'é', false],
])

agreesOnFilters('what the two engines read differently needs the server', [
  ['regex', '(?=a)', 'a', UNSUPPORTED],
  ['regex', '(?<!a)b', 'b', UNSUPPORTED],
  ['regex', '\\bword\\b', 'word', UNSUPPORTED],
  ['regex', '(a)\\1', 'aa', UNSUPPORTED],
  ['regex', 'é', 'é', UNSUPPORTED],
  ['regex', '\\p{L}', 'a', UNSUPPORTED],
  ['regex', '\\u0041', 'A', UNSUPPORTED],
  ['regex', 'a{,2}', 'aa', UNSUPPORTED],
  ['regex', '{2}', 'a', UNSUPPORTED],
  ['regex', '[]', 'a', UNSUPPORTED],
  ['regex', '[[a]]', 'a', UNSUPPORTED],
  ['regex', '[a&&b]', 'a', UNSUPPORTED],
  ['regex', '[\\s-9]', 'a', UNSUPPORTED],
  ['regex', '(?:)*', 'a', UNSUPPORTED],
  ['regex', '^*', 'a', UNSUPPORTED],
  ['regex', 'a?+', 'a', UNSUPPORTED],
  ['regex', '\\<a', '<a', UNSUPPORTED],
  ['regex', 'a{4294967296}', 'a', UNSUPPORTED],
  ['regex', 'a', 'é', UNSUPPORTED],
  ['not_regex', 'a', 'b\r', UNSUPPORTED],
  ['regex', '(?=a)', ABSENT, MISSING],
  ['regex', '(?=a)', js('undefined'), UNSUPPORTED],
])

const doubtful = property('email', 'regex', '(?=ada)')
const variants = {
  multivariate: {
    variants: [
      { key: 'control', rollout_percentage: 100 },
      { key: 'test', rollout_percentage: 0 },
    ],
  },
}
agrees(
  'an undecided regex defers a later match that would answer something else',
  {
    flags: [
      flag('same answer', [when([doubtful]), ...always]),
      flag('other variant', [when([doubtful], { variant: 'test' }), when([], { variant: 'control' })], {
        filters: variants,
      }),
      flag('same variant', [when([doubtful], { variant: 'control' }), when([])], { filters: variants }),
      flag('early exit', [when([doubtful], { rollout_percentage: 0 }), ...always], { filters: { early_exit: true } }),
      flag('no early exit', [when([doubtful], { rollout_percentage: 0 }), ...always]),
      flag('ruled out', [when([doubtful, property('plan', 'exact', 'free')]), when([])], { filters: variants }),
      flag('in a cohort', [when([property('id', 'in', 1, { type: 'cohort' })], { variant: 'test' }), when([])], {
        filters: variants,
      }),
      flag('a missing property does not defer', [when([property('age', 'gt', 5)], { variant: 'test' }), when([])], {
        filters: variants,
      }),
      flag(
        'behind a dependency',
        [
          when([{ key: 'undecided', type: 'flag', value: true, dependency_chain: ['undecided'] }], { variant: 'test' }),
          when([]),
        ],
        {
          filters: variants,
        }
      ),
      flag('undecided', [when([doubtful])]),
    ],
    cohorts: { 1: { type: 'OR', values: [doubtful] } },
  },
  [
    [
      { personProperties: { email: 'ada@example.com', plan: 'pro' } },
      {
        'same answer': true,
        'other variant': UNSUPPORTED,
        'same variant': 'control',
        'early exit': UNSUPPORTED,
        'no early exit': true,
        'ruled out': 'control',
        'in a cohort': UNSUPPORTED,
        'a missing property does not defer': 'control',
        'behind a dependency': 'unresolved: unresolved_dependency',
        undecided: UNSUPPORTED,
      },
    ],
  ]
)
