'use strict'

/**
 * A provider that keeps the document in memory and notes each call.
 *
 * @param {{ fetch?: unknown, cached?: unknown, methods?: Record<string, (...args: any[]) => unknown> }} [behaviour]
 *   what `shouldFetchFlagDefinitions` and `getFlagDefinitions` answer, and methods in place of the usual ones
 */
function memoryProvider({ fetch = true, cached, methods = {} } = {}) {
  /** @type {string[]} */
  const calls = []
  /** @type {any[]} */
  const stored = []
  /** @type {Record<string, (...args: any[]) => unknown>} */
  const usual = {
    shouldFetchFlagDefinitions: () => fetch,
    getFlagDefinitions: () => cached,
    onFlagDefinitionsReceived: (data) => void stored.push(data),
    shutdown: () => undefined,
  }
  /** @type {any} */
  const provider = { calls, stored }
  for (const [name, method] of Object.entries({ ...usual, ...methods })) {
    provider[name] = (/** @type {any[]} */ ...args) => {
      calls.push(name)
      return method.apply(provider, args)
    }
  }
  return provider
}

module.exports = { memoryProvider }
