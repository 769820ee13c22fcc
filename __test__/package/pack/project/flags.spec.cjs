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
/** @type {import('posthog-node-native').PostHog} */
let posthog

beforeEach(async () => {
  jest.useFakeTimers()
  posthog = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, flagDefinitionCacheProvider: provider })
  await posthog.waitForLocalEvaluationReady()
})

afterEach(async () => {
  jest.useRealTimers()
  await posthog.shutdown()
})

test('flags are evaluated natively while timers are faked', async () => {
  expect(posthog.localEvaluationEngine).toBe('native')
  const flags = await posthog.getAllFlags('user-17', { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true })
  expect(flags).toEqual(JSON.parse(process.env.EXPECTED_FLAGS))
})

test('faked time passes without harm', async () => {
  await jest.advanceTimersByTimeAsync(120_000)
  expect(await posthog.getFeatureFlag('old-menu', 'user-17', { onlyEvaluateLocally: true })).toBe(false)
})
