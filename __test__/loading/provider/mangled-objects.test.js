'use strict'

// Generated documents with nodes that JSON.parse would not make: whatever is answered here is what posthog-node answers.

const assert = require('node:assert/strict')
const test = require('node:test')
const { PostHog } = require('posthog-node')

const { wholeOf } = require('../../../lib/document/document-pieces.js')
const { FlagDefinitions } = require('../../../lib/addon/load-binding.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')
const { randomCase } = require('../../parity/generate/case.js')
const { isComparable } = require('../../parity/support/comparable.js')
const { buildContext } = require('../../parity/support/context.js')
const { isEqual } = require('../../parity/support/equal.js')
const { Random } = require('../../parity/support/random.js')
const { chooseSeed } = require('../../parity/support/seed.js')
const { toJson } = require('../../parity/support/spec.js')
const { mangle } = require('../../support/mangle.js')

/** `npm run test:long` tries more of them. */
const DOCUMENTS = Number(process.env.MANGLED_DOCUMENTS ?? 100)

test('an answer over a document of odd objects is the one that posthog-node gives over it', async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`PARITY_SEED=${seed}`)
  for (const name of ['warn', 'debug', 'info', 'error', 'log']) {
    t.mock.method(console, name, () => {})
  }
  const client = stock()
  t.after(() => client.shutdown())
  const poller = client.featureFlagsPoller
  const counts = { documents: 0, decided: 0, undecided: 0, unreadable: 0 }
  for (let index = 0; index < DOCUMENTS; index++) {
    const { definitions, calls } = randomCase(seed, index)
    let document
    try {
      document = JSON.parse(toJson(definitions))
    } catch {
      continue
    }
    if (!isComparable(document)) {
      continue
    }
    const done = mangle(new Random(seed, `mangled-${index}`), document)
    try {
      poller.updateFlagState(document)
    } catch {
      // posthog-node refuses the whole; ours may leave out a flag.
      continue
    }
    /** @type {any} */
    let snapshot
    try {
      snapshot = new Snapshot(FlagDefinitions.compile(wholeOf(document), 'cache', []))
    } catch {
      continue
    }
    counts.documents++
    for (const call of calls) {
      /** @type {string[]} */
      const errors = []
      const reporter = {
        error: (/** @type {Error} */ error) => errors.push(error.message),
        debug() {},
        debugging: false,
      }
      const context = buildContext(call.context)
      const theirs = await poller.getAllFlagsAndPayloads(context).catch((/** @type {Error} */ error) => ({ error }))
      const ours = snapshot.evaluateAll(context, undefined, reporter)
      if ('error' in theirs) {
        continue
      }
      for (const [key, value] of Object.entries(ours.response)) {
        const [expected, payload] = [theirs.response[key], theirs.payloads[key]]
        const where = `flag ${JSON.stringify(key)} of document ${index}, seed ${seed}: ${done.join('; ')}`
        assert.ok(
          Object.hasOwn(theirs.response, key) && isEqual(expected, value),
          `${where}: expected ${show(expected)}, received ${show(value)}`
        )
        assert.ok(
          isEqual(payload, ours.payloads[key]),
          `payload of ${where}: expected ${show(payload)}, received ${show(ours.payloads[key])}`
        )
        counts.decided++
      }
      counts.undecided += Object.keys(theirs.response).length - Object.keys(ours.response).length
      counts.unreadable += errors.filter((message) => message.includes('plain data')).length
    }
  }
  t.diagnostic(JSON.stringify(counts))
  assert.ok(counts.decided > 10 * counts.undecided, JSON.stringify(counts))
})

/** @returns {any} */
function stock() {
  const cache = {
    getFlagDefinitions() {},
    shouldFetchFlagDefinitions: () => false,
    onFlagDefinitionsReceived() {},
    shutdown() {},
  }
  const client = new PostHog('phc_x', {
    host: 'http://127.0.0.1:9',
    flagDefinitionCacheProvider: cache,
    featureFlagsPollingInterval: null,
  })
  client.on('error', () => {})
  return client
}

/** @param {unknown} value */
function show(value) {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
