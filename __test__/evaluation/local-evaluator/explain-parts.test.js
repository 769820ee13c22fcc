'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../../../index.js')

/** @param {string} key @param {object} filters @param {object} [rest] */
const flag = (key, filters, rest) => ({ key, active: true, filters, ...rest })
const on = (/** @type {string} */ key, /** @type {any} */ value, operator = 'exact') => ({
  key,
  value,
  operator,
  type: 'person',
})
const inCohort = (/** @type {number} */ value, operator = 'in') => ({ key: 'id', type: 'cohort', value, operator })
const depends = (/** @type {string} */ key, /** @type {any} */ value = true, chain = [key]) => ({
  key,
  type: 'flag',
  value,
  operator: 'flag_evaluates_to',
  dependency_chain: chain,
})
const groups = (/** @type {any[][]} */ ...conditions) => ({ groups: conditions.map((properties) => ({ properties })) })

/** @param {any[]} flags @param {object} [rest] */
const evaluatorOf = (flags, rest) => new LocalEvaluator(/** @type {any} */ ({ flags, ...rest }))

/** @param {any} definition @param {object} [about] @param {object} [rest] */
const explain = (definition, about, rest) => evaluatorOf([definition], rest).explain(definition.key, 'kari', about)

/** @param {any} explanation */
const reasonOf = ({ value, reasonCode, conditionIndex }) => [value, reasonCode, conditionIndex]

describe('an explanation', () => {
  it('names the reason as PostHog does, and the condition that it is about', () => {
    const [pro, free] = [[on('plan', 'pro')], [on('plan', 'free')]]
    const nobody = { properties: free, rollout_percentage: 0 }
    const about = { personProperties: { plan: 'free' } }
    const of = (/** @type {any} */ filters, /** @type {object} */ rest = {}) =>
      reasonOf(explain(flag('f', filters, rest), about, { group_type_mapping: { 0: 'company' } }))
    assert.deepEqual(of(groups(pro, free)), [true, 'condition_match', 1])
    assert.deepEqual(of(groups(pro, pro)), [false, 'no_condition_match', 1])
    assert.deepEqual(of({ groups: [nobody, { properties: pro }] }), [false, 'out_of_rollout_bound', 0])
    assert.deepEqual(of({ groups: [nobody, nobody] }), [false, 'out_of_rollout_bound', 1])
    assert.deepEqual(of({ groups: [nobody, { properties: free }], early_exit: true }), [
      false,
      'out_of_rollout_bound',
      0,
    ])
    assert.deepEqual(of({ groups: [] }), [false, 'no_group_type', undefined])
    assert.deepEqual(of({ groups: [{}], aggregation_group_type_index: 0 }), [false, 'no_group_type', undefined])
    assert.deepEqual(of({ groups: [{ aggregation_group_type_index: 0 }] }), [false, 'no_group_type', 0])
    assert.deepEqual(of({ groups: [{}] }, { active: false }), [false, 'flag_disabled', undefined])
    const holdout = { id: 7, exclusion_percentage: 100 }
    assert.deepEqual(of({ groups: [{}], holdout }), ['holdout-7', 'holdout_condition_value', undefined])
    assert.deepEqual(of(groups([depends('gone', true, [])])), [undefined, 'missing_dependency', undefined])
    assert.deepEqual(of(groups([depends('f')])), [undefined, 'missing_dependency', undefined])
    assert.deepEqual(of(groups([on('tier', 'x')])), [undefined, undefined, undefined])
  })

  it('tells of each condition and filter, also behind the one that decides', () => {
    const definition = flag('f', {
      groups: [
        { properties: [on('plan', 'pro'), on('age', 3, 'gt')], rollout_percentage: 100, variant: 'wide' },
        { properties: [on('plan', ['pro', 'free']), on('tier', 'x')], rollout_percentage: 7 },
        { properties: [], rollout_percentage: 29 },
      ],
      multivariate: {
        variants: [
          { key: 'wide', rollout_percentage: 0 },
          { key: 'slim', rollout_percentage: 100 },
        ],
      },
    })
    const { value, conditions } = explain(definition, { personProperties: { plan: 'pro', age: 8 } })
    assert.equal(value, 'wide')
    assert.deepEqual(
      conditions.map(({ matches }) => matches),
      [true, undefined, conditions[2].bucket <= 29]
    )
    assert.deepEqual(
      conditions.map(({ rollout }) => rollout),
      [100, 7, 29]
    )
    assert.deepEqual(
      conditions.map(({ variant }) => variant),
      ['wide', 'slim', 'slim']
    )
    assert.deepEqual(conditions[0].properties, [
      { key: 'plan', operator: 'exact', value: 'pro', given: 'pro', matches: true },
      { key: 'age', operator: 'gt', value: 3, given: 8, matches: true },
    ])
    assert.deepEqual(conditions[1].properties, [
      { key: 'plan', operator: 'exact', value: ['pro', 'free'], given: 'pro', matches: true },
      { key: 'tier', operator: 'exact', value: 'x', given: undefined, matches: undefined },
    ])
  })

  it('tells of holdouts', () => {
    const of = (/** @type {number} */ exclusion_percentage) =>
      explain(flag('f', { groups: [{}], holdout: { id: 3, exclusion_percentage } })).holdout
    const { bucket } = of(50)
    assert.deepEqual(of(50), { value: 'holdout-3', exclusion: 50, bucket, matches: bucket <= 50 })
    assert.deepEqual(of(0.07), { value: 'holdout-3', exclusion: 0.07, bucket, matches: bucket <= 0.07 })
    assert.deepEqual(of(100), { value: 'holdout-3', exclusion: 100, bucket, matches: true })
  })

  it('tells of cohorts and dependencies as trees, each once', () => {
    const cohorts = {
      1: {
        type: 'OR',
        values: [
          { type: 'AND', values: [on('a', '1'), { ...on('b', '2'), negation: true }] },
          { type: 'OR', values: [inCohort(2)] },
        ],
      },
      2: { type: 'AND', values: [on('c', '3')] },
    }
    const flags = [
      flag(
        'top',
        groups(
          [depends('middle'), depends('base', false, ['base'])],
          [inCohort(1, 'not_in'), inCohort(9)],
          [inCohort(1)]
        )
      ),
      flag('middle', groups([depends('base')])),
      flag('base', { groups: [{ properties: [on('c', '3')] }] }),
    ]
    const evaluator = evaluatorOf(flags, { cohorts })
    const { conditions } = evaluator.explain('top', 'kari', { personProperties: { a: '1', b: '5', c: '3' } })
    const [first, second, third] = conditions.map(({ properties }) => properties)
    const [middle] = first[0].dependencies
    const [base] = first[1].dependencies
    assert.deepEqual([middle.key, middle.value, ...reasonOf(middle).slice(1)], ['middle', true, 'condition_match', 0])
    assert.deepEqual([first[0].given, first[0].matches, first[1].given, first[1].matches], [true, true, true, false])
    // What stands nearer is told of, not what comes first.
    assert.equal(base.conditions[0].properties[0].given, '3')
    assert.equal(middle.conditions[0].properties[0].dependencies[0].conditions, undefined)
    assert.deepEqual([second[0].matches, second[1].matches, second[1].cohort], [false, undefined, undefined])
    assert.deepEqual(second[0].cohort, {
      type: 'OR',
      matches: true,
      values: [
        {
          type: 'AND',
          matches: true,
          values: [
            { key: 'a', operator: 'exact', value: '1', given: '1', matches: true },
            { key: 'b', operator: 'exact', value: '2', given: '5', matches: true, negation: true },
          ],
        },
        {
          type: 'OR',
          matches: true,
          values: [
            {
              type: 'cohort',
              key: 'id',
              operator: 'in',
              value: 2,
              given: undefined,
              matches: true,
              cohort: {
                type: 'AND',
                matches: true,
                values: [{ key: 'c', operator: 'exact', value: '3', given: '3', matches: true }],
              },
            },
          ],
        },
      ],
    })
    assert.deepEqual([third[0].matches, third[0].cohort], [true, undefined])
  })

  it('tells the properties of groups, and nothing of filters on groups that are not named', () => {
    const definition = flag('f', {
      aggregation_group_type_index: 0,
      groups: [{ properties: [{ key: 'tier', value: 'gold', type: 'group' }] }],
    })
    const rest = { group_type_mapping: { 0: 'company' } }
    const tier = (/** @type {any} */ about) => explain(definition, about, rest).conditions[0]
    assert.deepEqual(tier({ groups: { company: 'acme' }, groupProperties: { company: { tier: 'gold' } } }).properties, [
      { key: 'tier', operator: 'exact', value: 'gold', given: 'gold', matches: true, group: 'company' },
    ])
    const { matches, bucket, properties } = tier({})
    assert.deepEqual([matches, bucket, properties[0].matches], [false, undefined, undefined])
  })

  it('takes definitions as they come: circles, rows of any length, very many parts, and what makes no sense', () => {
    const circle = { 1: { type: 'AND', values: [inCohort(2)] }, 2: { type: 'OR', values: [inCohort(1), on('a', '1')] } }
    const round = explain(flag('f', groups([inCohort(1)])), {}, { cohorts: circle })
    assert.deepEqual([round.value, round.conditions[0].matches, round.isWhole], [undefined, undefined, true])

    const row = Array.from({ length: 20_000 }, (_, place) => flag(`f${place}`, groups([depends(`f${place + 1}`)])))
    const long = evaluatorOf([...row, flag('f20000', { groups: [{}] })]).explain('f0', 'kari')
    assert.deepEqual([long.value, long.isWhole], [true, false])
    assert.ok(JSON.stringify(long).length < 100_000)

    const many = explain(flag('f', groups(...Array.from({ length: 20_000 }, () => [on('a', '1'), on('a', '2')]))), {
      personProperties: { a: '2' },
    })
    assert.deepEqual([many.value, many.isWhole, many.conditions.length], [false, false, 10_000 - 1])

    const list = Array.from({ length: 10_000 }, (_, place) => `value ${place}`)
    const wide = explain(flag('f', groups(...Array.from({ length: 200 }, () => [on('a', list)]))))
    assert.deepEqual([wide.value, wide.isWhole], [undefined, false])
    assert.ok(JSON.stringify(wide).length < 6 * 1024 * 1024)

    let nested = { type: 'AND', values: [on('a', '1')] }
    for (let depth = 0; depth < 40; depth++) nested = { type: 'OR', values: [/** @type {any} */ (nested)] }
    const deep = explain(flag('f', groups([inCohort(1)])), { personProperties: { a: '1' } }, { cohorts: { 1: nested } })
    assert.deepEqual([deep.value, deep.isWhole], [true, true])

    for (const filters of [
      { groups: 5 },
      { groups: 'ab' },
      { groups: [null, 5, 'x', { properties: 'abc' }] },
      { groups: [{ properties: [null] }] },
      { groups: [{ properties: { length: 3 } }] },
      { groups: [{ properties: [{ key: [{ toString: 1 }] }, { key: 'a', operator: [{ toString: 1 }], value: 1 }] }] },
      {
        groups: [{ properties: [inCohort(/** @type {any} */ ({ toString: 1 }))], rollout_percentage: { toString: 1 } }],
      },
      {
        groups: [
          { properties: [depends(/** @type {any} */ (5), 5, /** @type {any} */ ([null]))], variant: { toString: 1 } },
        ],
      },
      { groups: [{}], holdout: { id: { toString: 1 }, exclusion_percentage: 5 } },
      null,
    ]) {
      const odd = explain(flag('f', /** @type {any} */ (filters)), { personProperties: { a: 1 } })
      assert.ok(Array.isArray(odd.conditions), JSON.stringify(filters))
      assert.equal(
        odd.value,
        evaluatorOf([flag('f', /** @type {any} */ (filters))]).getFeatureFlag('f', 'kari', {
          personProperties: { a: 1 },
        })
      )
    }
  })

  it('reads each property of the call once', () => {
    let reads = 0
    const personProperties = {
      get plan() {
        return ++reads === 1 ? 'pro' : 'free'
      },
    }
    const { value, conditions } = explain(flag('f', groups([on('plan', 'free')], [on('plan', 'pro')])), {
      personProperties,
    })
    assert.deepEqual([value, conditions[0].properties[0].given, reads], [true, 'pro', 1])
  })
})
