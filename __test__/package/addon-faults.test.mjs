// Faults that need a system of another kind, told by the words in which that system reports them; those that can be brought
// about here are in engine.test.mjs.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, it } from 'node:test'

import { ADDON, root } from './support/package-copy.mjs'

const require = createRequire(import.meta.url)
const { remedyOf } = require('../../lib/addon/faults.js')
const { TARGETS, glibcVersion, requireAddon, targetOfThisMachine } = require('../../lib/addon/file.js')

const file = path.join(root, ADDON)
const target = targetOfThisMachine()

/** @param {string} message */
const dlopenError = (message) => Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' })

/** @type {[string, string, RegExp][]} */
const WORDS = [
  [
    'a file that may not be read',
    `${file}: cannot open shared object file: Permission denied`,
    /^allow the user that runs Node to read/,
  ],
  [
    'a file system mounted noexec',
    `${file}: failed to map segment from shared object: Operation not permitted`,
    /^the file system may be mounted with noexec/,
  ],
  [
    "musl's loader, given an addon for glibc",
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/addon.node)',
    /^the file is for another C library/,
  ],
  [
    "musl's loader, missing a symbol of glibc",
    'Error relocating /app/addon.node: __memcpy_chk: symbol not found',
    /^the file is for another C library/,
  ],
  [
    'anything else',
    'the moon is in the wrong phase',
    /^remove node_modules.posthog-node-native, then install the package again .+, or build it from source/,
  ],
]

describe('the remedy for an addon that cannot be loaded', () => {
  for (const [cause, message, remedy] of WORDS) {
    it(`suits ${cause}`, () => {
      assert.match(remedyOf({ target, file, error: dlopenError(message) }), remedy)
    })
  }

  it('is found for a thrown value that is no error', () => {
    for (const error of [undefined, null, 'text', {}]) {
      assert.match(
        remedyOf({ target, file, error }),
        /^remove node_modules.posthog-node-native, then install the package again/
      )
    }
  })
})

describe('the addon for a target', () => {
  it('is looked for by every target that is named', () => {
    for (const name of TARGETS.filter((other) => other !== target)) {
      assert.equal(requireAddon(name).error.code, 'MODULE_NOT_FOUND', name)
      assert.ok(requireAddon(name).error.message.includes(`posthog-node-native.${name}.node`))
    }
    assert.match(requireAddon('linux-mips-gnu').error.message, /there is no addon for linux-mips-gnu/)
  })

  it('is, for this machine, the one that its build made', () => {
    assert.equal(`posthog-node-native.${target}.node`, ADDON)
    assert.match(String(glibcVersion()), /^2\.\d+$/)
  })

  it('leaves the settings of process.report as they were', () => {
    const { excludeNetwork } = process.report
    glibcVersion()
    assert.equal(process.report.excludeNetwork, excludeNetwork)
  })
})
