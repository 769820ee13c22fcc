// Compiled by `tsc`, never run: what posthog-node-native/caches, posthog-node-native/openfeature and
// posthog-node-native/testing declare.
import * as stock from 'posthog-node'
import { LocalEvaluator, PostHog, type FlagDefinitionTextProvider } from 'posthog-node-native'
import { RedisFlagCache, type RedisFlagCacheOptions } from 'posthog-node-native/caches'
import { PostHogProvider } from 'posthog-node-native/openfeature'
import { definitionsOf, testClient, type TestClient, type TestFlags } from 'posthog-node-native/testing'

import type { Provider } from '@openfeature/server-sdk'

const like = {
  status: 'ready',
  getBuffer: async (_key: string) => Buffer.from('{}'),
  eval: async () => 1,
  evalsha: async () => 1,
}
const options: RedisFlagCacheOptions = { leaseMs: 90_000, subscribe: true }
export const cache = new RedisFlagCache(like, 'shop', options)
export const asProvider: FlagDefinitionTextProvider = cache
export const client = new PostHog('phc_example', { flagDefinitionCacheProvider: cache })
// @ts-expect-error posthog-node takes objects only
export const theirs = new stock.PostHog('phc_example', { flagDefinitionCacheProvider: cache })
// @ts-expect-error there is no such option
export const misspelt = new RedisFlagCache(like, 'shop', { leaseMS: 5 })
// @ts-expect-error a name is asked for
export const nameless = new RedisFlagCache(like)

/** What a user of posthog-node needs, written by them. */
export class ObjectCache
  extends RedisFlagCache
  implements stock.FlagDefinitionCacheProvider<stock.FlagDefinitionCacheInput>
{
  override async getFlagDefinitions() {
    const stored = await super.getFlagDefinitions()
    return stored && JSON.parse(String(stored))
  }
}
export const theirsWithObjects = new stock.PostHog('phc_example', {
  flagDefinitionCacheProvider: new ObjectCache(like, 'shop'),
})

const flags: TestFlags = {
  on: true,
  off: false,
  variant: 'b',
  both: { variant: 'b', payload: { columns: 3, nested: [null, 'text'] } },
  payload: { payload: 'text' },
  disabled: { enabled: false },
}
export const posthog: TestClient = testClient(flags, { strictLocalEvaluation: false, before_send: (event) => event })
export const asPostHog: PostHog = posthog
export const asTheirs: stock.PostHog = posthog
export const names: string[] = posthog.events.map(
  ({ event, distinctId, properties }) => `${event} ${distinctId} ${properties.plan}`
)
export const changed: Promise<void> = posthog.setFlags({ on: false })
export const withDocument = [
  testClient('{"flags":[]}'),
  testClient({ flags: [] }),
  testClient(Buffer.from('{"flags":[]}')),
  testClient(),
]
export const evaluator = new LocalEvaluator(definitionsOf({ 'beta-search': true }))
export const fromDocument = testClient(definitionsOf(flags))
export const providers: Provider[] = [
  new PostHogProvider(posthog),
  new PostHogProvider(new stock.PostHog('phc_example'), { defaultDistinctId: 'anybody', readyTimeoutMs: 5000 }),
]
// @ts-expect-error there is no such option
export const wrongProvider = new PostHogProvider(posthog, { distinctId: 'anybody' })
export const state: 'loading' | 'ready' | 'stale' | 'empty' | 'stopped' = posthog.localEvaluationStatus().state
posthog.on('definitionsChanged', ({ added, removed, changed }) => [...added, ...removed, ...changed].sort())
// @ts-expect-error a number is no value of a flag
testClient({ search: 5 })
// @ts-expect-error a payload is JSON
definitionsOf({ search: { payload: () => {} } })
// @ts-expect-error a test client makes no requests
testClient({}, { fetch })
