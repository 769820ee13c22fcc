// Wherever Node enters the addon panics are caught: read from the source, and asked of the compiler.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, it } from 'node:test'

import { runCaptured } from '../../../scripts/run.mjs'
import { readAddon, root } from '../../package/support/package-copy.mjs'

const require = createRequire(import.meta.url)
const { loadBinding } = require('../../../lib/addon/load-binding.js')

describe('every entry of the addon', () => {
  const binding = path.join(root, 'src/binding')
  const sources = readdirSync(binding, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rs'))
    .map((name) => readFileSync(path.join(binding, name), 'utf8'))
    .join('\n')

  it('that napi-rs makes catches panics', () => {
    const entries = [
      ...sources.matchAll(/#\[napi(?:\((?<attributes>[^\]]*)\))?\]\s*(?:#\[[^\]]*\]\s*)*pub fn (?<name>\w+)/g),
    ]
    assert.ok(entries.length > 15)
    for (const { groups } of entries) {
      assert.match(groups?.attributes ?? '', /catch_unwind/, groups?.name)
    }
  })

  it('that is called by Node itself catches panics', () => {
    const bodies = [...sources.matchAll(/extern "C" fn (?<name>\w+)[^{]*\{(?<body>[\s\S]*?)\n\}/g)]
    const finalizers = [...sources.matchAll(/ObjectFinalize for (?<name>\w+) \{(?<body>[\s\S]*?)\n\}/g)]
    assert.deepEqual(bodies.map(({ groups }) => groups?.name).sort(), ['all', 'drop_box', 'one', 'some'])
    assert.deepEqual(finalizers.map(({ groups }) => groups?.name).sort(), ['FlagDefinitions', 'FlagPoller'])
    // A class without a finalizer of its own is dropped by napi-rs, where a panic would end the process.
    assert.equal([...sources.matchAll(/^#\[napi(\(custom_finalize\))?\]\npub struct/gm)].length, finalizers.length)
    for (const { groups } of [...bodies, ...finalizers]) {
      assert.match(groups?.body ?? '', /guard\(env,|panics::catch\(/, groups?.name)
    }
  })

  it('is refused by the compiler where panics would end the process', async () => {
    // By way of clippy, which hands flags to this crate alone: what it depends on is not compiled anew.
    const { ok, output } = await runCaptured('cargo', ['clippy', '--lib', '--', '-C', 'panic=abort'])
    assert.equal(ok, false)
    assert.match(output, /error: panics must unwind into the guards of the binding; build with panic = "unwind"/)
  })

  it('of the addon that is shipped cannot be made to panic', () => {
    assert.ok(!('injectPanics' in loadBinding()))
    assert.equal(readAddon().includes('a test asked for this'), false)
  })
})
