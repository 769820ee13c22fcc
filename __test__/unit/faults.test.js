'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { once } = require('node:events')
const { test } = require('node:test')

const { refuseBrokenFile, refuseWrongAddon, remedyOf } = require('../../lib/addon/faults')
const { TARGETS, glibcVersion } = require('../../lib/addon/file')
const { elf } = require('./support/elf')

const REINSTALL =
  'remove node_modules/posthog-node-native, then install the package again on this machine (npm does not replace existing ' +
  'files)'
const BUILD = 'build it from source with a stable Rust (npm run build)'
const READ = 'allow the user that runs Node to read the file and its folders'
const ON_LINUX = { skip: process.platform !== 'linux' && 'such files are of Linux' }
const MACHINE = process.arch === 'arm64' ? 183 : 62

/** A folder for a test. @param {import('node:test').TestContext} t */
function folderOf(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'faults-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** @param {string} folder @param {Uint8Array | string} contents */
function write(folder, contents, name = 'posthog-node-native.linux-x64-gnu.node') {
  const file = path.join(folder, name)
  writeFileSync(file, contents)
  return file
}

/** What refusing a file says. @param {string} file */
function refusalOf(file) {
  try {
    refuseBrokenFile(file)
  } catch (error) {
    return /** @type {Error} */ (error)
  }
  return undefined
}

/** @param {any} error @param {string} file */
const remedy = (error, file = '/there/is/none', target = 'linux-x64-gnu') => remedyOf({ target, file, error })
/** @param {string} code @param {string} [message] */
const coded = (code, message = 'it failed') => Object.assign(new Error(message), { code })
/** An error of the system's loader. @param {string} message */
const loading = (message) => coded('ERR_DLOPEN_FAILED', message)

test('what is there instead of a file is named, and has to be removed', ON_LINUX, async (t) => {
  const folder = folderOf(t)
  const at = (/** @type {string} */ name) => path.join(folder, name)
  mkdirSync(at('folder'))
  execFileSync('mkfifo', [at('pipe')])
  symlinkSync('nowhere', at('dangling'))
  symlinkSync('circle', at('circle'))
  const server = net.createServer().listen(at('socket'))
  t.after(() => server.close())
  await once(server, 'listening')
  for (const [file, what] of [
    [at('folder'), 'it is a folder'],
    [at('pipe'), 'it is a pipe'],
    [at('socket'), 'it is a socket'],
    ['/dev/null', 'it is a device'],
    [at('dangling'), 'it is a link to nowhere, which does not exist'],
    [at('circle'), 'it is a link to circle, which leads back to it'],
  ]) {
    const error = refusalOf(file)
    assert.equal(error?.message, what)
    assert.equal(remedy(error, file), `this must be a file: ${REINSTALL}`)
  }
  assert.equal(refusalOf(at('missing')), undefined)
  // A link into a folder that is none is no broken link, but a path that leads nowhere.
  write(folder, 'x', 'file')
  symlinkSync('file/inside', at('through'))
  assert.equal(refusalOf(at('through')), undefined)
  symlinkSync('file', at('good'))
  assert.equal(refusalOf(at('good')), undefined)
})

test('a file that is not whole is refused', (t) => {
  const folder = folderOf(t)
  const whole = `the file is not complete: check the space on the disk, and ${REINSTALL}`
  const empty = write(folder, '')
  assert.equal(refusalOf(empty)?.message, 'the file is empty')
  assert.equal(remedy(refusalOf(empty), empty), whole)
  const cut = write(folder, elf({ sectionsAt: 100, sectionCount: 2, sectionSize: 50 }))
  assert.equal(refusalOf(cut)?.message, 'the file is truncated: it has 64 of at least 200 bytes')
  assert.equal(remedy(refusalOf(cut), cut), whole)
  const exact = write(
    folder,
    Buffer.concat([elf({ sectionsAt: 100, sectionCount: 2, sectionSize: 50 }), Buffer.alloc(136)])
  )
  assert.equal(refusalOf(exact), undefined)
  // An extent that no file has is no sign of a cut.
  assert.equal(refusalOf(write(folder, elf({ sectionsAt: 2 ** 60 }))), undefined)
  assert.equal(refusalOf(write(folder, 'of another format')), undefined)
  assert.equal(refusalOf(path.join(folder, 'missing')), undefined)
})

test('a file that was changed on its way is refused', (t) => {
  const folder = folderOf(t)
  const layout = { sectionsAt: 200, sectionCount: 2, sectionSize: 64, namesIndex: 1 }
  assert.equal(refusalOf(write(folder, elf({ ...layout, sections: [0, 3] }))), undefined)
  const file = write(folder, elf({ ...layout, sections: [9, 3] }))
  assert.equal(
    refusalOf(file)?.message,
    'the file is damaged: its sections are not at the places that its header names'
  )
  assert.equal(
    remedy(refusalOf(file), file),
    `the file is not complete, or a tool has changed it, for instance because it read it as text: ${REINSTALL}`
  )
})

test('an addon that lacks a class is refused', () => {
  refuseWrongAddon({ A: class {}, B() {} }, ['A', 'B'])
  refuseWrongAddon(undefined, [])
  for (const [addon, message] of /** @type {[any, string][]} */ ([
    [{ A: class {} }, 'the addon has no B'],
    [{ A: 5, B: null }, 'the addon has no A and no B'],
    [undefined, 'the addon has no A and no B'],
    [null, 'the addon has no A and no B'],
  ])) {
    assert.throws(
      () => refuseWrongAddon(addon, ['A', 'B']),
      (error) => {
        assert.equal(/** @type {Error} */ (error).message, message)
        assert.equal(remedy(error), `the file belongs to another version of this package: ${REINSTALL}, or ${BUILD}`)
        return true
      }
    )
  }
})

test('each fault has its remedy', () => {
  const file = __filename
  for (const [error, expected] of /** @type {[any, string][]} */ ([
    [
      coded('ERR_DLOPEN_DISABLED'),
      'Node may not load addons: start it without --no-addons (check NODE_OPTIONS too); with the permission model, start it ' +
        'with --allow-addons',
    ],
    [
      loading("libc.so.6: version `GLIBC_2.99' not found"),
      `the addon needs glibc 2.99, this system has ${glibcVersion() ?? 'none'}: run on a newer system image, or ${BUILD}`,
    ],
    [
      loading('version GLIBC_2.9 not found'),
      `the addon needs glibc 2.9, this system has ${glibcVersion() ?? 'none'}: run on a newer system image, or ${BUILD}`,
    ],
    ...[
      'ld-linux-x86-64.so.2: no such file',
      'libc.musl-x86_64.so.1: no',
      'ld-musl-x86_64: no',
      'Error relocating a.node',
    ].map((message) => [
      loading(message),
      `the file is for another C library than linux-x64-gnu (Alpine has musl, most others glibc): ${REINSTALL}`,
    ]),
  ])) {
    assert.equal(remedy(error, file), expected)
  }
})

test('what the system says of an addon that is of its kind leads to a remedy', ON_LINUX, (t) => {
  const file = write(folderOf(t), elf({ machine: MACHINE }))
  for (const [message, expected] of [
    [
      'libfoo.so.1: cannot open shared object file: No such file',
      'install the system package that contains libfoo.so.1',
    ],
    ['lib a.so: cannot open shared object', `${REINSTALL}, or ${BUILD}`],
    ['libstdc++.so.6: cannot open shared object', 'install the system package that contains libstdc++.so.6'],
    ['x.node: Permission denied', READ],
    ['EACCES: no', READ],
    [
      'failed to map segment from shared object',
      'the file system may be mounted with noexec: mount it without noexec, or install the package on another one',
    ],
    [
      'Operation not permitted',
      'the file system may be mounted with noexec: mount it without noexec, or install the package on another one',
    ],
    ['something else', `${REINSTALL}, or ${BUILD}`],
  ]) {
    assert.equal(remedy(loading(message), file), expected)
    // What is thrown may be the text itself.
    assert.equal(remedy(message, file), expected)
  }
  for (const error of [undefined, null, {}, { message: undefined }]) {
    assert.equal(remedy(error, file), `${REINSTALL}, or ${BUILD}`)
  }
})

test('a target without an addon is told those that have one', () => {
  const expected = `there is no addon for linux-mips-gnu; there are addons for ${TARGETS.join(', ')}`
  assert.equal(remedy(coded('MODULE_NOT_FOUND'), __filename, 'linux-mips-gnu'), expected)
})

test('where the file is missing, the addons beside it are named', (t) => {
  const folder = folderOf(t)
  const file = path.join(folder, 'posthog-node-native.linux-x64-gnu.node')
  const missing = coded('MODULE_NOT_FOUND')
  const alone =
    `the file is missing: ${REINSTALL}, or ${BUILD}; if you use a bundler, leave ` + 'posthog-node-native external'
  assert.equal(remedy(missing, file), alone)
  assert.equal(remedy(missing, path.join(folder, 'no', 'folder')), alone)
  for (const name of [
    'other.node',
    'posthog-node-native.js',
    'posthog-node-native..node',
    'xposthog-node-native.a.node',
    'posthog-node-native.a.nodes',
    'posthog-node-nativexa.node',
    'posthog-node-native.axnode',
  ]) {
    write(folder, 'x', name)
  }
  assert.equal(remedy(missing, file), alone)
  write(folder, 'x', 'posthog-node-native.darwin-arm64.node')
  write(folder, 'x', 'posthog-node-native.win32-x64-msvc.node')
  assert.equal(
    remedy(missing, file),
    'the package has an addon for darwin-arm64, win32-x64-msvc, but this machine is linux-x64-gnu. If node_modules was copied ' +
      `from another system, ${REINSTALL}; otherwise ${BUILD}`
  )
  // One that is there was not found for another reason.
  write(folder, 'x')
  assert.notEqual(remedy(missing, file), alone)
  assert.ok(!remedy(missing, file).startsWith('the package holds'))
})

test('a file that may not be looked at needs rights', (t) => {
  const fs = require('node:fs')
  const { statSync } = fs
  for (const code of ['EACCES', 'EPERM', 'ERR_ACCESS_DENIED', 'ENOENT']) {
    // The module took its function of the file system when it was loaded: load another copy of it.
    fs.statSync = /** @type {any} */ (
      () => {
        throw coded(code)
      }
    )
    t.after(() => Object.assign(fs, { statSync }))
    const name = require.resolve('../../lib/addon/faults')
    const before = require.cache[name]
    delete require.cache[name]
    const faults = require('../../lib/addon/faults')
    require.cache[name] = before
    fs.statSync = statSync
    const found = faults.remedyOf({ target: 'linux-x64-gnu', file: '/there/is/none', error: coded('MODULE_NOT_FOUND') })
    assert.equal(found === READ, code !== 'ENOENT', code)
  }
})

test('a file of another kind is named', ON_LINUX, (t) => {
  const folder = folderOf(t)
  const error = loading('something')
  const program = write(folder, elf({ machine: MACHINE, segments: [{ type: 3, contents: '/lib/ld' }] }))
  assert.equal(remedy(error, program), `the file is a program, not an addon: ${REINSTALL}`)
  const foreign = write(folder, elf({ machine: 22 }))
  assert.equal(remedy(error, foreign), `the file is for s390x, but this machine is linux-x64-gnu: ${REINSTALL}`)
  const other = write(folder, 'of macOS')
  assert.equal(
    remedy(error, other),
    `the file is not an addon for Linux, but this machine is linux-x64-gnu: ${REINSTALL}`
  )
  assert.equal(remedy(error, path.join(folder, 'missing')), `${REINSTALL}, or ${BUILD}`)
  const { platform } = process
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  t.after(() => Object.defineProperty(process, 'platform', { value: platform }))
  assert.equal(remedy(error, other), `${REINSTALL}, or ${BUILD}`)
})
