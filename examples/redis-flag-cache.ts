// A flag-definition cache for many machines, over Redis: written once for both `ioredis` and `redis` (node-redis).
import { randomUUID } from 'node:crypto'
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

/** What an `ioredis` client has. */
interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>
}

/** What a connected `redis` client has. */
interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** A client of either package. */
export type RedisClient = IoRedisClient | NodeRedisClient

export interface RedisFlagCacheOptions {
  /** How long leadership lasts without renewal; longer than the polling interval, so that a live leader keeps it. */
  lockTtlMs?: number
  /** How long definitions outlive their last leader. */
  definitionsTtlMs?: number
}

// KEYS: lock, definitions. ARGV: token, lock TTL, definitions TTL.
// A leader also keeps the definitions alive: while they are unchanged nobody publishes them again.
const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`

// KEYS: lock. ARGV: token. Compares and deletes in one step, so that a lock that passed on is never released here.
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/** The one process that holds the lock fetches and publishes; the others read. The Redis client stays the caller's. */
export class RedisFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  private readonly token = randomUUID()
  private readonly definitionsKey: string
  private readonly lockKey: string
  private readonly lockTtlMs: string
  private readonly definitionsTtlMs: string

  /**
   * @param redis a connected client
   * @param team names the project in Redis; the braces put both of its keys into one slot of a cluster
   */
  constructor(
    private readonly redis: RedisClient,
    team: string,
    options: RedisFlagCacheOptions = {}
  ) {
    this.definitionsKey = `posthog:{${team}}:flags`
    this.lockKey = `posthog:{${team}}:flags:lock`
    this.lockTtlMs = String(options.lockTtlMs ?? 90_000)
    this.definitionsTtlMs = String(options.definitionsTtlMs ?? 24 * 60 * 60_000)
  }

  async getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined> {
    const text = await this.getFlagDefinitionsText()
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** The same as the JSON text that is stored; see `redis-text-flag-cache.ts`. */
  async getFlagDefinitionsText(): Promise<string | undefined> {
    const text = await this.command('GET', this.definitionsKey)
    return text == null ? undefined : String(text)
  }

  async shouldFetchFlagDefinitions(): Promise<boolean> {
    const keys = [this.lockKey, this.definitionsKey]
    if (Number(await this.evaluate(RENEW, keys, [this.token, this.lockTtlMs, this.definitionsTtlMs])) === 1) {
      return true
    }
    return String(await this.command('SET', this.lockKey, this.token, 'NX', 'PX', this.lockTtlMs)) === 'OK'
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void> {
    await this.command('SET', this.definitionsKey, JSON.stringify(data), 'PX', this.definitionsTtlMs)
  }

  async shutdown(): Promise<void> {
    await this.evaluate(RELEASE, [this.lockKey], [this.token])
  }

  private evaluate(script: string, keys: string[], args: string[]): Promise<unknown> {
    return this.command('EVAL', script, String(keys.length), ...keys, ...args)
  }

  private command(name: string, ...args: string[]): Promise<unknown> {
    // ioredis has a `sendCommand` too, with other arguments; only it has `call`.
    return 'call' in this.redis ? this.redis.call(name, ...args) : this.redis.sendCommand([name, ...args])
  }
}
