// Answers with the flags of a person through a library that makes the client itself.
import { createPostHog } from '@posthog/next'
import { PostHog } from 'posthog-node-native'

export const dynamic = 'force-dynamic'

const { getPostHog } = createPostHog({
  apiKey: 'phc_clean_room',
  options: { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' },
})

export async function GET() {
  const posthog = await getPostHog()
  await posthog.waitForLocalEvaluationReady()
  const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
  const flags = await posthog.getAllFlagsAndPayloads('user-17', person)
  return Response.json({ engine: posthog.localEvaluationEngine, isOurs: posthog instanceof PostHog, ...flags })
}
