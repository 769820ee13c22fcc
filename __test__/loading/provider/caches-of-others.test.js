'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { STOCK, NATIVE, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')
const { openWorld } = require('../../unit/support/world')

/** What PostHog answers. */
const DEFINITIONS = {
  flags: [
    flag('größe 😀', {
      filters: {
        groups: [
          { properties: [{ key: 'größe', operator: 'gt', value: 1.5, type: 'person' }], rollout_percentage: 100 },
        ],
        payloads: { true: '{"größe": "😀"}' },
      },
    }),
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    flag('for companies', {
      filters: { aggregation_group_type_index: 0, groups: [{ properties: [], rollout_percentage: 100 }] },
    }),
    flag('in cohort', {
      filters: { groups: [{ properties: [{ key: 'id', value: 7, type: 'cohort' }], rollout_percentage: 100 }] },
    }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 7: { type: 'AND', values: [{ key: 'plan', operator: 'exact', value: ['pro'], type: 'person' }] } },
}

/**
 * As Python's `json.dumps` writes it: blanks after separators, letters of other alphabets escaped, and a fraction of each
 * floating-point number.
 *
 * @param {any} value
 * @returns {string}
 */
function dumps(value) {
  if (Array.isArray(value)) {
    return `[${value.map(dumps).join(', ')}]`
  }
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, field]) => `${dumps(key)}: ${dumps(field)}`)
      .join(', ')}}`
  }
  if (value === 50 || value === 100) {
    return `${value}.0`
  }
  const text = JSON.stringify(value)
  return text.replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const { group_type_mapping: mapping, ...rest } = DEFINITIONS

/** How others have written the same to a cache. @type {Record<string, unknown>} */
const CACHES = {
  "PostHog's Python SDK, as text": dumps({ ...DEFINITIONS }),
  "PostHog's Python SDK, without what is empty": dumps({ flags: DEFINITIONS.flags, ...DEFINITIONS }),
  'posthog-node before it knew both spellings': { ...rest, groupTypeMapping: mapping },
  'posthog-node 5.70': {
    ...DEFINITIONS,
    minimal_flag_called_events: false,
    property_matching_version: undefined,
    propertyMatchingVersion: undefined,
    groupTypeMapping: mapping,
    minimalFlagCalledEvents: false,
  },
  // Written down as 0.1.0 wrote it, field for field: not made by what writes it now.
  'this package 0.1.0': JSON.stringify({
    flags: DEFINITIONS.flags,
    group_type_mapping: mapping,
    cohorts: DEFINITIONS.cohorts,
    minimal_flag_called_events: false,
    groupTypeMapping: mapping,
    minimalFlagCalledEvents: false,
  }),
}

/** @type {[string, any][]} */
const PEOPLE = [
  ['kari', {}],
  ['ola', { personProperties: { größe: 2, plan: 'pro' } }],
  ['per', { personProperties: { größe: 1 }, groups: { company: 'acme' } }],
]

/** @param {any} client */
const answersOf = (client) =>
  Promise.all(
    PEOPLE.map(([distinctId, person]) =>
      client.getAllFlagsAndPayloads(distinctId, { ...person, onlyEvaluateLocally: true })
    )
  )

for (const [writer, cached] of Object.entries(CACHES)) {
  test(`a cache that was written by ${writer} gives the answers of the server's definitions`, async (t) => {
    const { open } = await openWorld(t, DEFINITIONS)
    const fromServer = open(STOCK)
    await fromServer.reloadFeatureFlags()
    const ours = open(NATIVE, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }) })
    await ours.reloadFeatureFlags()
    assert.equal(ours.localEvaluationEngine, 'native')
    const answers = await answersOf(fromServer)
    assert.equal(answers[1].featureFlags['größe 😀'], true)
    assert.deepEqual(await answersOf(ours), answers)
  })
}

test('what this package writes to a cache is read by posthog-node, and the other way round', async (t) => {
  const { open } = await openWorld(t, DEFINITIONS)
  for (const [Writer, Reader] of [
    [NATIVE, STOCK],
    [STOCK, NATIVE],
  ]) {
    const written = memoryProvider()
    const writer = open(Writer, { flagDefinitionCacheProvider: written })
    await writer.reloadFeatureFlags()
    const cached = JSON.parse(JSON.stringify(written.stored[0]))
    const reader = open(Reader, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }) })
    await reader.reloadFeatureFlags()
    assert.deepEqual(await answersOf(reader), await answersOf(writer))
  }
})
