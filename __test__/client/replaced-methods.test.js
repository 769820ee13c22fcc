'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { NATIVE, STOCK, flag } = require('../support/observe')

const KNOWN = { email: 'a@example.com' }
/** A flag for those whose email is this. */
const DOCUMENT = {
  flags: [
    flag('known', { filters: { groups: [{ properties: [{ key: 'email', value: KNOWN.email, type: 'person' }] }] } }),
  ],
}

/** @param {any} PostHog */
async function load(PostHog) {
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:1',
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    fetch: async (/** @type {string} */ url) =>
      new Response(url.includes('definitions') ? JSON.stringify(DOCUMENT) : '{}'),
  })
  assert.equal(await client.waitForLocalEvaluationReady(), true)
  return client
}

/** @param {any} client */
async function answers(client) {
  const options = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
  const evaluations = await client.evaluateFlags('a', options)
  const all = await client.getAllFlags('a', options)
  const one = await client.getFeatureFlag('known', 'a', options)
  await client.shutdown()
  return { evaluations: evaluations.getFlag('known'), all: all.known, one }
}

/**
 * What stands in for each method that an evaluation goes through, given the one it replaces.
 *
 * @type {Record<string, (original: Function) => Function>}
 */
const REPLACEMENTS = {
  addLocalPersonAndGroupProperties: (original) =>
    /** @this {any} */
    function (/** @type {any[]} */ ...[id, groups, person, group]) {
      return original.call(this, id, groups, { ...person, ...KNOWN }, group)
    },
  personPropertiesForLocalEvaluation: (original) =>
    /** @this {any} */
    function (/** @type {any[]} */ ...args) {
      return { ...original.apply(this, args), ...KNOWN }
    },
  createFeatureFlagEvaluationContext: (original) =>
    /** @this {any} */
    function (/** @type {any[]} */ ...[id, groups, person, ...rest]) {
      return original.call(this, id, groups, { ...person, ...KNOWN }, ...rest)
    },
}

describe("a method that somebody replaced is called where posthog-node's client calls it", () => {
  for (const [name, replace] of Object.entries(REPLACEMENTS)) {
    test(`${name}, by a class that extends the client`, async () => {
      const run = async (/** @type {any} */ PostHog) => {
        class Mine extends PostHog {}
        Object.defineProperty(Mine.prototype, name, { value: replace(PostHog.prototype[name]) })
        return answers(await load(Mine))
      }
      assert.deepEqual(await run(NATIVE), await run(STOCK))
    })

    test(`${name}, of a client that has evaluated already`, async () => {
      const run = async (/** @type {any} */ PostHog) => {
        const client = await load(PostHog)
        await client.evaluateFlags('a', { onlyEvaluateLocally: true })
        client[name] = replace(client[name])
        return answers(client)
      }
      assert.deepEqual(await run(NATIVE), await run(STOCK))
    })

    test(`${name}, of posthog-node's class, until it is restored`, async (t) => {
      const run = async (/** @type {any} */ PostHog) => {
        const owner = ownerOf(STOCK.prototype, name)
        const mock = t.mock.method(owner, name, replace(owner[name]))
        const replaced = await answers(await load(PostHog))
        mock.mock.restore()
        return [replaced, await answers(await load(PostHog))]
      }
      const native = await run(NATIVE)
      assert.deepEqual(native, await run(STOCK))
      assert.notDeepEqual(native[0], native[1])
    })
  }

  test("evaluateFlags, of posthog-node's class, as an instrumentation does it", async (t) => {
    const run = async (/** @type {any} */ PostHog) => {
      const client = await load(PostHog)
      const { mock } = t.mock.method(ownerOf(STOCK.prototype, 'evaluateFlags'), 'evaluateFlags')
      await answers(client)
      mock.restore()
      return mock.callCount()
    }
    assert.equal(await run(STOCK), 1)
    assert.equal(await run(NATIVE), 1)
  })

  test('getAllFlagsAndPayloads, of the poller of a client', async (t) => {
    const run = async (/** @type {any} */ PostHog) => {
      const client = await load(PostHog)
      const { mock } = t.mock.method(client.featureFlagsPoller, 'getAllFlagsAndPayloads')
      await answers(client)
      return mock.callCount()
    }
    assert.equal(await run(STOCK), 2)
    assert.equal(await run(NATIVE), 2)
  })
})

/**
 * The prototype that has a method itself.
 *
 * @param {any} prototype
 * @param {string} name
 */
function ownerOf(prototype, name) {
  let owner = prototype
  while (!Object.hasOwn(owner, name)) {
    owner = Object.getPrototypeOf(owner)
  }
  return owner
}
