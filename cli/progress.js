'use strict'

/** A task that is over sooner is not mentioned. */
const QUIET_MS = 1000

/**
 * Says on standard error what is being done, once it has taken more than a second: on a terminal on one line, which the
 * next replaces; in a log on a line of its own, and only when something else begins.
 */
class Progress {
  /**
   * @param {{ write: (text: string) => unknown, isTTY?: boolean }} stream
   * @param {() => number} [now] milliseconds
   */
  constructor(stream, now = () => performance.now()) {
    this._stream = stream
    this._now = now
    this._startedAt = now()
    this._said = ''
    this._saidAt = -Infinity
  }

  /**
   * @param {string} what
   * @param {string} [detail] how far it is; only a terminal shows it
   */
  say(what, detail = '') {
    const now = this._now()
    // A timer may be early by the fraction of a millisecond.
    if (Math.ceil(now - this._startedAt) < QUIET_MS) {
      return
    }
    if (!this._stream.isTTY) {
      if (what !== this._said) {
        this._stream.write(`${what} …\n`)
        this._said = what
      }
    } else if (what !== this._said || now - this._saidAt > 100) {
      this._stream.write(`\r\x1b[K${what} …${detail && ` ${detail}`}`)
      this._said = what
      this._saidAt = now
    }
  }

  /**
   * Says it once the task has taken that long.
   *
   * @template T
   * @param {string} what
   * @param {Promise<T>} task
   * @returns {Promise<T>}
   */
  async during(what, task) {
    this._startedAt = this._now()
    const timer = setTimeout(() => this.say(what), QUIET_MS)
    try {
      return await task
    } finally {
      clearTimeout(timer)
      this.end()
    }
  }

  /** Clears the line, so that something else can be printed there. */
  end() {
    if (this._stream.isTTY && this._said !== '') {
      this._stream.write('\r\x1b[K')
    }
    this._said = ''
  }
}

module.exports = { Progress }
