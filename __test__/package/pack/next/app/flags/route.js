// Answers with the flags of a person, evaluated in the server.
import { PostHog } from 'posthog-node-native'

export const dynamic = 'force-dynamic'

export async function GET() {
  const posthog = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' })
  await posthog.waitForLocalEvaluationReady()
  const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
  const flags = await posthog.getAllFlagsAndPayloads('user-17', person)
  const engine = posthog.localEvaluationEngine
  await posthog.shutdown()
  return Response.json({ engine, ...flags })
}
