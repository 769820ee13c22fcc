// The files of the Rust core import downwards: none leads back to itself, and each layer knows those below it alone.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { circlesOf, importsOf } from './support/rust-imports.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What must not import what, and why. */
const NEVER = [
  { from: 'src/', but: ['src/binding/', 'src/lib.rs'], to: ['src/binding/'], why: 'the core knows nothing of Node' },
  {
    from: 'src/js/',
    to: ['src/compile/', 'src/compiled/', 'src/evaluate/', 'src/hashing/', 'src/matchers/', 'src/poller/'],
    why: 'what JavaScript does is the same whatever is made of it',
  },
  {
    from: 'src/matchers/',
    to: ['src/compile/', 'src/compiled/', 'src/evaluate/', 'src/poller/'],
    why: 'a filter is tested alone',
  },
  {
    from: 'src/hashing/',
    to: ['src/compile/', 'src/compiled/', 'src/evaluate/', 'src/matchers/'],
    why: 'a hash knows no flags',
  },
  { from: 'src/compiled/', to: ['src/compile/', 'src/evaluate/', 'src/poller/'], why: 'both wings stand on it' },
  { from: 'src/compile/', to: ['src/evaluate/', 'src/poller/'], why: 'compiling and evaluating never meet' },
  { from: 'src/evaluate/', to: ['src/compile/', 'src/poller/'], why: 'compiling and evaluating never meet' },
]

/**
 * Circles that are still there, each with its reason. One that is gone has to go from here too.
 *
 * @type {{ files: string[]; why: string }[]}
 */
const KNOWN = []

/**
 * @param {string} crate the file at its root
 * @returns {Map<string, Set<string>>} the imports of its files, by paths from the root of the repository
 */
function graphOf(crate) {
  const named = (/** @type {string} */ file) => path.relative(root, file).split(path.sep).join('/')
  const imports = importsOf(path.join(root, crate))
  return new Map([...imports].map(([file, imported]) => [named(file), new Set([...imported].map(named))]))
}

describe('the Rust core', () => {
  const graph = graphOf('src/lib.rs')

  it('has no circle of imports but those that are known', () => {
    const circles = circlesOf(graph).map((files) => files.sort())
    assert.deepEqual(circles.sort(), KNOWN.map(({ files }) => files.sort()).sort())
  })

  for (const { from, but = [], to, why } of NEVER) {
    it(`${from} never imports from ${to.join(', ')}: ${why}`, () => {
      const importing = [...graph].filter(
        ([file]) => file.startsWith(from) && !but.some((exception) => file.startsWith(exception))
      )
      assert.ok(importing.length > 0, `expected files in ${from}`)
      const broken = importing.flatMap(([file, imported]) =>
        [...imported]
          .filter((other) => to.some((layer) => other.startsWith(layer)))
          .map((other) => `${file} -> ${other}`)
      )
      assert.deepEqual(broken, [])
    })
  }
})

describe('the checks of fuzzing', () => {
  const graph = graphOf('fuzz/checks/mod.rs')

  it('have no circle of imports', () => {
    assert.deepEqual(circlesOf(graph), [])
  })

  it('stand on the generators of inputs, which know nothing of them', () => {
    const generators = [...graph].filter(([file]) => file.startsWith('fuzz/checks/generate/'))
    assert.ok(generators.length > 0, 'expected generators')
    const imported = generators.flatMap(([, files]) => [...files])
    assert.deepEqual(
      imported.filter((file) => !file.startsWith('fuzz/checks/generate/')),
      []
    )
  })
})

describe('the reader of imports', () => {
  /**
   * The circles of a crate with these files.
   *
   * @param {import('node:test').TestContext} t
   * @param {Record<string, string>} files
   */
  const circlesOfCrate = (t, files) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'core-imports-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      writeFileSync(path.join(folder, name), text)
    }
    const circles = circlesOf(importsOf(path.join(folder, 'lib.rs')))
    return circles.map((circle) => circle.map((file) => path.relative(folder, file).split(path.sep).join('/')).sort())
  }

  const TWO = { 'lib.rs': 'mod a;\nmod b;' }
  const A_TO_B = { 'a.rs': 'use crate::b::B;\npub struct A(B);' }

  it('finds a circle by `use`, and one by a qualified path', (t) => {
    for (const back of ['use super::{a::A};\npub struct B(A);', 'pub struct B(crate::a::A);']) {
      assert.deepEqual(circlesOfCrate(t, { ...TWO, ...A_TO_B, 'b.rs': back }), [['a.rs', 'b.rs']], back)
    }
  })

  it('takes no comment, no text and no test for an import', (t) => {
    for (const back of [
      '// use crate::a::A;\npub struct B;',
      'pub struct B;\nconst TEXT: &str = "\\"; use crate::a::A;";',
      'pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}',
    ]) {
      assert.deepEqual(circlesOfCrate(t, { ...TWO, ...A_TO_B, 'b.rs': back }), [], back)
    }
  })

  it('counts a module as imported by the file that declares it, and follows a name that is handed on', (t) => {
    const face = { 'lib.rs': 'mod folder;', 'folder/one.rs': 'use super::Shared;\npub struct One(Shared);' }
    const own = { ...face, 'folder/mod.rs': 'mod one;\npub struct Shared;' }
    assert.deepEqual(circlesOfCrate(t, own), [['folder/mod.rs', 'folder/one.rs']])
    const handedOn = { 'folder/mod.rs': 'mod one;\nmod two;\npub use two::*;', 'folder/two.rs': 'pub struct Shared;' }
    assert.deepEqual(circlesOfCrate(t, { ...face, ...handedOn }), [])
  })
})
