// One poll per machine: run it several times at once. One process asks PostHog, the others read the file.
//
//   node examples/start/file.mjs /tmp/posthog-flags
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog(process.env.POSTHOG_PROJECT_API_KEY ?? 'phc_project', {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  native: { file: process.argv[2] ?? '/tmp/posthog-flags' },
})
posthog.on('error', (error) => console.error(error))

// The first time it is false. After a restart it is true on this line, also while PostHog cannot be reached.
console.log('ready:', posthog.isLocalEvaluationReady())
await posthog.waitForLocalEvaluationReady(10_000)
console.log(posthog.localEvaluator?.getAllFlags('user-17'))
await posthog.shutdown()
