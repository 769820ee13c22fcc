// A program in ES modules that requests definitions from PostHog, or from what stands in for it.
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog('phc_clean_room', { host: process.env.POSTHOG_HOST, secretKey: 'phs_clean_room' })
await posthog.waitForLocalEvaluationReady()
const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
const flags = await posthog.getAllFlagsAndPayloads('user-17', person)
console.log(JSON.stringify({ engine: posthog.localEvaluationEngine, ...flags }))
await posthog.shutdown()
