'use strict'

// What posthog-node runs at whatever cost, or never returns from, is bounded here: see docs/parity.md.

const assert = require('node:assert/strict')
const { agrees, onlyOurs, flag, when, property, always } = require('../support/handwritten.js')

const needs = (key) => property(key, 'flag_evaluates_to', true, { type: 'flag', dependency_chain: [key] })
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
  'a pattern whose compiled form is very large is left to the server',
  {
    flags: [flag('pattern', [when([property('plan', 'regex', '((x{100}){100}){1000}')])]), flag('on', always)],
  },
  undecided('pattern')
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
