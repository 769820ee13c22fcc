'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { explainFlag, missingGroups } = require('../../../cli/explain/explanation')
const { printExplanation } = require('../../../cli/explain/print')
const { Terminal } = require('../../../cli/terminal')
const { flag } = require('../../support/observe')

const NOBODY = { distinctId: 'kari', personProperties: {}, groups: {}, groupProperties: {} }

/** @param {any[]} properties @param {object} [more] */
const withFilters = (properties, more) =>
  flag('flag', { filters: { ...more, groups: [{ properties, rollout_percentage: 100 }] } })

/** @param {any} definition @param {any} [document] @param {any} [person] */
const filtersOf = (definition, document, person) =>
  explainFlag({ flags: [definition], ...document }, definition, { ...NOBODY, ...person }).conditions[0].filters

/** @param {any} definition @param {any} [document] @param {any} [person] */
function print(definition, document, person) {
  let text = ''
  const terminal = new Terminal({ write: (/** @type {string} */ part) => (text += part) }, { NO_COLOR: '1' })
  const explanation = explainFlag({ flags: [definition], ...document }, definition, { ...NOBODY, ...person })
  printExplanation(terminal, explanation, { distinctId: 'kari', because: ['because of it'] })
  return text
}

test('a value is given if the person has it, not if every object inherits it', () => {
  const on = (/** @type {string} */ key) => ({ key, operator: 'exact', value: 'x', type: 'person' })
  const definition = withFilters([on('toString'), on('plan'), on('distinct_id'), on('constructor')])
  const given = (/** @type {any} */ person) => filtersOf(definition, {}, person).map((filter) => filter.given)
  assert.deepEqual(given({}), [undefined, undefined, 'kari', undefined])
  assert.deepEqual(
    filtersOf(definition).map((filter) => 'given' in filter),
    [false, false, true, false]
  )
  assert.deepEqual(given({ personProperties: { toString: 'x', plan: null, distinct_id: 'ola' } }), [
    'x',
    null,
    'ola',
    undefined,
  ])
})

test('a value of a group is given if that group has it', () => {
  const definition = withFilters([{ key: 'name', operator: 'exact', value: 'x', type: 'group' }], {
    aggregation_group_type_index: 0,
  })
  const document = { group_type_mapping: { 0: 'constructor' } }
  const given = (/** @type {any} */ person) => 'given' in filtersOf(definition, document, person)[0]
  assert.equal(given({}), false)
  assert.equal(given({ groups: { constructor: 'a' }, groupProperties: {} }), false)
  assert.equal(given({ groups: { constructor: 'a' }, groupProperties: { constructor: {} } }), false)
  assert.equal(given({ groups: { constructor: 'a' }, groupProperties: { constructor: { name: 'x' } } }), true)
  const missing = (/** @type {any} */ groups) =>
    missingGroups({ flags: [definition], ...document }, definition, { ...NOBODY, groups })
  assert.equal(missing({}).length, 1)
  assert.deepEqual(missing({ constructor: 'a' }), [])
})

test('a negated filter is printed with "not", of each kind', () => {
  const filters = [
    { key: 'plan', operator: 'exact', value: 'x', type: 'person' },
    { key: 'id', value: 5, type: 'cohort' },
    { key: 'other', operator: 'flag_evaluates_to', value: true, type: 'flag', dependency_chain: ['other'] },
  ]
  const lines = (/** @type {boolean} */ negation) =>
    print(withFilters(filters.map((filter) => ({ ...filter, negation }))), { cohorts: {} })
  const plain = lines(false)
  assert.match(plain, / {2}(yes|no|unknown) +plan exact "x": the property is missing; add --property plan=…\n/)
  assert.match(plain, / {2}(yes|no|unknown) +in cohort 5\n/)
  assert.match(plain, / {2}(yes|no|unknown) +flag other is true\n/)
  const negated = lines(true)
  assert.match(negated, / not plan exact "x": the property is missing/)
  assert.match(negated, / not in cohort 5\n/)
  assert.match(negated, / not flag other is true\n/)
})

test('an explanation is printed with its value, reasons, payload, rollout and variant', () => {
  const definition = flag('layout', {
    filters: {
      groups: [{ properties: [], rollout_percentage: 100, variant: 'wide' }],
      multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
      payloads: { wide: '{"a":1}' },
    },
  })
  const text = print(definition)
  assert.match(
    text,
    /^layout for kari: "wide"\nbecause of it\npayload {"a":1}\n\ncondition 1, with the variant wide: met, and decides\n/
  )
  assert.ok(!text.includes('rollout'))
  assert.match(print({ ...definition, active: false }), /\nThe flag is not active\.\n/)
  const half = print(flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 33.333 }] } }))
  assert.match(half, /\n {2}(yes|no) +rollout 33\.33 %: at [\d.]+ %\n/)
  const undecided = print(flag('sticky', { ensure_experience_continuity: true }))
  assert.match(undecided, /^sticky for kari: left to the server \(experience_continuity\)\n/)
  const unknown = print(withFilters([{ key: 'plan', operator: 'exact', value: 'x', type: 'person' }]))
  assert.match(
    unknown,
    /condition 1: undecided\n {2}unknown plan exact "x": the property is missing; add --property plan=…\n/
  )
  const ofGroup = print(withFilters([{ key: 'size', operator: 'exact', value: 'x', type: 'group' }]))
  assert.match(ofGroup, /size exact "x": the property is missing; add --group-property TYPE\.size=…\n/)
  const set = print(
    withFilters([{ key: 'plan', operator: 'is_set', type: 'person' }]),
    {},
    { personProperties: { plan: 1 } }
  )
  assert.match(set, / plan is_set: 1\n/)
})
