// One process of a fleet: evaluates a flag all the time, and tells its parent when the answer changes.
import path from 'node:path'
import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import Database from 'libsql'
import { PostHog, type PostHogOptions } from 'posthog-node-native'
import { RedisFlagCache } from 'posthog-node-native/caches'
import { createClient } from 'redis'
import { FileFlagCache } from '../../../support/file-flag-cache.js'
import { SqliteFlagCache } from '../../../../examples/sqlite-flag-cache.js'
import { PlainLockCache } from './plain-lock-cache.js'

/** What the parent tells a process about its part. */
export interface MemberSettings {
  name: string
  cache:
    | 'RedisFlagCache over ioredis'
    | 'RedisFlagCache over redis'
    | 'RedisFlagCache over iovalkey'
    | 'plain lock'
    | 'lock file'
    | 'database file'
  redisPort: number
  /** Of the lock file and the definitions, or of the database. */
  directory: string
  host: string
  intervalMs: number
  lockTtlMs: number
  requestTimeoutMs: number
  providerTimeoutMs: number
  shutdownTimeoutMs: number
  /** Learn of new definitions at once, where the cache can. */
  subscribes?: boolean
}

/** How many evaluations there were since the flag was first known, and how many of them had no answer. */
export interface MemberReport {
  evaluations: number
  failures: number
  /** Evaluations without an answer between "the quota is used up" and the next definitions. */
  duringQuota: number
  errors: string[]
}

type Cache = PostHogOptions['flagDefinitionCacheProvider']

const EVALUATE_EVERY_MS = 10
const settings = JSON.parse(process.argv[2] ?? '{}') as MemberSettings
const report: MemberReport = { evaluations: 0, failures: 0, duringQuota: 0, errors: [] }
let version: unknown
let quotaIsUsedUp = false

const { cache, disconnect } = await connect()
const client = new PostHog('phc_project', {
  host: settings.host,
  secretKey: `phs_${settings.name}`,
  featureFlagsPollingInterval: settings.intervalMs,
  requestTimeout: settings.requestTimeoutMs,
  flagDefinitionCacheProvider: cache,
  native: { providerTimeoutMs: settings.providerTimeoutMs },
})
client.on('error', (error: Error) => void report.errors.push(error.message))

const { warn } = console
console.warn = (...line: unknown[]) => {
  quotaIsUsedUp ||= String(line[0]).includes('quota limit exceeded')
  warn(...line)
}

const evaluating = setInterval(evaluate, EVALUATE_EVERY_MS)

process.on('message', async (request) => {
  if (request === 'report') {
    process.send?.({ report })
  } else {
    clearInterval(evaluating)
    await client.shutdown(settings.shutdownTimeoutMs)
    disconnect()
    process.disconnect()
  }
})

async function evaluate() {
  const options = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
  const answer = await client.getFeatureFlag('release', 'somebody', options)
  if (answer !== undefined) {
    quotaIsUsedUp = false
  }
  if (version !== undefined || answer !== undefined) {
    report.evaluations += 1
  }
  if (answer !== undefined && answer !== version) {
    version = answer
    process.send?.({ version: answer })
  } else if (answer === undefined && version !== undefined) {
    report[quotaIsUsedUp ? 'duringQuota' : 'failures'] += 1
  }
}

/** A connected client of the package in question, set to fail at once while Redis is away, and to come back soon. */
async function connect(): Promise<{ cache: Cache; disconnect: () => void }> {
  const { redisPort: port, lockTtlMs, subscribes: subscribe } = settings
  const options = { leaseMs: lockTtlMs, subscribe }
  if (settings.cache === 'lock file') {
    return { cache: new FileFlagCache(settings.directory, { lockTtlMs }), disconnect: () => {} }
  }
  if (settings.cache === 'database file') {
    const database = new Database(path.join(settings.directory, 'flags.db'), { timeout: 2000 })
    return { cache: new SqliteFlagCache(database, 'shop', { lockTtlMs }), disconnect: () => void database.close() }
  }
  if (settings.cache === 'RedisFlagCache over redis') {
    const redis = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: 50 },
      disableOfflineQueue: true,
    })
    redis.on('error', () => {})
    await redis.connect()
    return { cache: new RedisFlagCache(redis, 'shop', options), disconnect: () => redis.destroy() }
  }
  // The two differ in nothing but their name.
  const Client = (settings.cache === 'RedisFlagCache over iovalkey' ? Valkey : Redis) as typeof Redis
  const redis = new Client(port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => 50 })
  redis.on('error', () => {})
  const disconnect = () => redis.disconnect()
  if (settings.cache === 'plain lock') {
    return { cache: new PlainLockCache(redis, lockTtlMs / 1000), disconnect }
  }
  return { cache: new RedisFlagCache(redis, 'shop', options), disconnect }
}
