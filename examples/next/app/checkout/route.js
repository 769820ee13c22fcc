import { getPostHog } from '../../posthog.mjs'

export const dynamic = 'force-dynamic'

export async function GET(request) {
  const posthog = getPostHog()
  await posthog.waitForLocalEvaluationReady(5_000)
  const [user, plan] = ['user', 'plan'].map((name) => new URL(request.url).searchParams.get(name))
  const flags = await posthog.evaluateFlags(user, { personProperties: { plan } })
  const layout = flags.getFlag('checkout-layout')
  return Response.json({ layout, engine: posthog.localEvaluationEngine })
}
