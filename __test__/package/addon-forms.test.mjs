// What may stand in the place of the addon: no form of it hangs or ends the process, and each is called what it is.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

import { ADDON, PackageCopy, readAddon, use } from './support/package-copy.mjs'

/** The addon with some bytes changed. @param {(bytes: Buffer) => unknown} change */
function changed(change) {
  const bytes = readAddon()
  change(bytes)
  return bytes
}

/**
 * Gives the package in a folder a posthog-node of its own: the clone may be in a folder that only its owner may read.
 *
 * @param {string} folder
 */
function ownPosthogNode(folder) {
  const modules = path.join(folder, 'node_modules')
  const clone = realpathSync(modules)
  rmSync(modules)
  for (const name of ['posthog-node', '@posthog']) {
    cpSync(path.join(clone, name), path.join(modules, name), { recursive: true })
  }
}

/**
 * @typedef {object} Form
 * @property {(file: string) => unknown} make
 * @property {RegExp} says
 * @property {RegExp} remedy
 * @property {string} [before] done by the program before it loads the package
 */

const REMOVE = /this must be a file: remove node_modules.posthog-node-native, then install the package again/
const DAMAGED = /the file is not complete, or a tool has changed it/

/** @type {Record<string, Form>} */
const FORMS = {
  'a folder': { make: (file) => mkdirSync(file), says: /: it is a folder\./, remedy: REMOVE },
  'a link to a folder': { make: (file) => symlinkSync('.', file), says: /: it is a folder\./, remedy: REMOVE },
  'a pipe, whose other end nobody opens': {
    make: (file) => execFileSync('mkfifo', [file]),
    says: /: it is a pipe\./,
    remedy: REMOVE,
  },
  'a device that never ends': {
    make: (file) => symlinkSync('/dev/zero', file),
    says: /: it is a device\./,
    remedy: REMOVE,
  },
  'a link to nothing': {
    make: (file) => symlinkSync('nowhere.node', file),
    says: /: it is a link to nowhere\.node, which does not exist\./,
    remedy: REMOVE,
  },
  'a link to itself': {
    make: (file) => symlinkSync(path.basename(file), file),
    says: /: it is a link to posthog-node-native\.[\w-]+\.node, which leads back to it\./,
    remedy: REMOVE,
  },
  'a file that may not be read': {
    make(file) {
      writeFileSync(file, readAddon())
      chmodSync(path.dirname(file), 0o755)
      chmodSync(file, 0)
      ownPosthogNode(path.dirname(file))
    },
    // Nothing is forbidden to root.
    before: 'if (process.getuid() === 0) process.setuid(65534)',
    says: /Permission denied/,
    remedy: /allow the user that runs Node to read the file/,
  },
  'a file whose second half was never written': {
    make: (file) =>
      writeFileSync(
        file,
        changed((bytes) => bytes.fill(0, bytes.length >> 1))
      ),
    says: /the file is damaged/,
    remedy: DAMAGED,
  },
  'a file of which only the first page was written': {
    make: (file) =>
      writeFileSync(
        file,
        changed((bytes) => bytes.fill(0, 4096))
      ),
    says: /the file is damaged/,
    remedy: DAMAGED,
  },
  'a file whose line breaks were changed': {
    make: (file) => writeFileSync(file, readAddon().toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
    says: /the file is damaged/,
    remedy: DAMAGED,
  },
  'a file that was taken for UTF-8': {
    make: (file) => writeFileSync(file, readAddon().toString('utf8')),
    says: /the file is damaged/,
    remedy: DAMAGED,
  },
  'a file of zeros': {
    make: (file) => writeFileSync(file, Buffer.alloc(1_000_000)),
    says: /invalid ELF header/,
    remedy: /the file is not an addon for Linux/,
  },
  'the page of a proxy': {
    make: (file) => writeFileSync(file, `<!doctype html>${' '.repeat(5000)}`),
    says: /invalid ELF header/,
    remedy: /the file is not an addon for Linux/,
  },
  'a program': {
    make: (file) => copyFileSync('/bin/true', file),
    says: /cannot dynamically load/,
    remedy: /the file is a program, not an addon/,
  },
  'for 32 bits': {
    make: (file) =>
      writeFileSync(
        file,
        changed((bytes) => bytes.writeUInt8(1, 4))
      ),
    says: /wrong ELF class/,
    remedy: /the file is for \w+ \(32 bits, little-endian\), but this machine is linux-/,
  },
}

describe('in place of the addon', () => {
  for (const [name, { make, says, remedy, before }] of Object.entries(FORMS)) {
    it(`${name} is called what it is, once, and posthog-node evaluates flags`, (t) => {
      const copy = new PackageCopy()
      t.after(() => copy.remove())
      make(path.join(copy.folder, ADDON))
      const { status, signal, stderr, values, engines } = use(copy.folder, 'require', { before })
      assert.deepEqual([status, signal], [0, null], stderr)
      assert.deepEqual(values, [true, true, true, true])
      assert.equal(engines[0], 'javascript')
      assert.equal(stderr.match(/posthog-node-native cannot use its addon/g)?.length, 1, stderr)
      assert.match(stderr, says)
      assert.match(stderr, remedy)
    })
  }
})
