// Caches as users of posthog-node have them, importing nothing but its types. The check of the typings compiles this file a
// second time with the import changed to this package.
import {
  type FlagDefinitionCacheData,
  type FlagDefinitionCacheInput,
  type FlagDefinitionCacheProvider,
  PostHog,
  type PostHogOptions,
} from 'posthog-node'

interface Redis {
  get(key: string): Promise<string | null>
  set(key: string, value: string, options?: { EX?: number; NX?: boolean }): Promise<string | null>
  del(key: string): Promise<number>
}

interface KVNamespace {
  get<T>(key: string, type: 'json'): Promise<T | null>
  put(key: string, value: string): Promise<void>
}

/** From before the interface took a parameter: camelCase documents, a lock of its own. */
export class RedisFlagCache implements FlagDefinitionCacheProvider {
  private readonly cacheKey: string
  private readonly lockKey: string

  constructor(
    private redis: Redis,
    teamKey: string
  ) {
    this.cacheKey = `posthog:flags:${teamKey}`
    this.lockKey = `${this.cacheKey}:lock`
  }

  async getFlagDefinitions(): Promise<FlagDefinitionCacheData | undefined> {
    const cached = await this.redis.get(this.cacheKey)
    return cached ? (JSON.parse(cached) as FlagDefinitionCacheData) : undefined
  }

  async shouldFetchFlagDefinitions(): Promise<boolean> {
    return (await this.redis.set(this.lockKey, '1', { EX: 60, NX: true })) === 'OK'
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void> {
    await this.redis.set(this.cacheKey, JSON.stringify(data), { EX: 300 })
    await this.redis.del(this.lockKey)
  }

  async shutdown(): Promise<void> {
    await this.redis.del(this.lockKey)
  }
}

/** Documents that other languages wrote too. */
export class SharedRedisFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  constructor(private readonly redis: Redis) {}

  async getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined> {
    const cached = await this.redis.get('flags')
    return cached ? JSON.parse(cached) : undefined
  }

  async shouldFetchFlagDefinitions() {
    return true
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData) {
    await this.redis.set('flags', JSON.stringify(data))
  }

  async shutdown() {}
}

/** A reader and a writer over a base with a private getter, as on workers. */
abstract class KVFlagCache implements FlagDefinitionCacheProvider {
  constructor(
    protected kv: KVNamespace,
    private readonly team: string
  ) {}

  protected get key(): string {
    return `posthog:${this.team}`
  }

  abstract getFlagDefinitions(): Promise<FlagDefinitionCacheData | undefined>
  abstract shouldFetchFlagDefinitions(): boolean
  abstract onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void>
  shutdown(): void {}
}

export class KVFlagReader extends KVFlagCache {
  async getFlagDefinitions() {
    return (await this.kv.get<FlagDefinitionCacheData>(this.key, 'json')) ?? undefined
  }

  shouldFetchFlagDefinitions() {
    return false
  }

  async onFlagDefinitionsReceived(_data: FlagDefinitionCacheData): Promise<void> {
    throw new Error('read-only')
  }
}

/** State in a module, methods that are not asynchronous. */
let held: FlagDefinitionCacheData | undefined
export const inMemory: FlagDefinitionCacheProvider = {
  getFlagDefinitions: () => held,
  shouldFetchFlagDefinitions: () => held === undefined,
  onFlagDefinitionsReceived: (data) => {
    held = data
  },
  shutdown() {},
}

declare const redis: Redis
declare const kv: KVNamespace

export const clients = [
  new RedisFlagCache(redis, 'team'),
  new SharedRedisFlagCache(redis),
  new KVFlagReader(kv, 'team'),
  inMemory,
].map((flagDefinitionCacheProvider) => new PostHog('phc_example', { flagDefinitionCacheProvider }))

export const options: PostHogOptions = {
  host: 'https://eu.i.posthog.com',
  personalApiKey: 'phx_example',
  featureFlagsPollingInterval: 30_000,
  flagDefinitionCacheProvider: new RedisFlagCache(redis, 'team'),
}
