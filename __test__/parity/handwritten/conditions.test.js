'use strict'

const { agrees, flag, when, property, always, MISSING, CRASH } = require('../support/handwritten.js')

const isPro = property('plan', 'exact', 'pro')

agrees(
  'conditions are tried in stored order and any of them is enough',
  {
    flags: [
      flag('first', [when([isPro]), when([property('country', 'exact', 'FR')])]),
      flag('both', [when([isPro, property('country', 'exact', 'FR')])]),
      flag('none', []),
      flag('open', always),
      flag('bare', [{}]),
    ],
  },
  [
    [
      { personProperties: { plan: 'pro', country: 'DE' } },
      { first: true, both: false, none: false, open: true, bare: true },
    ],
    [
      { personProperties: { plan: 'free', country: 'FR' } },
      { first: true, both: false, none: false, open: true, bare: true },
    ],
    [{ personProperties: { plan: 'free' } }, { first: MISSING, both: false, none: false, open: true, bare: true }],
    [{ personProperties: { plan: 'pro' } }, { first: true, both: MISSING, none: false, open: true, bare: true }],
  ]
)

agrees(
  'a rollout takes the share whose hash is not above it',
  {
    flags: [
      // SHA-1 of `beta-search.user-17` is 0.009101217133290002 of the scale.
      flag('beta-search', [when([], { rollout_percentage: 0.9101217133290003 })]),
      flag('beta-search-rollout', [when([], { rollout_percentage: 50 })]),
      flag('absent', [when([])]),
      flag('null', [when([], { rollout_percentage: null })]),
      flag('zero', [when([], { rollout_percentage: 0 })]),
      flag('all', [when([], { rollout_percentage: 100 })]),
      flag('more', [when([], { rollout_percentage: 150 })]),
      flag('less', [when([], { rollout_percentage: -5 })]),
      flag('fraction', [when([], { rollout_percentage: 0.5 })]),
      flag('text', [when([], { rollout_percentage: '100' })]),
      flag('words', [when([], { rollout_percentage: 'all' })]),
      flag('yes', [when([], { rollout_percentage: true })]),
      flag('no', [when([], { rollout_percentage: false })]),
      flag('list', [when([], { rollout_percentage: [100] })]),
      flag('pair', [when([], { rollout_percentage: [1, 2] })]),
      flag('object', [when([], { rollout_percentage: {} })]),
    ],
  },
  [
    [
      { distinctId: 'user-17' },
      {
        'beta-search': true,
        'beta-search-rollout': false,
        absent: true,
        null: true,
        zero: false,
        all: true,
        more: true,
        less: false,
        fraction: false,
        text: true,
        words: true,
        yes: false,
        no: false,
        list: true,
        pair: true,
        object: true,
      },
    ],
    [
      { distinctId: 'user-105' },
      {
        'beta-search': false,
        'beta-search-rollout': true,
        absent: true,
        null: true,
        zero: false,
        all: true,
        more: true,
        less: false,
        fraction: false,
        text: true,
        words: true,
        yes: false,
        no: false,
        list: true,
        pair: true,
        object: true,
      },
    ],
  ]
)

const early = { filters: { early_exit: true } }
agrees(
  'early_exit ends the flag where only the rollout failed, and keeps an earlier doubt',
  {
    flags: [
      flag('exits', [when([isPro], { rollout_percentage: 0 }), ...always], early),
      flag('goes on', [when([isPro], { rollout_percentage: 0 }), ...always]),
      flag('not matched', [when([property('plan', 'exact', 'free')], { rollout_percentage: 0 }), ...always], early),
      flag('doubtful', [when([property('age', 'gt', 5)]), when([isPro], { rollout_percentage: 0 }), ...always], early),
      flag('truthy', [when([], { rollout_percentage: 0 }), ...always], { filters: { early_exit: 'yes' } }),
      flag('falsy', [when([], { rollout_percentage: 0 }), ...always], { filters: { early_exit: 0 } }),
    ],
  },
  [
    [
      { personProperties: { plan: 'pro' } },
      { exits: false, 'goes on': true, 'not matched': true, doubtful: MISSING, truthy: false, falsy: true },
    ],
  ]
)

const halves = {
  variants: [
    { key: 'control', rollout_percentage: 50 },
    { key: 'test', rollout_percentage: 50 },
  ],
}
const withVariants = (multivariate, extra) => ({ filters: { multivariate, ...extra } })
agrees(
  'multivariate flags pick a variant by hash, conditions may override it',
  {
    flags: [
      // SHA-1 of `checkout-layout.user-61variant` is 0.5698252224547713 of the scale.
      flag('checkout-layout', always, withVariants(halves)),
      flag('below 100', always, withVariants({ variants: [{ key: 'rare', rollout_percentage: 1e-9 }] })),
      flag(
        'over 100',
        always,
        withVariants({
          variants: [
            { key: 'first', rollout_percentage: 150 },
            { key: 'never', rollout_percentage: 50 },
          ],
        })
      ),
      flag(
        'overridden',
        [when([], { variant: 'control' })],
        withVariants({ variants: [...halves.variants].reverse() })
      ),
      flag(
        'unknown override',
        [when([], { variant: 'nope' })],
        withVariants({ variants: [{ key: 'only', rollout_percentage: 100 }] })
      ),
      flag('override without variants', [when([], { variant: 'control' })]),
      flag(
        'numeric override',
        [when([], { variant: 5 })],
        withVariants({ variants: [{ key: 5, rollout_percentage: 0 }] })
      ),
      flag('empty key', always, withVariants({ variants: [{ key: '', rollout_percentage: 100 }] })),
      flag(
        'null share',
        always,
        withVariants({
          variants: [
            { key: 'none', rollout_percentage: null },
            { key: 'rest', rollout_percentage: 100 },
          ],
        })
      ),
      flag(
        'text share',
        always,
        withVariants({
          variants: [
            { key: 'half', rollout_percentage: '0' },
            { key: 'rest', rollout_percentage: '100' },
          ],
        })
      ),
      flag(
        'no share',
        always,
        withVariants({ variants: [{ key: 'lost' }, { key: 'after', rollout_percentage: 100 }] })
      ),
      flag('not a list', always, withVariants({ variants: 5 })),
      flag('a null variant', always, withVariants({ variants: [null] })),
      flag('letters', always, withVariants({ variants: 'ab' })),
      flag('null multivariate', always, withVariants(null)),
    ],
  },
  [
    [
      { distinctId: 'user-61' },
      {
        'checkout-layout': 'test',
        'below 100': true,
        'over 100': 'first',
        overridden: 'control',
        'unknown override': 'only',
        'override without variants': true,
        'numeric override': 5,
        'empty key': true,
        'null share': 'rest',
        'text share': 'rest',
        'no share': true,
        'not a list': CRASH,
        'a null variant': CRASH,
        letters: true,
        'null multivariate': true,
      },
    ],
  ]
)

const holdout = (value) => ({ filters: { holdout: value } })
agrees(
  'a holdout comes before every condition and counts only with an id and a number',
  {
    flags: [
      // SHA-1 of `holdout-user-31` is 0.0194745413007599 of the scale.
      flag('held', always, holdout({ id: 7, exclusion_percentage: 2 })),
      flag('not held', always, holdout({ id: 7, exclusion_percentage: 1 })),
      flag('all', [], holdout({ id: 7, exclusion_percentage: 100 })),
      flag('clamped', [], holdout({ id: 7, exclusion_percentage: 250 })),
      flag('negative', always, holdout({ id: 7, exclusion_percentage: -250 })),
      flag('as text', [], holdout({ id: 'x', exclusion_percentage: '100' })),
      flag('not a number', always, holdout({ id: 7, exclusion_percentage: 'many' })),
      flag('a list', [], holdout({ id: [1, 2], exclusion_percentage: [100] })),
      flag('no id', always, holdout({ exclusion_percentage: 100 })),
      flag('null id', always, holdout({ id: null, exclusion_percentage: 100 })),
      flag('null share', always, holdout({ id: 7, exclusion_percentage: null })),
      flag('null', always, holdout(null)),
      flag('a number', always, holdout(5)),
      flag('inactive', always, { active: false, ...holdout({ id: 7, exclusion_percentage: 100 }) }),
    ],
  },
  [
    [
      { distinctId: 'user-31' },
      {
        held: 'holdout-7',
        'not held': true,
        all: 'holdout-7',
        clamped: 'holdout-7',
        negative: true,
        'as text': 'holdout-x',
        'not a number': true,
        'a list': 'holdout-1,2',
        'no id': true,
        'null id': true,
        'null share': true,
        null: true,
        'a number': true,
        inactive: false,
      },
    ],
  ]
)

const pays = (payloads, extra) => ({ filters: { payloads, ...extra } })
const onlyTest = { multivariate: { variants: [{ key: 'test', rollout_percentage: 100 }] } }
agrees(
  'payloads belong to `true` and to variants, JSON is parsed, the rest is returned as it is',
  {
    flags: [
      flag('json', always, pays({ true: '{"a":[1,-0,1e3]}' })),
      flag('text', always, pays({ true: 'plain' })),
      flag('broken', always, pays({ true: '{bad' })),
      flag('object', always, pays({ true: { a: 1 } })),
      flag('number', always, pays({ true: 5 })),
      flag('zero', always, pays({ true: 0 })),
      flag('empty', always, pays({ true: '' })),
      flag('json null', always, pays({ true: 'null' })),
      flag('json false', always, pays({ true: 'false' })),
      flag('variant', always, pays({ test: '"for test"', true: '"for true"' }, onlyTest)),
      flag('other variant', always, pays({ true: '"for true"' }, onlyTest)),
      flag('off', [], pays({ true: '"on"', false: '"off"' })),
      flag('list', always, pays(['x'])),
      flag('null', always, pays(null)),
      flag('repeated key', always, pays({ true: '{"a":1,"a":2}' })),
      flag('own __proto__', always, pays({ true: '{"__proto__":{"x":1}}' })),
    ],
  },
  [
    [
      {},
      {
        json: true,
        text: true,
        broken: true,
        object: true,
        number: true,
        zero: true,
        empty: true,
        'json null': true,
        'json false': true,
        variant: 'test',
        'other variant': 'test',
        off: false,
        list: true,
        null: true,
        'repeated key': true,
        'own __proto__': true,
      },
      {
        fallbackToFlags: false,
        payloads: {
          json: { a: [1, -0, 1000] },
          text: 'plain',
          broken: '{bad',
          object: { a: 1 },
          number: 5,
          variant: 'for test',
          'repeated key': { a: 2 },
          'own __proto__': JSON.parse('{"__proto__":{"x":1}}'),
        },
      },
    ],
  ]
)
