'use strict'

const path = require('node:path')

const { requireAddon, targetOfThisMachine } = require('./file.js')
const { refuseBrokenFile, refuseWrongAddon, remedyOf } = require('./faults.js')

/**
 * @typedef {typeof import('./binding.js')} Binding
 */

const MEMBERS = /** @type {const} */ (['ClientRequest', 'FlagDefinitions', 'FlagPoller'])

/** The addon cannot be used; the message says what was tried, what came of it, and what to do. */
class AddonError extends Error {
  /**
   * @param {string} target
   * @param {string} file
   * @param {any} error
   */
  constructor(target, file, error) {
    const reason = String(error?.message ?? error)
      .split('\n')[0]
      .replace(`${file}: `, '')
    super(
      `posthog-node-native cannot use its addon for ${target} with Node ${process.version}. ` +
        `Tried ${file}: ${reason}. Remedy: ${remedyOf({ target, file, error })}`,
      { cause: error }
    )
    this.name = 'AddonError'
    this.code = 'ERR_POSTHOG_NATIVE_ADDON'
  }
}

/** @type {{ binding: Binding } | { error: AddonError } | undefined} the result of loading the addon, which is tried once */
let outcome

/**
 * The native addon. It is loaded when it is first asked for, not before: a process that evaluates flags with
 * posthog-node's own evaluator never does.
 *
 * @returns {Binding}
 * @throws {AddonError}
 */
function loadBinding() {
  outcome ??= tryToLoad()
  if ('error' in outcome) {
    throw outcome.error
  }
  return outcome.binding
}

/** @returns {{ binding: Binding } | { error: AddonError }} */
function tryToLoad() {
  const target = targetOfThisMachine()
  // In an ES module that a bundler made, `__dirname` may be missing.
  const folder = typeof __dirname === 'string' ? path.join(__dirname, '../..') : ''
  const file = path.join(folder, `posthog-node-native.${target}.node`)
  try {
    refuseBrokenFile(file)
    const required = requireAddon(target)
    if ('error' in required) {
      throw required.error
    }
    refuseWrongAddon(required.addon, MEMBERS)
    return { binding: required.addon }
  } catch (error) {
    return { error: new AddonError(target, file, error) }
  }
}

module.exports = {
  loadBinding,
  get ClientRequest() {
    return loadBinding().ClientRequest
  },
  get FlagDefinitions() {
    return loadBinding().FlagDefinitions
  },
  get FlagPoller() {
    return loadBinding().FlagPoller
  },
}
