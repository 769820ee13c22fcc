import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { it } from 'node:test'

import { outlineOf } from '../tools/docs/support/tables.mjs'
import { root } from './support/package-copy.mjs'

const { NEWEST } = createRequire(import.meta.url)('../../lib/client/engine-choice.js')
const { peerDependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

const list = execFileSync(process.execPath, [path.join(root, '__test__', 'tools', 'matrix', 'main.mjs'), '--list'], {
  encoding: 'utf8',
})
/** The versions that the matrix runs, each once, in order. */
const tried = [...new Set(Array.from(list.matchAll(/^node \S+ +([\d.]+)/gm), ([, version]) => version))].sort((a, b) =>
  a.localeCompare(b, 'en', { numeric: true })
)

it('the peer range takes all versions from the oldest that was tried to the next major one', () => {
  assert.equal(peerDependencies['posthog-node'], `>=${tried[0]} <6`)
  assert.ok(tried.every((version) => version.startsWith('5.')))
})

it('the newest that was tried is the one that answers are compared with', () => {
  assert.equal(devDependencies['posthog-node'], NEWEST)
  assert.equal(tried.at(-1), NEWEST)
})

it('docs/packaging.md lists the versions that were tried', () => {
  const { tables } = outlineOf(readFileSync(path.join(root, 'docs', 'packaging.md'), 'utf8'))
  const table = tables.find(({ header }) => header[0] === 'posthog-node')
  const listed = table?.rows.map(([version]) => version) ?? []
  assert.deepEqual(listed, tried)
})
