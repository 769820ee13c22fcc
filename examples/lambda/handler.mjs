// AWS Lambda: the client is made once for each instance, and sends its events before the answer is given, for an instance that
// answered may be frozen. Run it: npm run example lambda
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog(process.env.POSTHOG_PROJECT_KEY, {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  // An instance that waits for requests need not be kept alive.
  native: { keepAlive: false },
})
posthog.on('error', (error) => console.error(error))
const ready = posthog.waitForLocalEvaluationReady(2_000)

export async function handler(event) {
  await ready
  const { user, plan } = event.queryStringParameters
  const flags = await posthog.evaluateFlags(user, { personProperties: { plan } })
  const layout = flags.getFlag('checkout-layout')
  posthog.capture({ distinctId: user, event: 'page viewed', flags })
  await posthog.flush()
  return { statusCode: 200, body: JSON.stringify({ layout, engine: posthog.localEvaluationEngine }) }
}
