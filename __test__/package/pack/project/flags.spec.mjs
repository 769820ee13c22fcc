// For vitest, with its timers faked.
import { readFileSync } from 'node:fs'
import { PostHog } from 'posthog-node-native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let posthog

beforeEach(async () => {
  vi.useFakeTimers()
  posthog = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' })
  await posthog.waitForLocalEvaluationReady()
})

afterEach(async () => {
  vi.useRealTimers()
  await posthog.shutdown()
})

test('flags are evaluated natively while timers are faked', async () => {
  expect(posthog.localEvaluationEngine).toBe('native')
  const flags = await posthog.getAllFlags('user-17', { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true })
  expect(flags).toEqual(JSON.parse(process.env.EXPECTED_FLAGS))
})

test('faked time passes without harm, and without a client too', async () => {
  await vi.advanceTimersByTimeAsync(120_000)
  const { LocalEvaluator } = await import('posthog-node-native')
  const evaluator = new LocalEvaluator(readFileSync('definitions.json'))
  expect(evaluator.getFeatureFlag('old-menu', 'user-17')).toBe(false)
})
