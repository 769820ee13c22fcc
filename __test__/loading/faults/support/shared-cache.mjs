// What a cache that several clients share may hand out: nothing that was overwritten before it was asked.

/** How long after a failure what was to be stored may still take its place. */
const AFTERMATH_MS = 1000

/**
 * @typedef {object} Store
 * @property {number} version
 * @property {number} begin
 * @property {number} end when it certainly was done, or could be done no more
 * @property {boolean} done
 */

export class SharedCache {
  constructor() {
    /** @type {Store[]} */
    this._stores = []
  }

  /** @param {number} version that somebody begins to store */
  begin(version) {
    const store = { version, begin: performance.now(), end: Infinity, done: false }
    this._stores.push(store)
    return {
      stored: () => Object.assign(store, { end: performance.now(), done: true }),
      failed: () => Object.assign(store, { end: performance.now() + AFTERMATH_MS }),
    }
  }

  /**
   * Somebody who began to read at this time was handed this version; hands back why that cannot be.
   *
   * @param {number} version
   * @param {number} since
   * @returns {string | undefined}
   */
  read(version, since) {
    const stores = this._stores.filter((store) => store.version === version)
    if (stores.length === 0) {
      return `the cache handed out v${version}, which nobody stored`
    }
    const overwritten = this._stores.filter((other) => other.done && other.end < since && other.version !== version)
    const possible = stores.some((store) => !overwritten.some((other) => store.end < other.begin))
    const newer = Math.max(...overwritten.map((other) => other.version))
    // What was overwritten long ago will not come back.
    this._stores = this._stores.filter((store) => store.end > since - 60_000)
    return possible ? undefined : `the cache handed out v${version}, which was overwritten before, by v${newer} at last`
  }
}
