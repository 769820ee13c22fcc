'use strict'

const { CacheProvider } = require('./cache-provider')
const { describeError } = require('../errors/describe-error')
const { FetchTransport } = require('./fetch-transport')
const { handOver, reasonToFetch } = require('./native-poller')

/**
 * @typedef {import('../addon/binding').FlagPoller} FlagPoller
 * @typedef {import('../addon/binding').FlagPollerCommand} FlagPollerCommand
 */

/** The commands that the user's provider answers. */
const PROVIDER_COMMANDS = ['shouldFetch', 'getDefinitions', 'store']

/**
 * What the native poller asks JavaScript for: a call of the user's provider, or a request that `fetch` makes. Hands it the
 * answers, of which it takes no notice if it has given up on them.
 */
class Questions {
  /**
   * @param {import('./native-poller').DefinitionLoaderOptions} options
   * @param {import('./native-poller').DefinitionListener} listener
   * @param {import('node:async_hooks').AsyncResource} scope the async context in which the user's callbacks run
   * @param {(isAsking: boolean) => void} onAsking the provider is asked, or is not any more
   */
  constructor(options, listener, scope, onAsking) {
    this._options = options
    this._listener = listener
    this._scope = scope
    this._onAsking = onAsking
    /** @type {ReturnType<FetchTransport['request']> | undefined} made before the poller asks for it */
    this._request = undefined
    /** @type {string | undefined} why `fetch` made the last request */
    this._reason = undefined
    /** @type {object | undefined} stands for the question that the provider is to answer */
    this._open = undefined

    const isWhole = options.native.semantics === 'server'
    this._fetch = new FetchTransport(options.fetch, scope, options.native.maxDocumentBytes, isWhole)
    /** Calls the user's provider, if there is one. */
    this.provider = options.cacheProvider ? new CacheProvider(options.cacheProvider, scope, isWhole) : undefined
  }

  /**
   * Makes the request of a load that has just begun, if `fetch` makes it: at once, as posthog-node does, for a test may look for
   * the call right after it made a client.
   *
   * @param {FlagPoller} native
   */
  requestAhead(native) {
    if (this.provider === undefined && reasonToFetch(this._options) !== undefined) {
      const { url, headers } = native.request()
      this._request = this._fetch.request(url, Object.fromEntries(headers))
    }
  }

  /**
   * Takes note of a command that came. One question is open at a time: any other command means that the poller does not wait
   * for the provider any more.
   *
   * @param {FlagPollerCommand['kind']} kind
   */
  receive(kind) {
    if (this._open !== undefined) {
      this.provider?.giveUp()
    }
    this._setOpen(PROVIDER_COMMANDS.includes(kind) ? {} : undefined)
  }

  /**
   * Answers a command, if it is a question.
   *
   * @param {FlagPollerCommand} command
   * @param {FlagPoller | undefined} native the poller that asks; nothing if it was stopped
   */
  answer({ kind, id, text = '', body, headers }, native) {
    switch (kind) {
      case 'shouldFetch':
        return void this._answer(native, id, this.provider?.shouldFetchFlagDefinitions(), (decision, asking) => {
          asking.replyDecision(id, decision)
          this._listener.role?.(decision ? 'leader' : 'follower')
          if (decision) {
            this._listener.underWay?.()
          }
        })
      case 'getDefinitions':
        return void this._answer(native, id, this.provider?.getFlagDefinitions(), async (document, asking) => {
          await handOver(asking, id, document, this._scope)
          asking.replyDefinitions(id, document !== undefined)
          this._listener.underWay?.()
        })
      case 'store':
        return void this._answer(native, id, this.provider?.onFlagDefinitionsReceived(String(body)), (_, asking) =>
          asking.replyStored(id)
        )
      case 'mayCarry':
        return native?.replyDecision(id, this._mayCarry())
      case 'fetch':
        return void this._answer(native, id, this._takeRequest(text, headers), async (response, asking) => {
          await handOver(asking, id, response.body, this._scope)
          asking.replyResponse(id, response.status, response.etag, response.retryAfter)
        })
      case 'abortFetch':
        return this.abort()
    }
  }

  /** Gives up the request under way. */
  abort() {
    this._fetch.abort()
  }

  /** The load is over: a request that was made ahead of it is not for the next one. */
  endLoad() {
    this._request = undefined
  }

  /** Whether the native transport may make the request that is due, because nobody could tell the difference. */
  _mayCarry() {
    const reason = reasonToFetch(this._options)
    if (reason !== this._reason) {
      this._reason = reason
      this._listener.trace(`Flag definitions are requested by ${reason === undefined ? 'Rust' : `fetch: ${reason}`}`)
    }
    return this._request === undefined && reason === undefined
  }

  /**
   * The request that was made when the load began, or a new one.
   *
   * @param {string} url
   * @param {string[][]} [headers]
   */
  _takeRequest(url, headers = []) {
    const request = this._request ?? this._fetch.request(url, Object.fromEntries(headers))
    this._request = undefined
    return request
  }

  /**
   * Hands the poller that asked what came of a question.
   *
   * @template T
   * @param {FlagPoller | undefined} native
   * @param {number} id
   * @param {Promise<{ value: T } | { error: string }> | undefined} answer
   * @param {(value: T, native: FlagPoller) => void | Promise<void>} reply
   */
  async _answer(native, id, answer, reply) {
    const question = this._open
    const outcome = (await answer) ?? { error: 'Error: there is no flag definition cache provider' }
    if (native === undefined) {
      return
    }
    if (question !== undefined && this._open === question) {
      this._setOpen(undefined)
    }
    if ('error' in outcome) {
      return native.replyFailed(id, outcome.error)
    }
    try {
      await reply(outcome.value, native)
    } catch (error) {
      // The value is not of the type that crosses: a `fetch` whose `status` is not a number, for example.
      native.replyFailed(id, describeError(error))
    }
  }

  /** @param {object | undefined} question */
  _setOpen(question) {
    this._open = question
    this._onAsking(question !== undefined)
  }
}

module.exports = { Questions }
