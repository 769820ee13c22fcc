'use strict'

const { clearInterval, setInterval } = require('node:timers')

/** How often the state of a client is looked at, in milliseconds: nobody tells that definitions have become stale. */
const LOOK_INTERVAL_MS = 1000

/** The events of OpenFeature by the state of a client, see `localEvaluationStatus()`. @type {Record<string, string>} */
const EVENTS = { ready: 'PROVIDER_READY', stale: 'PROVIDER_STALE', empty: 'PROVIDER_ERROR' }

/** Follows the definitions of a client, and tells OpenFeature when they change, become stale, get lost or come back. */
class ClientState {
  /**
   * @param {any} client
   * @param {(event: string, details: object) => void} emit
   */
  constructor(client, emit) {
    this._client = client
    this._emit = emit
    /** The event that was told last. */
    this._told = eventOf(client)
    const look = () => this._look()
    this._endings = [
      client.on('localEvaluationFlagsLoaded', look),
      client.on('error', look),
      client.on('definitionsChanged', (/** @type {any} */ changes) => {
        this._tellChanges(changes)
        look()
      }),
    ]
    if (client.options?.featureFlagsPollingInterval !== null) {
      const timer = setInterval(look, LOOK_INTERVAL_MS)
      timer.unref()
      this._endings.push(() => clearInterval(timer))
    }
  }

  /** Tells nothing any more. */
  end() {
    this._endings.forEach((end) => end())
  }

  _look() {
    const event = eventOf(this._client)
    if (event !== undefined && event !== this._told) {
      this._told = event
      const { state, lastError } = this._client.localEvaluationStatus()
      const message = event === 'PROVIDER_READY' ? undefined : (lastError?.message ?? `definitions are ${state}`)
      this._emit(event, { message })
    }
  }

  /** @param {{ added: string[], removed: string[], changed: string[] }} changes */
  _tellChanges({ added, removed, changed }) {
    this._emit('PROVIDER_CONFIGURATION_CHANGED', { flagsChanged: [...added, ...removed, ...changed] })
  }
}

/**
 * What OpenFeature is to know of a client now.
 *
 * @param {any} client
 * @returns {string | undefined} nothing as long as definitions are loading, or once the client was shut down
 */
function eventOf(client) {
  const { state, lastError, engine, confirmedAt } = client.localEvaluationStatus()
  // A project may have no flags, as PostHog has said since the last error, and a client may evaluate none locally.
  const isFine = state === 'empty' && (lastError === undefined || engine === undefined || confirmedAt > lastError.at)
  return isFine ? EVENTS.ready : EVENTS[state]
}

module.exports = { ClientState, eventOf }
