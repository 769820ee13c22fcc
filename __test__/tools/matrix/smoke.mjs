// A smoke test that any runtime with Node's interfaces can be asked to run, without a test runner:
//
//   node __test__/tools/matrix/smoke.mjs
//   bun __test__/tools/matrix/smoke.mjs
//   npm run matrix -- --smoke bun,deno
//
// Deno takes the package's files for CommonJS only where they are installed, in a node_modules.
//
// Clients poll a server and read a cache provider, evaluate a realistic project beside posthog-node, shut down, and leave
// nothing behind that keeps the process alive. The last line says what was compared.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import * as posthogNode from 'posthog-node'

import * as native from '../../../index.mjs'

const require = createRequire(import.meta.url)
const { DefinitionsServer } = require('../../support/definitions-server.js')

/** How long a process may stay after its clients are shut down. */
const AT_ONCE_MS = 2000
const PERSONS = 50
const definitions = JSON.parse(
  readFileSync(new URL('../../../examples/project-definitions.json', import.meta.url), 'utf8')
)
let compared = 0

/** @param {number} number */
function person(number) {
  return {
    distinctId: `user-${number}`,
    options: {
      groups: { company: `company-${number % 7}` },
      personProperties: { plan: ['free', 'pro', 'enterprise'][number % 3], country: ['NO', 'DE', 'US'][number % 3] },
      groupProperties: { company: { size: number, tier: 'gold' } },
      onlyEvaluateLocally: true,
    },
  }
}

/** A cache that holds what another process stored. */
class Cache {
  #stored
  /** @type {string[]} */
  calls = []

  /** @param {unknown} stored */
  constructor(stored) {
    this.#stored = stored
  }

  async getFlagDefinitions() {
    this.calls.push('get')
    return this.#stored
  }

  shouldFetchFlagDefinitions() {
    return false
  }

  onFlagDefinitionsReceived() {}

  shutdown() {
    this.calls.push('shutdown')
  }
}

/**
 * Compares all that two clients answer about many persons.
 *
 * @param {any} ours
 * @param {any} theirs
 */
async function compare(ours, theirs) {
  for (let number = 0; number < PERSONS; number += 1) {
    const { distinctId, options } = person(number)
    const [answer, expected] = await Promise.all(
      [ours, theirs].map((client) => client.getAllFlagsAndPayloads(distinctId, options))
    )
    assert.deepEqual(sorted(answer.featureFlags), sorted(expected.featureFlags))
    assert.deepEqual(sorted(answer.featureFlagPayloads), sorted(expected.featureFlagPayloads))
    const [snapshot, expectedSnapshot] = await Promise.all(
      [ours, theirs].map((client) => client.evaluateFlags(distinctId, options))
    )
    for (const key of expectedSnapshot.keys) {
      assert.deepEqual(snapshot.getFlag(key), expectedSnapshot.getFlag(key), key)
      assert.deepEqual(snapshot.getFlagPayload(key), expectedSnapshot.getFlagPayload(key), key)
    }
    assert.deepEqual(
      sorted(ours.localEvaluator.getAllFlags(distinctId, options)),
      sorted(expected.featureFlags),
      'without a client'
    )
    compared += 3 * Object.keys(expected.featureFlags).length
  }
  assert.ok(compared > 0, 'nothing was compared')
}

/** @param {Record<string, unknown>} object */
function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** @param {any} client */
function isLoaded(client) {
  return client.waitForLocalEvaluationReady(10_000)
}

/**
 * Loads over the network, again after a change, and through the options `fetch` and `native.transport`.
 *
 * @param {any} server
 */
async function testPolling(server) {
  const options = { host: server.url, secretKey: 'phs_secret', featureFlagsPollingInterval: 100, flushAt: 1000 }
  const theirs = new posthogNode.PostHog('phc_project', options)
  const ours = new native.PostHog('phc_project', options)
  const others = [
    new native.PostHog('phc_project', { ...options, native: { transport: 'fetch' } }),
    new native.PostHog('phc_project', { ...options, fetch: (/** @type {any} */ ...args) => fetch(...args) }),
  ]
  const clients = [ours, ...others]
  assert.deepEqual(await Promise.all([theirs, ...clients].map(isLoaded)), [true, true, true, true])
  assert.ok(clients.every((client) => client instanceof posthogNode.PostHog))
  assert.ok(clients.every((client) => client.localEvaluationEngine === 'native'))
  for (const client of clients) {
    await compare(client, theirs)
  }

  const seen = server.definitionRequests.length
  await server.definitionRequest(seen + 8)
  assert.ok(server.definitionRequests.some(({ headers }) => headers['if-none-match'] === '"1"'))
  const changed = [theirs, ...clients].map(
    (client) => new Promise((resolve) => client.on('localEvaluationFlagsLoaded', resolve))
  )
  server.setDefinitions({ ...definitions, flags: definitions.flags.slice(0, 3) }, { etag: '"2"' })
  assert.deepEqual(await Promise.all(changed), [3, 3, 3, 3])
  await compare(ours, theirs)

  await Promise.all([theirs, ...clients].map((client) => client.shutdown()))
}

/**
 * Reads objects, text and bytes from a cache.
 *
 * @param {any} server takes the events of the flags that were read
 */
async function testProvider(server) {
  const text = JSON.stringify(definitions)
  const options = { host: server.url, featureFlagsPollingInterval: null, flushAt: 1000 }
  const theirs = new posthogNode.PostHog('phc_project', {
    ...options,
    flagDefinitionCacheProvider: new Cache(definitions),
  })
  await isLoaded(theirs)
  for (const stored of [definitions, text, new TextEncoder().encode(text)]) {
    const cache = new Cache(stored)
    const ours = new native.PostHog('phc_project', { ...options, flagDefinitionCacheProvider: cache })
    assert.equal(await isLoaded(ours), true)
    await compare(ours, theirs)
    await ours.shutdown()
    assert.deepEqual(cache.calls, ['get', 'shutdown'])
  }
  await theirs.shutdown()
}

/** Errors and the two module systems. */
function testWithoutClient() {
  const { LocalEvaluator, PostHog } = require('../../../index.js')
  assert.notEqual(PostHog, undefined)
  assert.throws(() => new LocalEvaluator('{"flags": 5}'), TypeError)
  const evaluator = new LocalEvaluator(Buffer.from(JSON.stringify(definitions)))
  const expected = new native.LocalEvaluator(definitions)
  for (let number = 0; number < PERSONS; number += 1) {
    const { distinctId, options } = person(number)
    assert.deepEqual(evaluator.getAllFlags(distinctId, options), expected.getAllFlags(distinctId, options))
  }
}

// Every client says of the project's flags what cannot be evaluated locally.
console.warn = () => {}
const server = await DefinitionsServer.start()
server.setDefinitions(definitions, { etag: '"1"' })
testWithoutClient()
await testPolling(server)
await testProvider(server)
await server.close()

const doneAt = performance.now()
process.on('exit', (code) => {
  const tookMs = Math.round(performance.now() - doneAt)
  if (code === 0 && tookMs > AT_ONCE_MS) {
    console.log(`expected the process to go at once after its clients were shut down; it took ${tookMs} ms`)
    process.exitCode = 1
  } else {
    console.log(`${compared} answers compared, 0 differences`)
  }
})
