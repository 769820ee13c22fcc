'use strict'

const assert = require('node:assert/strict')
const { describe, it, mock } = require('node:test')

const posthogNode = require('posthog-node')
const native = require('../..')
const { testClient } = require('../../testing')
const edge = require('../../edge/testing')

const FLAGS = { 'beta-search': true, layout: { variant: 'b', payload: { columns: 3 } }, menu: false }

for (const [name, make] of /** @type {[string, typeof testClient][]} */ ([
  ['a test client', testClient],
  [
    "a test client on posthog-node's evaluator",
    (flags, options) => testClient(flags, { ...options, native: { engine: 'javascript' } }),
  ],
  ['a test client of the edge', edge.testClient],
])) {
  describe(name, () => {
    it('answers with the flags that it was given', async () => {
      const posthog = make(FLAGS)
      assert.equal(await posthog.waitForLocalEvaluationReady(), true)
      const flags = await posthog.evaluateFlags('kari')
      assert.equal(flags.isEnabled('beta-search'), true)
      assert.equal(flags.getFlag('layout'), 'b')
      assert.deepEqual(flags.getFlagPayload('layout'), { columns: 3 })
      assert.equal(flags.isEnabled('menu'), false)
      assert.equal(flags.getFlag('not given'), undefined)
      assert.deepEqual(await posthog.getAllFlags('ola'), { 'beta-search': true, layout: 'b', menu: false })
      assert.equal(await posthog.getFeatureFlag('not given', 'ola'), undefined)
      await posthog.shutdown()
    })

    it('answers otherwise once it was given others, or overrides', async () => {
      const posthog = make(FLAGS)
      await posthog.setFlags({ 'beta-search': 'c' })
      assert.deepEqual(await posthog.getAllFlags('kari'), { 'beta-search': 'c' })
      posthog.overrideFeatureFlags({ menu: true })
      assert.deepEqual(await posthog.getAllFlags('kari'), { 'beta-search': 'c', menu: true })
      posthog.overrideFeatureFlags(false)
      await posthog.setFlags({})
      assert.deepEqual(await posthog.getAllFlags('kari'), {})
      assert.equal(await posthog.waitForLocalEvaluationReady(), false, 'as a client that has loaded no flags')
      await posthog.shutdown()
    })

    it('keeps what it would send', async () => {
      const posthog = make(FLAGS)
      const flags = await posthog.evaluateFlags('kari')
      flags.isEnabled('beta-search')
      posthog.capture({ distinctId: 'kari', event: 'signed up', properties: { plan: 'pro' }, flags })
      posthog.identify({ distinctId: 'kari', properties: { name: 'Kari' } })
      await posthog.captureImmediate({ distinctId: 'ola', event: 'paid' })
      posthog.captureException(new Error('no'), 'kari')
      await posthog.flush()
      const of = (/** @type {string} */ event) => posthog.events.find((other) => other.event === event)
      assert.equal(of('signed up')?.distinctId, 'kari')
      assert.equal(of('signed up')?.properties.plan, 'pro')
      assert.equal(of('signed up')?.properties['$feature/layout'], 'b')
      assert.equal(of('$feature_flag_called')?.properties.$feature_flag, 'beta-search')
      assert.equal(of('$identify')?.properties.$set.name, 'Kari')
      assert.equal(of('paid')?.distinctId, 'ola')
      assert.equal(of('$exception')?.distinctId, 'kari')
      posthog.events.length = 0
      posthog.capture({ distinctId: 'kari', event: 'left' })
      await posthog.shutdown()
      assert.deepEqual(
        posthog.events.map(({ event }) => event),
        ['left'],
        'also what is captured right before the shutdown'
      )
    })

    it('makes no request, whatever it is asked', async (t) => {
      const fetches = t.mock.method(globalThis, 'fetch', () => assert.fail('a request'))
      const posthog = make(FLAGS)
      const options = { onlyEvaluateLocally: false }
      assert.equal(await posthog.getFeatureFlag('not given', 'kari', options), undefined)
      await posthog.evaluateFlags('kari', { ...options, flagKeys: ['not given'] })
      await posthog.getAllFlags('kari', options)
      posthog.capture({ distinctId: 'kari', event: 'signed up', sendFeatureFlags: true })
      await posthog.reloadFeatureFlags()
      await posthog.shutdown()
      assert.equal(fetches.mock.callCount(), 0)
    })

    it('works and is shut down while all timers are fake', async () => {
      mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: Date.now() })
      try {
        const posthog = make(FLAGS)
        await posthog.waitForLocalEvaluationReady()
        posthog.capture({ distinctId: 'kari', event: 'signed up' })
        mock.timers.tick(3_600_000)
        assert.equal(await posthog.getFeatureFlag('layout', 'kari', { sendFeatureFlagEvents: false }), 'b')
        await posthog.shutdown()
        assert.equal(posthog.events.length, 1)
      } finally {
        mock.timers.reset()
      }
    })

    it('passes on the options of posthog-node', async () => {
      const posthog = make(FLAGS, { before_send: (event) => (event?.event === 'secret' ? null : event) })
      posthog.capture({ distinctId: 'kari', event: 'secret' })
      posthog.capture({ distinctId: 'kari', event: 'signed up' })
      await posthog.shutdown()
      assert.deepEqual(
        posthog.events.map(({ event }) => event),
        ['signed up']
      )
    })
  })
}

describe('a test client', () => {
  it('is a client of this package, and so one of posthog-node', async () => {
    const posthog = testClient()
    assert.ok(posthog instanceof native.PostHog && posthog instanceof posthogNode.PostHog)
    assert.equal(posthog.localEvaluationEngine, 'native')
    await posthog.shutdown()
  })

  it('has its flags at once, and holds nothing open', async () => {
    const before = process.getActiveResourcesInfo().length
    const posthog = testClient(FLAGS)
    assert.equal(posthog.isLocalEvaluationReady(), true)
    assert.equal(posthog.localEvaluator?.getFeatureFlag('layout', 'kari'), 'b')
    posthog.setFlags({ layout: 'c' })
    assert.equal(posthog.localEvaluator?.getFeatureFlag('layout', 'kari'), 'c')
    posthog.capture({ distinctId: 'kari', event: 'signed up' })
    await posthog.flush()
    assert.equal(process.getActiveResourcesInfo().length, before)
  })

  it('takes a definitions document, so that conditions count', async () => {
    const groups = [
      { properties: [{ key: 'plan', value: 'pro', operator: 'exact', type: 'person' }], rollout_percentage: 100 },
    ]
    const document = { flags: [{ id: 1, key: 'search', active: true, filters: { groups } }] }
    const text = JSON.stringify(document)
    for (const form of [document, text, Buffer.from(text)]) {
      const posthog = testClient(form)
      assert.equal(
        posthog.localEvaluator?.getFeatureFlag('search', 'kari', { personProperties: { plan: 'pro' } }),
        true
      )
      assert.equal(
        posthog.localEvaluator?.getFeatureFlag('search', 'kari', { personProperties: { plan: 'free' } }),
        false
      )
      await posthog.shutdown()
    }
    const contexts = { flags: [{ ...document.flags[0], evaluation_contexts: ['app'] }] }
    assert.deepEqual(testClient(contexts, { evaluationContexts: ['api'] }).localEvaluator?.getAllFlags('kari'), {})
  })

  it('refuses what are no flags and no document', async () => {
    assert.throws(() => testClient(/** @type {any} */ ({ search: 5 })), {
      name: 'TypeError',
      message: /the flag 'search'/,
    })
    assert.throws(() => testClient('{'), { name: 'TypeError' })
    const posthog = testClient(FLAGS)
    await assert.rejects(posthog.setFlags(/** @type {any} */ ({ search: 5 })), TypeError)
    await assert.rejects(posthog.setFlags('{'), TypeError)
    assert.equal(posthog.localEvaluator?.getFeatureFlag('layout', 'kari'), 'b', 'those before stay')
  })
})
