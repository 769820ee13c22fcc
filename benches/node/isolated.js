'use strict'

const Module = require('node:module')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')
const OWN = [path.join(root, 'lib') + path.sep, path.join(root, 'index.js')]
const STOCK = [path.join('node_modules', 'posthog-node'), path.join('node_modules', '@posthog')].map(
  (part) => path.sep + part + path.sep
)

/** @param {string} file */
function belongsToContender(file) {
  return OWN.some((part) => file.startsWith(part)) || STOCK.some((part) => file.includes(part))
}

/**
 * Loads a package with its own copies of posthog-node and of this package's JavaScript. In one process contenders would
 * else run the same functions on different objects, and the compiler would treat all of them to the slower code that
 * fits every contender, which no program that uses one of them gets.
 *
 * @param {string} request
 * @param {(source: string, file: string) => string} [edit] changes the source of a file before it is compiled
 * @returns {any}
 */
function requireIsolated(request, edit = (source) => source) {
  for (const file of Object.keys(require.cache).filter(belongsToContender)) {
    // The addon itself ends in .node and stays: it is native code, and may be loaded once.
    delete require.cache[file]
  }
  const prototype = /** @type {any} */ (Module.prototype)
  const compile = prototype._compile
  /** @param {[string, string, ...unknown[]]} args */
  prototype._compile = function (...[source, file, ...rest]) {
    return compile.call(this, belongsToContender(file) ? edit(source, file) : source, file, ...rest)
  }
  try {
    return require(request)
  } finally {
    prototype._compile = compile
  }
}

const ASYNC_DIGEST = /async function hashSHA1\(text\) \{[\s\S]*?\n\}/
const SYNC_DIGEST = "const { hash } = require('node:crypto'); function hashSHA1(text) { return hash('sha1', text) }"

/**
 * posthog-node as a sceptic would change it: its digest computed at once by Node's own SHA-1 instead of on a thread pool.
 * The function that is replaced is the only one of @posthog/core that calls SubtleCrypto for flags; its callers still
 * await it.
 */
function requireWithSynchronousDigest() {
  let edited = 0
  const posthog = requireIsolated('posthog-node', (source, file) => {
    if (path.basename(file) !== 'featureFlagLocalEvaluation.js') {
      return source
    }
    const changed = source.replace(ASYNC_DIGEST, SYNC_DIGEST)
    edited += Number(changed !== source)
    return changed
  })
  if (edited !== 1) {
    throw new Error(
      `expected hashSHA1 of @posthog/core in one file, to make it synchronous; found it in ${edited}. ` +
        'Adapt ASYNC_DIGEST to the installed version.'
    )
  }
  return posthog
}

module.exports = { requireIsolated, requireWithSynchronousDigest }
