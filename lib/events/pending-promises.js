'use strict'

/**
 * What a client has yet to wait for, in place of posthog-node's `PromiseQueue`. That one makes a UUID for each event and keeps the
 * promise in an object under that name until it deletes it; a `Map` with numbers for keys needs none of that.
 */
class PendingPromises {
  constructor() {
    /** @type {Map<number, Promise<any>>} in the order in which they came */
    this._pending = new Map()
    this._lastId = 0
  }

  /**
   * @template {Promise<any>} T
   * @param {T} promise
   * @returns {T}
   */
  add(promise) {
    const id = ++this._lastId
    this._pending.set(id, promise)
    const remove = () => void this._pending.delete(id)
    promise.then(remove, remove)
    return promise
  }

  /**
   * Resolves when all are settled, those too that come meanwhile.
   *
   * @throws {unknown} what one of them is rejected with
   */
  async join() {
    while (this._pending.size > 0) {
      await Promise.all(this._pending.values())
    }
  }

  /**
   * @param {Promise<any>[]} [ignored]
   * @param {number} [maxId] those that came later are left out
   */
  getPromises(ignored, maxId = this._lastId) {
    const others = new Set(ignored)
    return Array.from(this._pending)
      .filter(([id, promise]) => id <= maxId && !others.has(promise))
      .map(([, promise]) => promise)
  }

  /** The number of the promise that came last. */
  get maxId() {
    return this._lastId
  }

  get length() {
    return this._pending.size
  }
}

module.exports = { PendingPromises }
