// One client for the server of Next.js, kept over the reloads of `next dev`.
import { PostHog } from 'posthog-node-native'

function createClient() {
  const posthog = new PostHog(process.env.POSTHOG_PROJECT_KEY, {
    host: process.env.POSTHOG_HOST,
    secretKey: process.env.POSTHOG_SECRET_KEY,
  })
  posthog.on('error', (error) => console.error(error))
  return posthog
}

export function getPostHog() {
  globalThis.posthog ??= createClient()
  return globalThis.posthog
}
