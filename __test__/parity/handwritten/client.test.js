'use strict'

// Public methods of both clients over one document: what is answered here, what goes to the server, what is captured.

const test = require('node:test')
const assert = require('node:assert/strict')
const { PostHog } = require('posthog-node')
const { root } = require('../support/native.js')
const { compareClients, openObserved } = require('../support/compare-client.js')
const { flag, when, property, always, js } = require('../support/handwritten.js')
const { REMOTE_FLAGS, METHODS } = require('../generate/api-calls.js')
const { show } = require('../support/report.js')

const pro = property('plan', 'exact', 'pro')
const definitions = {
  flags: [
    flag('on', always, { has_experiment: true, filters: { payloads: { true: '{"a":1}' } } }),
    flag('off', [], { has_experiment: false }),
    flag('variant', always, {
      filters: {
        multivariate: { variants: [{ key: 'test', rollout_percentage: 100 }] },
        payloads: { test: '"t"', other: '"o"' },
      },
    }),
    flag('asks plan', [when([pro])]),
    flag('sticky', always, { ensure_experience_continuity: true }),
    flag('flag-1', [when([property('plan', 'between', 1)])], { filters: { payloads: { true: 5, remote: 6 } } }),
    flag('flag-2', [when([pro])]),
    flag('client only', [when([pro])], { evaluation_runtime: 'client' }),
    flag('inactive', always, { active: false }),
    flag('company', [when([property('tier', 'exact', 'gold')])], { filters: { aggregation_group_type_index: 0 } }),
  ],
  cohorts: {},
  group_type_mapping: { 0: 'company' },
  minimal_flag_called_events: true,
}
const KEYS = [...definitions.flags.map(({ key }) => key), 'no-such-flag']
const NOW = Date.parse('2024-03-31T12:00:00Z')

const contexts = {
  'nobody in particular': {},
  'a pro': { personProperties: { plan: 'pro' } },
  'a company': { groups: { company: 'acme' }, groupProperties: { company: { tier: 'gold' } } },
  'a getter': { personProperties: js('({ get plan() { return "pro" } })') },
  'a throwing getter': { personProperties: js('({ get plan() { throw new Error("getter") } })') },
  'a class instance': { personProperties: js('new (class Person { plan = "pro" })()') },
  'plan on the prototype': { personProperties: js('Object.create({ plan: "pro" })') },
  'an undefined plan': { personProperties: { plan: js('undefined') } },
}

async function agree(t, calls, clientOptions = {}) {
  for (const name of ['warn', 'error', 'info', 'debug', 'log']) {
    t.mock.method(console, name, () => {})
  }
  const testCase = { definitions, now: NOW, clientOptions: { remoteFlags: REMOTE_FLAGS, ...clientOptions }, calls }
  const difference = await compareClients(testCase, [PostHog, require(root).PostHog])
  assert.equal(difference, undefined, show(difference))
}

const call = (method, key, context, options, matchValue) => ({
  method,
  key,
  matchValue,
  context: { distinctId: 'user-1', ...context },
  options,
})

for (const [title, context] of Object.entries(contexts)) {
  for (const method of METHODS) {
    test(`${method} for ${title}`, async (t) => {
      const perFlag = !/^(getAll|evaluate)/.test(method)
      const calls = []
      for (const options of [
        { onlyEvaluateLocally: true },
        {},
        { sendFeatureFlagEvents: false },
        { disableGeoip: true },
      ]) {
        for (const key of perFlag ? KEYS : ['']) {
          calls.push(call(method, key, context, options))
        }
      }
      if (!perFlag) {
        for (const flagKeys of [
          ['on', 'variant'],
          ['flag-1'],
          ['no-such-flag'],
          ['client only'],
          [],
          ['on', 'on', 'asks plan'],
        ]) {
          calls.push(
            call(method, '', context, { flagKeys }),
            call(method, '', context, { flagKeys, onlyEvaluateLocally: true })
          )
        }
      }
      await agree(t, calls)
    })
  }
}

test('getFeatureFlagPayload with a match value does not evaluate', async (t) => {
  const calls = []
  for (const key of KEYS) {
    for (const matchValue of [true, false, 'test', 'other', 'remote', '', 'true']) {
      calls.push(
        call('getFeatureFlagPayload', key, {}, { onlyEvaluateLocally: true }, matchValue),
        call('getFeatureFlagPayload', key, {}, {}, matchValue)
      )
    }
  }
  await agree(t, calls)
})

test('strictLocalEvaluation keeps every call here', async (t) => {
  await agree(
    t,
    METHODS.flatMap((method) => KEYS.map((key) => call(method, key, {}, {}))),
    { strictLocalEvaluation: true }
  )
})

test('evaluationContexts filter for every method', async (t) => {
  await agree(
    t,
    METHODS.flatMap((method) => KEYS.map((key) => call(method, key, {}, {}))),
    { evaluationContexts: ['nowhere'] }
  )
})

test('enableLocalEvaluation: false asks the server for everything', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const requests = []
  for (const Client of [PostHog, require(root).PostHog]) {
    const opened = await openObserved(Client, JSON.stringify(definitions), {
      remoteFlags: REMOTE_FLAGS,
      enableLocalEvaluation: false,
    })
    const value = await opened.client.getFeatureFlag('flag-1', 'user-1')
    assert.equal(value, 'remote')
    assert.equal(opened.client.isLocalEvaluationReady(), false)
    requests.push(opened.network.takeFlagRequests().length)
    await opened.client.shutdown()
  }
  assert.deepEqual(requests, [1, 1])
})

test('runtimes of flags read as in posthog-node', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const answers = []
  for (const Client of [PostHog, require(root).PostHog]) {
    const { client } = await openObserved(Client, JSON.stringify(definitions), {})
    answers.push({
      runtimes: KEYS.map((key) => client.getFeatureFlagEvaluationRuntime(key)),
      keys: ['client', 'server', 'all'].map((runtime) => client.getFeatureFlagKeysByEvaluationRuntime(runtime)),
      ready: client.isLocalEvaluationReady(),
    })
    await client.shutdown()
  }
  assert.deepEqual(answers[1], answers[0])
})
