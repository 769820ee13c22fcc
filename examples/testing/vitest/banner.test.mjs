// Run it: npm install --save-dev vitest posthog-node posthog-node-native, then npx vitest run
import { testClient } from 'posthog-node-native/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { showBanner } from './banner.mjs'

/** @type {import('posthog-node-native/testing').TestClient} */
let posthog

beforeEach(() => {
  posthog = testClient({ 'spring-banner': { payload: { text: 'Spring sale' } } })
})

afterEach(async () => {
  vi.useRealTimers()
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
  vi.useFakeTimers()
  expect(await showBanner(posthog, 'kari')).toBe('Spring sale')
  await posthog.flush()
  vi.advanceTimersByTime(3_600_000)
  expect(posthog.events.some(({ event }) => event === 'banner shown')).toBe(true)
})
