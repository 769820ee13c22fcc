'use strict'

// Definitions that name so many properties that they cannot be arguments of one call, beside posthog-node.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

/** @param {string} key @param {string} [value] */
const isExactly = (key, value = 'x') => ({ key, type: 'person', operator: 'exact', value })

const LAST = 'the last'

/**
 * Definitions with one flag that reads so many properties, and one that reads none.
 *
 * @param {number} count
 */
function definitions(count) {
  const names = Array.from({ length: count }, (_, place) => `property ${place}`)
  const others = [isExactly('distinct_id', 'kari'), { ...isExactly('tier'), type: 'group' }]
  return {
    flags: [
      flag('many', { filters: { groups: [...names, LAST].map((name) => ({ properties: [isExactly(name)] })) } }),
      flag('group', { filters: { aggregation_group_type_index: 0, groups: [{ properties: [others[1]] }] } }),
      flag('distinct id', { filters: { groups: [{ properties: [others[0]] }] } }),
      flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    ],
    group_type_mapping: { 0: 'company' },
    cohorts: {},
  }
}

/** @type {[name: string, options: any][]} */
const CALLS = [
  ['the last of them', { personProperties: { [LAST]: 'x' } }],
  ['one in the middle', { personProperties: { 'property 40': 'x', [LAST]: 'y' } }],
  ['values of all kinds', { personProperties: { 'property 1': [1], 'property 2': undefined, 'property 3': null } }],
  ['none of them', {}],
  ['a group', { groups: { company: 'acme' }, groupProperties: { company: { tier: 'x' } } }],
  ['another distinct id', { personProperties: { distinct_id: 'other' } }],
]

/** @param {any} PostHog @param {unknown} document @param {import('node:test').TestContext} context */
async function open(PostHog, document, context) {
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: document }),
  })
  context.after(() => client.shutdown())
  client.on('error', (/** @type {Error} */ error) => assert.fail(error))
  assert.equal(await client.waitForLocalEvaluationReady(30_000), true)
  return client
}

describe('definitions that name', () => {
  for (const count of [60, 61, 62, 63, 64, 65, 1016, 1017, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 130_000]) {
    it(`${count} properties and some more are evaluated as by posthog-node`, async (context) => {
      const document = definitions(count)
      const [theirs, ours] = [await open(STOCK, document, context), await open(NATIVE, document, context)]
      const evaluator = new LocalEvaluator(document)
      // Of very many, posthog-node takes seconds for each call.
      for (const [name, options] of count > 10_000 ? CALLS.slice(0, 1) : CALLS) {
        const call = { ...options, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
        const expected = await theirs.getAllFlags('kari', call)
        assert.deepEqual(await ours.getAllFlags('kari', call), expected, name)
        assert.deepEqual(evaluator.getAllFlags('kari', call), expected, name)
        for (const { key } of document.flags) {
          assert.equal(await ours.getFeatureFlag(key, 'kari', call), expected[key], `${key}, ${name}`)
        }
      }
    })
  }

  it('a hundred thousand are evaluated where there is little stack', () => {
    const program = `
      const { LocalEvaluator } = require('.')
      const properties = Array.from({ length: 100000 }, (_, place) => ({ key: 'p' + place, value: 'x', type: 'person' }))
      const groups = properties.map((property) => ({ properties: [property] }))
      const flags = [{ id: 1, key: 'many', active: true, filters: { groups } }]
      const evaluator = new LocalEvaluator({ flags, group_type_mapping: {}, cohorts: {} })
      const deep = (left) => left > 0 ? deep(left - 1) : evaluator.getAllFlags('kari', { personProperties: { p99999: 'x' } })
      console.log(JSON.stringify(deep(500)))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--stack-size=400', '-e', program], {
      cwd: join(__dirname, '../../..'),
      encoding: 'utf8',
    })
    assert.equal(stdout, '{"many":true}\n', stderr.slice(0, 500))
  })
})
