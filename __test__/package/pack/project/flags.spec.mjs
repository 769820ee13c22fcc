// For vitest, with its timers faked.
import { readFileSync } from 'node:fs'
import { PostHog } from 'posthog-node-native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const definitions = JSON.parse(readFileSync('definitions.json', 'utf8'))
const OPTIONS = { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' }
let posthog

beforeEach(async () => {
  vi.useFakeTimers()
  posthog = new PostHog('phc_clean_room', OPTIONS)
  await posthog.waitForLocalEvaluationReady()
})

afterEach(async () => {
  vi.useRealTimers()
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

test('faked time passes without harm, and without a client too', async () => {
  await vi.advanceTimersByTimeAsync(120_000)
  const { LocalEvaluator } = await import('posthog-node-native')
  const evaluator = new LocalEvaluator(readFileSync('definitions.json'))
  expect(evaluator.getFeatureFlag('old-menu', 'user-17')).toBe(false)
})

test('a spy on fetch sees every request', async () => {
  vi.useRealTimers()
  const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(JSON.stringify(definitions)))
  const client = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' })
  await client.waitForLocalEvaluationReady()
  client.capture({ distinctId: 'user-17', event: 'seen' })
  await client.shutdown()
  const paths = fetch.mock.calls.map(([url]) => new URL(url).pathname)
  fetch.mockRestore()
  expect(paths.some((path) => path.startsWith('/flags/definitions'))).toBe(true)
  expect(paths.some((path) => path.startsWith('/batch'))).toBe(true)
})
