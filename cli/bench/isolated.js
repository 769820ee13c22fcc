'use strict'

const path = require('node:path')

const ROOT = path.join(__dirname, '..', '..')
const LIB = path.join(ROOT, 'lib') + path.sep
const ENTRY = path.join(ROOT, 'index.js')
const STOCK = [path.join('node_modules', 'posthog-node'), path.join('node_modules', '@posthog')].map(
  (part) => path.sep + part + path.sep
)

/** @param {string} file */
function belongsToContender(file) {
  const isOwn = file === ENTRY || file.startsWith(LIB)
  return isOwn || STOCK.some((part) => file.includes(part))
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
    // The addon itself ends in .node and stays: it is native code, and may be loaded once.
    delete require.cache[file]
  }
  return require(request)
}

module.exports = { requireIsolated }
