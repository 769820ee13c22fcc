// One poll per process: clients in several worker threads share what one of them has asked for.
//
//   node examples/start/shared.mjs
import { once } from 'node:events'
import { Worker, isMainThread } from 'node:worker_threads'
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog(process.env.POSTHOG_PROJECT_API_KEY ?? 'phc_project', {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  native: { shared: true },
})
posthog.on('error', (error) => console.error(error))

if (isMainThread) {
  await posthog.waitForLocalEvaluationReady(10_000)
  const workers = [1, 2, 3].map(() => new Worker(new URL(import.meta.url)))
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
} else {
  // The main thread has definitions, so that this client has them at once.
  console.log('ready:', posthog.isLocalEvaluationReady(), posthog.localEvaluator?.getAllFlags('user-17'))
}
await posthog.shutdown()
