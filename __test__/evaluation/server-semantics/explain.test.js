'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Random } = require('../../../cli/random.js')
const { LocalEvaluator } = require('../../../index.js')
const { randomPerson, randomProject } = require('./support/random-project.js')

const SEED = Number(process.env.SEMANTICS_SEED ?? Math.floor(Math.random() * 2 ** 31))

const on = (/** @type {string} */ key, /** @type {any} */ value, /** @type {object} */ more = {}) => ({
  key,
  value,
  operator: 'exact',
  type: 'person',
  ...more,
})
const flag = (/** @type {string} */ key, /** @type {any[]} */ groups, /** @type {object} */ filters = {}) => ({
  key,
  active: true,
  filters: { groups, ...filters },
})

/** @param {any[]} flags @param {object} call */
function explainLast(flags, call) {
  const cohorts = { 1: { type: 'OR', values: [on('plan', 'pro')] } }
  const project = /** @type {any} */ ({ flags, cohorts, group_type_mapping: { 0: 'company' } })
  const evaluator = new LocalEvaluator(project, { semantics: 'server' })
  return /** @type {any} */ (evaluator.explain(flags[flags.length - 1].key, 'kari', call))
}

test('each filter of a condition is told with what it asks, what is given, and whether it matches', () => {
  const size = { operator: 'gt', type: 'group', group_type_index: 0 }
  const inCohort = { key: 'id', type: 'cohort', value: 1 }
  const conditions = [
    { properties: [inCohort, on('age', 5, { operator: 'gt' }), on('tier', 'a', { operator: 'is_not' })] },
    { properties: [on('plan', 'free'), on('age', [1, 9], { operator: 'between' })] },
    { properties: [on('size', 3, size), on('$group_key', 'acme', { type: 'group' })], aggregation_group_type_index: 0 },
    {
      properties: [on('size', 3, { ...size, group_type_index: 7 }), on('created_at', 'x', { type: 'person_metadata' })],
    },
  ]
  const call = {
    personProperties: { plan: 'pro', age: '7' },
    groups: { company: 'acme' },
    groupProperties: { company: { size: 4 } },
  }
  const explanation = explainLast([flag('f', conditions)], call)
  const told = explanation.conditions.map(({ properties }) =>
    properties.map(({ key, operator, value, given, matches }) => [key, operator, value, given, matches])
  )
  assert.deepEqual(told, [
    [
      ['age', 'gt', 5, '7', true],
      ['tier', 'is_not', 'a', undefined, undefined],
      ['id', 'in', 1, undefined, true],
    ],
    [
      ['plan', 'exact', 'free', 'pro', false],
      ['age', 'between', [1, 9], '7', true],
    ],
    [
      ['size', 'gt', 3, 4, true],
      ['$group_key', 'exact', 'acme', 'acme', true],
    ],
    [
      ['size', 'gt', 3, undefined, false],
      ['created_at', 'exact', 'x', undefined, undefined],
    ],
  ])
  assert.deepEqual(
    explanation.conditions.map(({ matches }) => matches),
    [undefined, false, true, false]
  )
})

test('a flag that another one depends on is told of as well', () => {
  const depends = on('a', true, { type: 'flag', operator: 'flag_evaluates_to' })
  const flags = [flag('a', [{ properties: [on('plan', 'pro')] }]), flag('f', [{ properties: [depends] }])]
  const { conditions } = explainLast(flags, { personProperties: { plan: 'pro' } })
  const [{ given, matches, dependencies }] = conditions[0].properties
  assert.deepEqual([given, matches, dependencies[0].value], [true, true, true])
  assert.equal(dependencies[0].conditions[0].properties[0].given, 'pro')
})

test('the bucket and the variant of a condition are told where the hash is known', () => {
  const variants = ['x', 'y'].map((key) => ({ key, rollout_percentage: 50 }))
  const split = (/** @type {object} */ more) => ({ ...flag('f', [{}], { multivariate: { variants } }), ...more })
  const of = (/** @type {object} */ more) => {
    const { bucket, variant } = explainLast([split(more)], { propertiesAreComplete: true }).conditions[0]
    return [typeof bucket, variant]
  }
  assert.deepEqual(of({}), ['number', explainLast([split({})], {}).value])
  assert.deepEqual(of({ ensure_experience_continuity: true }), ['undefined', undefined])
  assert.deepEqual(of({ bucketing_identifier: 'device_id' }), ['undefined', undefined])
})

test('what is told of conditions agrees with the value', (t) => {
  t.diagnostic(`SEMANTICS_SEED=${SEED}`)
  let matching = 0
  for (let number = 0; number < 150; number++) {
    const random = new Random(SEED + number)
    const project = randomProject(random)
    const evaluator = new LocalEvaluator(project, { semantics: 'server', timezone: 'Europe/Berlin' })
    const person = randomPerson(random, project)
    for (const propertiesAreComplete of [true, false]) {
      for (const { key } of project.flags) {
        const told = /** @type {any} */ (
          evaluator.explain(key, person.distinctId, { ...person, propertiesAreComplete })
        )
        const about = `SEMANTICS_SEED=${SEED} ${key} ${JSON.stringify({ told, person, project })}`
        for (const { matches, outOfRollout, rollout, bucket, properties } of told.conditions) {
          const answers = properties.map((/** @type {any} */ property) => property.matches)
          if (matches === true) {
            matching++
            assert.ok(answers.every(Boolean), about)
            assert.ok(rollout === 100 || bucket <= rollout, about)
          } else if (answers.includes(false)) {
            assert.ok(matches === false, about)
          } else if (outOfRollout) {
            assert.ok(bucket === undefined || bucket > rollout, about)
          }
        }
        if (told.reasonCode === 'condition_match') {
          const { matches, variant = true } = told.conditions[told.conditionIndex]
          assert.deepEqual([matches, variant], [true, told.value], about)
        }
      }
    }
  }
  assert.ok(matching > 100, `${matching} conditions match`)
})
