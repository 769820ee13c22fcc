// What is published: each file by name, how large it is, and the licences of what is compiled into it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'

import { packWith } from '../../scripts/package/tarball.mjs'
import { overBudget } from '../../scripts/package/size-budget.mjs'
import { ADDON, root } from './support/package-copy.mjs'

const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-contents-'))
after(() => rmSync(folder, { recursive: true }))

const packed = packWith([path.join(root, ADDON)], folder, { repository: 'owner/name' })
const names = packed.files.map(({ name }) => name)

/** @param {string} name */
const read = (name) => readFileSync(path.join(folder, 'package', name), 'utf8')

describe('the package that is published', () => {
  it('holds the files of contents.txt and the addon, and no other', () => {
    const expected = readFileSync(new URL('contents.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
    assert.deepEqual(
      names.filter((name) => name !== ADDON),
      expected,
      'if the change is meant, correct __test__/package/contents.txt'
    )
    assert.ok(names.includes(ADDON))
  })

  it('refers to no source map, and has none', () => {
    for (const name of names.filter((other) => /\.m?js$/.test(other))) {
      assert.doesNotMatch(read(name), /sourceMappingURL/, name)
    }
    assert.ok(!names.some((name) => name.endsWith('.map')))
  })

  it('runs nothing when it is installed, and brings no dependencies but posthog-node, of the peer version', () => {
    const manifest = JSON.parse(read('package.json'))
    const source = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    for (const key of ['scripts', 'dependencies', 'optionalDependencies', 'devDependencies', 'gypfile', 'binary']) {
      assert.ok(!(key in manifest), key)
    }
    assert.deepEqual(manifest.peerDependencies, source.peerDependencies)
    const isOptional = (/** @type {string} */ name) => manifest.peerDependenciesMeta[name]?.optional === true
    const peers = Object.keys(manifest.peerDependencies)
    assert.deepEqual(
      peers.filter((name) => !isOptional(name)),
      ['posthog-node']
    )
    assert.deepEqual(peers.filter(isOptional), ['@openfeature/server-sdk', 'posthog-node-original'])
  })

  it('is taken apart by package managers that would keep it zipped, and names where it was built', () => {
    const manifest = JSON.parse(read('package.json'))
    assert.equal(manifest.preferUnplugged, true)
    assert.equal(manifest.repository.url, 'git+https://github.com/owner/name.git')
  })

  it('is within its budgets', () => {
    assert.deepEqual(overBudget(packed), [])
  })

  it('would exceed them with a larger addon, more of anything else, or a larger tarball', () => {
    const grow = (/** @type {string} */ name, /** @type {number} */ bytes) => ({
      ...packed,
      unpackedBytes: packed.unpackedBytes + bytes,
      files: packed.files.map((file) => (file.name === name ? { name, bytes: file.bytes + bytes } : file)),
    })
    assert.match(overBudget(grow(ADDON, 1_000_000)).join(), /\.node: expected at most \d+ bytes/)
    assert.match(overBudget(grow('index.js', 1_000_000)).join(), /everything but the addons: expected at most/)
    assert.match(overBudget({ ...packed, tarballBytes: 4_000_000 }).join(), /the tarball: expected at most/)
  })

  it('has the licences of exactly the crates that Cargo.lock puts into the addons', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/package/notices.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const notices = read('THIRD-PARTY-NOTICES.md')
    for (const crate of ['reqwest', 'ring', 'zstd-sys', 'security-framework', 'windows-sys']) {
      assert.match(notices, new RegExp(`^\\| ${crate} \\| \\d`, 'm'))
    }
    assert.doesNotMatch(notices, /^\| (criterion|napi-build|syn) \|/m)
  })
})
