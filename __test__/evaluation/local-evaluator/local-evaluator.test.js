'use strict'

const test = require('node:test')
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { LocalEvaluator, PostHog } = require('../../../index.js')
const { memoryProvider } = require('../../support/providers')
const stock = require('posthog-node')

const text = readFileSync(path.join(__dirname, '../../../examples/project-definitions.json'), 'utf8')
const PERSON = { plan: 'pro', country: 'NO', email: 'kari@hedgehog.example', app_version: '2.4.1', $device_id: 'd-7' }
const OPTIONS = {
  personProperties: PERSON,
  groups: { company: 'acme' },
  groupProperties: { company: { tier: 'gold' } },
}

test('an object, JSON text and bytes make the same evaluator', () => {
  const expected = new LocalEvaluator(text).getAllFlagsAndPayloads('kari', OPTIONS)
  assert.ok(Object.keys(expected.featureFlags).length > 20)
  for (const definitions of [JSON.parse(text), Buffer.from(text), new TextEncoder().encode(text)]) {
    assert.deepEqual(new LocalEvaluator(definitions).getAllFlagsAndPayloads('kari', OPTIONS), expected)
  }
})

test('it answers as posthog-node does over the same definitions', async (t) => {
  const client = new stock.PostHog('phc_test', {
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({
      fetch: false,
      methods: { getFlagDefinitions: () => JSON.parse(text) },
    }),
  })
  t.after(() => client.shutdown())
  t.mock.method(console, 'warn', () => {})
  await client.waitForLocalEvaluationReady()
  const evaluator = new LocalEvaluator(text)
  const only = { ...OPTIONS, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
  for (let turn = 0; turn < 25; turn++) {
    const id = `user-${turn}`
    assert.deepEqual(evaluator.getAllFlagsAndPayloads(id, OPTIONS), await client.getAllFlagsAndPayloads(id, only))
    assert.deepEqual(evaluator.getAllFlags(id, OPTIONS), await client.getAllFlags(id, only))
    for (const { key } of JSON.parse(text).flags) {
      assert.equal(evaluator.getFeatureFlag(key, id, OPTIONS), await client.getFeatureFlag(key, id, only), key)
      assert.deepEqual(
        evaluator.getFeatureFlagResult(key, id, OPTIONS),
        await client.getFeatureFlagResult(key, id, only),
        key
      )
    }
  }
})

test('flagKeys restricts what is evaluated', () => {
  const flags = new LocalEvaluator(text).getAllFlags('kari', {
    ...OPTIONS,
    flagKeys: ['instant-search', 'no-such-flag'],
  })
  assert.deepEqual(flags, { 'instant-search': true })
})

test('evaluationContexts leaves out flags of other contexts', () => {
  const definitions = {
    flags: [
      { key: 'a', active: false, evaluation_contexts: ['web'] },
      { key: 'b', active: false },
    ],
  }
  const keys = (/** @type {string[]} */ evaluationContexts) =>
    Object.keys(new LocalEvaluator(definitions, { evaluationContexts }).getAllFlags('kari'))
  assert.deepEqual(keys(['web']), ['a', 'b'])
  assert.deepEqual(keys(['worker']), ['b'])
})

test('what is no definitions document throws a TypeError that says what was expected and where', () => {
  for (const [definitions, message] of [
    ['{"flags":[}', /flag definitions are not valid JSON: .* at line 1 column 11/],
    ['', /flag definitions are not valid JSON: .* at line 1 column 0/],
    [{}, /with a list `flags` at its top level, but received none/],
    ['[]', /with a list `flags` at its top level, but received none/],
    [{ flags: 5 }, /with a list at `flags` but received a number there/],
    [{ flags: null }, /with a list at `flags` but received null there/],
    [undefined, /Expected flag definitions as an object, JSON text or a Uint8Array but received undefined/],
    [null, /but received null/],
    [7, /but received number/],
  ]) {
    assert.throws(() => new LocalEvaluator(definitions), { name: 'TypeError', message })
  }
  assert.throws(() => new LocalEvaluator({ flags: [] }, { evaluationContexts: 'web' }), {
    name: 'TypeError',
    message: /Expected evaluationContexts to be an array of strings but received string/,
  })
})

test('a payload is a fresh object each time', () => {
  const definitions = {
    flags: [{ key: 'f', active: true, filters: { groups: [{}], payloads: { true: '{"limits":{"burst":[1,2]}}' } } }],
  }
  const evaluator = new LocalEvaluator(definitions)
  evaluator.getFeatureFlagResult('f', 'kari').payload.limits.burst.push(3)
  assert.deepEqual(evaluator.getFeatureFlagResult('f', 'kari').payload, { limits: { burst: [1, 2] } })
})

test('payload texts of every kind are read as JSON.parse reads them', () => {
  const deep = `${'['.repeat(500)}${']'.repeat(500)}`
  for (const payload of [
    '1',
    'null',
    '"x"',
    'no json',
    '{"__proto__":{"a":1},"b":[{"c":null}]}',
    deep,
    `"${'é'.repeat(2000)}"`,
  ]) {
    const filters = { groups: [{}], payloads: { true: payload } }
    const evaluator = new LocalEvaluator({ flags: [{ key: 'f', active: true, filters }] })
    let expected
    try {
      expected = JSON.parse(payload) ?? undefined
    } catch {
      expected = payload
    }
    for (let turn = 0; turn < 3; turn++) {
      assert.deepEqual(evaluator.getFeatureFlagResult('f', 'kari').payload, expected)
    }
  }
})

test('the clock is read only when a definition needs it', (t) => {
  const flag = (/** @type {object} */ filter) => ({
    flags: [{ key: 'f', active: true, filters: { groups: [{ properties: [{ key: 'seen', ...filter }] }] } }],
  })
  const absolute = new LocalEvaluator(flag({ operator: 'is_date_after', value: '2024-01-01' }))
  const relative = new LocalEvaluator(flag({ operator: 'is_date_after', value: '-7d' }))
  const options = { personProperties: { seen: '2024-05-05' } }
  const RealDate = Date
  let readings = 0
  t.after(() => (globalThis.Date = RealDate))
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length === 0 ? [RealDate.UTC(2024, 4, 8)] : given))
      readings += given.length === 0 ? 1 : 0
    }
  }
  assert.equal(absolute.getFeatureFlag('f', 'kari', options), true)
  assert.equal(readings, 0)
  assert.equal(relative.getFeatureFlag('f', 'kari', options), true)
  assert.ok(readings > 0)
})

test('an evaluation inside an evaluation leaves the outer one as it was', () => {
  const filter = { key: 'tag', operator: 'icontains', value: 'x' }
  const flags = ['a', 'b', 'c'].map((key) => ({ key, active: true, filters: { groups: [{ properties: [filter] }] } }))
  const evaluator = new LocalEvaluator({ flags })
  const inner = []
  const tag = {
    toString() {
      inner.push(evaluator.getAllFlags('other', { personProperties: { tag: 'none' } }))
      return 'x-ray'
    },
  }
  const outer = evaluator.getAllFlags('kari', { personProperties: { tag } })
  assert.deepEqual(outer, { a: true, b: true, c: true })
  assert.ok(inner.length > 0)
  inner.forEach((flags) => assert.deepEqual(flags, { a: false, b: false, c: false }))
})

test("a client's own evaluator answers from whatever the client holds", async (t) => {
  let document = { flags: [{ key: 'f', active: true, filters: { groups: [{}] } }], cohorts: {}, groupTypeMapping: {} }
  const client = new PostHog('phc_test', {
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => document } }),
  })
  t.after(() => client.shutdown())
  const evaluator = client.localEvaluator
  assert.equal(evaluator.getFeatureFlag('f', 'kari'), undefined)
  await client.waitForLocalEvaluationReady()
  assert.equal(evaluator.getFeatureFlag('f', 'kari'), true)
  document = { ...document, flags: [{ key: 'f', active: false }] }
  await client.reloadFeatureFlags()
  assert.equal(evaluator.getFeatureFlag('f', 'kari'), false)
  assert.ok(evaluator instanceof LocalEvaluator)
})
