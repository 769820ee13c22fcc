'use strict'

const Module = require('node:module')
const path = require('node:path')
const { requireIsolated } = require('../../../cli/bench/isolated.js')

const ASYNC_DIGEST = /async function hashSHA1\(text\) \{[\s\S]*?\n\}/
const SYNC_DIGEST = "const { hash } = require('node:crypto'); function hashSHA1(text) { return hash('sha1', text) }"

/**
 * posthog-node as a sceptic would change it: its digest computed at once by Node's own SHA-1 instead of on a thread pool.
 * The function that is replaced is the only one of @posthog/core that calls SubtleCrypto for flags; its callers still
 * await it.
 */
function requireWithSynchronousDigest() {
  let edited = 0
  const prototype = /** @type {any} */ (Module.prototype)
  const compile = prototype._compile
  /** @param {[string, string, ...unknown[]]} args */
  prototype._compile = function (...[source, file, ...rest]) {
    const isTheirs = path.basename(file) === 'featureFlagLocalEvaluation.js'
    const changed = isTheirs ? source.replace(ASYNC_DIGEST, SYNC_DIGEST) : source
    edited += Number(changed !== source)
    return compile.call(this, changed, file, ...rest)
  }
  let posthog
  try {
    posthog = requireIsolated('posthog-node')
  } finally {
    prototype._compile = compile
  }
  if (edited !== 1) {
    throw new Error(
      `expected hashSHA1 of @posthog/core in one file, to make it synchronous; found it in ${edited}. ` +
        'Adapt ASYNC_DIGEST to the installed version.'
    )
  }
  return posthog
}

module.exports = { requireIsolated, requireWithSynchronousDigest }
