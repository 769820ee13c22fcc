'use strict'

// Seeded random calls of the public API: answers, remote requests, captured events and `error` events.

const test = require('node:test')
const assert = require('node:assert/strict')
const { Random } = require('./support/random.js')
const { randomDocument } = require('./generate/documents.js')
const { randomApiCall, REMOTE_FLAGS } = require('./generate/api-calls.js')
const { compareClients } = require('./support/compare-client.js')
const { PostHog } = require('posthog-node')
const { client, root } = require('./support/native.js')
const { toSource, toJson } = require('./support/spec.js')
const { show } = require('./support/report.js')
const { chooseSeed } = require('./support/seed.js')

const DOCUMENTS = 150
const CALLS_PER_DOCUMENT = 20

function clientCase(seed, index) {
  const random = new Random(seed, `client-${index}`)
  const document = randomDocument(random)
  const clientOptions = { remoteFlags: REMOTE_FLAGS }
  if (random.chance(0.25)) {
    clientOptions.strictLocalEvaluation = true
  }
  if (random.chance(0.3)) {
    clientOptions.evaluationContexts = random.sample(['web', 'api', 'worker'], 1)
  }
  return {
    definitions: JSON.parse(client.documentText(toJson(document.definitions))),
    // By an earlier clock posthog-node cannot send events, nor answer calls that do (docs/parity.md).
    now: Math.max(document.now, 1),
    clientOptions,
    calls: random.list(CALLS_PER_DOCUMENT, () => randomApiCall(random, document)),
  }
}

/** The failing call alone where that is enough, with the flags it does not need dropped. */
async function smallest(testCase, found, classes) {
  let small = { ...testCase, calls: [found.call] }
  const fails = async (candidate) => (await compareClients(candidate, classes))?.part === found.part
  if (!(await fails(small))) {
    return testCase
  }
  for (let index = small.definitions.flags.length - 1; index >= 0; index--) {
    const flags = small.definitions.flags.filter((_, at) => at !== index)
    const candidate = { ...small, definitions: { ...small.definitions, flags } }
    if (await fails(candidate)) {
      small = candidate
    }
  }
  return small
}

test('every public flag method answers, asks and captures as posthog-node does', async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`PARITY_SEED=${seed}`)
  const quiet = ['warn', 'debug', 'info', 'error', 'log']
  for (const name of quiet) {
    t.mock.method(console, name, () => {})
  }
  const classes = [PostHog, require(root).PostHog]
  for (let index = 0; index < DOCUMENTS; index++) {
    const testCase = clientCase(seed, index)
    const found = await compareClients(testCase, classes)
    if (found === undefined) {
      continue
    }
    const small = await smallest(testCase, found, classes)
    const difference = (await compareClients(small, classes)) ?? found
    assert.fail(
      `${difference.part} of ${difference.call.method}\nposthog-node: ${show(difference.expected)}\nours: ${show(difference.actual)}\n` +
        `seed ${seed}, document ${index}, clock ${small.now}, client options ${toSource(small.clientOptions)}\n` +
        `definitions: ${toJson(small.definitions)}\ncall: ${toSource(difference.call)}`
    )
  }
})
