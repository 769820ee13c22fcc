// Compiled by `tsc`, never run: a program written for posthog-node compiles with the import changed, and means the same.
import * as stock from 'posthog-node'
import * as native from 'posthog-node-native'
import type { Redis } from './redis-flag-cache'
import { RedisFlagCache } from './redis-flag-cache'

declare const redis: Redis

const options: stock.PostHogOptions = {
  host: 'https://us.i.posthog.com',
  secretKey: 'phs_example',
  flagDefinitionCacheProvider: new RedisFlagCache(redis, 'team'),
  evaluationContexts: ['production'],
  strictLocalEvaluation: true,
}

// The same options, with the same provider, suit both.
const theirs = new stock.PostHog('phc_example', options)
const ours = new native.PostHog('phc_example', options)

// Ours can be used wherever theirs is expected.
const client: stock.PostHog = ours
const asInterface: stock.IPostHog = ours
export const clients = [theirs, client, asInterface]

// The methods have the same types.
type SameMethods<Key extends keyof stock.PostHog> = native.PostHog[Key] extends stock.PostHog[Key]
  ? stock.PostHog[Key] extends native.PostHog[Key]
    ? true
    : never
  : never
export const methodsAreTheSame: SameMethods<keyof stock.PostHog> = true

// Everything else posthog-node exports comes through.
export const everythingElse: Omit<typeof stock, 'PostHog'> = native
export const cached: native.FlagDefinitionCacheData = { flags: [], groupTypeMapping: {}, cohorts: {} }

// `native` holds what posthog-node does not have.
export const accepted: native.PostHogOptions = {
  ...options,
  native: {
    providerTimeoutMs: 500,
    pollingJitter: 0,
    keepAlive: false,
    transport: 'fetch',
    maxDocumentBytes: 1e6,
    engine: 'auto',
  },
}
// A provider may return text or bytes here.
export const reader: native.FlagDefinitionTextProvider = {
  getFlagDefinitions: async () => Buffer.from('{"flags":[]}'),
  shouldFetchFlagDefinitions: () => false,
  onFlagDefinitionsReceived: () => {},
  shutdown: () => {},
}
export const withReader: native.PostHogOptions = { flagDefinitionCacheProvider: reader }
// @ts-expect-error posthog-node takes objects only
export const theirReader: stock.PostHogOptions = { flagDefinitionCacheProvider: reader }
// @ts-expect-error posthog-node itself has no option `native`
export const notTheirs: stock.PostHogOptions = { native: {} }
// @ts-expect-error there is no such option
export const misspelt: native.PostHogOptions = { native: { speed: 11 } }
// @ts-expect-error the project API key is required
export const keyless = new native.PostHog()
export const engine: 'native' | 'javascript' | undefined = new native.PostHog('phc_example').localEvaluationEngine
// @ts-expect-error there is no such engine
export const noEngine: native.NativeOptions = { engine: 'rust' }
