'use strict'

/** What clients print while they are compared: kept, each message once, so that it does not get between the results. */
const METHODS = /** @type {const} */ (['debug', 'error', 'info', 'log', 'warn'])

/**
 * @template T
 * @param {() => Promise<T>} task
 * @returns {Promise<{ value: T, messages: string[] }>}
 */
async function quietly(task) {
  const originals = METHODS.map((method) => [method, console[method]])
  /** @type {Set<string>} */
  const messages = new Set()
  for (const method of METHODS) {
    console[method] = (...args) => void messages.add(args.map(String).join(' '))
  }
  try {
    return { value: await task(), messages: [...messages] }
  } finally {
    Object.assign(console, Object.fromEntries(originals))
  }
}

module.exports = { quietly }
