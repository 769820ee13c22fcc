'use strict'

const { clearInterval, setInterval } = require('./timers')

/** The longest delay a timer takes. */
const LONGEST_DELAY_MS = 2 ** 31 - 1
/** The shortest interval of polls. */
const SHORTEST_DELAY_MS = 100

/**
 * What keeps the process alive for a client, which is what posthog-node's client would: a load that was asked for, as its
 * socket does there, and between polls a timer. That one is made by the timers that the program has at the time, so that a
 * test with fake ones ends although nobody shuts its client down.
 */
class KeepAlive {
  /**
   * @param {object} owner is not collected while something is held
   * @param {number | undefined} pollingInterval milliseconds; nothing if polling does not keep the process alive
   */
  constructor(owner, pollingInterval) {
    this._owner = owner
    this._delay = pollingInterval === undefined ? undefined : toDelay(pollingInterval)
    /** @type {NodeJS.Timeout | undefined} */
    this._load = undefined
    /** @type {{ timer: any, clearTimeout: (timer: any) => void } | undefined} */
    this._polling = undefined
  }

  /** A load that somebody asked for has begun. */
  beginLoad() {
    this._clearPolling()
    // The timer refers to the owner: a caller that waits for the load may hold nothing else of the client.
    this._load ??= setInterval(() => this._owner, LONGEST_DELAY_MS)
  }

  /**
   * Whether the load waits for the user's provider, whose own handles keep the process alive or do not.
   *
   * @param {boolean} asking
   */
  setAskingProvider(asking) {
    if (asking && this._delay === undefined) {
      this._load?.unref()
    } else {
      this._load?.ref()
    }
  }

  /** The load that somebody asked for is over. */
  endLoad() {
    clearInterval(this._load)
    this._load = undefined
    this._awaitPoll()
  }

  /** Polling is over. */
  endPolling() {
    this._delay = undefined
    this._clearPolling()
  }

  _awaitPoll() {
    const delay = this._delay
    // There are no timers any more where jest has taken a test's environment down.
    if (delay === undefined || this._polling !== undefined || typeof globalThis.setTimeout !== 'function') {
      return
    }
    const { clearTimeout, setTimeout } = globalThis
    // The clock of `Date` or `performance` may be fake, too, so neither is asked.
    const dueAt = process.uptime() + delay / 1000
    const timer = setTimeout(() => {
      this._polling = undefined
      // A fake timer comes too early. The next load begins another, so that a test which runs all timers comes to an end.
      if (process.uptime() > dueAt - delay / 2000) {
        this._awaitPoll()
      }
    }, delay)
    this._polling = { timer, clearTimeout }
  }

  _clearPolling() {
    this._polling?.clearTimeout(this._polling.timer)
    this._polling = undefined
  }
}

/** @param {number} milliseconds */
function toDelay(milliseconds) {
  return Math.min(Math.max(milliseconds, SHORTEST_DELAY_MS) || SHORTEST_DELAY_MS, LONGEST_DELAY_MS)
}

module.exports = { KeepAlive }
