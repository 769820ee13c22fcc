'use strict'

const assert = require('node:assert/strict')

const { makePeople } = require('../../cli/definitions/people.js')
const project = require('../../examples/project-definitions.json')
const { LocalEvaluator } = require('../..')
const { testClient } = require('../../testing')
const { Random } = require('../parity/support/random.js')
const { flag } = require('./flags')

const REASONS = ['experience_continuity', 'unsupported_definition', 'unresolved_dependency', 'missing_context']

/** Beside the flags of a project, one that depends on itself and one that is broken. @type {any[]} */
const ODD = [
  flag('endless', {
    filters: {
      groups: [{ properties: [{ key: 'endless', type: 'flag', value: true, dependency_chain: ['endless'] }] }],
    },
  }),
  flag('broken', { filters: { groups: 5 } }),
]

/** Two sets of definitions; the second lacks some flags of the first, and decides others by other properties. @type {any[]} */
const DOCUMENTS = [
  { ...project, flags: [...project.flags, ...ODD] },
  {
    ...project,
    flags: project.flags
      .slice(10)
      .map((each, place) =>
        place % 5
          ? each
          : { ...each, filters: { groups: [{ properties: [{ key: 'nowhere', value: 'x', type: 'person' }] }] } }
      ),
  },
]

/** Each method by which flags are evaluated, with the keys that it is about: one, some or all. */
const METHODS =
  /** @type {Record<string, [which: 'one' | 'some' | 'all', call: (client: any, id: string, about: any, keys: any) => unknown]>} */ ({
    getFeatureFlag: ['one', (client, id, about, [key]) => client.getFeatureFlag(key, id, about)],
    isFeatureEnabled: ['one', (client, id, about, [key]) => client.isFeatureEnabled(key, id, about)],
    getFeatureFlagResult: ['one', (client, id, about, [key]) => client.getFeatureFlagResult(key, id, about)],
    getFeatureFlagPayload: [
      'one',
      (client, id, about, [key]) => client.getFeatureFlagPayload(key, id, undefined, about),
    ],
    getAllFlags: ['all', (client, id, about) => client.getAllFlags(id, about)],
    getAllFlagsOfKeys: ['some', (client, id, about, flagKeys) => client.getAllFlags(id, { ...about, flagKeys })],
    getAllFlagsAndPayloads: ['all', (client, id, about) => client.getAllFlagsAndPayloads(id, about)],
    evaluateFlags: ['all', (client, id, about) => client.evaluateFlags(id, about)],
    evaluateFlagsOfKeys: ['some', (client, id, about, flagKeys) => client.evaluateFlags(id, { ...about, flagKeys })],
    'localEvaluator.getFeatureFlag': [
      'one',
      (client, id, about, [key]) => client.localEvaluator.getFeatureFlag(key, id, about),
    ],
    'localEvaluator.getFeatureFlagResult': [
      'one',
      (client, id, about, [key]) => client.localEvaluator.getFeatureFlagResult(key, id, about),
    ],
    'localEvaluator.getAllFlags': ['all', (client, id, about) => client.localEvaluator.getAllFlags(id, about)],
    'localEvaluator.getAllFlagsAndPayloads': [
      'some',
      (client, id, about, flagKeys) => client.localEvaluator.getAllFlagsAndPayloads(id, { ...about, flagKeys }),
    ],
  })

/**
 * Has a client evaluate flags by each method, and holds the counters of its status against what was asked: exactly.
 *
 * @param {{ seed: string, evaluations: number, options?: Record<string, unknown> }} run `evaluations` of each method
 */
async function checkCounters({ seed, evaluations, options }) {
  const random = new Random(seed, 0)
  const client = testClient(DOCUMENTS[0], { sendFeatureFlagEvent: false, ...options })
  const counted = { local: 0, unresolved: Object.fromEntries(REASONS.map((reason) => [reason, 0])), flags: new Map() }
  try {
    for (const document of DOCUMENTS) {
      await client.setFlags(document)
      const people = makePeople(document, { count: 50, seed: random.int(1e6), missing: 0.3 })
      const outcomes = people.map((person) => outcomesOf(document, person))
      const keys = Object.keys(outcomes[0])
      for (const [which, call] of Object.values(METHODS)) {
        for (let done = 0; done < evaluations / DOCUMENTS.length;) {
          const place = random.int(people.length)
          const { distinctId, ...about } = people[place]
          const asked = which === 'all' ? keys : random.sample(keys, which === 'one' ? 1 : 1 + random.int(keys.length))
          await call(client, distinctId, about, asked)
          asked.forEach((key) => count(counted, key, outcomes[place][key]))
          done += asked.length
        }
        compare(client.localEvaluationStatus(), counted)
      }
    }
  } finally {
    await client.shutdown()
  }
  return { local: counted.local, unresolved: counted.unresolved }
}

/** Of each flag whether it has a value, or why it has none. */
function outcomesOf(document, { distinctId, ...about }) {
  const evaluator = new LocalEvaluator(document)
  const outcomes = document.flags.map(({ key }) => {
    const { value, unresolvedReason } = evaluator.explain(key, distinctId, about)
    return [key, value === undefined ? unresolvedReason : true]
  })
  return Object.fromEntries(outcomes)
}

function count(counted, key, outcome) {
  if (outcome === true) {
    counted.local++
  } else if (outcome !== undefined) {
    counted.unresolved[outcome]++
    const reasons = counted.flags.get(key) ?? counted.flags.set(key, {}).get(key)
    reasons[outcome] = (reasons[outcome] ?? 0) + 1
  }
}

function compare({ evaluations, unresolvedFlags }, { local, unresolved, flags }) {
  assert.deepEqual(evaluations, { local, unresolved })
  const expected = [...flags].map(([key, reasons]) => {
    const [reason] = REASONS.filter((each) => reasons[each]).sort((a, b) => reasons[b] - reasons[a])
    return [key, { reason, count: Object.values(reasons).reduce((sum, number) => sum + number, 0) }]
  })
  assert.ok(expected.length <= 100)
  assert.deepEqual(unresolvedFlags, Object.fromEntries(expected))
}

module.exports = { checkCounters }
