// That every file which a comment or a document names exists, and that the links of documents lead somewhere.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { Tree, anchorsOf, linksIn, namesIn, pathsIn, proseOf } from './support/named-paths.mjs'
import { outlineOf } from './support/tables.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
const files = listed.split('\n').filter((file) => file !== '' && existsSync(path.join(root, file)))
const tree = new Tree(files)

/** Names of others' files. */
const FOREIGN = new Set(['module_register.rs'])

/** What is written by hand and has comments. */
const written = files.filter(
  (file) =>
    /(?:\.(?:rs|[cm]?[jt]s|md|toml|ya?ml|c)|\.gitignore|\.gitattributes)$/.test(file) && !/^THIRD-PARTY/.test(file)
)

/** @param {string} file */
const read = (file) => readFileSync(path.join(root, file), 'utf8')

test('every path that a comment or a document names exists', () => {
  const missing = written.flatMap((file) =>
    proseOf(file, read(file)).flatMap(({ line, text }) =>
      pathsIn(text)
        .filter((named) => !tree.has(named))
        .map((named) => `${file}:${line} names ${named}`)
    )
  )
  assert.deepEqual(missing, [])
})

test('every source file that a comment or a document names without its folder exists', () => {
  const missing = written.flatMap((file) =>
    proseOf(file, read(file)).flatMap(({ line, text }) =>
      namesIn(text)
        .filter((name) => !tree.hasName(name) && !FOREIGN.has(name))
        .map((name) => `${file}:${line} names ${name}`)
    )
  )
  assert.deepEqual(missing, [])
})

test('every link of a document leads to a file of the repository, and to a heading of it', () => {
  const broken = written
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      linksIn(read(file))
        .filter(({ target }) => !leads(file, target))
        .map(({ line, target }) => `${file}:${line} links to ${target}`)
    )
  assert.deepEqual(broken, [])
})

test('docs/testing.md lists every folder of tests', () => {
  const { tables } = outlineOf(read('docs/testing.md'))
  const rows = tables.flatMap(({ header, rows }) => (header[0].startsWith('Folder') ? rows : []))
  const named = rows.flatMap(([cell]) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, folder]) => folder))
  const folders = files.flatMap((file) => /^__test__\/([^/]+)\//.exec(file)?.[1] ?? [])
  assert.deepEqual(named.sort(), [...new Set(folders)].sort())
})

/**
 * @param {string} file
 * @param {string} target of a link in it
 */
function leads(file, target) {
  const [relative, anchor] = target.split('#')
  const found = relative === '' ? file : path.posix.join(path.posix.dirname(file), relative)
  if (!tree.has(found)) {
    return false
  }
  return anchor === undefined || (found.endsWith('.md') && anchorsOf(read(found)).has(anchor))
}

test('paths are found in comments and documents, and not in addresses, packages or code', () => {
  const named = (/** @type {string} */ file, /** @type {string} */ text) =>
    proseOf(file, text).flatMap(({ text: prose }) => pathsIn(prose))
  assert.deepEqual(named('a.rs', '/// See src/lib.rs.\nlet path = "src/none.rs"; // and `docs`/\n'), ['src/lib.rs'])
  assert.deepEqual(named('a.js', '/**\n * As lib/{a,b}/c.js\n */\nrequire("lib/d.js")\n'), ['lib/a/c.js', 'lib/b/c.js'])
  assert.deepEqual(named('a.md', 'https://example.com/docs/x.md, posthog-node/src/y.ts and `benches/*.rs`'), [
    'benches/*.rs',
  ])
  assert.deepEqual(named('a.toml', 'path = "src/none.rs" # src/lib.rs'), ['src/lib.rs'])
})

test('a path exists as a file, a folder, a module without its extension or a pattern that meets one', () => {
  const small = new Tree(['lib/one/two.js', 'src/three/mod.rs'])
  for (const named of ['lib/one/two.js', 'lib/one/two', 'lib/one/', 'src/three', 'src/*/mod.rs', 'src/**/*.rs']) {
    assert.ok(small.has(named), named)
  }
  for (const named of ['lib/two.js', 'lib/one/tw', 'src/three/*.js', 'src/*.rs']) {
    assert.ok(!small.has(named), named)
  }
})

test('links and headings are found as GitHub finds them', () => {
  const text =
    '# What `is` here?\n\n## Same\n\n## Same\n\n[a](docs/a.md#b) `[no](x.md)` [c](https://example.com)\n[d]: e.md\n'
  assert.deepEqual([...anchorsOf(text)], ['what-is-here', 'same', 'same-1'])
  assert.deepEqual(
    linksIn(text).map(({ target }) => target),
    ['docs/a.md#b', 'e.md']
  )
})
