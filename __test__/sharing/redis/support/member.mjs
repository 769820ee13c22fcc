// One process of a fleet: evaluates a flag all the time, and tells its parent when the answer changes. It loads the packages
// that its cache needs and no others: there are many such processes.
import path from 'node:path'
import { PostHog } from 'posthog-node-native'
import { RedisFlagCache } from 'posthog-node-native/caches'

/**
 * What the parent tells a process about its part.
 *
 * @typedef {object} MemberSettings
 * @property {string} name
 * @property {'RedisFlagCache over ioredis' | 'RedisFlagCache over redis' | 'RedisFlagCache over iovalkey' | 'plain lock' |
 *   'lock file' | 'database file'} cache
 * @property {number} redisPort
 * @property {string} directory of the lock file and the definitions, or of the database
 * @property {string} host
 * @property {number} intervalMs
 * @property {number} lockTtlMs
 * @property {number} requestTimeoutMs
 * @property {number} providerTimeoutMs
 * @property {number} shutdownTimeoutMs
 * @property {boolean} [subscribes] learn of new definitions at once, where the cache can
 */

/**
 * How many evaluations there were since the flag was first known, and how many of them had no answer.
 *
 * @typedef {object} MemberReport
 * @property {number} evaluations
 * @property {number} failures
 * @property {number} duringQuota without an answer between "the quota is used up" and the next definitions
 * @property {string[]} errors
 */

const EVALUATE_EVERY_MS = 10
/** @type {MemberSettings} */
const settings = JSON.parse(process.argv[2] ?? '{}')
/** @type {MemberReport} */
const report = { evaluations: 0, failures: 0, duringQuota: 0, errors: [] }
/** @type {unknown} */
let version
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
client.on('error', (/** @type {Error} */ error) => void report.errors.push(error.message))

const { warn } = console
console.warn = (...line) => {
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

/**
 * A connected client of the package in question, set to fail at once while Redis is away, and to come back soon.
 *
 * @returns {Promise<{ cache: any, disconnect: () => void }>}
 */
async function connect() {
  const { redisPort: port, lockTtlMs, subscribes: subscribe } = settings
  const options = { leaseMs: lockTtlMs, subscribe }
  if (settings.cache === 'lock file') {
    const { FileFlagCache } = await import('../../../support/file-flag-cache.js')
    return { cache: new FileFlagCache(settings.directory, { lockTtlMs }), disconnect: () => {} }
  }
  if (settings.cache === 'database file') {
    const { default: Database } = await import('libsql')
    const { SqliteFlagCache } = await import('../../../../examples/sqlite-flag-cache.js')
    const database = new Database(path.join(settings.directory, 'flags.db'), { timeout: 2000 })
    return { cache: new SqliteFlagCache(database, 'shop', { lockTtlMs }), disconnect: () => void database.close() }
  }
  if (settings.cache === 'RedisFlagCache over redis') {
    const { createClient } = await import('redis')
    const redis = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: 50 },
      disableOfflineQueue: true,
    })
    redis.on('error', () => {})
    await redis.connect()
    return { cache: new RedisFlagCache(redis, 'shop', options), disconnect: () => redis.destroy() }
  }
  // The two differ in nothing but their name.
  const { Redis } = await import(settings.cache === 'RedisFlagCache over iovalkey' ? 'iovalkey' : 'ioredis')
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => 50 })
  redis.on('error', () => {})
  const disconnect = () => redis.disconnect()
  if (settings.cache === 'plain lock') {
    const { PlainLockCache } = await import('./plain-lock-cache.js')
    return { cache: new PlainLockCache(redis, lockTtlMs / 1000), disconnect }
  }
  return { cache: new RedisFlagCache(redis, 'shop', options), disconnect }
}
