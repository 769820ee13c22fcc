import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node/edge'
import type { RedisClient, RedisFlagCacheOptions } from '../caches/index.js'

export type {
  GlideClient,
  IoRedisClient,
  NodeRedisClient,
  RedisClient,
  RedisFlagCacheOptions,
} from '../caches/index.js'

/**
 * On the edge: shares flag definitions between processes through Redis or Valkey, as objects. It needs a runtime in which a
 * Redis client works, with `node:crypto` and `node:timers`. There is no `subscribe`: each process reads when it polls.
 */
export class RedisFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  constructor(client: RedisClient, name: string, options?: RedisFlagCacheOptions)
  getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined>
  shouldFetchFlagDefinitions(): Promise<boolean>
  onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void>
  shutdown(): Promise<void>
}
