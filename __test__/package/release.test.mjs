// What makes a release: the list of targets, which several files must agree on, and the check of what an addon needs.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'

import { requireGlibcFloor } from '../../scripts/addon/glibc-floor.mjs'
import { RELEASE_TARGETS, releaseTarget } from '../../scripts/addon/targets.mjs'
import { ADDON, patchAddon, root } from './support/package-copy.mjs'

const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-release-'))
after(() => rmSync(folder, { recursive: true }))

/** @param {Uint8Array} contents */
function write(contents) {
  const file = path.join(folder, 'addon.node')
  writeFileSync(file, contents)
  return file
}

describe('the targets of a release', () => {
  it('are eight, each with a way to build it', () => {
    assert.equal(RELEASE_TARGETS.length, 8)
    for (const { name, triple, toolchain } of RELEASE_TARGETS) {
      assert.match(triple, /^(x86_64|aarch64)-/, name)
      assert.match(toolchain, /^(napi-cross|zig|host)$/, name)
    }
    assert.throws(
      () => releaseTarget('linux-mips-gnu'),
      /expected a target of linux-x64-gnu, .+; received linux-mips-gnu/
    )
  })

  it('are those of package.json', () => {
    const { napi } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    assert.deepEqual(napi.targets.toSorted(), RELEASE_TARGETS.map(({ triple }) => triple).toSorted())
  })

  it('are those that the release workflow builds', () => {
    const workflow = readFileSync(path.join(root, '.github', 'workflows', 'release.yml'), 'utf8')
    const built = [...workflow.matchAll(/- target: (\S+)\n +triple: (\S+)/g)].map(([, name, triple]) => ({
      name,
      triple,
    }))
    const expected = RELEASE_TARGETS.map(({ name, triple }) => ({ name, triple }))
    const byName = (/** @type {{ name: string }} */ a, /** @type {{ name: string }} */ b) => (a.name < b.name ? -1 : 1)
    assert.deepEqual(built.sort(byName), expected.sort(byName))
  })
})

describe('the floor of glibc', () => {
  it('is kept by an addon that needs older symbols, and names the newest of them', () => {
    assert.match(requireGlibcFloor(path.join(root, ADDON), '99.0'), /^2\.\d+$/)
  })

  it('is broken by one symbol of a newer version', () => {
    const file = write(patchAddon('GLIBC_2.14', 'GLIBC_9.99'))
    assert.throws(() => requireGlibcFloor(file, '9.98'), /to need no glibc newer than 9\.98; it needs symbols of 9\.99/)
    assert.equal(requireGlibcFloor(file, '9.99'), '9.99')
  })

  it('is compared as a version and not as a number', () => {
    const file = write(patchAddon('GLIBC_2.14', 'GLIBC_2.9'))
    assert.throws(() => requireGlibcFloor(file, '2.3'), /it needs symbols of .*2\.9/)
  })

  it('cannot be had of what is no library for glibc', () => {
    const expected = /expected a library that is linked to glibc/
    assert.throws(() => requireGlibcFloor(write(Buffer.from('text')), '2.17'), expected)
    assert.throws(() => requireGlibcFloor(write(patchAddon('GLIBC_', 'OTHER_')), '2.17'), expected)
  })
})
