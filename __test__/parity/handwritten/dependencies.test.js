'use strict'

const assert = require('node:assert/strict')
const {
  agrees,
  onlyOurs,
  flag,
  when,
  property,
  always,
  UNSUPPORTED,
  DEPENDENCY,
  CONTINUITY,
  MISSING,
} = require('../support/handwritten.js')

const needs = (key, value = true, chain = [key]) => ({
  key,
  type: 'flag',
  operator: 'flag_evaluates_to',
  value,
  dependency_chain: chain,
})
const dependent = (key, ...properties) => flag(key, [when(properties)])
const variant = { filters: { multivariate: { variants: [{ key: 'test', rollout_percentage: 100 }] } } }

agrees(
  'a flag may ask for another to be on, off or of a variant',
  {
    flags: [
      flag('on', always),
      flag('off', []),
      flag('variant', always, variant),
      flag('inactive', always, { active: false }),
      dependent('on?', needs('on')),
      dependent('off?', needs('off', false)),
      dependent('not off', needs('off')),
      dependent('any variant', needs('variant')),
      dependent('this variant', needs('variant', 'test')),
      dependent('other variant', needs('variant', 'control')),
      dependent('not variant', needs('variant', false)),
      dependent('inactive is off', needs('inactive', false)),
      dependent('number', needs('on', 1)),
      dependent('list', needs('on', [true])),
      dependent('text', needs('on', 'true')),
      dependent('chain of three', needs('on?', true, ['on', 'on?'])),
      dependent('deeper', needs('chain of three', true, ['on', 'on?', 'chain of three'])),
    ],
  },
  [
    [
      {},
      {
        on: true,
        off: false,
        variant: 'test',
        inactive: false,
        'on?': true,
        'off?': true,
        'not off': false,
        'any variant': true,
        'this variant': true,
        'other variant': false,
        'not variant': false,
        'inactive is off': true,
        number: false,
        list: false,
        text: false,
        'chain of three': true,
        deeper: true,
      },
    ],
  ]
)

agrees(
  'a dependency nobody can decide leaves the dependent flag undecided',
  {
    flags: [
      flag('sticky', always, { ensure_experience_continuity: true }),
      dependent('doubt', property('age', 'gt', 5)),
      flag('bad', 5),
      dependent('on sticky', needs('sticky')),
      dependent('on doubt', needs('doubt')),
      dependent('on bad', needs('bad')),
      dependent('on nobody', needs('nobody')),
      dependent('nobody first', needs('doubt', true, ['doubt', 'nobody'])),
      dependent('empty chain', needs('doubt', true, [])),
      dependent('null chain', needs('doubt', true, null)),
      dependent('object chain', needs('doubt', true, { length: 1 })),
      dependent('no chain', { key: 'doubt', type: 'flag', value: true }),
      dependent('outside the chain', needs('elsewhere', false, ['doubt'])),
      dependent('worst reason', needs('doubt'), property('plan', 'unknown', 5)),
      dependent('ruled out', needs('doubt'), property('plan', 'exact', 'free')),
      flag('later match', [when([needs('doubt')]), ...always]),
    ],
  },
  [
    [
      { personProperties: { plan: 'pro' } },
      {
        sticky: CONTINUITY,
        doubt: MISSING,
        bad: 'error event',
        'on sticky': DEPENDENCY,
        'on doubt': DEPENDENCY,
        'on bad': DEPENDENCY,
        'on nobody': UNSUPPORTED,
        'nobody first': UNSUPPORTED,
        'empty chain': UNSUPPORTED,
        'null chain': UNSUPPORTED,
        'object chain': UNSUPPORTED,
        'no chain': UNSUPPORTED,
        'outside the chain': DEPENDENCY,
        'worst reason': UNSUPPORTED,
        'ruled out': false,
        'later match': true,
      },
    ],
  ]
)

agrees(
  'a dependency that the evaluation contexts leave out counts as off',
  {
    flags: [
      flag('elsewhere', always, { evaluation_contexts: ['web'] }),
      dependent('off there', needs('elsewhere', false)),
      dependent('on there', needs('elsewhere')),
    ],
  },
  [[{}, { 'off there': true, 'on there': false }]],
  { evaluationContexts: ['api'] }
)

agrees(
  'a group flag depended on is evaluated for its group',
  {
    flags: [
      flag('company flag', [when([property('tier', 'exact', 'gold')])], {
        filters: { aggregation_group_type_index: 0 },
      }),
      dependent('for gold companies', needs('company flag')),
    ],
    group_type_mapping: { 0: 'company' },
  },
  [
    [{}, { 'company flag': false, 'for gold companies': false }],
    [
      { groups: { company: 'acme' }, groupProperties: { company: { tier: 'gold' } } },
      { 'company flag': true, 'for gold companies': true },
    ],
    [{ groups: { company: 'acme' } }, { 'company flag': MISSING, 'for gold companies': DEPENDENCY }],
  ]
)

agrees(
  'a flag outside the chain has a value once another filter of the flag has asked for it',
  {
    flags: [
      flag('on', always),
      flag('off', []),
      dependent('asked before', needs('on'), needs('on', true, ['off'])),
      dependent('asked for off before', needs('off', false), needs('off', false, ['on'])),
    ],
  },
  [[{}, { on: true, off: false, 'asked before': true, 'asked for off before': true }]]
)

// posthog-node never returns from these; ours says so and goes on with the other flags.
const cycles = {
  itself: [dependent('a', needs('a'))],
  'each other': [dependent('a', needs('b')), dependent('b', needs('a'))],
  'a ring of three': [dependent('a', needs('b')), dependent('b', needs('c')), dependent('c', needs('a'))],
}
for (const [name, flags] of Object.entries(cycles)) {
  onlyOurs(
    `flags that depend on ${name} are undecided, with an error event, and stop no other`,
    { flags: [...flags, flag('on', always)] },
    async (opened) => {
      const { response, unresolved, fallbackToFlags } = await opened.evaluateAll()
      assert.deepEqual(response, { on: true })
      for (const { key } of flags) {
        assert.ok(Object.hasOwn(unresolved, key), `${key} is undecided`)
      }
      assert.equal(fallbackToFlags, true)
      const errors = [...opened.loadErrors, ...opened.takeErrors()]
      assert.ok(
        errors.some((message) => /circular|cycle|depends on itself/i.test(message)),
        errors.join('\n')
      )
    }
  )
}
