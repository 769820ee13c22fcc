// docs/api/ says of the types what they say now.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { root } from '../../../scripts/run.mjs'

/**
 * The files of a folder with their contents.
 *
 * @param {string} folder
 */
function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile())
  return Object.fromEntries(
    files.map((name) => [name.replaceAll(path.sep, '/'), readFileSync(path.join(folder, name), 'utf8')])
  )
}

test('docs/api is as `npm run docs:api` writes it', (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-api-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const typedoc = path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc')
  execFileSync(process.execPath, [typedoc, '--out', folder], { cwd: root, stdio: 'pipe' })
  assert.deepEqual(filesIn(path.join(root, 'docs', 'api')), filesIn(folder))
})
