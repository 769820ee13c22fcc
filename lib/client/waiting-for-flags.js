'use strict'

/** Those who wait until there are flags. */
class WaitingForFlags {
  constructor() {
    /** @type {Set<(hasFlags: boolean) => void>} ends the waiting of one of them */
    this._ends = new Set()
  }

  /** Whether nobody waits. */
  get isEmpty() {
    return this._ends.size === 0
  }

  /**
   * @param {number} timeoutMs
   * @returns {Promise<boolean>} whether there are flags; `false` once the time is over
   */
  wait(timeoutMs) {
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ hasFlags) => {
        clearTimeout(timer)
        this._ends.delete(end)
        resolve(hasFlags)
      }
      // As in posthog-node, this is the process's timer of the moment, which a test may have replaced. It keeps the process alive.
      const timer = setTimeout(() => end(false), timeoutMs)
      this._ends.add(end)
    })
  }

  /** @param {boolean} hasFlags is what all of them are told */
  end(hasFlags) {
    this._ends.forEach((end) => end(hasFlags))
  }
}

module.exports = { WaitingForFlags }
