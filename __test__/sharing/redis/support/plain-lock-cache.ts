// The simplest cache class that works: whoever gets the lock fetches, and gives the lock up as soon as it has published.
import type { Redis } from 'ioredis'
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

export class PlainLockCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  readonly #redis: Redis
  readonly #lockSeconds: number
  protected prefix = 'feature-flags'

  constructor(redis: Redis, lockSeconds = 60) {
    this.#redis = redis
    this.#lockSeconds = lockSeconds
  }

  private get lockKey() {
    return `${this.prefix}:lock`
  }

  private get dataKey() {
    return `${this.prefix}:definitions`
  }

  async getFlagDefinitions() {
    const text = await this.#redis.get(this.dataKey)
    return text === null ? undefined : (JSON.parse(text) as FlagDefinitionCacheInput)
  }

  async shouldFetchFlagDefinitions() {
    const answer = await this.#redis.set(this.lockKey, process.pid, 'EX', this.#lockSeconds, 'NX')
    return answer === 'OK'
  }

  async onFlagDefinitionsReceived(definitions: FlagDefinitionCacheData) {
    await this.#redis.set(this.dataKey, JSON.stringify(definitions), 'EX', 300)
    await this.unlock()
  }

  async shutdown() {
    await this.unlock()
  }

  private async unlock() {
    await this.#redis.del(this.lockKey)
  }
}
