'use strict'

const { AsyncResource } = require('node:async_hooks')

const { describeError } = require('../errors/describe-error')
const { KeepAlive } = require('./keep-alive')
const { createNativePoller } = require('./native-poller')
const { Questions } = require('./questions')
const { clearTimeout, setImmediate, setTimeout } = require('./timers')

/**
 * @typedef {import('../addon/binding').FlagDefinitions} FlagDefinitions
 * @typedef {import('../addon/binding').FlagPoller} FlagPoller
 * @typedef {import('../addon/binding').FlagPollerCommand} FlagPollerCommand
 *
 * @typedef {import('./native-poller').DefinitionLoaderOptions} DefinitionLoaderOptions
 *
 * @typedef {import('./native-poller').DefinitionListener} DefinitionListener
 *
 * @typedef {{ promise: Promise<void>, resolve: () => void }} Deferred
 */

/** The longest delay that a timer of Node takes. */
const LONGEST_TIME_MS = 2 ** 31 - 1
/** What a load leaves of the time for a shutdown to the provider's `shutdown` and the last events: a tenth, at most so long. */
const LONGEST_REMAINDER_MS = 1000

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
    this._options = options
    this._listener = listener
    /** @type {Deferred | undefined} the end of the load that was asked for */
    this._loading = undefined
    /** Whether somebody waits for the load under way. */
    this._awaited = false
    /** Whether the load under way may have read what was there before the provider had something new. */
    this._isOutdated = false
    /** Whether the native poller works out which flags a load changes. */
    this._watchesChanges = false
    /** Whether the load under way has brought definitions. */
    this._hasDefinitions = false
    /** Whether the load under way has brought definitions that could not be put to use. */
    this._isLost = false
    /** @type {string | undefined} what to say of the definitions just loaded when the load ends */
    this._origin = undefined
    /** Whether the client was shut down: then it loads only when asked, and holds nothing open in between. */
    this._retired = false
    /** @type {Promise<void> | undefined} */
    this._stopping = undefined
    /** Whether the provider's `shutdown` is over. */
    this._released = false
    this._isScopeClosed = false
    /** @type {object | undefined} the receiver whose commands are carried out; those of an earlier one are ignored */
    this._session = undefined
    const outlivesLoads = options.pollingInterval !== null && options.native.keepAlive
    this._keepAlive = new KeepAlive(this, outlivesLoads ? Number(options.pollingInterval) : undefined)

    // Callbacks of the user's run in the async context in which the client was made.
    const scope = new AsyncResource('PostHogFeatureFlagsPoller')
    this._scope = scope
    this._questions = new Questions(options, listener, scope, (isAsking) => this._keepAlive.setAskingProvider(isAsking))
    /** Calls the user's provider, if there is one. */
    this.provider = this._questions.provider
    /** @type {FlagPoller | undefined} nothing once it was stopped in the middle of a load */
    this._native = createNativePoller(options, this._receiver())
  }

  /** Whether a load is under way that was asked for. */
  get isLoading() {
    return this._loading !== undefined
  }

  /**
   * What others with whom definitions are shared have left for this client. To be asked before it begins.
   *
   * @returns {import('../addon/binding').FlagPollerBeginning}
   */
  takeShared() {
    const { file, shared } = this._options.native
    return (file !== undefined || shared) && this._native !== undefined ? this._native.begin() : {}
  }

  /** Begins a load that nobody waits for yet. */
  begin() {
    this._load(false)
    if (this.provider === undefined) {
      this._listener.underWay?.()
    }
    this._watch()
  }

  /** Lets the provider say when there is something new to read, rather than wait for the next poll. */
  _watch() {
    // Neither what it is given nor a promise that stays open may keep a dropped client alive.
    const reference = new WeakRef(this)
    this.provider
      ?.watchFlagDefinitions(() => reference.deref()?.refresh())
      .then((outcome) => {
        if ('error' in outcome) {
          reference.deref()?._listener.error(`Error in watchFlagDefinitions: ${outcome.error}`)
        }
      })
  }

  /** The provider has something new to read. Nobody waits for it, so a client that is shut down does not load it. */
  refresh() {
    if (!this._retired) {
      this._load(true, () => (this._isOutdated = true))
    }
  }

  /**
   * Resolves when the load under way is over, however it ends; nothing if there is nothing to wait for.
   *
   * @param {boolean} force load although the server refused a moment ago
   * @returns {Promise<void> | undefined}
   */
  load(force) {
    const loading = this._load(force)
    this._awaited ||= loading !== undefined
    return loading?.promise
  }

  /**
   * @param {boolean} force
   * @param {() => void} [joined] called if a load is under way already
   * @returns {Deferred | undefined}
   */
  _load(force, joined) {
    const native = this._wake()
    const answer = native.load(force)
    if (answer === 'blocked' || answer === 'stopped') {
      if (answer === 'blocked') {
        this._listener.trace('Skipping fetch, in backoff period')
      }
      this._rest()
      return undefined
    }
    if (answer === 'joined') {
      joined?.()
    }
    this._loading ??= createDeferred()
    this._keepAlive.beginLoad()
    if (answer === 'started') {
      this._questions.requestAhead(native)
    }
    return this._loading
  }

  /** The native poller, ready for a load. */
  _wake() {
    if (this._released) {
      this._released = false
      this._stopping = undefined
    }
    if (this._native === undefined) {
      this._native = createNativePoller(this._options, this._receiver())
      this._native.stopPolling()
    } else if (this._session === undefined) {
      this._native.open(this._receiver())
    }
    return this._native
  }

  /** Leaves nothing open between the loads of a client that was shut down. */
  _rest() {
    if (this._retired && this._loading === undefined) {
      this._native?.close()
      this._session = undefined
    }
  }

  /** Lets polling rest, because nobody evaluates. Nothing is loaded but what is asked for. */
  rest() {
    this._listener.role?.(undefined)
    this._native?.rest()
  }

  /** Polling goes on, at once if a poll was left out. */
  wake() {
    if (!this._retired) {
      this._native?.wake()
    }
  }

  /**
   * Ends polling, and the load under way unless somebody waits for that; then releases the provider. Loads that are asked
   * for afterwards are made all the same, as posthog-node does.
   *
   * @param {number} timeoutMs the limit on all this
   * @returns {Promise<void>}
   */
  stop(timeoutMs) {
    this._stopping ??= this._stop(timeoutMs)
    return this._stopping
  }

  /** @param {number} timeoutMs */
  async _stop(timeoutMs) {
    const startedAt = process.uptime()
    this._retired = true
    this._listener.role?.(undefined)
    this._keepAlive.endPolling()
    const isIdle = this._native === undefined || this._native.stopPolling()
    if (isIdle) {
      this._rest()
    } else if (this._awaited || this._listener.isAwaited?.()) {
      await this._finishLoad(timeoutMs - Math.min(timeoutMs / 10, LONGEST_REMAINDER_MS))
    } else {
      this._abortLoad()
    }
    const tookMs = isIdle ? 0 : Math.round((process.uptime() - startedAt) * 1000)
    const outcome = await this.provider?.shutdown(Math.max(timeoutMs - tookMs, 0))
    if (outcome !== undefined && 'error' in outcome) {
      this._listener.error(`Error during cache shutdown: ${outcome.error}`)
    }
    this._released = true
    if (!this._isScopeClosed) {
      // Until it is collected, it would be taken for an open handle, as by jest.
      this._scope.emitDestroy()
      this._isScopeClosed = true
    }
  }

  /**
   * Lets the load under way come to its end.
   *
   * @param {number} limitMs
   */
  async _finishLoad(limitMs) {
    const loading = (this._loading ??= createDeferred())
    this._keepAlive.beginLoad()
    this._listener.shutdownDelayed?.()
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    // Referenced, so that the process comes to the end of its shutdown after a provider that hangs.
    const late = new Promise((resolve) => (timer = setTimeout(resolve, Math.min(limitMs, LONGEST_TIME_MS))))
    await Promise.race([loading.promise, late])
    clearTimeout(timer)
    if (this._loading === loading) {
      this._giveUpLoad(`the client was shut down, and that took longer than the ${Math.round(limitMs)}ms left for it`)
    }
    // Callers who waited go on first, so that the events that they capture are among the last ones sent.
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** @param {string} reason */
  _giveUpLoad(reason) {
    const hasDefinitions = this._hasDefinitions
    this._abortLoad()
    if (hasDefinitions) {
      this._guard(() => this._listener.loaded(''))
    }
    this._listener.error(`${hasDefinitions ? 'Failed to store in cache' : 'Failed to load feature flags'}: ${reason}`)
  }

  /** Stops the native poller, which cannot be used afterwards. */
  _abortLoad() {
    this._native?.stop()
    this._native = undefined
    this._session = undefined
    this._questions.abort()
    this._endLoad()
  }

  /** A new function that receives the native poller's commands, in place of those before. */
  _receiver() {
    const session = {}
    this._session = session
    // The native side must not keep a dropped client alive.
    const reference = new WeakRef(this)
    return (/** @type {FlagPollerCommand} */ command) => {
      const loader = reference.deref()
      if (loader?._session === session) {
        loader._receive(command)
      }
    }
  }

  /**
   * Carries out a command of the native poller. It must not throw, for nothing could catch that.
   *
   * @param {FlagPollerCommand} command
   */
  _receive(command) {
    this._questions.receive(command.kind)
    this._guard(() => {
      this._questions.answer(command, this._native)
      this._tell(command)
    })
  }

  /** @param {() => void} action that may call listeners of the user's; posthog-node swallows what they throw too */
  _guard(action) {
    try {
      action()
    } catch (error) {
      this._listener.trace(`Failed to load feature flags: ${describeError(error)}`)
    }
  }

  /**
   * Tells the listener what the native poller has found out, if a command is no question.
   *
   * @param {FlagPollerCommand} command
   */
  _tell({ kind, id, text = '', report, body, definitions, fromNetwork, confirmedAt, end, bytes = 0 }) {
    switch (kind) {
      case 'finished':
        return this._finish(id, end && { end, cause: text || undefined, bytes })
      case 'failed':
        this._native?.replyFailed(id, text)
        return this._listener.error(text)
      case 'newDefinitionsFailed':
        return this._loseDefinitions(text)
      case 'newDefinitions':
        return definitions && this._newDefinitions(definitions, this._sourceOf(fromNetwork), confirmedAt)
      case 'loaded':
        this._origin = this._isLost ? undefined : text
        return
      case 'invalidBody':
        return this._listener.invalidBody(body ?? new Uint8Array(), text, report)
      case 'notModified':
      case 'quotaExceeded':
        return this._listener[kind]()
      case 'role':
        return this._listener.role?.(text === 'leader' || text === 'follower' ? text : undefined)
      case 'confirmed':
        return confirmedAt === undefined ? undefined : this._listener.confirmed?.(confirmedAt)
      case 'keyRefused':
        return this._listener.keyRefused?.()
      case 'warning':
        return this._listener.warning?.(text)
      case 'clientError':
      case 'error':
      case 'fellBack':
      case 'trace':
        return this._listener[kind](text)
    }
  }

  /**
   * Where definitions come from. What another client of the process has asked for comes from the network.
   *
   * @param {boolean} [fromNetwork]
   */
  _sourceOf(fromNetwork) {
    const { file, shared } = this._options.native
    if (fromNetwork) {
      return 'network'
    }
    return file === undefined ? (shared ? 'network' : 'cache') : 'file'
  }

  /**
   * @param {FlagDefinitions} definitions
   * @param {'network' | 'cache' | 'file'} source
   * @param {number} [confirmedAt]
   */
  _newDefinitions(definitions, source, confirmedAt) {
    try {
      this._listener.newDefinitions(definitions, source, confirmedAt)
      this._hasDefinitions = true
    } catch (error) {
      this._loseDefinitions(
        `posthog-node-native loaded flag definitions and could not use them: ${describeError(error)}. ` +
          'This is a bug, please report it.'
      )
    }
  }

  /**
   * Definitions did not come into use. Those before them stay, and the next load brings the same again.
   *
   * @param {string} message
   */
  _loseDefinitions(message) {
    this._isLost = true
    this._native?.forget()
    this._listener.error(message)
  }

  /**
   * Tells of the definitions and ends the load in one go. A listener that reloads on the spot joins this load, as with
   * posthog-node; one that reloads after it was told begins a new load.
   *
   * @param {number} id
   * @param {import('../client/local-evaluation-status').LoadReport} [report]
   */
  _finish(id, report) {
    const origin = this._origin
    this._origin = undefined
    try {
      if (report !== undefined) {
        this._listener.finished?.(this._isLost ? { ...report, end: 'failed' } : report)
      }
      if (origin !== undefined) {
        this._listener.loaded(origin)
      }
    } finally {
      this._watchChanges()
      this._native?.finish(id)
      this._endLoad()
    }
  }

  /** Has the native poller work out what flags mean, if somebody wants to know. */
  _watchChanges() {
    const wanted = this._listener.wantsChanges?.() === true
    if (wanted !== this._watchesChanges) {
      this._watchesChanges = wanted
      this._native?.watchChanges(wanted)
    }
  }

  _endLoad() {
    const loading = this._loading
    this._loading = undefined
    this._awaited = false
    this._hasDefinitions = false
    this._isLost = false
    this._questions.endLoad()
    loading?.resolve()
    this._rest()
    this._keepAlive.endLoad()
    if (this._isOutdated) {
      this._isOutdated = false
      this.refresh()
    }
  }
}

/** @returns {Deferred} */
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
