// The types with a TypeScript between the oldest and the newest, with which `npm test` compiles them, and with the oldest once more.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('the types compile with TypeScript 5.9 under each way to resolve modules, and with 5.0 under node16', () => {
  const command = ['__test__/package/types/check-typings.mjs', '--rest']
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
  assert.equal(stdout.match(/^ok +TypeScript 5\.9/gm)?.length, 3, stdout)
  assert.equal(stdout.match(/^ok +TypeScript 5\.0/gm)?.length, 1, stdout)
})
