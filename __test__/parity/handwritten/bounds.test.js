'use strict'

// What posthog-node runs at whatever cost, or never returns from, is bounded here: see docs/parity.md.

const assert = require('node:assert/strict')
const { agrees, onlyOurs, flag, when, property, always, UNSUPPORTED, MISSING } = require('../support/handwritten.js')

const needs = (key) =>
  property(String(key), 'flag_evaluates_to', true, { type: 'flag', dependency_chain: [String(key)] })
const inCohort = (id) => property('id', 'in', id, { type: 'cohort' })

/** Evaluates all flags: `key` must be undecided, and `on` be on. */
const undecided =
  (key, { event } = {}) =>
  async (opened) => {
    const { response, unresolved, fallbackToFlags } = await opened.evaluateAll({ personProperties: { plan: 'pro' } })
    assert.equal(response.on, true)
    assert.ok(!Object.hasOwn(response, key), `${key} has a value`)
    assert.equal(fallbackToFlags, true)
    const errors = opened.takeErrors().filter((message) => message.startsWith(`Error computing flag locally: ${key}: `))
    if (event === undefined) {
      assert.equal(unresolved[key], 'unsupported_definition')
      assert.deepEqual(errors, [])
    } else {
      assert.equal(errors.length, 1)
      assert.match(errors[0], event)
    }
  }

/** A row of flags, of which each needs the next, and sometimes the next but one. */
const chained = (/** @type {number} */ length) =>
  Array.from({ length }, (_, level) =>
    flag(level, [when(level % 5 === 0 ? [needs(level + 1), needs(level + 2)] : [needs(level + 1)])])
  )

const values = (/** @type {number} */ length) => Object.fromEntries(Array.from({ length }, (_, level) => [level, true]))

// Deeper ones take posthog-node seconds.
for (const depth of [101]) {
  const flags = chained(depth).concat([
    flag(depth, [when([property('plan', 'exact', 'pro')])]),
    flag(depth + 1, always),
  ])
  agrees(`flags that need flags ${depth} levels deep`, { flags }, [
    [{ personProperties: { plan: 'pro' } }, values(depth + 2)],
  ])
}

agrees(
  'a flag that needs 150 others',
  {
    flags: [
      flag('needs all', [
        when([{ ...needs(149), dependency_chain: Array.from({ length: 150 }, (_, n) => String(n)) }]),
      ]),
      ...Array.from({ length: 150 }, (_, n) => flag(n, always)),
    ],
  },
  [[{}, { 'needs all': true, ...values(150) }]]
)

const nested = (/** @type {number} */ depth, name = '') =>
  Object.fromEntries(
    Array.from({ length: depth }, (_, level) => [
      `${name}${level}`,
      { type: 'AND', values: [inCohort(`${name}${level + 1}`)] },
    ])
  )

for (const depth of [99, 100, 150, 400]) {
  const cohorts = { ...nested(depth), [depth]: { type: 'AND', values: [property('plan', 'exact', 'pro')] } }
  agrees(`cohorts in cohorts ${depth} levels deep`, { flags: [flag('member', [when([inCohort(0)])])], cohorts }, [
    [{ personProperties: { plan: 'pro' } }, { member: true }],
    [{ personProperties: { plan: 'free' } }, { member: false }],
  ])
}

agrees(
  'two rows of cohorts, both of them deep, are looked through one after the other',
  {
    flags: [flag('member', [when([inCohort(0), inCohort('also 0')])])],
    cohorts: {
      ...nested(150),
      150: { type: 'AND', values: [property('plan', 'exact', 'pro')] },
      ...nested(150, 'also '),
      'also 150': { type: 'AND', values: [property('country', 'exact', 'FR')] },
    },
  },
  [
    [{ personProperties: { plan: 'pro', country: 'FR' } }, { member: true }],
    [{ personProperties: { plan: 'pro', country: 'DE' } }, { member: false }],
  ]
)

agrees(
  'a device that is not named has the reason of a cohort at any depth',
  {
    flags: [
      flag('lacks a cohort', [when([inCohort(0)])], { bucketing_identifier: 'device_id' }),
      flag('lacks nothing', [when([inCohort('else')])], { bucketing_identifier: 'device_id' }),
    ],
    cohorts: { ...nested(150), else: { type: 'AND', values: [inCohort('last')] }, last: {} },
  },
  [[{}, { 'lacks a cohort': UNSUPPORTED, 'lacks nothing': MISSING }]]
)

onlyOurs(
  'a cohort that contains itself is undecided',
  {
    flags: [flag('member', [when([inCohort(1)])]), flag('on', always)],
    cohorts: { 1: { type: 'AND', values: [inCohort(2)] }, 2: { type: 'OR', values: [inCohort(1)] } },
  },
  undecided('member', { event: /contains itself/ })
)

onlyOurs(
  'a cohort that needs a flag that needs the cohort is undecided',
  {
    flags: [flag('asks', [when([inCohort(1)])]), flag('member', [when([inCohort(1)])]), flag('on', always)],
    cohorts: { 1: { type: 'AND', values: [needs('member')] } },
  },
  undecided('asks', { event: /'member' cannot be evaluated: it depends on itself/ })
)

onlyOurs(
  'a flag that needs a circle of flags, and a row that is deeper than the circle, is undecided',
  {
    flags: [
      flag('asks', [when([needs('before')])]),
      flag('before', [when([needs('deep 0'), needs('circle 0')])]),
      ...Array.from({ length: 150 }, (_, level) => flag(`deep ${level}`, [when([needs(`deep ${level + 1}`)])])),
      flag('deep 150', always),
      ...Array.from({ length: 150 }, (_, level) =>
        flag(`circle ${level}`, [when([needs(`circle ${(level + 1) % 150}`)])])
      ),
      flag('on', always),
    ],
  },
  async (opened) => {
    const { response } = await opened.evaluateAll({}, ['asks', 'on'])
    assert.deepEqual(response, { on: true })
    assert.match(opened.takeErrors().join(), /asks: .*'circle \d+' cannot be evaluated: it depends on itself/)
  }
)

onlyOurs(
  'a pattern whose compiled form is very large is left to the server',
  {
    flags: [flag('pattern', [when([property('plan', 'regex', '((x{100}){100}){1000}')])]), flag('on', always)],
  },
  undecided('pattern')
)

onlyOurs(
  'a large pattern is left to the server where the value is long',
  {
    flags: [flag('pattern', [when([property('text', 'regex', '(?:abc){500}')])]), flag('on', always)],
  },
  async (opened) => {
    for (const [length, value] of [
      [1_000, true],
      [200_000, undefined],
    ]) {
      const personProperties = { text: 'abc'.repeat(length) }
      const { response, unresolved } = await opened.evaluateAll({ personProperties })
      assert.deepEqual([response.on, response.pattern], [true, value])
      assert.equal(unresolved.pattern, value === undefined ? 'unsupported_definition' : undefined)
    }
  }
)

onlyOurs(
  'a flag of another format than conditions is left to the server',
  {
    flags: [flag('rules', always, { filters: { version: 2 } }), flag('on', always, { filters: { version: 1 } })],
  },
  undecided('rules')
)

const many = (count) => Array.from({ length: count }, (_, index) => ({ key: `v${index}`, rollout_percentage: 0.0001 }))

onlyOurs(
  'a flag with more variants than can be told apart is undecided',
  {
    flags: [
      flag('variants', always, { filters: { multivariate: { variants: many(70_000) } } }),
      flag('override', [when([], { variant: 'v69999' })], { filters: { multivariate: { variants: many(70_000) } } }),
      flag('holdout', always, {
        filters: { multivariate: { variants: many(70_000) }, holdout: { id: 1, exclusion_percentage: 5 } },
      }),
      flag('on', always),
    ],
  },
  undecided('variants', { event: /65,000 variants/ })
)
