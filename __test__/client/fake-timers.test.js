'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { install } = require('@sinonjs/fake-timers')
const { closing } = require('../support/closing')
const { flag } = require('../support/flags')
const { NATIVE, STOCK } = require('../support/observe')

/**
 * A client made under fake timers whose definitions are a mock's, and how often they were asked for.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} PostHog
 * @param {object} [options]
 */
function open(t, PostHog, options) {
  const clock = install({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  t.after(() => clock.uninstall())
  const counts = { requests: 0 }
  const fetch = async () => {
    counts.requests += 1
    return Response.json({ flags: [flag('on')] })
  }
  const usual = { host: 'http://127.0.0.1:9', secretKey: 'phs_secret', featureFlagsPollingInterval: 1000, fetch }
  const client = closing(t, new PostHog('phc_project', { ...usual, ...options }))
  return { client, clock, counts }
}

test('a test that runs timers by hand drives polling as with posthog-node', async (t) => {
  const seen = []
  for (const PostHog of [STOCK, NATIVE]) {
    const { client, clock, counts } = open(t, PostHog)
    await clock.tickAsync(0)
    const first = counts.requests
    await clock.tickAsync(5000)
    seen.push([first, counts.requests, await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true })])
    await client.shutdown()
    clock.uninstall()
  }
  assert.deepEqual(seen[1], seen[0])
  assert.deepEqual(seen[0], [1, 6, true])
})

test('such a client says that posthog-node evaluates, and in debug mode why', (t) => {
  /** @type {unknown[][]} */
  const lines = []
  t.mock.method(console, 'log', (/** @type {unknown[]} */ ...args) => lines.push(args))
  t.mock.method(console, 'info', (/** @type {unknown[]} */ ...args) => lines.push(args))
  const { client } = open(t, NATIVE)
  assert.equal(client.localEvaluationEngine, 'javascript')
  client.debug()
  assert.match(String(lines), /Timers are fake, so posthog-node itself polls/)
})

test("Rust evaluates all the same where engine is 'native'", (t) => {
  const { client } = open(t, NATIVE, { native: { engine: 'native' } })
  assert.equal(client.localEvaluationEngine, 'native')
})
