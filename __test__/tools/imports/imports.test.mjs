// That the rules of .dependency-cruiser.cjs find what they forbid. `npm test -- --only imports` holds the package to them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Files that break each rule, on the way through another file where a rule is about what is reached. */
const PLANTED = {
  'lib/evaluation/snapshot.js': "require('../text.js')",
  'lib/evaluation/typed.js': "/** @typedef {import('../loading/loader.js').Loader} Loader */",
  'lib/text.js': "require('./client/client.js')\nrequire('../cli/main.js')",
  'lib/client/client.js': '',
  'lib/loading/loader.js': "require('./one.js')\nrequire('./missing.js')",
  'lib/loading/one.js': "require('./other.js')",
  'lib/loading/other.js': "require('./one.js')",
  'lib/caches/cache.js': '',
  'index.js': "require('./lib/caches/cache.js')",
  'cli/main.js': '',
  'scripts/make.mjs': "import '../__test__/support/made.js'",
  '__test__/support/made.js': '',
}

/** What is found: the rule, and the files between which. */
const FOUND = [
  ['no-circle', 'lib/loading/one.js'],
  ['evaluation-stands-alone', 'lib/evaluation/snapshot.js → lib/client/client.js'],
  ['evaluation-stands-alone', 'lib/evaluation/typed.js → lib/loading/loader.js'],
  ['the-package-without-the-command', 'lib/text.js → cli/main.js'],
  ['the-package-without-its-subpaths', 'index.js → lib/caches/cache.js'],
  ['scripts-without-tests', 'scripts/make.mjs → __test__/support/made.js'],
  ['nothing-missing', 'lib/loading/loader.js → ./missing.js'],
]

test('an import across a boundary, a circle and an import of nothing are found', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'imports-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [file, text] of Object.entries(PLANTED)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true })
    writeFileSync(path.join(folder, file), `${text}\n`)
  }
  const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const rules = path.join(root, '.dependency-cruiser.cjs')
  const { status, stdout } = spawnSync(
    process.execPath,
    [cruise, '--config', rules, 'lib', 'cli', 'scripts', 'index.js'],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    }
  )
  assert.notEqual(status, 0, stdout)
  for (const [rule, files] of FOUND) {
    assert.ok(
      stdout.split('\n').some((line) => line.includes(`${rule}: ${files}`)),
      `expected ${rule}: ${files}; received:\n${stdout}`
    )
  }
})
