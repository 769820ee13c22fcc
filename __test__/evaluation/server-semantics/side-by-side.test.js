'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../../../index.js')

/** @param {any} filter @param {any} [more] of the flag */
function flagWith(filter, { filters, ...more } = /** @type {any} */ ({})) {
  const properties = filter === undefined ? [] : [{ key: 'x', type: 'person', ...filter }]
  return { key: 'f', active: true, filters: { groups: [{ properties, rollout_percentage: 100 }], ...filters }, ...more }
}

/** @param {any} flag @param {any} [cohorts] */
const project = (flag, cohorts = {}) => ({ flags: [flag], cohorts, group_type_mapping: { 0: 'company' } })

/**
 * What a filter of the property `x` comes to, by posthog-node's semantics and by those of the server.
 *
 * @type {[string, any, any, boolean | undefined, boolean | undefined][]}
 */
const FILTERS = [
  ['a number beside a text', { operator: 'exact', value: 5 }, '5', undefined, true],
  ['a number beside another', { operator: 'is_not', value: [5] }, 6, undefined, true],
  ['no value to differ from', { operator: 'is_not', value: null }, 'a', true, false],
  ['a part of a list', { operator: 'icontains', value: '["a"' }, ['a'], false, true],
  ['a number with a unit', { operator: 'gt', value: 5 }, '10 kg', true, false],
  ['texts by their order', { operator: 'gt', value: 5 }, 'abc', true, false],
  ['a range', { operator: 'between', value: [1, 5] }, 3, undefined, true],
  ['outside a range', { operator: 'not_between', value: [1, 5] }, 3, undefined, false],
  ['the least', { operator: 'min', value: 5 }, 5, undefined, true],
  ['the most', { operator: 'max', value: 5 }, 6, undefined, false],
  ['one of several parts', { operator: 'icontains_multi', value: ['a', 'b'] }, 'xB', undefined, true],
  ['none of several parts', { operator: 'not_icontains_multi', value: ['a', 'b'] }, 'xB', undefined, false],
  ['a pattern with a flag', { operator: 'regex', value: '(?i)^a' }, 'ABC', undefined, true],
  ['a pattern on letters beyond ASCII', { operator: 'regex', value: '^.$' }, 'é', undefined, true],
  ['a prerelease', { operator: 'semver_eq', value: '1.2.3' }, '1.2.3-beta.1', true, false],
  ['build metadata', { operator: 'semver_gt', value: '1.2.3' }, '1.2.3+1', false, true],
  ['a fourth part', { operator: 'semver_gte', value: '1.2.3' }, '1.2.3.4', true, false],
  ['a wildcard without a star', { operator: 'semver_wildcard', value: '1.2.3' }, '1.9.0', false, true],
  ['seconds', { operator: 'is_date_after', value: '2024-06-01' }, 1718409600, false, true],
  ['a day that there is not', { operator: 'is_date_after', value: '2023-02-29' }, '2024-01-01T00:00:00Z', true, false],
  ['a text that is no date', { operator: 'is_date_after', value: '2023-02-28' }, 'soon', undefined, false],
  ['the same instant', { operator: 'is_date_exact', value: '2024-06-15' }, '2024-06-15T04:00:00Z', undefined, true],
  ['a bare day', { operator: 'is_date_after', value: '2024-06-15' }, '2024-06-15T03:00:00Z', true, false],
]

test('filters come to what docs/semantics.md says of both semantics', () => {
  for (const [what, filter, x, posthogNode, server] of FILTERS) {
    const document = project(flagWith(filter))
    const own = new LocalEvaluator(document)
    const asServer = new LocalEvaluator(document, { semantics: 'server', timezone: 'America/New_York' })
    const call = { personProperties: { x }, propertiesAreComplete: true }
    assert.equal(own.getFeatureFlag('f', 'kari', call), posthogNode, what)
    assert.equal(asServer.getFeatureFlag('f', 'kari', call), server, what)
  }
})

const HALF = { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }
const NOBODY = { filters: { groups: [{ properties: [], rollout_percentage: 0 }], feature_enrollment: true } }
const OF_GROUP = { filters: { aggregation_group_type_index: 0 } }
const PLAN = { key: 'plan', type: 'person', operator: 'exact', value: 'pro' }
const COHORT = { type: 'cohort', key: 'id', value: 1 }

/**
 * What flags come to for a call.
 *
 * @type {[string, any, any, string | boolean | undefined, string | boolean | undefined][]}
 */
const FLAGS = [
  [
    'enrolled',
    project(flagWith(undefined, NOBODY)),
    { personProperties: { '$feature_enrollment/f': 'true' } },
    false,
    true,
  ],
  ['not asked', project(flagWith(undefined, NOBODY)), {}, false, false],
  ['continuity at 100 %', project(flagWith(undefined, { ensure_experience_continuity: true })), {}, undefined, true],
  [
    'continuity at 50 %',
    project(flagWith(undefined, { ...HALF, ensure_experience_continuity: true })),
    {},
    undefined,
    undefined,
  ],
  ['no device at 100 %', project(flagWith(undefined, { bucketing_identifier: 'device_id' })), {}, undefined, true],
  [
    'no device at 50 %',
    project(flagWith(undefined, { ...HALF, bucketing_identifier: 'device_id' })),
    {},
    undefined,
    false,
  ],
  [
    'a filter of a person on a flag of groups',
    project(flagWith(PLAN, OF_GROUP)),
    { personProperties: { plan: 'pro' }, groups: { company: 'acme' }, groupProperties: { company: { plan: 'free' } } },
    false,
    true,
  ],
  [
    'a filter of a group on a flag of persons',
    project(flagWith({ ...PLAN, type: 'group', group_type_index: 0 })),
    { personProperties: { plan: 'pro' }, groups: { company: 'acme' }, groupProperties: { company: { plan: 'free' } } },
    true,
    false,
  ],
  ['an empty group key', project(flagWith(undefined, OF_GROUP)), { groups: { company: '' } }, true, false],
  [
    'a condition of persons on a flag of groups, and no group',
    project({
      key: 'f',
      active: true,
      filters: { aggregation_group_type_index: 0, groups: [{ properties: [], aggregation_group_type_index: null }] },
    }),
    {},
    false,
    true,
  ],
  [
    'a group type without a name',
    project(flagWith(undefined, { filters: { aggregation_group_type_index: 7 } })),
    {},
    undefined,
    false,
  ],
  [
    'a cohort that mixes filters and groups',
    project(flagWith(COHORT), {
      1: {
        type: 'AND',
        values: [{ type: 'OR', values: [PLAN] }, PLAN],
      },
    }),
    { personProperties: { plan: 'pro' } },
    undefined,
    true,
  ],
  ['an empty cohort', project(flagWith(COHORT), { 1: {} }), {}, true, undefined],
  [
    'a behavioural cohort',
    project(flagWith(COHORT), {
      1: { type: 'AND', values: [{ type: 'behavioral', key: '$pageview', value: 'performed_event' }] },
    }),
    { personProperties: { $pageview: 'performed_event' } },
    true,
    undefined,
  ],
  [
    'a flag that depends on itself',
    project(flagWith({ type: 'flag', key: 'f', value: true, operator: 'flag_evaluates_to', dependency_chain: [] })),
    {},
    undefined,
    false,
  ],
  [
    'a filter on the first visit',
    project(flagWith({ key: '$initial_utm_source', value: 'ad' })),
    { personProperties: { utm_source: 'ad' } },
    undefined,
    true,
  ],
]

test('flags come to what docs/semantics.md says of both semantics', () => {
  for (const [what, document, given, posthogNode, server] of FLAGS) {
    const call = { ...given, propertiesAreComplete: true }
    assert.equal(new LocalEvaluator(document).getFeatureFlag('f', 'kari', call), posthogNode, what)
    const asServer = new LocalEvaluator(document, { semantics: 'server', timezone: 'UTC' })
    assert.equal(asServer.getFeatureFlag('f', 'kari', call), server, what)
  }
})

test('distinct ids that are long or empty are in the rollouts that docs/semantics.md says', () => {
  const document = project(flagWith(undefined, { filters: { groups: [{ properties: [], rollout_percentage: 32 }] } }))
  const own = new LocalEvaluator(document)
  const server = new LocalEvaluator(document, { semantics: 'server' })
  const ids = ['', ...Array.from({ length: 20 }, (_, extra) => 'x'.repeat(201 + extra))]
  const valuesOf = (/** @type {LocalEvaluator} */ evaluator) => ids.map((id) => evaluator.getFeatureFlag('f', id))
  const [ofNobody, ...ofLong] = valuesOf(server)
  assert.equal(ofNobody, true)
  assert.deepEqual(new Set(ofLong), new Set([server.getFeatureFlag('f', 'x'.repeat(200))]))
  assert.equal(new Set(valuesOf(own).slice(1)).size, 2)
})

test('what is unknown leaves a flag open by the semantics of the server, where later conditions say something else', () => {
  const variants = ['a', 'b'].map((key) => ({ key, rollout_percentage: 50 }))
  const groups = [
    { properties: [PLAN], variant: 'b' },
    { properties: [], variant: 'a' },
  ]
  const document = project({ key: 'f', active: true, filters: { groups, multivariate: { variants } } })
  assert.equal(new LocalEvaluator(document).getFeatureFlag('f', 'kari'), 'a')
  const server = new LocalEvaluator(document, { semantics: 'server' })
  assert.equal(server.getFeatureFlag('f', 'kari'), undefined)
  assert.equal(server.getFeatureFlag('f', 'kari', { propertiesAreComplete: true }), 'a')
  assert.equal(server.getFeatureFlag('f', 'kari', { personProperties: { plan: 'pro' } }), 'b')
})
