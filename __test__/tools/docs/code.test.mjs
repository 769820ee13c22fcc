// The code in README.md, docs/ and the examples of index.d.ts compiles against the types of the package, as strictly as a
// user may compile. Each block is a module of its own; `posthog`, `redis` and `store` may be taken as made before.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

import { root } from '../../../scripts/run.mjs'

const under = (/** @type {string} */ folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`)
const DOCUMENTS = ['README.md', 'index.d.ts', ...under('lib/types'), ...under('docs')]

/** What a block may use without making it. */
const AMBIENT = `
import type { Redis } from 'ioredis'
import type { TestClient } from 'posthog-node-native/testing'
declare global {
  var posthog: TestClient
  var redis: Redis
  var store: any
}
`

/** @type {ts.CompilerOptions} */
const OPTIONS = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowJs: true,
  noEmit: true,
  skipLibCheck: true,
}

/**
 * @typedef {object} Block
 * @property {string} where
 * @property {string} language
 * @property {string} code
 */

/**
 * @param {string} file
 * @returns {Block[]}
 */
function blocksOf(file) {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n')
  /** @type {Block[]} */
  const blocks = []
  /** @type {{ block: Block, indent: number } | undefined} */
  let open
  for (const [at, line] of lines.entries()) {
    const fence = /^((?:\s*\*)?\s*)```(\w*)/.exec(line)
    if (fence !== null) {
      if (open !== undefined) {
        blocks.push(open.block)
        open = undefined
      } else {
        open = { block: { where: `${file}:${at + 1}`, language: fence[2], code: '' }, indent: fence[1].length }
      }
    } else if (open !== undefined) {
      open.block.code += `${line.slice(open.indent)}\n`
    }
  }
  assert.equal(open, undefined, `${file} has a block of code that does not end`)
  return blocks
}

const blocks = DOCUMENTS.filter((name) => /\.(md|d\.ts)$/.test(name)).flatMap(blocksOf)
const programs = blocks.filter(({ language }) => ['ts', 'js', 'mts', 'mjs'].includes(language))

test('the code of the documents compiles', (t) => {
  assert.ok(programs.length >= 6, `${programs.length} blocks`)
  // Within the package, so that its own name is found as a user finds it.
  const folder = path.join(root, 'target', 'docs-code')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(path.join(folder, 'ambient.mts'), AMBIENT)
  const files = programs.map(({ language, code, where }) => {
    const file = path.join(folder, `${where.replaceAll(/\W/g, '-')}.${language.endsWith('js') ? 'mjs' : 'mts'}`)
    // What is no module would share its names with the others.
    writeFileSync(file, `${code}\nexport {}\n`)
    return file
  })
  const program = ts.createProgram([path.join(folder, 'ambient.mts'), ...files], OPTIONS)
  const wrong = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const at = files.indexOf(path.normalize(file?.fileName ?? ''))
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    return `${at < 0 ? file?.fileName : programs[at].where}, line ${line + 1} of the block: ${message}`
  })
  assert.deepEqual(wrong, [])
})

test('the JSON of the documents is JSON', () => {
  for (const { where, code } of blocks.filter(({ language }) => language === 'json')) {
    assert.doesNotThrow(() => JSON.parse(code), where)
  }
})

test('every block of code says its language', () => {
  const silent = blocks.filter(({ language }) => language === '')
  assert.deepEqual(
    silent.map(({ where }) => where),
    []
  )
})
