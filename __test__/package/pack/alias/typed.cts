// A program in TypeScript, compiled to CommonJS, that says posthog-node and means this package.
import { readFileSync } from 'node:fs'
import { LocalEvaluator, PostHog } from 'posthog-node'

const definitions = readFileSync('definitions.json')
const person = { personProperties: { plan: 'pro' } }

async function main(): Promise<void> {
  const posthog: PostHog = new PostHog('phc_clean_room', {
    host: process.env.POSTHOG_HOST,
    secretKey: 'phs_clean_room',
  })
  await posthog.waitForLocalEvaluationReady()
  const flags = await posthog.getAllFlagsAndPayloads('user-17', { ...person, onlyEvaluateLocally: true })
  const layout = new LocalEvaluator(definitions).getFeatureFlag('checkout-layout', 'user-17', person)
  if (layout !== flags.featureFlags?.['checkout-layout']) {
    throw new Error(`expected both to answer the same; received ${String(layout)} without a client`)
  }
  console.log(JSON.stringify({ engine: posthog.localEvaluationEngine, ...flags }))
  await posthog.shutdown()
}

void main()
