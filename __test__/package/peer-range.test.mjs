import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'

import { root } from './support/package-copy.mjs'

const { peerDependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const peers = peerDependencies['posthog-node'].split(' || ')

it('the peer range names versions one by one, up to the one that answers are compared with', () => {
  assert.equal(peers.at(-1), devDependencies['posthog-node'])
  for (const version of peers) {
    assert.match(version, /^\d+\.\d+\.\d+$/)
  }
  const inOrder = [...peers].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  assert.deepEqual(peers, inOrder)
})

it('the matrix runs each version that the peer range names, and no others', () => {
  const list = execFileSync(process.execPath, [path.join(root, 'scripts', 'matrix.mjs'), '--list'], {
    encoding: 'utf8',
  })
  const run = Array.from(list.matchAll(/^node \S+ +([\d.]+)/gm), ([, version]) => version)
  assert.deepEqual([...new Set(run)].sort(), [...peers].sort())
})
