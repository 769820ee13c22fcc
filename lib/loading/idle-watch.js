'use strict'

const { clearInterval, setInterval } = require('./timers')

/** How often it is looked in each such time whether somebody has evaluated. */
const LOOKS = 4

/** The longest delay that a timer of Node takes. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/**
 * Lets polling rest when nobody has evaluated for a while, and go on with the next evaluation. An evaluation costs it one
 * assignment: the time is not asked.
 */
class IdleWatch {
  /**
   * @param {number} idleAfterMs
   * @param {{ rest: () => void, wake: () => void }} polling
   */
  constructor(idleAfterMs, polling) {
    this._delay = Math.min(Math.max(idleAfterMs / LOOKS, 1), LONGEST_DELAY_MS)
    this._polling = polling
    this._isUsed = false
    /** How many wait for definitions. */
    this._waiting = 0
    this._isResting = false
    this._isOver = false
    /** @type {NodeJS.Timeout | undefined} */
    this._timer = undefined
    this._watch()
  }

  /** Somebody evaluates. */
  note() {
    this._isUsed = true
    if (this._isResting) {
      this._isResting = false
      this._polling.wake()
      this._watch()
    }
  }

  /**
   * Somebody waits for definitions, which only polling brings.
   *
   * @template T
   * @param {Promise<T>} waiting
   * @returns {Promise<T>}
   */
  async during(waiting) {
    this._waiting += 1
    this.note()
    try {
      return await waiting
    } finally {
      this._waiting -= 1
    }
  }

  /** Polling is over. */
  end() {
    this._isOver = true
    clearInterval(this._timer)
  }

  _watch() {
    if (this._isOver) {
      return
    }
    let unused = 0
    // A timer must not keep a dropped client, nor the process.
    const reference = new WeakRef(this)
    const timer = setInterval(() => {
      const watch = reference.deref()
      if (watch === undefined) {
        clearInterval(timer)
        return
      }
      unused = watch._isUsed || watch._waiting > 0 ? 0 : unused + 1
      watch._isUsed = false
      if (unused >= LOOKS) {
        clearInterval(timer)
        watch._isResting = true
        watch._polling.rest()
      }
    }, this._delay)
    timer.unref()
    this._timer = timer
  }
}

module.exports = { IdleWatch }
