'use strict'

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { gunzipSync } = require('node:zlib')

const { LocalEvaluator } = require('../../../index.js')

/** @param {string} name */
function vectors(name) {
  const file = path.join(__dirname, '../../../tests/server', `${name}.json.gz`)
  return JSON.parse(gunzipSync(readFileSync(file)).toString())
}

/** @param {any} properties */
function flagOf(properties) {
  const filters = { groups: [{ properties: [{ key: 'x', type: 'person', ...properties }], rollout_percentage: 100 }] }
  return { flags: [{ id: 1, key: 'f', active: true, filters }], cohorts: {}, group_type_mapping: {} }
}

test('the smallest examples are decided as the server decides them', (t) => {
  const all = vectors('examples')
  // A clock in the middle of them all.
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2024-06-15T12:00:00Z') })
  const examples = [...all.definite, ...all.leftToTheNetwork]
  const wrong = []
  let decided = 0
  for (const [what, definitions, context, [expected]] of examples) {
    // JavaScript reads 1.0 as 1.
    if (JSON.stringify(definitions).includes('"icontains","type":"person","value":1}')) continue
    const evaluator = new LocalEvaluator(definitions, { semantics: 'server', timezone: context.timezone ?? 'UTC' })
    const value = evaluator.getFeatureFlag(definitions.flags[0].key, context.distinct_id, {
      personProperties: context.person_properties,
      groups: context.groups,
      groupProperties: context.group_properties,
      propertiesAreComplete: true,
    })
    decided += value === undefined ? 0 : 1
    if (value !== undefined && value !== (expected ?? undefined)) {
      wrong.push(`${what}: ${value}, server ${expected}`)
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(decided >= 0.97 * examples.length - 2, `${decided} of ${examples.length}`)
})

test('what is not given is unknown unless the properties are complete', () => {
  const evaluator = new LocalEvaluator(flagOf({ operator: 'is_not_set' }), { semantics: 'server' })
  assert.equal(evaluator.getFeatureFlag('f', 'u'), undefined)
  assert.equal(evaluator.getFeatureFlag('f', 'u', { propertiesAreComplete: true }), true)
  assert.equal(evaluator.getFeatureFlag('f', 'u', { personProperties: { x: 1 } }), false)
})

test('lists and dates of JavaScript are what a request would carry', () => {
  const holds = new LocalEvaluator(flagOf({ operator: 'icontains', value: '["a",1]' }), { semantics: 'server' })
  assert.equal(holds.getFeatureFlag('f', 'u', { personProperties: { x: ['a', 1] } }), true)
  const after = new LocalEvaluator(flagOf({ operator: 'is_date_after', value: '2024-01-01' }), { semantics: 'server' })
  assert.equal(after.getFeatureFlag('f', 'u', { personProperties: { x: new Date('2024-06-01') } }), true)
})

test('unknown semantics and time zones are refused', () => {
  const definitions = flagOf({ value: 'a' })
  const of = (/** @type {any} */ options) => () => new LocalEvaluator(definitions, options)
  assert.throws(of({ semantics: 'mine' }), { name: 'TypeError', message: /'posthog-node' or 'server'/ })
  assert.throws(of({ semantics: 'server', timezone: 'Europe/Nowhere' }), {
    name: 'TypeError',
    message: /Europe\/Berlin/,
  })
})

test('a flag of another config version is left to the server in both semantics', () => {
  const definitions = flagOf({ value: 'a' })
  definitions.flags[0].filters = /** @type {any} */ ({ version: 2, groups: [{}] })
  for (const semantics of /** @type {const} */ (['posthog-node', 'server'])) {
    const evaluator = new LocalEvaluator(definitions, { semantics })
    assert.equal(evaluator.getFeatureFlag('f', 'u'), undefined)
    assert.equal(evaluator.explain('f', 'u')?.unresolvedReason, 'unsupported_definition')
  }
})
