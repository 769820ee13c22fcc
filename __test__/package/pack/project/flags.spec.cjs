'use strict'

// For jest, with its timers faked.
const { PostHog } = require('posthog-node-native')
const definitions = require('./definitions.json')

/* global afterEach, beforeEach, expect, jest, test */

const provider = {
  getFlagDefinitions: () => definitions,
  shouldFetchFlagDefinitions: () => false,
  onFlagDefinitionsReceived() {},
  shutdown() {},
}
const OPTIONS = { host: process.env.POSTHOG_HOST, flagDefinitionCacheProvider: provider }
/** @type {import('posthog-node-native').PostHog} */
let posthog

beforeEach(async () => {
  jest.useFakeTimers()
  posthog = new PostHog('phc_clean_room', OPTIONS)
  await posthog.waitForLocalEvaluationReady()
})

afterEach(async () => {
  jest.useRealTimers()
  await posthog.shutdown()
})

test('posthog-node evaluates flags while timers are faked, and Rust where it is asked to, with the same answers', async () => {
  const native = new PostHog('phc_clean_room', { ...OPTIONS, native: { engine: 'native' } })
  await native.waitForLocalEvaluationReady()
  expect([posthog, native].map((client) => client.localEvaluationEngine)).toEqual(['javascript', 'native'])
  for (const client of [posthog, native]) {
    const flags = await client.getAllFlags('user-17', { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true })
    expect(flags).toEqual(JSON.parse(process.env.EXPECTED_FLAGS))
  }
  await native.shutdown()
})

test('faked time passes without harm', async () => {
  await jest.advanceTimersByTimeAsync(120_000)
  expect(await posthog.getFeatureFlag('old-menu', 'user-17', { onlyEvaluateLocally: true })).toBe(false)
})

test('a spy on fetch sees every request', async () => {
  jest.useRealTimers()
  const fetch = jest
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async () => new Response(JSON.stringify(definitions)))
  const client = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' })
  await client.waitForLocalEvaluationReady()
  client.capture({ distinctId: 'user-17', event: 'seen' })
  await client.shutdown()
  const paths = fetch.mock.calls.map(([url]) => new URL(url).pathname)
  fetch.mockRestore()
  expect(paths.some((path) => path.startsWith('/flags/definitions'))).toBe(true)
  expect(paths.some((path) => path.startsWith('/batch'))).toBe(true)
})
