// Worker threads: the main thread polls PostHog, and sends the definitions to the workers, which evaluate synchronously.
// Run it: npm run example worker-threads
import { Worker } from 'node:worker_threads'
import { PostHog } from 'posthog-node-native'

const workers = Array.from({ length: 2 }, () => new Worker(new URL('worker.mjs', import.meta.url)))

/** Keeps the newest definitions, and tells the workers. */
class WorkersCache {
  #newest

  shouldFetchFlagDefinitions() {
    return true
  }

  getFlagDefinitions() {
    return this.#newest
  }

  onFlagDefinitionsReceived(definitions) {
    this.#newest = definitions
    workers.forEach((worker) => worker.postMessage({ definitions }))
  }

  shutdown() {}
}

const posthog = new PostHog(process.env.POSTHOG_PROJECT_KEY, {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
  flagDefinitionCacheProvider: new WorkersCache(),
})
posthog.on('error', (error) => console.error(error))
await posthog.waitForLocalEvaluationReady(5_000)

const answers = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)))
workers.forEach((worker, index) => worker.postMessage({ user: `user-${17 + index}`, plan: 'pro' }))
for (const answer of await Promise.all(answers)) {
  console.log(JSON.stringify(answer))
}

await posthog.shutdown()
await Promise.all(workers.map((worker) => worker.terminate()))
