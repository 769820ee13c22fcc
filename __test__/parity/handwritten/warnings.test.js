'use strict'

// The two warnings at load time, word for word, and that each flag is warned about once until its definition changes.

const test = require('node:test')
const assert = require('node:assert/strict')
const { PostHog } = require('posthog-node')
const { root } = require('../support/native.js')
const { flag, when, property, always } = require('../support/handwritten.js')
const { memoryProvider } = require('../../support/providers.js')

const member = (id) => ({ key: 'id', type: 'cohort', value: id })
const needs = (key, chain) => ({ key, type: 'flag', value: true, dependency_chain: chain })

const flags = [
  flag('fine', always),
  flag('sticky', always, { ensure_experience_continuity: true }),
  flag('sticky too', 5, { ensure_experience_continuity: true }),
  flag('client only', always, { ensure_experience_continuity: true, evaluation_runtime: 'client' }),
  flag('inactive', [when([member(99)])], { active: false }),
  flag('static cohort', [when([member(99)])]),
  flag('nested static cohort', [when([member(1)])]),
  flag('unknown operator', [when([property('plan', 'between', [1, 2])])]),
  flag('missing dependency', [when([needs('nobody', ['nobody'])])]),
  flag('circular dependency', [when([needs('fine', [])])]),
  flag('unknown group', always, { filters: { aggregation_group_type_index: 7 } }),
  flag('bad version', [when([property('version', 'semver_eq', 'x')])]),
  flag('bad date', [when([property('at', 'is_date_before', 'soon')])]),
  flag('integer', [when([property('age', 'exact', 5)])]),
  flag('bad regex is fine', [when([property('email', 'regex', '(?=a)')])]),
]
const cohorts = {
  1: { type: 'AND', values: [{ type: 'OR', values: [member(2)] }] },
  2: { type: 'OR', values: [member(1), member(99)] },
}

/** The warnings of a client of `Client` that loads each document in turn. */
async function warningsOf(t, Client, documents, options = {}) {
  const warnings = []
  const warn = t.mock.method(console, 'warn', (message) => warnings.push(message))
  let [current] = documents
  const client = new Client('phc_parity', {
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => current } }),
    ...options,
  })
  client.on('error', () => {})
  await client.waitForLocalEvaluationReady()
  // posthog-node announces a load before it has ended, and a reload until then would only join it.
  await new Promise(setImmediate)
  for (const document of documents.slice(1)) {
    current = JSON.parse(JSON.stringify(document))
    await client.reloadFeatureFlags()
  }
  await client.shutdown()
  warn.mock.restore()
  return warnings
}

const document = { flags, cohorts, group_type_mapping: { 0: 'company' } }
const changed = { ...document, flags: flags.map((f) => (f.key === 'sticky' ? { ...f, id: 2 } : f)) }
const without = { ...document, flags: flags.filter((f) => f.key !== 'sticky') }

const cases = {
  'one load': [[document], {}],
  'strict local evaluation': [[document], { strictLocalEvaluation: true }],
  'the same again': [[document, document], {}],
  'one definition changed': [[document, changed], {}],
  'a flag gone and back': [[document, without, document], {}],
  'nothing to warn about': [[{ flags: [flag('fine', always)], cohorts: {} }], {}],
  'evaluation contexts': [
    [
      {
        ...document,
        flags: flags.map((f) => ({ ...f, evaluation_contexts: f.key.startsWith('s') ? ['web'] : ['api'] })),
      },
    ],
    { evaluationContexts: ['api'] },
  ],
}
for (const [title, [documents, options]] of Object.entries(cases)) {
  test(`the load-time warnings are posthog-node's: ${title}`, async (t) => {
    const theirs = await warningsOf(t, PostHog, documents, options)
    const ours = await warningsOf(t, require(root).PostHog, documents, options)
    assert.deepEqual(ours, theirs)
    if (title !== 'nothing to warn about') {
      assert.ok(theirs.length > 0)
    }
  })
}
