'use strict'

const { describeError } = require('../errors/describe-error')
const { piecesOf } = require('../document/document-pieces')

/**
 * What came of a call: a value, or the error as posthog-node prints it.
 *
 * @template T
 * @typedef {{ value: T } | { error: string }} Outcome
 */

/** @typedef {{ startedAt: number }} Call one of the provider's methods is running */

/**
 * Calls the user's `FlagDefinitionCacheProvider` on behalf of the poller.
 *
 * Methods are looked up on the user's own object at each call, so that `this`, private fields, getters, proxies and
 * methods patched later work. Nothing it does reaches the poller except an {@link Outcome}.
 */
class CacheProvider {
  /**
   * @param {any} provider
   * @param {import('node:async_hooks').AsyncResource} scope the context to call it in
   * @param {boolean} [isWhole] whether definitions that are objects are taken with all their fields
   */
  constructor(provider, scope, isWhole = false) {
    // Named as in posthog-node: V8 quotes this expression when a method is missing.
    this.cacheProvider = provider
    this._scope = scope
    this._isWhole = isWhole
    /** How often it was called, and how the calls went. */
    this.calls = { calls: 0, failures: 0, lastMs: /** @type {number | undefined} */ (undefined) }
    /** The call that is awaited. @type {Call | undefined} */
    this._awaited = undefined
  }

  /** @returns {Promise<Outcome<boolean>>} */
  shouldFetchFlagDefinitions() {
    return this._call(async () => Boolean(await this.cacheProvider.shouldFetchFlagDefinitions()))
  }

  /** @returns {Promise<Outcome<import('../document/document-pieces').DocumentPieces | undefined>>} nothing for a miss */
  getFlagDefinitions() {
    return this._call(async () => {
      const cached = await this.cacheProvider.getFlagDefinitions()
      return cached ? piecesOf(cached, this._isWhole) : undefined
    })
  }

  /**
   * @param {string} body the response body
   * @returns {Promise<Outcome<void>>}
   */
  onFlagDefinitionsReceived(body) {
    return this._call(async () => {
      // As fetch decodes it: without a byte order mark.
      const text = body.startsWith('\uFEFF') ? body.slice(1) : body
      await (hasMethod(this.cacheProvider, 'onFlagDefinitionsTextReceived')
        ? this.cacheProvider.onFlagDefinitionsTextReceived(text)
        : this.cacheProvider.onFlagDefinitionsReceived(toCacheData(JSON.parse(text))))
    })
  }

  /**
   * Lets the provider say when there is something new to read, if it can.
   *
   * @param {() => void} reload
   * @returns {Promise<Outcome<void>>}
   */
  watchFlagDefinitions(reload) {
    return this._run(async () => {
      if (hasMethod(this.cacheProvider, 'watchFlagDefinitions')) {
        await this.cacheProvider.watchFlagDefinitions(reload)
      }
    })
  }

  /**
   * Does not throw; waits for promises and other thenables no longer than `timeoutMs`.
   *
   * @param {number} timeoutMs
   * @returns {Promise<Outcome<void>>}
   */
  async shutdown(timeoutMs) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const call = this._begin()
    let failed = false
    try {
      const result = this._scope.runInAsyncScope(() => this.cacheProvider.shutdown())
      if (isThenable(result)) {
        await Promise.race([
          result,
          new Promise((_, reject) => {
            // Referenced, so that the process gets to send its last events after a provider that hangs.
            timer = setTimeout(() => reject(new Error(`Cache shutdown timeout after ${timeoutMs}ms`)), timeoutMs)
          }),
        ])
      }
      return { value: undefined }
    } catch (error) {
      failed = true
      return { error: describeError(error) }
    } finally {
      clearTimeout(timer)
      this._end(call, failed)
    }
  }

  /** Nobody waits for the call under way any more. */
  giveUp() {
    if (this._awaited !== undefined) {
      this._end(this._awaited, true)
    }
  }

  /**
   * Makes a call that counts.
   *
   * @template T
   * @param {() => Promise<T>} method
   * @returns {Promise<Outcome<T>>}
   */
  async _call(method) {
    const call = this._begin()
    const outcome = await this._run(method)
    this._end(call, 'error' in outcome)
    return outcome
  }

  /** @returns {Call} */
  _begin() {
    this.calls.calls++
    this._awaited = { startedAt: performance.now() }
    return this._awaited
  }

  /**
   * @param {Call} call
   * @param {boolean} failed
   */
  _end(call, failed) {
    // What was given up is over already.
    if (this._awaited === call) {
      this._awaited = undefined
      this.calls.lastMs = performance.now() - call.startedAt
      this.calls.failures += Number(failed)
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} method
   * @returns {Promise<Outcome<T>>}
   */
  async _run(method) {
    try {
      return { value: await this._scope.runInAsyncScope(method) }
    } catch (error) {
      return { error: describeError(error) }
    }
  }
}

/**
 * Whether a provider has a method that posthog-node's interface does not know. One that stands in for any method, as a mock may,
 * does not have it.
 *
 * @param {any} provider
 * @param {string} name
 */
function hasMethod(provider, name) {
  return name in Object(provider) && typeof provider[name] === 'function'
}

/** @param {any} value */
function isThenable(value) {
  return (typeof value === 'object' || typeof value === 'function') && typeof value?.then === 'function'
}

/**
 * What posthog-node hands to `onFlagDefinitionsReceived` for a response: every field in both spellings.
 *
 * @param {any} response
 */
function toCacheData(response) {
  const groupTypeMapping = response.group_type_mapping || {}
  const minimalFlagCalledEvents = response.minimal_flag_called_events === true
  return {
    flags: response.flags ?? [],
    group_type_mapping: groupTypeMapping,
    cohorts: response.cohorts || {},
    minimal_flag_called_events: minimalFlagCalledEvents,
    property_matching_version: response.property_matching_version,
    propertyMatchingVersion: response.property_matching_version,
    groupTypeMapping,
    minimalFlagCalledEvents,
  }
}

module.exports = { CacheProvider, toCacheData }
