'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { inspect } = require('../../lib/addon/elf')
const { elf } = require('./support/elf')

/** A folder for a test, and how files get into it. @param {import('node:test').TestContext} t */
function folderOf(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'elf-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    write(/** @type {Uint8Array | string} */ contents) {
      const file = path.join(folder, 'file')
      writeFileSync(file, contents)
      return file
    },
  }
}

test('a file of another format, or one too short for headers, is known by its size alone', (t) => {
  const { write } = folderOf(t)
  for (const contents of [
    '',
    'text',
    elf({}).subarray(0, 63),
    Buffer.alloc(200),
    Buffer.concat([Buffer.from('\x7fELG'), Buffer.alloc(100)]),
  ]) {
    assert.deepEqual(inspect(write(contents)), { size: contents.length, elf: undefined })
  }
})

test('the machine is named as Node names it, or by its number', (t) => {
  const { write } = folderOf(t)
  const names = {
    3: 'ia32',
    8: 'mips',
    20: 'ppc',
    21: 'ppc64',
    22: 's390x',
    40: 'arm',
    62: 'x64',
    183: 'arm64',
    243: 'riscv64',
    258: 'loong64',
    7: 'machine 7',
  }
  for (const [machine, name] of Object.entries(names)) {
    assert.equal(inspect(write(elf({ machine: Number(machine) }))).elf?.machine, name)
  }
})

test('of a file of 32 bits or of the other order of bytes no more than the machine is known', (t) => {
  const { write } = folderOf(t)
  for (const [kind, machine] of /** @type {[any, string][]} */ ([
    [{ bits: 1, order: 1 }, 'arm (32 bits, little-endian)'],
    [{ bits: 2, order: 2 }, 'arm (64 bits, big-endian)'],
    [{ bits: 1, order: 2 }, 'arm (32 bits, big-endian)'],
  ])) {
    const found = inspect(write(elf({ machine: 40, segments: [{ type: 3, contents: 'x' }], ...kind })))
    assert.deepEqual(found.elf, { machine, extent: 0, isDamaged: false })
  }
})

test('the extent reaches to the end of what the headers refer to', (t) => {
  const { write } = folderOf(t)
  const extentOf = (/** @type {any} */ layout) => inspect(write(elf(layout))).elf?.extent
  assert.equal(extentOf({}), 0)
  assert.equal(extentOf({ sectionsAt: 100, sectionCount: 3, sectionSize: 64 }), 100 + 3 * 64)
  // The table of segments follows the header of 64 bytes, with 56 for each.
  assert.equal(extentOf({ segments: [{ type: 1, at: 0, length: 10 }] }), 64 + 56)
  assert.equal(
    extentOf({
      segments: [
        { type: 1, at: 500, length: 10 },
        { type: 1, at: 100, length: 5 },
      ],
    }),
    510
  )
  assert.equal(
    extentOf({ segments: [{ type: 1, at: 500, length: 10 }], sectionsAt: 505, sectionCount: 1, sectionSize: 6 }),
    511
  )
  // A table that is cut off: as far as the first segment that is missing.
  const cut = elf({ segments: [{ type: 1 }, { type: 1 }, { type: 1 }] }).subarray(0, 64 + 56 + 10)
  assert.deepEqual(inspect(write(cut)).elf, { machine: 'x64', extent: 64 + 2 * 56, isDamaged: false })
})

test('the loader that a program asks for is known', (t) => {
  const { write } = folderOf(t)
  const interpreterOf = (/** @type {any} */ ...segments) => inspect(write(elf({ segments }))).elf?.interpreter
  assert.equal(interpreterOf({ type: 1, contents: 'no loader' }), undefined)
  assert.equal(interpreterOf({ type: 3, contents: '/lib/ld-musl-x86_64.so.1\0' }), '/lib/ld-musl-x86_64.so.1')
  assert.equal(interpreterOf({ type: 3, contents: '/lib/ld\0 more \0\n of it' }), '/lib/ld')
  assert.equal(interpreterOf({ type: 1 }, { type: 3, contents: '/lib/second' }), '/lib/second')
  assert.equal(interpreterOf({ type: 3, contents: 'x'.repeat(4095) })?.length, 4095)
  assert.equal(interpreterOf({ type: 3, contents: 'x'.repeat(4096) }), undefined)
  assert.equal(interpreterOf({ type: 3, at: 100_000, length: 5 }), undefined)
  assert.equal(interpreterOf({ type: 3, at: 2 ** 60, length: 5 }), undefined)
})

test('a file is damaged where its table of sections is to be but is not', (t) => {
  const { write } = folderOf(t)
  const isDamaged = (/** @type {any} */ layout) =>
    inspect(write(elf({ sectionsAt: 200, sectionCount: 2, sectionSize: 64, namesIndex: 1, ...layout }))).elf?.isDamaged
  assert.equal(isDamaged({ sections: [0, 3] }), false)
  assert.equal(isDamaged({ sections: [0, 2] }), true)
  assert.equal(isDamaged({ sections: [1, 3] }), true)
  assert.equal(isDamaged({ sections: [] }), true)
  assert.equal(isDamaged({ sections: [0], namesIndex: 5 }), true)
  // Without such a table there is nothing to be damaged.
  assert.equal(isDamaged({ sections: [1, 1], sectionsAt: 0 }), false)
  assert.equal(isDamaged({ sections: [1, 1], namesIndex: 0 }), false)
  assert.equal(isDamaged({ sections: [1, 1], sectionSize: 7 }), false)
  assert.equal(isDamaged({ sections: [1, 1], sectionSize: 8 }), true)
  assert.equal(isDamaged({ sections: [0, 0, 3], sectionCount: 3, namesIndex: 2 }), false)
})

test('what is no file is refused before it is opened', (t) => {
  const { folder } = folderOf(t)
  assert.throws(() => inspect(folder), { name: 'TypeError', message: `expected a file but received ${folder}` })
  assert.throws(() => inspect(path.join(folder, 'missing')), { code: 'ENOENT' })
  if (process.platform !== 'win32') {
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    assert.throws(() => inspect(pipe), { name: 'TypeError' })
  }
})

test('the file is closed again', { skip: process.platform !== 'linux' && 'needs /proc' }, (t) => {
  const { write } = folderOf(t)
  const { readdirSync } = require('node:fs')
  const file = write(elf({}))
  const before = readdirSync('/proc/self/fd').length
  for (let time = 0; time < 20; time += 1) {
    inspect(file)
  }
  assert.ok(readdirSync('/proc/self/fd').length < before + 10)
})

test('the program that runs is known', { skip: process.platform !== 'linux' && 'only Linux has such files' }, () => {
  const { size, elf: found } = inspect(process.execPath)
  assert.equal(found?.machine, process.arch)
  assert.equal(found?.isDamaged, false)
  assert.ok((found?.extent ?? Infinity) <= size)
  assert.match(String(found?.interpreter), /^\/.*ld-/)
})
