// The cache of redis-flag-cache.ts with one thing less to do: posthog-node-native takes the stored text as it is and
// parses it on its background thread, so that large definitions do not hold up the event loop.
import type { FlagDefinitionTextProvider } from 'posthog-node-native'
import type { RedisFlagCache } from './redis-flag-cache.js'

/** Hand the result to `new PostHog(…, { flagDefinitionCacheProvider })` of posthog-node-native; posthog-node wants the object. */
export function asText(cache: RedisFlagCache): FlagDefinitionTextProvider {
  return {
    getFlagDefinitions: () => cache.getFlagDefinitionsText(),
    shouldFetchFlagDefinitions: () => cache.shouldFetchFlagDefinitions(),
    onFlagDefinitionsReceived: (data) => cache.onFlagDefinitionsReceived(data),
    shutdown: () => cache.shutdown(),
  }
}
