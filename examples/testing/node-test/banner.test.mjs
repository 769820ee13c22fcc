// Run it: node --test examples/testing/node-test/banner.test.mjs
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { testClient } from 'posthog-node-native/testing'
import { showBanner } from './banner.mjs'

/** @type {import('posthog-node-native/testing').TestClient} */
let posthog

beforeEach(() => {
  posthog = testClient({ 'spring-banner': { payload: { text: 'Spring sale' } } })
})

afterEach(async () => {
  mock.timers.reset()
  await posthog.shutdown()
})

test('whoever has the flag sees the banner, and an event says so', async () => {
  assert.equal(await showBanner(posthog, 'kari'), 'Spring sale')
  await posthog.flush()
  const shown = posthog.events.filter(({ event }) => event === 'banner shown')
  assert.deepEqual(
    shown.map(({ distinctId }) => distinctId),
    ['kari']
  )
})

test('nobody sees it once the flag is off', async () => {
  await posthog.setFlags({ 'spring-banner': false })
  assert.equal(await showBanner(posthog, 'kari'), 'no banner')
})

test('timers may be fake', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  assert.equal(await showBanner(posthog, 'kari'), 'Spring sale')
  await posthog.flush()
  mock.timers.tick(3_600_000)
  assert.ok(posthog.events.some(({ event }) => event === 'banner shown'))
})
