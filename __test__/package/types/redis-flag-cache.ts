// A cache class as a user of posthog-node has it, importing nothing but posthog-node's types.
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

/** The calls this class makes on its Redis client. */
export interface Redis {
  get(key: string): Promise<string | null>
  set(key: string, value: string, ...args: (string | number)[]): Promise<'OK' | null>
  del(...keys: string[]): Promise<number>
}

export class RedisFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  constructor(
    private redis: Redis,
    private teamKey: string
  ) {}

  async getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined> {
    const cached = await this.redis.get(`posthog:flags:${this.teamKey}`)
    return cached ? JSON.parse(cached) : undefined
  }

  async shouldFetchFlagDefinitions(): Promise<boolean> {
    return (await this.redis.set(`posthog:flags:${this.teamKey}:lock`, '1', 'EX', 60, 'NX')) === 'OK'
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void> {
    await this.redis.set(`posthog:flags:${this.teamKey}`, JSON.stringify(data), 'EX', 300)
    await this.redis.del(`posthog:flags:${this.teamKey}:lock`)
  }

  async shutdown(): Promise<void> {
    await this.redis.del(`posthog:flags:${this.teamKey}:lock`)
  }
}
