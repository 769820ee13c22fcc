// Keeps this process from the network: whoever tries fails, and is told of at the end.
import dns from 'node:dns'
import net from 'node:net'

/** @type {string[]} */
const attempts = []

/**
 * @param {any} owner
 * @param {string} method
 * @param {string} what
 */
function forbid(owner, method, what) {
  owner[method] = function forbidden() {
    attempts.push(`${what}: ${new Error('from here').stack?.split('\n').slice(2, 6).join(' < ')}`)
    throw new Error(`${what}: this benchmark is offline`)
  }
}

/** JavaScript of every kind connects through these; native code does not, and has to be told by its own options. */
export function forbidNetwork() {
  forbid(net.Socket.prototype, 'connect', 'a socket was connected')
  forbid(dns, 'lookup', 'a name was looked up')
  forbid(globalThis, 'fetch', 'fetch was called')
}

/** Throws if anyone tried. */
export function assertOffline() {
  if (attempts.length > 0) {
    throw new Error(`expected every product to stay offline; ${attempts.join('\n')}`)
  }
}
