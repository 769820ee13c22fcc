// A real Redis that clients share definitions over, and what can happen to it.
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { RedisServer } from '../../../sharing/redis/support/redis-server.mjs'
import { RedisFlagCache } from 'posthog-node-native/caches'
import { definitionsOf } from './versions.mjs'

const TEAM = 'faults'
const DEFINITIONS = `posthog:flags:{${TEAM}}`
const LOCK = `${DEFINITIONS}:lock`
const SOMEBODY_MS = 150

/**
 * @typedef {object} BackendScene
 * @property {import('./random.mjs').Random} random
 * @property {number} providerTimeoutMs
 * @property {number} lockTtlMs
 * @property {number} version
 * @property {() => Promise<unknown>} reload lets all clients load
 * @property {() => string[]} failures of the cache class since they were asked for last
 */

/** Says whether it was told not to store what it was given last, because another client leads. */
class TellingFlagCache extends RedisFlagCache {
  hasRefused = false

  async _run(what, script, args) {
    const answer = await super._run(what, script, args)
    if (what.includes('store')) this.hasRefused = Number(answer) === 0
    return answer
  }
}

/** Reads and stores definitions as an object, as a class of posthog-node's does. */
class ObjectFlagCache extends TellingFlagCache {
  onFlagDefinitionsTextReceived = undefined

  async onFlagDefinitionsReceived(data) {
    await RedisFlagCache.prototype.onFlagDefinitionsTextReceived.call(this, JSON.stringify(data))
  }

  async getFlagDefinitions() {
    const stored = await super.getFlagDefinitions()
    return stored && JSON.parse(String(stored))
  }
}

export class RedisBackend {
  static async start() {
    const server = await RedisServer.start()
    return new RedisBackend(server)
  }

  /** @param {RedisServer} server */
  constructor(server) {
    this._server = server
    /** @type {Redis[]} */
    this._connections = []
    // Waits for Redis, however long it is away.
    this._admin = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 5 })
    this._admin.on('error', () => {})
  }

  /**
   * The cache of one client, over a connection of its own.
   *
   * @param {number} index
   * @param {number} lockTtlMs
   */
  async createCache(index, lockTtlMs) {
    const redis = new Redis(this._server.port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => 5 })
    redis.on('error', () => {})
    this._connections.push(redis)
    const Cache = index % 2 === 0 ? TellingFlagCache : ObjectFlagCache
    return new Cache(redis, TEAM, { leaseMs: lockTtlMs })
  }

  /** Brings everything in order again. */
  async heal() {
    await this._admin.replicaof('NO', 'ONE')
    await this._admin.config('SET', 'maxmemory', '0')
    await this._admin.del(LOCK)
    for (const redis of this._connections) {
      while (redis.status !== 'ready' && redis.status !== 'end') await sleep(2)
    }
  }

  async close() {
    for (const redis of [this._admin, ...this._connections]) redis.disconnect()
    await this._server.close()
  }

  /**
   * By kind; each hands back whether it came to pass, which Redis itself says, or the error that the cache class met.
   *
   * @type {Record<string, (scene: BackendScene) => Promise<boolean>>}
   */
  faults = {
    'Redis is killed and started': async ({ reload }) => {
      await this._server.stop()
      await this._server.start()
      await reload()
      return (await this._admin.ping()) === 'PONG'
    },
    'Redis is away for a load': async ({ reload, failures }) => {
      await this._server.stop()
      await reload()
      await this._server.start()
      return failures().length > 0
    },
    'Redis is killed during a load': async ({ reload }) => {
      const loaded = reload()
      await this._server.stop()
      await loaded
      await this._server.start()
      return (await this._admin.ping()) === 'PONG'
    },
    'Redis hangs for a load': async ({ reload }) => {
      this._server.hang()
      const answered = this._admin.ping().then(() => true)
      await reload()
      const hung = await Promise.race([answered, sleep(1, false)])
      this._server.resume()
      await answered
      return !hung
    },
    'Redis hangs for a moment': async ({ random, reload, providerTimeoutMs }) => {
      this._server.hang()
      const answered = this._admin.ping()
      const loaded = reload()
      await sleep(random.below(providerTimeoutMs / 2))
      this._server.resume()
      await Promise.all([loaded, answered])
      return true
    },
    'connections are cut': async ({ reload }) => {
      const loaded = reload()
      const cut = Number(await this._admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes'))
      await loaded
      return cut > 0
    },
    'commands are held back': async ({ random, reload, providerTimeoutMs }) => {
      const answer = await this._admin.client('PAUSE', 1 + random.below(providerTimeoutMs * 1.5))
      await reload()
      return String(answer) === 'OK'
    },
    'everything is flushed': async ({ reload }) => {
      const answer = await this._admin.flushall()
      await reload()
      return answer === 'OK'
    },
    'the definitions are cut off': ({ random, reload, version }) => {
      const text = JSON.stringify(definitionsOf(version))
      return this._replace(['SET', DEFINITIONS, text.slice(0, random.below(text.length))], reload)
    },
    'the definitions are of another type': ({ reload }) => this._replaceByList(DEFINITIONS, reload),
    'the lock is taken by somebody who is gone': ({ reload }) =>
      this._replace(['SET', LOCK, 'somebody', 'PX', String(SOMEBODY_MS)], reload),
    'the lock is of another type': async ({ reload }) => {
      const done = await this._replaceByList(LOCK, reload)
      await this._admin.del(LOCK)
      return done
    },
    'the lock is lost': async ({ reload }) => {
      const lost = await this._admin.del(LOCK)
      await reload()
      return lost === 1
    },
    'memory is full': async ({ reload, failures }) => {
      await this._admin.config('SET', 'maxmemory', '1')
      await reload()
      await this._admin.config('SET', 'maxmemory', '0')
      return failures().some((error) => error.includes('OOM'))
    },
    'Redis can only be read': async ({ reload, failures }) => {
      await this._admin.replicaof('127.0.0.1', '1')
      await reload()
      await this._admin.replicaof('NO', 'ONE')
      return failures().some((error) => error.includes('READONLY'))
    },
  }

  /** @param {string[]} command @param {() => Promise<unknown>} reload */
  async _replace([name, ...args], reload) {
    const answer = await this._admin.call(name, ...args)
    await reload()
    return answer === 'OK'
  }

  /** @param {string} key @param {() => Promise<unknown>} reload */
  async _replaceByList(key, reload) {
    const answers = await this._admin.multi().del(key).lpush(key, 'x').exec()
    await reload()
    return answers?.[1][1] === 1
  }
}
