'use strict'

const assert = require('node:assert/strict')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { TARGETS, glibcVersion, requireAddon, targetOfThisMachine } = require('../../lib/addon/file')
const { elf } = require('./support/elf')

/**
 * Puts something in the place of a property until the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} object
 * @param {Record<string, unknown>} properties
 */
function replace(t, object, properties) {
  for (const [name, value] of Object.entries(properties)) {
    const before = Object.getOwnPropertyDescriptor(object, name)
    Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: true })
    t.after(() => (before ? Object.defineProperty(object, name, before) : delete object[name]))
  }
}

/** A program that asks for a loader. @param {import('node:test').TestContext} t @param {string} [interpreter] */
function programOf(t, interpreter) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'file-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'node')
  writeFileSync(file, elf({ segments: interpreter === undefined ? [] : [{ type: 3, contents: interpreter }] }))
  return file
}

/** @param {any} header */
const reportOf = (header) => ({ excludeNetwork: false, getReport: () => ({ header }) })

test('there is a target for each platform that has addons, and one is looked for by its name', () => {
  assert.equal(TARGETS.length, 8)
  for (const target of TARGETS) {
    const found = /** @type {any} */ (requireAddon(target))
    if (target === targetOfThisMachine()) {
      assert.equal(typeof found.addon.FlagDefinitions, 'function')
    } else {
      assert.equal(found.error.code, 'MODULE_NOT_FOUND')
      assert.match(found.error.message, new RegExp(`'../../posthog-node-native\\.${target}\\.node'`))
    }
  }
  const { error } = /** @type {any} */ (requireAddon('linux-mips-gnu'))
  assert.equal(error.message, 'there is no addon for linux-mips-gnu')
})

test('the target is the platform with its processor, and the C library or compiler where there are several', (t) => {
  for (const [platform, arch, target] of [
    ['win32', 'arm64', 'win32-arm64-msvc'],
    ['win32', 'x64', 'win32-x64-msvc'],
    ['darwin', 'arm64', 'darwin-arm64'],
    ['freebsd', 'x64', 'freebsd-x64'],
  ]) {
    replace(t, process, { platform, arch })
    assert.equal(targetOfThisMachine(), target)
  }
})

test('on Linux the C library is that of the loader which Node asks for', (t) => {
  replace(t, process, { platform: 'linux', arch: 'arm64', report: reportOf({}) })
  for (const [interpreter, target] of [
    ['/lib/ld-musl-aarch64.so.1\0', 'linux-arm64-musl'],
    ['/lib/ld-linux-aarch64.so.1\0', 'linux-arm64-gnu'],
  ]) {
    replace(t, process, { execPath: programOf(t, interpreter) })
    assert.equal(targetOfThisMachine(), target)
  }
})

test('where the program does not tell, the C library is musl unless the version of glibc is known', (t) => {
  const programs = [programOf(t), '/there/is/no/such/file', __filename]
  for (const execPath of programs) {
    replace(t, process, { platform: 'linux', arch: 'x64', execPath })
    for (const [header, target] of /** @type {[any, string][]} */ ([
      [{}, 'linux-x64-musl'],
      [{ glibcVersionRuntime: '2.31' }, 'linux-x64-gnu'],
    ])) {
      replace(t, process, { report: reportOf(header) })
      assert.equal(targetOfThisMachine(), target)
    }
  }
})

test('the version of glibc is that of the report, which is told to leave out the network', (t) => {
  /** @type {boolean[]} */
  const seen = []
  for (const excludeNetwork of [false, true]) {
    const report = {
      excludeNetwork,
      getReport: () => (seen.push(report.excludeNetwork), { header: { glibcVersionRuntime: '2.31' } }),
    }
    replace(t, process, { report })
    assert.equal(glibcVersion(), '2.31')
    assert.equal(report.excludeNetwork, excludeNetwork)
  }
  assert.deepEqual(seen, [true, true])
})

test('where there is no report nothing is known, and where it fails no more than that there is glibc', (t) => {
  replace(t, process, { report: undefined })
  assert.equal(glibcVersion(), undefined)
  const report = {
    excludeNetwork: false,
    getReport() {
      throw new Error('no report')
    },
  }
  replace(t, process, { report })
  assert.equal(glibcVersion(), 'an unknown version')
  assert.equal(report.excludeNetwork, false)
})
