// No requests at night: polling rests once nobody has evaluated a flag for a while.
//
//   node examples/start/idle.mjs
import { setTimeout as sleep } from 'node:timers/promises'
import { PostHog } from 'posthog-node-native'

const idleAfterMs = Number(process.env.IDLE_AFTER_MS ?? 600_000)
const posthog = new PostHog(process.env.POSTHOG_PROJECT_API_KEY ?? 'phc_project', {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  featureFlagsPollingInterval: Number(process.env.POLLING_INTERVAL_MS ?? 30_000),
  native: { idleAfterMs },
})
posthog.on('error', (error) => console.error(error))
await posthog.waitForLocalEvaluationReady(10_000)

await sleep(2 * idleAfterMs)
// Polling rests by now. This is answered from what is held, and has newer definitions loaded in the background.
const reloaded = new Promise((resolve) => posthog.on('localEvaluationFlagsLoaded', resolve))
console.log('held:', posthog.localEvaluator?.getAllFlags('user-17'))
await reloaded
console.log('then:', posthog.localEvaluator?.getAllFlags('user-17'))
await posthog.shutdown()
