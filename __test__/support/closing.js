'use strict'

/**
 * What a test has opened: a client, a server, a process, a folder, or a function that ends it.
 *
 * @typedef {(() => unknown) | { shutdown: Function } | { close: Function } | { remove: Function } | { kill: Function }} Opened
 */

/** How long a client may take to send what it holds, when a test has failed and left it open. */
const SHUTDOWN_MS = 2000

/** @type {WeakMap<object, Opened[]>} */
const opened = new WeakMap()

/**
 * Has `thing` closed when the test ends, whether it passes or fails, and hands it back. What was opened last is closed
 * first, so that a client can still reach its server. Whoever closes a thing earlier need not say so here.
 *
 * @template {Opened} T
 * @param {{ after: (close: () => Promise<void>) => void }} t
 * @param {T} thing
 * @returns {T}
 */
function closing(t, thing) {
  const things = opened.get(t)
  if (things) {
    things.push(thing)
    return thing
  }
  const first = [thing]
  opened.set(t, first)
  t.after(() => closeAll(first))
  return thing
}

/** @param {Opened[]} things */
async function closeAll(things) {
  /** @type {unknown[]} */
  const failures = []
  for (let thing = things.pop(); thing !== undefined; thing = things.pop()) {
    try {
      await close(thing)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) {
    throw failures[0]
  }
}

/** @param {any} thing */
function close(thing) {
  if (typeof thing === 'function') return thing()
  if (typeof thing.shutdown === 'function') return thing.shutdown(SHUTDOWN_MS)
  if (typeof thing.kill === 'function') return thing.kill('SIGKILL')
  if (typeof thing.remove === 'function') return thing.remove()
  return thing.close()
}

module.exports = { closing }
