'use strict'

const { AsyncResource } = require('node:async_hooks')
// Taken once, so that fake timers in a user's tests neither hold nor release the process.
const { clearInterval, setImmediate, setInterval } = require('node:timers')

const { CacheProvider } = require('./cache-provider')
const { describeError } = require('./describe-error')
const { environmentProxy } = require('./environment-proxy')
const { environmentTrust } = require('./environment-trust')
const { FetchTransport } = require('./fetch-transport')
const binding = require('./load-binding')

/**
 * @typedef {import('../binding').FlagDefinitions} FlagDefinitions
 * @typedef {import('../binding').FlagPollerCommand} FlagPollerCommand
 *
 * @typedef {object} DefinitionLoaderOptions
 * @property {string} host
 * @property {string} projectApiKey
 * @property {string} [personalApiKey]
 * @property {number | null} pollingInterval milliseconds; `null` loads only when asked
 * @property {number} requestTimeout milliseconds; 0 is none
 * @property {Record<string, string>} customHeaders
 * @property {(url: string, options: any) => Promise<any>} [fetch] carries the requests instead of the native transport
 * @property {import('./options').NativeSettings} native
 * @property {any} [cacheProvider] the user's `FlagDefinitionCacheProvider`
 * @property {readonly string[]} [evaluationContexts]
 *
 * @typedef {object} DefinitionListener learns what the loader finds, in the order of posthog-node's effects
 * @property {(definitions: FlagDefinitions, fromNetwork: boolean) => void} onInstall these are the current ones
 * @property {(origin: string) => void} onAnnounce they are stored too; `origin` is a debug line, possibly empty
 * @property {() => void} onQuotaExceeded there are none any more
 * @property {() => void} onNotModified those held are confirmed
 * @property {(error: Error) => void} onError does not throw
 * @property {(body: Uint8Array, reason: string, report?: string) => void} onInvalidBody
 * @property {(cause: string) => void} onFallback the process's `fetch` makes the requests, because of what the native
 *   transport cannot do
 * @property {(line: string) => void} onTrace
 */

/** The longest interval a timer takes. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/** The error posthog-node raises when the server refuses the key. */
class ClientError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'ClientError'
  }
}

/**
 * The JavaScript end of the native `FlagPoller`, which polls on a background thread: carries out its commands, calls the
 * user's provider and `fetch` for it, and keeps the process alive as posthog-node would.
 */
class DefinitionLoader {
  /**
   * @param {DefinitionLoaderOptions} options
   * @param {DefinitionListener} listener
   */
  constructor(options, listener) {
    this._listener = listener
    this._outlivesLoads = options.pollingInterval !== null && options.native.keepAlive
    this._stopped = false
    /** @type {{ promise: Promise<void>, resolve: () => void } | undefined} the load somebody waits for */
    this._loading = undefined
    /** @type {string | undefined} what to say of the definitions just installed when the load ends */
    this._announcement = undefined
    /** @type {NodeJS.Timeout | undefined} */
    this._keepAlive = undefined
    /** @type {Promise<void> | undefined} */
    this._stopping = undefined

    // Everything of the user's that is called from here runs in the context the client was made in.
    const scope = new AsyncResource('PostHogFeatureFlagsPoller')
    this._scope = scope
    this._fetch = new FetchTransport(options.fetch, scope, options.native.maxDocumentBytes)
    this._provider = options.cacheProvider ? new CacheProvider(options.cacheProvider, scope) : undefined
    this._native = createNativePoller(this, options)
  }

  /**
   * Resolves when the load under way is over, however it ends; nothing if there is nothing to wait for.
   *
   * @param {boolean} force load although the server refused a moment ago
   * @returns {Promise<void> | undefined}
   */
  load(force) {
    const answer = this._native.load(force)
    if (answer === 'blocked') {
      this._listener.onTrace('Skipping fetch, in backoff period')
    }
    if (answer !== 'loading') {
      return undefined
    }
    this._loading ??= createDeferred()
    this._updateKeepAlive()
    return this._loading.promise
  }

  /**
   * Ends everything at once and releases the provider.
   *
   * @param {number} timeoutMs the limit on the provider's `shutdown`
   * @returns {Promise<void>}
   */
  stop(timeoutMs) {
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
      this._listener.onError(new Error(`Error during cache shutdown: ${outcome.error}`))
    }
    // Until it is collected, it would be taken for an open handle, as by jest.
    this._scope.emitDestroy()
  }

  /**
   * Carries out a command of the native poller. Must not throw: nobody could catch it.
   *
   * @param {FlagPollerCommand} command
   */
  receive(command) {
    if (this._stopped) {
      return
    }
    try {
      this._perform(command)
    } catch (error) {
      // A listener of the user's threw. posthog-node swallows that too.
      this._listener.onTrace(`Failed to load feature flags: ${describeError(error)}`)
    }
  }

  /** @param {FlagPollerCommand} command */
  _perform({ kind, id, text = '', report, body, headers, definitions, fromNetwork }) {
    switch (kind) {
      case 'shouldFetch':
        return void this._answer(id, this._provider?.shouldFetchFlagDefinitions(), (decision) =>
          this._native.replyShouldFetch(id, decision)
        )
      case 'getDefinitions':
        return void this._answer(id, this._provider?.getFlagDefinitions(), async (document) => {
          await this._handOver(id, document)
          this._native.replyDefinitions(id, document !== undefined)
        })
      case 'store':
        return void this._answer(id, this._provider?.onFlagDefinitionsReceived(String(body)), () =>
          this._native.replyStored(id)
        )
      case 'fetch':
        return void this._answer(id, this._fetch.request(text, Object.fromEntries(headers ?? [])), async (response) => {
          await this._handOver(id, response.body)
          this._native.replyResponse(id, response.status, response.etag, response.retryAfter)
        })
      case 'abortFetch':
        return this._fetch.abort()
      case 'install':
        return definitions && this._listener.onInstall(definitions, fromNetwork === true)
      case 'announce':
        this._announcement = text
        return
      case 'clear':
        return this._listener.onQuotaExceeded()
      case 'notModified':
        return this._listener.onNotModified()
      case 'error':
        return this._listener.onError(new Error(text))
      case 'clientError':
        return this._listener.onError(new ClientError(text))
      case 'rejectBody':
        return this._listener.onInvalidBody(body ?? new Uint8Array(), text, report)
      case 'fallenBack':
        return this._listener.onFallback(text)
      case 'trace':
        return this._listener.onTrace(text)
      case 'finished':
        return this._finish(id)
      case 'failed':
        this._native.replyFailed(id, text)
        return this._listener.onError(new Error(text))
    }
  }

  /**
   * Hands the poller what came of a question, unless it was stopped meanwhile.
   *
   * @template T
   * @param {number} id
   * @param {Promise<{ value: T } | { error: string }> | undefined} answer
   * @param {(value: T) => void | Promise<void>} reply
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
      await reply(outcome.value)
    } catch (error) {
      // The value is not of the type that crosses: a `fetch` whose `status` is not a number, for example.
      this._native.replyFailed(id, describeError(error))
    }
  }

  /**
   * Hands over the document that an answer is about, one piece in each turn of the event loop.
   *
   * @param {number} id
   * @param {import('./document-pieces').DocumentPieces} [pieces]
   */
  async _handOver(id, pieces = []) {
    const iterator = pieces[Symbol.iterator]()
    // What writes an object as JSON may call methods of the user's.
    const next = () => this._scope.runInAsyncScope(() => iterator.next())
    for (let piece = next(); !piece.done; piece = next()) {
      // The poller may have given up on the answer meanwhile, or may not need more of it.
      if (this._stopped || !this._native.addPiece(id, piece.value)) {
        return
      }
      await new Promise((resolve) => setImmediate(resolve))
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
        this._listener.onAnnounce(announcement)
      }
    } finally {
      this._native.finish(id)
      this._endLoad()
    }
  }

  _endLoad() {
    const loading = this._loading
    this._loading = undefined
    this._updateKeepAlive()
    loading?.resolve()
  }

  /**
   * The one thing that keeps the process alive. As with posthog-node's timer: until `shutdown`, or without polling or
   * `native.keepAlive` for as long as a load takes that was asked for.
   */
  _updateKeepAlive() {
    const wanted = !this._stopped && (this._outlivesLoads || this._loading !== undefined)
    if (wanted && this._keepAlive === undefined) {
      // Refers to the loader, so that a client that polls is not collected.
      this._keepAlive = setInterval(() => this._stopped, LONGEST_INTERVAL_MS)
    } else if (!wanted && this._keepAlive !== undefined) {
      clearInterval(this._keepAlive)
      this._keepAlive = undefined
    }
  }
}

/**
 * @param {DefinitionLoader} loader
 * @param {DefinitionLoaderOptions} options
 */
function createNativePoller(loader, options) {
  // The native side must not keep a dropped client alive.
  const reference = new WeakRef(loader)
  const { personalApiKey, requestTimeout, evaluationContexts, native } = options
  return new binding.FlagPoller(
    {
      host: options.host,
      projectApiKey: options.projectApiKey,
      secretKey: personalApiKey || undefined,
      pollingInterval: options.pollingInterval ?? undefined,
      requestTimeout: typeof requestTimeout === 'number' ? requestTimeout : undefined,
      customHeaders: Object.entries(options.customHeaders).map(([name, value]) => [name, String(value)]),
      evaluationContexts: evaluationContexts ? Array.from(evaluationContexts, String) : [],
      hasProvider: Boolean(options.cacheProvider),
      providerTimeout: native.providerTimeoutMs,
      pollingJitter: native.pollingJitter,
      maxDocumentBytes: native.maxDocumentBytes,
      proxy: environmentProxy(options.host),
      ...environmentTrust(),
      usesFetch: usesFetch(options),
      fallsBack: native.transport === undefined,
    },
    (command) => reference.deref()?.receive(command)
  )
}

/**
 * Whether a `fetch` makes the requests: the user's, or the process's. Node's also where it was told not to check
 * certificates: it warns of that itself, and the native transport has no such switch that could be on by mistake.
 *
 * @param {DefinitionLoaderOptions} options
 */
function usesFetch({ fetch, native: { transport } }) {
  return transport === undefined
    ? Boolean(fetch) || process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    : transport === 'fetch'
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

module.exports = { DefinitionLoader }
