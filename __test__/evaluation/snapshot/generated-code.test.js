'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { after, test } = require('node:test')
const { PostHog: StockPostHog } = require('posthog-node')
const { LocalEvaluator } = require('../../..')
const { memoryProvider } = require('../../support/providers')

/**
 * posthog-node's answers over the same definitions.
 *
 * @param {any} definitions
 */
async function openOracle(definitions) {
  const client = new StockPostHog('phc_project', {
    host: 'http://127.0.0.1:1',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => definitions } }),
  })
  assert.equal(await client.waitForLocalEvaluationReady(), true)
  return client
}

/** @param {number} count of flags: rollouts, variants, one in twenty that needs a property, with payloads here and there */
function mixture(count) {
  const flags = Array.from({ length: count }, (_, index) => {
    const variants = ['control', 'blue'].map((key) => ({ key, rollout_percentage: 50 }))
    const needs = index % 20 === 19 ? [{ key: 'plan', value: 'pro', operator: 'exact', type: 'person' }] : []
    return {
      key: `flag ${index}`,
      active: index % 11 !== 10,
      filters: {
        groups: [{ properties: needs, rollout_percentage: 60 }],
        ...(index % 3 === 2 && { multivariate: { variants } }),
        ...(index % 5 === 0 && { payloads: { true: `[${index}]`, blue: '{"is":{"blue":true}}' } }),
      },
    }
  })
  return { flags, cohorts: {}, group_type_mapping: {} }
}

const COUNTS = [1, 2, 129, 1021, 2048, 2049]
/** posthog-node over all flags: fewer flags have the same answers, for none of them looks at another. */
const oracleOfAll = openOracle(mixture(Math.max(...COUNTS)))
after(async () => (await oracleOfAll).shutdown())
/** What it answers in each turn. @type {Map<number, Promise<any>>} */
const answersOfTurns = new Map()

/**
 * @param {number} turn
 * @param {Record<string, unknown>} personProperties the same in each such turn
 * @param {number} count of the flags
 */
async function expectedIn(turn, personProperties, count) {
  const oracle = await oracleOfAll
  if (!answersOfTurns.has(turn)) {
    const options = { personProperties, onlyEvaluateLocally: true }
    answersOfTurns.set(turn, oracle.getAllFlagsAndPayloads(`user-${turn}`, options))
  }
  const { featureFlags, featureFlagPayloads } = await answersOfTurns.get(turn)
  const first = new Set(Array.from({ length: count }, (_, index) => `flag ${index}`))
  const ofFirst = (/** @type {object} */ all) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => first.has(key)))
  return { featureFlags: ofFirst(featureFlags), featureFlagPayloads: ofFirst(featureFlagPayloads) }
}

// Up to 2,048 flags, code is generated after some calls.
for (const count of COUNTS) {
  test(`responses for ${count} flags are posthog-node's, in calls with and without a value for each`, async () => {
    const evaluator = new LocalEvaluator(mixture(count))
    for (let turn = 0; turn < 12; turn++) {
      const personProperties = turn % 2 === 0 ? { plan: turn % 4 === 0 ? 'pro' : 'free' } : {}
      if (turn >= 2 && turn < 6) {
        // As the first ones, until code is generated.
        evaluator.getAllFlagsAndPayloads(`user-${turn}`, { personProperties })
        evaluator.getAllFlags(`user-${turn}`, { personProperties })
        continue
      }
      const expected = await expectedIn(turn, personProperties, count)
      assert.deepEqual(evaluator.getAllFlagsAndPayloads(`user-${turn}`, { personProperties }), expected)
      assert.deepEqual(evaluator.getAllFlags(`user-${turn}`, { personProperties }), expected.featureFlags)
    }
  })
}

const HOSTILE = [
  '"+(globalThis.escaped=1)+"',
  "'+(globalThis.escaped=1)+'",
  '`${globalThis.escaped=1}`',
  '*/globalThis.escaped=1/*',
  '\n;globalThis.escaped=1;//',
  '\u2028globalThis.escaped=1\u2029',
  '\\',
  '\\"',
  '"]: 0 }; globalThis.escaped = 1; return { ["',
  '</script>',
  '\ud800',
  '',
  '0',
  'prototype',
  'constructor',
  'arguments',
  'context',
]

test('names from definitions never become code', async () => {
  const condition = (/** @type {string} */ key, /** @type {object} */ more) => ({
    properties: [{ key, value: 'yes', operator: 'exact', type: 'person', ...more }],
  })
  const flags = HOSTILE.flatMap((name) => [
    { key: name, active: true, filters: { groups: [condition(name, {})], payloads: { true: '1' } } },
    {
      key: `of group ${name}`,
      active: true,
      filters: { aggregation_group_type_index: 0, groups: [condition(name, { type: 'group' })] },
    },
    {
      key: `variant ${name}`,
      active: true,
      filters: { groups: [{}], multivariate: { variants: [{ key: name, rollout_percentage: 100 }] } },
    },
  ])
  for (const group of HOSTILE.slice(0, 9)) {
    const definitions = { flags, cohorts: {}, group_type_mapping: { 0: group } }
    const evaluator = new LocalEvaluator(definitions)
    const oracle = await openOracle(definitions)
    const properties = Object.fromEntries(HOSTILE.map((name, index) => [name, index % 3 ? 'yes' : 'no']))
    const options = {
      personProperties: properties,
      groups: { [group]: 'acme' },
      groupProperties: { [group]: properties },
    }
    const expected = await oracle.getAllFlagsAndPayloads('user', { ...options, onlyEvaluateLocally: true })
    for (let turn = 0; turn < 6; turn++) {
      assert.deepEqual(evaluator.getAllFlagsAndPayloads('user', options), expected)
      for (const { key } of flags) {
        assert.equal(evaluator.getFeatureFlag(key, 'user', options), expected.featureFlags[key], JSON.stringify(key))
      }
    }
    await oracle.shutdown()
  }
  assert.equal('escaped' in globalThis, false)
})

test('definitions that read hundreds of properties are evaluated as posthog-node does', async () => {
  const keys = Array.from({ length: 400 }, (_, index) => `property ${index}`)
  const read = (/** @type {string[]} */ names) =>
    names.map((key) => ({ key, value: ['a', 'b'], operator: 'exact', type: 'person' }))
  const flags = [
    ...keys.map((key) => ({ key: `reads ${key}`, active: true, filters: { groups: [{ properties: read([key]) }] } })),
    { key: 'reads all', active: true, filters: { groups: [{ properties: read(keys) }] } },
  ]
  const definitions = { flags, cohorts: {}, group_type_mapping: {} }
  const evaluator = new LocalEvaluator(definitions)
  const oracle = await openOracle(definitions)
  for (const choices of [['a'], ['a', 'b'], ['a', 'c'], ['b', null], ['a', undefined]]) {
    const person = Object.fromEntries(keys.map((key, index) => [key, choices[index % choices.length]]))
    const expected = await oracle.getAllFlags('user', { personProperties: person, onlyEvaluateLocally: true })
    assert.deepEqual(evaluator.getAllFlags('user', { personProperties: person }), expected)
    const all = evaluator.getFeatureFlag('reads all', 'user', { personProperties: person })
    assert.equal(all, expected['reads all'])
  }
  await oracle.shutdown()
})

test('where Node forbids code generation, answers are the same', () => {
  const program = `
    const { LocalEvaluator } = require('./index.js')
    const definitions = JSON.parse(process.argv[1])
    const evaluator = new LocalEvaluator(definitions)
    let forbidden = false
    try { new Function('') } catch { forbidden = true }
    const answers = Array.from({ length: 12 }, (_, turn) => [
      evaluator.getAllFlagsAndPayloads('user-' + turn, { personProperties: { plan: 'pro' } }),
      evaluator.getFeatureFlag('flag 19', 'user-' + turn, { personProperties: { plan: 'pro' } }),
    ])
    console.log(JSON.stringify({ forbidden, answers }))`
  for (const count of [20, 200]) {
    const [free, forbidden] = [[], ['--disallow-code-generation-from-strings']].map((flags) =>
      JSON.parse(
        execFileSync(process.execPath, [...flags, '-e', program, JSON.stringify(mixture(count))], {
          cwd: path.join(__dirname, '../../..'),
          encoding: 'utf8',
        })
      )
    )
    assert.deepEqual([free.forbidden, forbidden.forbidden], [false, true])
    assert.deepEqual(forbidden.answers, free.answers)
  }
})
