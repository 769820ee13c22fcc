'use strict'

const { agrees, always, flag, when, CRASH } = require('../support/handwritten.js')

/** A flag that is this variant for everybody. */
const variantFlag = (key, variant, filters) =>
  flag(key, always, {
    filters: { multivariate: { variants: [{ key: variant, rollout_percentage: 100 }] }, ...filters },
  })

/** Keys of variants that are no text and cannot become one. */
const WITHOUT_TEXT = [{ toString: '' }, { toString: null }, [{ toString: 1 }], [[1, { toString: {} }]]]

for (const [index, variant] of WITHOUT_TEXT.entries()) {
  const answer = JSON.stringify(variant)
  agrees(
    `a variant of key ${answer} costs a flag with payloads its value, and no other flag`,
    {
      flags: [
        flag('before', always),
        variantFlag('with payloads', variant, { payloads: { true: '"on"' } }),
        variantFlag('with empty payloads', variant, { payloads: {} }),
        variantFlag('with payloads that are a list', variant, { payloads: [] }),
        variantFlag('with payloads of another kind', variant, { payloads: 'text' }),
        flag('after', always, { filters: { payloads: { true: '{"a":1}' } } }),
        // What depends on such a flag needs its value alone.
        flag('dependent', [
          when([
            {
              type: 'flag',
              key: 'with payloads',
              operator: 'flag_evaluates_to',
              value: false,
              dependency_chain: ['with payloads'],
            },
          ]),
        ]),
        // The variant comes up for half of all people, and for this one it does not.
        flag('not for this person', [when([], { rollout_percentage: 0 })], {
          filters: { multivariate: { variants: [{ key: variant, rollout_percentage: 100 }] }, payloads: {} },
        }),
      ],
    },
    [
      [
        { distinctId: `user-${index}` },
        {
          before: true,
          'with payloads': CRASH,
          'with empty payloads': CRASH,
          'with payloads that are a list': CRASH,
          'with payloads of another kind': CRASH,
          after: true,
          dependent: false,
          'not for this person': false,
        },
        { payloads: { after: { a: 1 } }, fallbackToFlags: true },
      ],
    ]
  )
}

agrees(
  'a variant that cannot be converted to text is a value where there are no payloads to look into',
  {
    flags: [undefined, null, '', 0, false].map((payloads, index) =>
      variantFlag(`f${index}`, { toString: 1 }, payloads === undefined ? {} : { payloads })
    ),
  },
  [[{}, Object.fromEntries([0, 1, 2, 3, 4].map((index) => [`f${index}`, { toString: 1 }]))]]
)

agrees(
  'a variant that is no text finds its payload by its text',
  {
    flags: [
      variantFlag('number', 5, { payloads: { 5: '"five"' } }),
      variantFlag('list', ['a', [null, 'b']], { payloads: { 'a,,b': '"list"' } }),
      variantFlag('object', { valueOf: 1 }, { payloads: { '[object Object]': '"object"' } }),
      variantFlag('element of a list', 1, { payloads: ['"first"', '"second"'] }),
      variantFlag('unit of a text', 1, { payloads: 'a5' }),
    ],
  },
  [
    [
      {},
      {
        number: 5,
        list: ['a', [null, 'b']],
        object: { valueOf: 1 },
        'element of a list': 1,
        'unit of a text': 1,
      },
      {
        payloads: {
          number: 'five',
          list: 'list',
          object: 'object',
          'element of a list': 'second',
          'unit of a text': 5,
        },
      },
    ],
  ]
)
