'use strict'

// Run it: npm install --save-dev jest posthog-node posthog-node-native, then npx jest
const { testClient } = require('posthog-node-native/testing')
const { showBanner } = require('./banner.cjs')

/* global afterEach, beforeEach, expect, jest, test */

/** @type {import('posthog-node-native/testing').TestClient} */
let posthog

beforeEach(() => {
  posthog = testClient({ 'spring-banner': { payload: { text: 'Spring sale' } } })
})

afterEach(async () => {
  jest.useRealTimers()
  await posthog.shutdown()
})

test('whoever has the flag sees the banner, and an event says so', async () => {
  expect(await showBanner(posthog, 'kari')).toBe('Spring sale')
  await posthog.flush()
  expect(posthog.events).toContainEqual(expect.objectContaining({ event: 'banner shown', distinctId: 'kari' }))
})

test('nobody sees it once the flag is off', async () => {
  await posthog.setFlags({ 'spring-banner': false })
  expect(await showBanner(posthog, 'kari')).toBe('no banner')
})

test('timers may be fake', async () => {
  jest.useFakeTimers()
  expect(await showBanner(posthog, 'kari')).toBe('Spring sale')
  await posthog.flush()
  jest.advanceTimersByTime(3_600_000)
  expect(posthog.events.some(({ event }) => event === 'banner shown')).toBe(true)
})
