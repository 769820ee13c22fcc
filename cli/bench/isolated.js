'use strict'

const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')
const LIB = path.join(ROOT, 'lib') + path.sep
const CLI = path.join(ROOT, 'cli') + path.sep
const ENTRY = path.join(ROOT, 'index.js')
const STOCK = ['posthog-node', 'posthog-node-original', '@posthog'].map(
  (name) => path.sep + path.join('node_modules', name) + path.sep
)

/** @param {string} file */
function belongsToContender(file) {
  // Where this package has the name posthog-node, its command and its addon lie there as well. The addon is native code, and
  // may be loaded once.
  const stays = file.startsWith(CLI) || file.endsWith('.node')
  return file === ENTRY || file.startsWith(LIB) || (!stays && STOCK.some((part) => file.includes(part)))
}

/**
 * Loads a package with its own copies of posthog-node and of this package's JavaScript. In one process contenders would
 * else run the same functions on different objects, and the compiler would treat all of them to the slower code that
 * fits every contender, which no program that uses one of them gets.
 *
 * @param {string} request
 * @returns {any}
 */
function requireIsolated(request) {
  for (const file of Object.keys(require.cache).filter(belongsToContender)) {
    delete require.cache[file]
  }
  return require(request)
}

module.exports = { requireIsolated }
