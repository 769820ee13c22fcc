'use strict'

/**
 * The three ways in which definitions can be requested, each as the options that choose it.
 *
 * @type {Record<string, { native?: import('../..').NativeOptions, fetch?: any }>}
 */
const TRANSPORTS = {
  'the native transport': { native: { transport: 'native' } },
  "the process's fetch": { native: { transport: 'fetch' } },
  "the user's fetch": { fetch: (/** @type {string} */ url, /** @type {any} */ options) => fetch(url, options) },
}

/**
 * Both sets of options of a client, those under `native` too.
 *
 * @param {Record<string, any>} one
 * @param {Record<string, any>} other
 */
function mergeOptions(one, other) {
  return { ...one, ...other, native: { ...one.native, ...other.native } }
}

module.exports = { TRANSPORTS, mergeOptions }
