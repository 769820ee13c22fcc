'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../..')
const { testClient } = require('../../testing')

const FLAGS = { on: true, layout: { variant: 'b', payload: { columns: 3 } }, off: false }
const KEYS = ['on', 'layout', 'off', 'unknown', 'new', 'toString']

/** What a test may override, in each form that posthog-node knows. @type {Record<string, any>} */
const OVERRIDES = {
  nothing: false,
  'a list of keys': ['off', 'new'],
  values: { on: false, layout: 'c', new: 'd' },
  'a flag that is not to exist': { on: undefined },
  'flags and payloads': { flags: { layout: 'c', new: true }, payloads: { layout: { columns: 9 }, new: 'text' } },
  'payloads alone': { payloads: { layout: { columns: 9 }, unknown: 1, on: null } },
}

describe("a client's evaluator", () => {
  for (const [what, overrides] of Object.entries(OVERRIDES)) {
    it(`answers as the client where it overrides ${what}`, async () => {
      const posthog = testClient(FLAGS)
      const evaluator = posthog.localEvaluator
      assert.ok(evaluator instanceof LocalEvaluator)
      posthog.overrideFeatureFlags(overrides)
      const options = { sendFeatureFlagEvents: false }
      for (const key of KEYS) {
        assert.equal(evaluator.getFeatureFlag(key, 'kari'), await posthog.getFeatureFlag(key, 'kari', options), key)
        const expected = await posthog.getFeatureFlagResult(key, 'kari', options)
        assert.deepEqual(evaluator.getFeatureFlagResult(key, 'kari'), expected, key)
        const explanation = evaluator.explain(key, 'kari')
        assert.equal(explanation?.value, await posthog.getFeatureFlag(key, 'kari', options), key)
        assert.deepEqual(explanation?.payload, expected?.payload, key)
      }
      assert.deepEqual(evaluator.getAllFlags('kari'), await posthog.getAllFlags('kari'))
      assert.deepEqual(evaluator.getAllFlagsAndPayloads('kari'), await posthog.getAllFlagsAndPayloads('kari'))
      const some = { flagKeys: ['on'] }
      assert.deepEqual(evaluator.getAllFlags('kari', some), await posthog.getAllFlags('kari', some))

      posthog.overrideFeatureFlags(false)
      assert.deepEqual(evaluator.getAllFlags('kari'), { on: true, layout: 'b', off: false })
      await posthog.shutdown()
    })
  }

  it('answers with overrides before definitions are loaded, too', async () => {
    const posthog = testClient({})
    posthog.overrideFeatureFlags({ new: 'd' })
    assert.equal(posthog.localEvaluator?.getFeatureFlag('new', 'kari'), 'd')
    assert.deepEqual(posthog.localEvaluator?.explain('new', 'kari'), {
      key: 'new',
      value: 'd',
      payload: undefined,
      unresolvedReason: undefined,
      reasonCode: undefined,
      conditionIndex: undefined,
      holdout: undefined,
      conditions: [],
      isWhole: true,
      reads: { personProperties: [], groups: {} },
      missing: { personProperties: [], groups: {} },
    })
    await posthog.shutdown()
  })
})
