'use strict'

const { createRequire } = require('node:module')

/**
 * posthog-node, also in a project that gives the name `posthog-node` to this package, so that libraries which make clients
 * themselves use it. Our own import of posthog-node then finds this package, and posthog-node is installed as
 * `posthog-node-original`: see "The name posthog-node" in docs/packaging.md.
 */
const ORIGINAL = 'posthog-node-original'

/** The name posthog-node belongs to this package, and posthog-node is not to be found by its other name. */
class AliasError extends Error {
  /** @param {string} problem */
  constructor(problem) {
    super(
      `posthog-node is another name of posthog-node-native in this project, and ${problem}. Remedy: add ` +
        `"${ORIGINAL}": "npm:posthog-node@5" to the dependencies in package.json, and install again`
    )
    this.name = 'AliasError'
    this.code = 'ERR_POSTHOG_NATIVE_ALIAS'
  }
}

/** @param {any} found a module that may not be loaded to its end yet */
function isThisPackage(found) {
  return 'LocalEvaluator' in found
}

/**
 * @param {any} found what the name posthog-node leads to
 * @returns {any} posthog-node
 * @throws {AliasError}
 */
function originalOf(found) {
  if (!isThisPackage(found)) {
    return found
  }
  const original = requireOriginal()
  if (isThisPackage(original)) {
    throw new AliasError(`${ORIGINAL} is posthog-node-native too`)
  }
  return original
}

function requireOriginal() {
  // Not by `require`, for bundlers would complain of a package that almost nobody has. What traces files understands this, too.
  const requireInstalled = createRequire(__filename)
  try {
    return requireInstalled('posthog-node-original')
  } catch (error) {
    if (/** @type {any} */ (error)?.code === 'MODULE_NOT_FOUND') {
      throw new AliasError(`${ORIGINAL} is not installed`)
    }
    throw error
  }
}

/** posthog-node as `require` gives it. */
function requirePosthogNode() {
  return originalOf(require('posthog-node'))
}

/** The name under which posthog-node is installed. */
function nameOfPosthogNode() {
  return isThisPackage(require('posthog-node')) ? ORIGINAL : 'posthog-node'
}

module.exports = { nameOfPosthogNode, originalOf, requirePosthogNode }
