'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { describe, it } = require('node:test')

const { LocalEvaluator, PostHog } = require('../../../index.js')
const { closing } = require('../../support/closing')
const { memoryProvider } = require('../../support/providers')

/** @param {string} key @param {object} filters @param {object} [rest] */
const flag = (key, filters, rest) => ({ key, active: true, filters, ...rest })
const pro = { key: 'plan', type: 'person', value: 'pro' }
const definitions = {
  flags: [
    flag('everyone', { groups: [{ properties: [] }] }),
    flag('pro', { groups: [{ properties: [pro] }], payloads: { true: '{"seats":5}' } }),
    flag('gold', {
      aggregation_group_type_index: 0,
      groups: [{ properties: [{ key: 'tier', type: 'group', value: 'gold' }], rollout_percentage: 100 }],
    }),
    flag('cohort', { groups: [{ properties: [{ key: 'id', type: 'cohort', operator: 'in', value: 7 }] }] }),
    flag('continuous', { groups: [{ properties: [pro] }] }, { ensure_experience_continuity: true }),
    flag('broken', { groups: { none: 1 } }),
  ],
  cohorts: { 7: { type: 'AND', values: [{ key: 'country', type: 'person', value: 'NO' }] } },
  group_type_mapping: { 0: 'company' },
}
const evaluator = new LocalEvaluator(definitions)
/** posthog-node's hash, from 0 to 100. @param {string} text */
const bucketOf = (text) =>
  (Number.parseInt(createHash('sha1').update(text).digest('hex').slice(0, 15), 16) / 2 ** 60) * 100
const NOTHING = { personProperties: [], groups: {} }

describe('LocalEvaluator.explain', () => {
  it('tells the value and payload of a flag, and what it reads', () => {
    const explanation = evaluator.explain('pro', 'kari', { personProperties: { plan: 'pro', seats: 3 } })
    assert.deepEqual(explanation, {
      key: 'pro',
      value: true,
      payload: { seats: 5 },
      unresolvedReason: undefined,
      reasonCode: 'condition_match',
      conditionIndex: 0,
      holdout: undefined,
      conditions: [
        {
          matches: true,
          outOfRollout: false,
          rollout: 100,
          bucket: bucketOf('pro.kari'),
          variant: undefined,
          properties: [{ key: 'plan', operator: 'exact', value: 'pro', given: 'pro', matches: true }],
        },
      ],
      isWhole: true,
      reads: { personProperties: ['plan'], groups: {} },
      missing: NOTHING,
    })
    const { value, payload, reads } = evaluator.explain('everyone', 'kari')
    assert.deepEqual([value, payload, reads], [true, undefined, NOTHING])
  })

  it('tells why a flag has no value, and what the call did not bring', () => {
    const { value, unresolvedReason, missing } = evaluator.explain('pro', 'kari', { personProperties: { seats: 3 } })
    assert.deepEqual([value, unresolvedReason], [undefined, 'missing_context'])
    assert.deepEqual(missing, { personProperties: ['plan'], groups: {} })
    assert.equal(evaluator.explain('continuous', 'kari').unresolvedReason, 'experience_continuity')
    const broken = evaluator.explain('broken', 'kari')
    assert.deepEqual([broken.value, broken.unresolvedReason], [undefined, undefined])
  })

  it('names groups by type, with the properties read of them', () => {
    const reads = { personProperties: [], groups: { company: ['tier'] } }
    const without = evaluator.explain('gold', 'kari')
    assert.deepEqual([without.reads, without.missing], [reads, reads])
    const half = evaluator.explain('gold', 'kari', { groups: { company: 'acme' } })
    assert.deepEqual([half.value, half.missing], [undefined, reads])
    const groupProperties = { company: { tier: 'gold' } }
    const whole = evaluator.explain('gold', 'kari', { groups: { company: 'acme' }, groupProperties })
    assert.deepEqual([whole.value, whole.missing], [true, NOTHING])
  })

  it('follows the cohorts that a flag refers to', () => {
    assert.deepEqual(evaluator.explain('cohort', 'kari').reads, { personProperties: ['country'], groups: {} })
  })

  it('knows of no flag that is not defined', () => {
    assert.equal(evaluator.explain('absent', 'kari'), undefined)
    assert.equal(evaluator.explain('toString', 'kari'), undefined)
  })

  it('comes to the value that getFeatureFlag has, and changes nothing', () => {
    for (const { key } of definitions.flags) {
      const about = { personProperties: { plan: 'pro' } }
      const before = evaluator.getFeatureFlag(key, 'kari', about)
      assert.equal(evaluator.explain(key, 'kari', about).value, before)
      assert.equal(evaluator.getFeatureFlag(key, 'kari', about), before)
    }
  })

  it('explains what a client holds', async (t) => {
    const client = closing(
      t,
      new PostHog('phc_x', {
        featureFlagsPollingInterval: null,
        flagDefinitionCacheProvider: memoryProvider({
          fetch: false,
          methods: { getFlagDefinitions: () => definitions },
        }),
      })
    )
    assert.equal(client.localEvaluator.explain('pro', 'kari'), undefined)
    await client.waitForLocalEvaluationReady(5000)
    assert.equal(client.localEvaluator.explain('pro', 'kari').unresolvedReason, 'missing_context')
  })
})
