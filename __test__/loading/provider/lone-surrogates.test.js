'use strict'

// JavaScript text may hold half of a character. A document is the same however it comes: as an object, as text with the
// half as it is, or as text with an escape.

const assert = require('node:assert/strict')
const test = require('node:test')

const { LocalEvaluator } = require('../../..')
const { STOCK } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

const HIGH = '\ud800'
const LOW = '\udc00'

const DOCUMENT = {
  flags: [
    { key: `roll${HIGH}`, active: true, filters: { groups: [{ rollout_percentage: 50 }] } },
    { key: `${LOW}roll`, active: true, filters: { groups: [{ rollout_percentage: 50 }] } },
    { key: `${LOW}${HIGH}`, active: true, filters: { groups: [{ rollout_percentage: 50 }] } },
    { key: `whole😀`, active: true, filters: { groups: [{ rollout_percentage: 50 }] } },
    {
      key: 'variants',
      active: true,
      filters: {
        groups: [{}],
        multivariate: {
          variants: [
            { key: `a${HIGH}`, rollout_percentage: 50 },
            { key: `${LOW}b\\`, rollout_percentage: 50 },
          ],
        },
        payloads: { [`a${HIGH}`]: { [HIGH]: [LOW, '\\', '\ufffd'] }, [`${LOW}b\\`]: `"${HIGH}"` },
      },
    },
    {
      key: 'cohort',
      active: true,
      filters: { groups: [{ properties: [{ type: 'cohort', key: 'id', value: `c${HIGH}` }] }] },
    },
    {
      key: 'icontains',
      active: true,
      filters: { groups: [{ properties: [{ key: `plan${LOW}`, operator: 'icontains', value: HIGH }] }] },
    },
    {
      key: 'of a group',
      active: true,
      filters: { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 50 }] },
    },
    { key: 'in context', active: true, evaluation_contexts: [`web${HIGH}`], filters: { groups: [{}] } },
    { key: 'out of context', active: true, evaluation_contexts: ['web\ufffd'], filters: { groups: [{}] } },
  ],
  cohorts: { [`c${HIGH}`]: { type: 'OR', values: [{ key: `plan${LOW}`, operator: 'is_set', value: 'is_set' }] } },
  group_type_mapping: { 0: `company${LOW}` },
}

const CONTEXTS = [`web${HIGH}`]

/** JSON text in which each half stands as it is. */
const raw = JSON.stringify(DOCUMENT).replace(/\\u(d[89a-f]..)/g, (_, unit) => String.fromCharCode(parseInt(unit, 16)))

/** @param {number} user */
const options = (user) => ({
  groups: { [`company${LOW}`]: `acme-${user}` },
  personProperties: { [`plan${LOW}`]: `x${HIGH}y` },
})

test('halves of characters in keys, values, payloads, cohorts, groups and contexts come as posthog-node reads them', async (t) => {
  assert.notEqual(raw, JSON.stringify(DOCUMENT))
  assert.deepEqual(JSON.parse(raw), DOCUMENT)
  const stock = new STOCK('phc_x', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    evaluationContexts: CONTEXTS,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DOCUMENT }),
  })
  t.after(() => stock.shutdown())
  const forms = {
    object: DOCUMENT,
    'raw text': raw,
    'escaped text': JSON.stringify(DOCUMENT),
    bytes: Buffer.from(JSON.stringify(DOCUMENT)),
  }
  for (let user = 0; user < 40; user++) {
    const expected = await stock.getAllFlagsAndPayloads(`user-${user}`, { ...options(user), onlyEvaluateLocally: true })
    for (const [form, definitions] of Object.entries(forms)) {
      const evaluator = new LocalEvaluator(definitions, { evaluationContexts: CONTEXTS })
      assert.deepEqual(evaluator.getAllFlagsAndPayloads(`user-${user}`, options(user)), expected, `${form}, ${user}`)
    }
  }
})

test('text, bytes and object of a provider decide the same', async () => {
  const { PostHog } = require('../../..')
  for (const cached of [DOCUMENT, raw, JSON.stringify(DOCUMENT), Buffer.from(JSON.stringify(DOCUMENT))]) {
    const client = new PostHog('phc_x', {
      host: 'http://127.0.0.1:9',
      featureFlagsPollingInterval: null,
      evaluationContexts: CONTEXTS,
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }),
    })
    try {
      assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
      const evaluator = new LocalEvaluator(DOCUMENT, { evaluationContexts: CONTEXTS })
      for (let user = 0; user < 40; user++) {
        assert.deepEqual(
          await client.getAllFlags(`user-${user}`, { ...options(user), onlyEvaluateLocally: true }),
          evaluator.getAllFlags(`user-${user}`, options(user))
        )
      }
    } finally {
      await client.shutdown()
    }
  }
})

test('halves that stand where a text is divided stay as they are', () => {
  const { piecesOf } = require('../../../lib/document/document-pieces.js')
  for (const half of [HIGH, LOW]) {
    for (let padding = 524_270; padding < 524_300; padding++) {
      const text = `{"flags":[],"x":"${'a'.repeat(padding - 16)}${half}${half}"}`
      const pieces = [...piecesOf(text)].map(String)
      assert.ok(pieces.every((piece) => piece.isWellFormed()))
      assert.deepEqual(JSON.parse(pieces.join('')), JSON.parse(text))
    }
  }
})

test('half a character after a backslash makes no JSON of what is none', () => {
  for (const backslashes of [0, 1, 2, 3]) {
    const text = `{"flags":[{"key":"${'\\'.repeat(backslashes)}${HIGH}"}]}`
    const compile = () => new LocalEvaluator(text)
    if (backslashes % 2 === 1) {
      assert.throws(() => JSON.parse(text), SyntaxError)
      assert.throws(compile, TypeError)
    } else {
      assert.deepEqual(
        Object.keys(compile().getAllFlags('kari')),
        JSON.parse(text).flags.map(({ key }) => key)
      )
    }
  }
})

test('halves outside of texts are refused', () => {
  assert.throws(() => new LocalEvaluator(`{"flags":[]${HIGH}}`), TypeError)
})
