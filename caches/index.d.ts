/**
 * A cache of flag definitions in Redis or Valkey.
 *
 * @module posthog-node-native/caches
 */

import type { FlagDefinitionCacheData } from '../lib/posthog-node.js'

/**
 * A client or cluster of `ioredis` (version 5 or newer) or `iovalkey`: the members that the cache uses.
 */
export interface IoRedisClient {
  /** `'ready'` when there is a connection. */
  readonly status: string
  /** The bytes at a key. */
  getBuffer(key: string): Promise<Uint8Array | null>
  /** Runs a script. */
  eval(...args: any[]): Promise<unknown>
  /** Runs a script that Redis knows already. */
  evalsha(...args: any[]): Promise<unknown>
}

/** A client, cluster, pool or sentinel of `redis` (node-redis 4 or newer): the members that the cache uses. */
export interface NodeRedisClient {
  /** What is stored at a key. */
  get(key: string): Promise<unknown>
  /** Runs a script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** Runs a script that Redis knows already. */
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A client of `@valkey/valkey-glide`: the members that the cache uses. */
export interface GlideClient {
  /** What is stored at a key. */
  get(key: string, ...options: any[]): Promise<unknown>
  /** Sends a command. */
  customCommand(args: any[], ...options: any[]): Promise<unknown>
}

/** A client of one of the packages that {@link RedisFlagCache} works with. */
export type RedisClient = IoRedisClient | NodeRedisClient | GlideClient

/** Options of a {@link RedisFlagCache}. */
export interface RedisFlagCacheOptions {
  /**
   * How long a process stays the leader without renewing its lease, in milliseconds. Each poll renews the lease. Use
   * three times `featureFlagsPollingInterval`. If the leader crashes, another process takes over after this time.
   * Default: 90 000, for the default interval of 30 seconds.
   */
  readonly leaseMs?: number | undefined
  /**
   * How long definitions stay in Redis after the last poll of a leader, in milliseconds. Default: 24 hours.
   */
  readonly definitionsTtlMs?: number | undefined
  /**
   * The limit on each command, in milliseconds. If Redis cannot be reached, many clients keep commands and wait, some
   * without end. The cache gives such a command up and reports it. Default: 2000.
   */
  readonly commandTimeoutMs?: number | undefined
  /**
   * Read new definitions as soon as another process has stored them, instead of with the next poll. `true` makes a
   * second connection (`client.duplicate()`), which `shutdown()` closes. Or pass a client that you use only for
   * subscriptions; it stays open. Not possible with GLIDE. Default: `false`.
   */
  readonly subscribe?: boolean | RedisClient | undefined
}

/**
 * Shares flag definitions between processes through Redis or Valkey: one process asks PostHog, all read what it stored.
 *
 * Pass it to `new PostHog(…)` of `posthog-node-native` as `flagDefinitionCacheProvider`. Use each cache for one
 * PostHog client. Close the Redis client yourself, after `posthog.shutdown()`.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis'
 * import { PostHog } from 'posthog-node-native'
 * import { RedisFlagCache } from 'posthog-node-native/caches'
 *
 * const redis = new Redis('redis://127.0.0.1:6379')
 * const posthog = new PostHog('phc_…', {
 *   secretKey: process.env.POSTHOG_SECRET_KEY,
 *   flagDefinitionCacheProvider: new RedisFlagCache(redis, 'shop-production', { subscribe: true }),
 * })
 * ```
 */
export class RedisFlagCache {
  /**
   * @param client a connected client of `ioredis`, `redis`, `iovalkey` or `@valkey/valkey-glide`
   * @param name of the project and environment. The keys in Redis are `posthog:flags:{name}` and `posthog:flags:{name}:lock`,
   * the channel is `posthog:flags:{name}:changed`; the braces are part of them.
   * @param options times, and whether to subscribe
   * @throws {TypeError} if the client is of another package, or the name or an option is not as it should be
   */
  constructor(client: RedisClient, name: string, options?: RedisFlagCacheOptions)

  /** The stored document as bytes or text; `undefined` if there is none. */
  getFlagDefinitions(): Promise<Uint8Array | string | undefined>

  /** Takes or renews the lease. `true` if this process has it now, and is the one that asks PostHog. */
  shouldFetchFlagDefinitions(): Promise<boolean>

  /** Stores definitions that are an object. posthog-node's own poller calls this. */
  onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void>

  /** Stores definitions that are JSON text. The Rust poller calls this. */
  onFlagDefinitionsTextReceived(text: string): Promise<void>

  /** Begins to listen for new definitions, with the option `subscribe`. The Rust poller calls this once. */
  watchFlagDefinitions(reload: () => void): Promise<void>

  /** Gives the lease up and stops listening. `posthog.shutdown()` calls this. */
  shutdown(): Promise<void>
}
