'use strict'

const { AsyncResource } = require('node:async_hooks')
// Taken once, so that fake timers in a user's tests neither hold nor release the process.
const { clearInterval, setInterval } = require('node:timers')

const { CacheProvider } = require('./cache-provider')
const { FetchTransport } = require('./fetch-transport')
const { FlagWarnings } = require('./flag-warnings')
const { FlagPoller } = require('./load-binding')
const { Snapshot } = require('./snapshot')

/**
 * @typedef {import('../binding').FlagPollerCommand} FlagPollerCommand
 * @typedef {import('./snapshot').Snapshot['featureFlags'][number]} FlagRecord
 * @typedef {import('./snapshot').Snapshot['evaluateAll']} EvaluateAll
 * @typedef {'client' | 'server' | 'all'} EvaluationRuntime
 *
 * @typedef {object} FeatureFlagsPollerOptions
 * @property {string} host
 * @property {string} projectApiKey
 * @property {string} [personalApiKey]
 * @property {number | null} pollingInterval milliseconds; `null` loads only when asked
 * @property {number} requestTimeout milliseconds; 0 is none
 * @property {Record<string, string>} customHeaders
 * @property {(url: string, options: any) => Promise<any>} [fetch] carries the requests instead of the native transport
 * @property {any} [cacheProvider] the user's `FlagDefinitionCacheProvider`
 * @property {boolean} strictLocalEvaluation
 * @property {readonly string[]} [evaluationContexts]
 * @property {(error: Error) => void} onError
 * @property {(count: number) => void} onLoad
 * @property {(enabled: boolean) => void} onMinimalFlagCalledEvents
 * @property {(message: string) => void} onRemoteFallback a flag that was asked for by itself goes to the server
 */

/** The limit on each call of the user's provider. */
const PROVIDER_TIMEOUT_MS = 10_000
/** The longest interval a timer takes. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1
/** A body larger than this is not quoted in an error. */
const MAX_QUOTED_BODY_BYTES = 1024 * 1024

/** @type {any} */
const NO_FLAGS = Object.freeze([])
/** @type {any} */
const NO_FLAGS_BY_KEY = Object.freeze(Object.create(null))

/** The error posthog-node raises when the server refuses the key. */
class ClientError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'ClientError'
  }
}

/**
 * What posthog-node's client takes for its own poller. The polling is done by the native `FlagPoller` on a background
 * thread, the evaluation by `Snapshot`; this class holds the current snapshot and carries out the poller's commands.
 */
class FeatureFlagsPoller {
  /** @param {FeatureFlagsPollerOptions} options */
  constructor(options) {
    this._options = options
    /** @type {Snapshot | undefined} */
    this._snapshot = undefined
    /** Loaded at least once; stays true when the quota takes the definitions away. */
    this._loaded = false
    /** @type {number | undefined} */
    this._loadedAt = undefined
    this._debug = false
    this._stopped = false
    /** @type {{ promise: Promise<void>, resolve: () => void } | undefined} the load somebody waits for */
    this._loading = undefined
    /** @type {Promise<void> | undefined} */
    this._stopping = undefined
    /** @type {NodeJS.Timeout | undefined} */
    this._keepAlive = undefined
    /** @type {string | undefined} what to say of the definitions just installed when the load ends */
    this._announcement = undefined
    this._raisedProblems = new Set()
    this._warnings = new FlagWarnings(options.strictLocalEvaluation)
    this._singleReporter = this._createReporter(options.onRemoteFallback)
    this._allReporter = this._createReporter((message) => console.debug(message))

    // Everything of the user's that the poller calls runs in the context the client was made in.
    const scope = new AsyncResource('PostHogFeatureFlagsPoller')
    this._fetch = new FetchTransport(options.fetch, scope)
    this._provider = options.cacheProvider ? new CacheProvider(options.cacheProvider, scope) : undefined
    this._native = createNativePoller(this, options)
    this._loadNow(false)
  }

  /** The definitions in use, all of one load. */
  get snapshot() {
    return this._snapshot
  }

  /** @returns {FlagRecord[]} */
  get featureFlags() {
    return this._snapshot === undefined ? NO_FLAGS : this._snapshot.featureFlags
  }

  /** @returns {Record<string, FlagRecord>} */
  get featureFlagsByKey() {
    return this._snapshot === undefined ? NO_FLAGS_BY_KEY : this._snapshot.featureFlagsByKey
  }

  debug(enabled = true) {
    this._debug = enabled
    this._singleReporter.debugging = enabled
    this._allReporter.debugging = enabled
  }

  isLocalEvaluationReady() {
    return this._loaded && this.featureFlags.length > 0
  }

  /** When definitions were last fetched from PostHog, in milliseconds; those from a cache do not count. */
  getFlagDefinitionsLoadedAt() {
    return this._loadedAt
  }

  /**
   * @param {string} key
   * @returns {EvaluationRuntime | undefined}
   */
  getEvaluationRuntimeForFlag(key) {
    const flag = this.featureFlagsByKey[key]
    return flag === undefined ? undefined : evaluationRuntimeOf(flag)
  }

  /**
   * @param {EvaluationRuntime} runtime
   * @returns {string[]}
   */
  getFlagKeysByEvaluationRuntime(runtime) {
    const suits = (/** @type {EvaluationRuntime} */ other) => other === runtime || other === 'all' || runtime === 'all'
    return this.featureFlags.filter((flag) => suits(evaluationRuntimeOf(flag))).map(({ key }) => key)
  }

  /**
   * Resolves when the load under way is over, however it ends; nothing if there is nothing to wait for.
   *
   * @param {boolean} [forceReload] load although definitions are held
   * @returns {Promise<void> | undefined}
   */
  loadFeatureFlags(forceReload = false) {
    return this._loaded && !forceReload ? undefined : this._loadNow(forceReload)
  }

  /**
   * One flag; `undefined` when only the server can tell.
   *
   * @param {{ key: string }} flag
   * @param {any} context
   * @param {{ matchValue?: string | boolean }} [options]
   * @returns {{ value: any, payload: any } | undefined | Promise<{ value: any, payload: any } | undefined>}
   */
  computeFlagAndPayloadLocally(flag, context, options) {
    if (!this._loaded) {
      const loading = this.loadFeatureFlags()
      if (loading !== undefined) {
        return loading.then(() => this._evaluate(flag, context, options?.matchValue))
      }
    }
    return this._evaluate(flag, context, options?.matchValue)
  }

  /**
   * All flags, or those of `flagKeys`.
   *
   * @param {any} context
   * @param {string[]} [flagKeys]
   * @returns {ReturnType<EvaluateAll> | Promise<ReturnType<EvaluateAll>>}
   */
  getAllFlagsAndPayloads(context, flagKeys) {
    if (!this._loaded) {
      const loading = this.loadFeatureFlags()
      if (loading !== undefined) {
        return loading.then(() => this._evaluateAll(context, flagKeys))
      }
    }
    return this._evaluateAll(context, flagKeys)
  }

  /**
   * Ends polling at once and releases the provider. The definitions held stay in use.
   *
   * @param {number} [timeoutMs] the limit on the provider's `shutdown`
   * @returns {Promise<void>}
   */
  stopPoller(timeoutMs = 30_000) {
    this._stopping ??= this._stop(timeoutMs)
    return this._stopping
  }

  /** @param {number} timeoutMs */
  async _stop(timeoutMs) {
    this._stopped = true
    this._native.stop()
    this._fetch.abort()
    this._endLoad()
    const outcome = await this._provider?.shutdown(timeoutMs)
    if (outcome !== undefined && 'error' in outcome) {
      this._raise(new Error(`Error during cache shutdown: ${outcome.error}`))
    }
  }

  /**
   * @param {{ key: string }} flag
   * @param {any} context
   * @param {string | boolean | undefined} matchValue
   */
  _evaluate(flag, context, matchValue) {
    const snapshot = this._snapshot
    if (snapshot === undefined) {
      return undefined
    }
    // The caller may hold a record of earlier definitions.
    const record = snapshot.featureFlagsByKey[flag.key]
    return record === undefined ? undefined : snapshot.evaluate(record, context, matchValue, this._singleReporter)
  }

  /**
   * @param {any} context
   * @param {string[] | undefined} flagKeys
   */
  _evaluateAll(context, flagKeys) {
    const snapshot = this._snapshot
    return snapshot === undefined
      ? { response: {}, payloads: {}, unresolved: {}, fallbackToFlags: true }
      : snapshot.evaluateAll(context, flagKeys, this._allReporter)
  }

  /** @param {(message: string) => void} debug */
  _createReporter(debug) {
    return { error: (/** @type {Error} */ error) => this._raise(error), debug, debugging: false }
  }

  /**
   * @param {boolean} force
   * @returns {Promise<void> | undefined}
   */
  _loadNow(force) {
    const answer = this._native.load(force)
    if (answer === 'blocked') {
      this._trace('Skipping fetch, in backoff period')
    }
    if (answer !== 'loading') {
      return undefined
    }
    this._loading ??= createDeferred()
    this._updateKeepAlive()
    return this._loading.promise
  }

  _endLoad() {
    const loading = this._loading
    this._loading = undefined
    this._updateKeepAlive()
    loading?.resolve()
  }

  /**
   * The one thing that keeps the process alive. As with posthog-node's timer: until `shutdown`, or without polling for
   * as long as a load takes.
   */
  _updateKeepAlive() {
    const wanted = !this._stopped && (this._options.pollingInterval !== null || this._loading !== undefined)
    if (wanted && this._keepAlive === undefined) {
      // Refers to the poller, so that a client that polls is not collected.
      this._keepAlive = setInterval(() => this._stopped, LONGEST_INTERVAL_MS)
    } else if (!wanted && this._keepAlive !== undefined) {
      clearInterval(this._keepAlive)
      this._keepAlive = undefined
    }
  }

  /**
   * Carries out a command of the native poller. Must not throw: nobody could catch it.
   *
   * @param {FlagPollerCommand} command
   */
  _receive(command) {
    if (this._stopped) {
      return
    }
    try {
      this._perform(command)
    } catch (error) {
      // A listener of the user's threw. posthog-node swallows that too.
      this._trace(`Failed to load feature flags: ${error}`)
    }
  }

  /** @param {FlagPollerCommand} command */
  _perform({ kind, id, text = '', body, headers, definitions, fromNetwork }) {
    switch (kind) {
      case 'shouldFetch':
        return void this._answer(id, this._provider?.shouldFetchFlagDefinitions(), (decision) =>
          this._native.replyShouldFetch(id, decision)
        )
      case 'getDefinitions':
        return void this._answer(id, this._provider?.getFlagDefinitions(), (document) =>
          this._native.replyDefinitions(id, document)
        )
      case 'store':
        return void this._answer(id, this._provider?.onFlagDefinitionsReceived(String(body)), () =>
          this._native.replyStored(id)
        )
      case 'fetch':
        return void this._answer(id, this._fetch.request(text, Object.fromEntries(headers ?? [])), (response) =>
          this._native.replyResponse(id, response.status, response.etag, response.body)
        )
      case 'abortFetch':
        return this._fetch.abort()
      case 'install':
        return definitions && this._install(new Snapshot(definitions), fromNetwork === true)
      case 'announce':
        this._announcement = text
        return
      case 'clear':
        return this._clear()
      case 'notModified':
        this._loaded = true
        return this._trace('Flags not modified (304), using cached data')
      case 'error':
        return this._raise(new Error(text))
      case 'clientError':
        return this._raise(new ClientError(text))
      case 'rejectBody':
        return this._rejectBody(body ?? Buffer.alloc(0), text)
      case 'trace':
        return this._trace(text)
      case 'finished':
        return this._finish(id)
    }
  }

  /**
   * Hands the poller what came of a question, unless it was stopped meanwhile.
   *
   * @template T
   * @param {number} id
   * @param {Promise<{ value: T } | { error: string }> | undefined} answer
   * @param {(value: T) => void} reply
   */
  async _answer(id, answer, reply) {
    const outcome = (await answer) ?? { error: 'Error: there is no flag definition cache provider' }
    if (this._stopped) {
      return
    }
    if ('error' in outcome) {
      return this._native.replyFailed(id, outcome.error)
    }
    try {
      reply(outcome.value)
    } catch (error) {
      // The value is not of the type that crosses: a `fetch` whose `status` is not a number, for example.
      this._native.replyFailed(id, String(error))
    }
  }

  /**
   * @param {Snapshot} snapshot
   * @param {boolean} fromNetwork
   */
  _install(snapshot, fromNetwork) {
    this._snapshot = snapshot
    this._loaded = true
    if (fromNetwork) {
      this._loadedAt = Date.now()
    }
    this._options.onMinimalFlagCalledEvents(snapshot.minimalFlagCalledEvents)
    const raised = this._raisedProblems
    this._raisedProblems = new Set(snapshot.problems)
    for (const problem of this._raisedProblems) {
      if (!raised.has(problem)) {
        this._raise(new Error(problem))
      }
    }
  }

  /**
   * Tells of the definitions and ends the load in one go. A listener that reloads on the spot joins this load, as with
   * posthog-node; whoever hears of it and reloads afterwards begins a new one.
   *
   * @param {number} id
   */
  _finish(id) {
    const announcement = this._announcement
    this._announcement = undefined
    try {
      if (announcement !== undefined) {
        this._announce(announcement)
      }
    } finally {
      this._native.finish(id)
      this._endLoad()
    }
  }

  /** @param {string} origin */
  _announce(origin) {
    if (origin) {
      this._trace(`${origin} (${this.featureFlags.length} flags)`)
    }
    this._options.onLoad(this.featureFlags.length)
    this._warnings.warn(this._snapshot?.unresolvable ?? [])
  }

  _clear() {
    console.warn(
      '[FEATURE FLAGS] Feature flags quota limit exceeded - unsetting all local flags. Learn more about billing ' +
        'limits at https://posthog.com/docs/billing/limits-alerts'
    )
    this._snapshot = undefined
    this._options.onMinimalFlagCalledEvents(false)
  }

  /**
   * As posthog-node: an object that is no definitions document is an `error` event, anything else is not worth one.
   *
   * @param {Uint8Array} body
   * @param {string} reason
   */
  _rejectBody(body, reason) {
    this._trace(`Failed to load feature flags: ${reason}`)
    const response = parseJson(body) ?? {}
    if (typeof response === 'object' && !('flags' in response)) {
      this._raise(new Error(`Invalid response when getting feature flags: ${JSON.stringify(response)}`))
    }
  }

  /**
   * An `error` event; what a listener throws is its own business.
   *
   * @param {Error} error
   */
  _raise(error) {
    try {
      this._options.onError(error)
    } catch (thrown) {
      this._trace(`A listener of the error event failed: ${thrown}`)
    }
  }

  /** @param {string} line */
  _trace(line) {
    if (this._debug) {
      console.debug(`[FEATURE FLAGS] ${line}`)
    }
  }
}

/**
 * @param {FeatureFlagsPoller} poller
 * @param {FeatureFlagsPollerOptions} options
 */
function createNativePoller(poller, options) {
  // The native side must not keep a dropped client alive.
  const reference = new WeakRef(poller)
  const { personalApiKey, requestTimeout, evaluationContexts } = options
  return new FlagPoller(
    {
      host: options.host,
      projectApiKey: options.projectApiKey,
      secretKey: personalApiKey || undefined,
      pollingInterval: options.pollingInterval ?? undefined,
      requestTimeout: typeof requestTimeout === 'number' ? requestTimeout : undefined,
      customHeaders: Object.entries(options.customHeaders).map(([name, value]) => [name, String(value)]),
      evaluationContexts: evaluationContexts ? Array.from(evaluationContexts, String) : [],
      hasProvider: Boolean(options.cacheProvider),
      providerTimeout: PROVIDER_TIMEOUT_MS,
      usesFetch: Boolean(options.fetch),
    },
    (command) => reference.deref()?._receive(command)
  )
}

/**
 * A flag without a runtime, or with one that is not known, suits all.
 *
 * @param {FlagRecord} flag
 * @returns {EvaluationRuntime}
 */
function evaluationRuntimeOf({ evaluation_runtime: runtime }) {
  return runtime === 'client' || runtime === 'server' ? runtime : 'all'
}

/** @returns {{ promise: Promise<void>, resolve: () => void }} */
function createDeferred() {
  /** @type {() => void} */
  let resolve = () => {}
  /** @type {Promise<void>} */
  const promise = new Promise((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}

/**
 * A placeholder that no check takes for an object when the text is not JSON or too long to quote.
 *
 * @param {Uint8Array} body
 * @returns {any}
 */
function parseJson(body) {
  if (body.length > MAX_QUOTED_BODY_BYTES) {
    return body.length
  }
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return body.length
  }
}

module.exports = { FeatureFlagsPoller }
