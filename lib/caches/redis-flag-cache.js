'use strict'

const { randomUUID } = require('node:crypto')
// Taken once, so that fake timers in a user's tests do not decide how long a command may take.
const { clearTimeout, setImmediate, setTimeout } = require('node:timers')

const { describeValue, wrongArgument } = require('../errors/mismatch')
const { connectionOf } = require('./redis-client')
const { redisError } = require('./redis-errors')
const { LEAD, RELEASE, STORE, runScript } = require('./redis-scripts')
const { requireSubscriber, subscribe } = require('./redis-subscription')

/** In milliseconds. */
const DEFAULTS = { leaseMs: 90_000, definitionsTtlMs: 24 * 60 * 60_000, commandTimeoutMs: 2000 }

/** The longest time a timer takes. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Shares flag definitions between processes through Redis. The process that holds the lease asks PostHog and stores what it
 * answers, the others read that. Definitions are handed on as the text they are: nothing is parsed here.
 */
class RedisFlagCache {
  /**
   * @param {any} redis a client of one of the packages
   * @param {string} name
   * @param {Record<string, any>} [options]
   */
  constructor(redis, name, options = {}) {
    this._connection = connectionOf(redis)
    const { subscribe: subscriber, ...times } = readOptions(options)
    this._times = times
    this._key = `posthog:flags:{${readName(name)}}`
    /** Those of the lease and of the definitions. The braces keep them in one slot of a cluster. */
    this._keys = [`${this._key}:lock`, this._key]
    this._token = randomUUID()
    /** Whether this process had the lease when it asked last. */
    this._leads = false
    /** Whether the last command failed. The next ones do not wait for a connection again. */
    this._hasFailed = false
    /** What to call when another process has stored definitions. @type {Set<() => void>} */
    this._watchers = new Set()
    /** @type {import('./redis-subscription').Subscription | undefined} */
    this._subscription = undefined
    /** Listens for what other processes store, if that is wanted. */
    this._listen = subscriber ? this._listenWith(redis, subscriber) : undefined
  }

  /** @returns {Promise<any>} the bytes of the document, or its text; nothing if none is stored */
  async getFlagDefinitions() {
    const stored = await this._ask('read flag definitions', () => this._connection.get(this._key))
    return /** @type {any} */ (stored)?.length > 0 ? stored : undefined
  }

  /** @returns {Promise<boolean>} whether this process holds the lease, which begins anew */
  async shouldFetchFlagDefinitions() {
    const { leaseMs, definitionsTtlMs } = this._times
    const answer = await this._run('ask for the lease', LEAD, [this._token, `${leaseMs}`, `${definitionsTtlMs}`])
    this._leads = Number(answer) === 1
    return this._leads
  }

  /**
   * What posthog-node's own poller calls.
   *
   * @param {object} data
   */
  onFlagDefinitionsReceived(data) {
    return this.onFlagDefinitionsTextReceived(JSON.stringify(data))
  }

  /**
   * What a client of this package calls.
   *
   * @param {string} text of the document
   */
  async onFlagDefinitionsTextReceived(text) {
    const ttl = `${this._times.definitionsTtlMs}`
    await this._run('store flag definitions', STORE, [this._token, text, ttl, `${this._key}:changed`])
  }

  /**
   * What a client of this package calls when it is made.
   *
   * @param {() => void} reload
   */
  async watchFlagDefinitions(reload) {
    if (this._listen === undefined) {
      return
    }
    this._watchers.add(reload)
    this._subscription ??= this._listen()
    try {
      await this._subscription.begun
    } catch (error) {
      throw redisError('listen for new flag definitions', error, this._key)
    }
  }

  /** Gives the lease up, so that another process need not wait for its end, and stops listening. The client stays open. */
  async shutdown() {
    const subscription = this._subscription
    this._subscription = undefined
    this._watchers.clear()
    this._leads = false
    // Whether or not Redis can be reached, both are tried.
    const outcomes = await Promise.allSettled([
      this._run('give the lease up', RELEASE, [this._token]),
      subscription && this._end(subscription),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        throw outcome.reason
      }
    }
  }

  /**
   * @param {any} redis
   * @param {any} subscriber a client, or `true` for a connection like that of `redis`, which is closed in the end
   */
  _listenWith(redis, subscriber) {
    const isOwn = subscriber === true
    const listener = isOwn ? redis : subscriber
    requireSubscriber(listener)
    return () => subscribe(listener, isOwn, `${this._key}:changed`, (token) => this._hear(token))
  }

  /** @param {import('./redis-subscription').Subscription} subscription */
  async _end(subscription) {
    try {
      await within(this._times.commandTimeoutMs, () => subscription.end())
    } catch (error) {
      throw redisError('stop listening for new flag definitions', error, this._key)
    }
  }

  /**
   * The leader has its definitions from PostHog, and a load of it would be a request.
   *
   * @param {string} token of the process that has stored definitions
   */
  _hear(token) {
    if (token !== this._token && !this._leads) {
      this._watchers.forEach((reload) => reload())
    }
  }

  /**
   * @param {string} what it is for
   * @param {import('./redis-scripts').Script} script
   * @param {string[]} args
   */
  _run(what, script, args) {
    return this._ask(what, () => runScript(this._connection, script, this._keys, args))
  }

  /**
   * Waits for an answer of Redis, but not for ever: without a connection a client may keep commands until there is one.
   *
   * @param {string} what could not be done if it fails
   * @param {() => Promise<unknown>} command
   */
  async _ask(what, command) {
    try {
      if (this._hasFailed && this._connection.isReconnecting()) {
        throw new Error('the client is offline')
      }
      const answer = await within(this._times.commandTimeoutMs, command)
      this._hasFailed = false
      return answer
    } catch (error) {
      this._hasFailed = true
      throw redisError(what, error, this._key)
    }
  }
}

/**
 * @param {number} milliseconds
 * @param {() => Promise<unknown>} command
 */
async function within(milliseconds, command) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise((_, reject) => {
    const fail = () =>
      reject(new Error(`Redis did not answer within ${milliseconds}ms (commandTimeoutMs); the client may be offline`))
    // An answer may have come while the event loop was held up. Then it is read before this.
    timer = setTimeout(() => setImmediate(fail), milliseconds)
  })
  try {
    return await Promise.race([command(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** @param {unknown} name */
function readName(name) {
  if (typeof name !== 'string' || name === '' || /[{}]/.test(name)) {
    throw wrongArgument(
      'the name of the cache to be a text without braces',
      describeValue(name),
      "pass one for each project and environment, such as 'shop-production'"
    )
  }
  return name
}

/**
 * @param {any} options
 * @returns {{ leaseMs: number, definitionsTtlMs: number, commandTimeoutMs: number, subscribe?: any }}
 */
function readOptions(options) {
  if (typeof options !== 'object' || options === null) {
    throw wrongArgument('the options of the cache to be an object', describeValue(options))
  }
  const { subscribe: subscriber, ...times } = options
  for (const [option, value] of Object.entries(times)) {
    if (!Object.hasOwn(DEFAULTS, option)) {
      const known = [...Object.keys(DEFAULTS), 'subscribe'].join(', ')
      throw wrongArgument(`the options of the cache to be among ${known}`, `'${option}'`)
    }
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      throw wrongArgument(`${option} to be a positive whole number of milliseconds`, describeValue(value))
    }
  }
  const given = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined))
  const all = { ...DEFAULTS, ...given, subscribe: subscriber }
  return { ...all, commandTimeoutMs: Math.min(all.commandTimeoutMs, LONGEST_TIMEOUT_MS) }
}

module.exports = { RedisFlagCache }
