// A copy of the package with an addon that panics wherever it is told to, which the one that is shipped cannot.
import { copyFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

import { runCaptured } from '../../../scripts/run.mjs'
import { ADDON, PackageCopy } from '../../package/support/package-copy.mjs'

/** Unoptimised, so that most of what it is made of is there already: `cargo test` needs the same. */
const BUILD = ['rustc', '--lib', '--crate-type', 'cdylib', '--features', 'injected-panics', '--message-format', 'json']

/**
 * The places that may panic, see the calls of `panics::injected`.
 *
 * @typedef {'evaluation' | 'inputs' | 'overview' | 'call' | 'finalizer' | 'command' | 'handover' | 'load' | 'poll' |
 *   'thread'} Place
 */

/** @returns {Promise<string>} the file that was built */
async function build() {
  const { ok, output } = await runCaptured('cargo', BUILD)
  const messages = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const built = messages.findLast(({ reason, target }) => {
    return reason === 'compiler-artifact' && target.crate_types.includes('cdylib')
  })
  if (!ok || built === undefined) {
    throw new Error(`expected cargo to build an addon but it said:\n${output}`)
  }
  return built.filenames.find((/** @type {string} */ name) => /\.(so|dylib|dll)$/.test(name))
}

export async function panickingPackage() {
  const addon = await build()
  const copy = new PackageCopy()
  copyFileSync(addon, path.join(copy.folder, ADDON))
  const require = createRequire(path.join(copy.folder, 'index.js'))
  const exports = require('./index.js')
  /** @type {(place: Place, times: number) => number} */
  const inject = require('./lib/addon/load-binding.js').loadBinding().injectPanics
  return {
    folder: copy.folder,
    /** Loads a file of the copy. */
    require,
    PostHog: exports.PostHog,
    LocalEvaluator: exports.LocalEvaluator,
    /** Has the next runs of a place panic. @param {Place} place @param {number} [times] */
    panicAt: (place, times = 1) => void inject(place, times),
    /** How many panics at a place did not come yet; they will not. @param {Place} place */
    panicsLeft: (place) => inject(place, 0),
    remove: () => copy.remove(),
  }
}
