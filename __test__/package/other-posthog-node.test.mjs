import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

import { ADDON, PackageCopy, readAddon, root, use } from './support/package-copy.mjs'

/** A copy of the package beside a posthog-node that exports its client and nothing else, and calls itself by a version. */
function besideAnother() {
  const copy = new PackageCopy({ [ADDON]: readAddon() })
  const modules = path.join(copy.folder, 'node_modules')
  const other = path.join(modules, 'posthog-node')
  rmSync(modules)
  mkdirSync(other, { recursive: true })
  symlinkSync(path.join(root, 'node_modules', 'posthog-node'), path.join(modules, 'real'))
  const client = `class PostHog extends Real { getLibraryVersion() { return '6.0.0' } }`
  const files = {
    'package.json': JSON.stringify({ exports: { import: './index.mjs', require: './index.js' } }),
    'index.js': `const { PostHog: Real } = require('real'); ${client}; exports.PostHog = PostHog`,
    'index.mjs': `import { PostHog as Real } from 'real'; ${client}; export { PostHog }`,
  }
  for (const [name, contents] of Object.entries(files)) {
    writeFileSync(path.join(other, name), contents)
  }
  return copy
}

describe('beside a posthog-node that does not export FeatureFlagEvaluations', () => {
  for (const system of /** @type {const} */ (['require', 'import'])) {
    it(`posthog-node evaluates flags itself, after one warning, by ${system}`, () => {
      const copy = besideAnother()
      const { status, stderr, values, engines, isAddonLoaded } = use(copy.folder, system)
      copy.remove()
      assert.equal(status, 0, stderr)
      assert.deepEqual(values, [true, true, true, true])
      assert.equal(engines[0], 'javascript')
      assert.equal(isAddonLoaded, false)
      assert.equal(stderr.match(/posthog-node-native is not compatible/g)?.length, 1, stderr)
      assert.match(stderr, /posthog-node 6\.0\.0: there is no FeatureFlagEvaluations/)
    })

    it(`engine: 'javascript' says nothing of it, by ${system}`, () => {
      const copy = besideAnother()
      const { status, stderr, values, engines } = use(copy.folder, system, { native: { engine: 'javascript' } })
      copy.remove()
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '')
      assert.deepEqual(values, [true, true, true, true])
      assert.equal(engines[0], 'javascript')
    })

    it(`LocalEvaluator, which needs no client, works all the same, by ${system}`, () => {
      const copy = besideAnother()
      const { refusal } = use(copy.folder, system)
      copy.remove()
      assert.equal(refusal, undefined)
    })

    it(`engine: 'native' makes this an error of the constructor, by ${system}`, () => {
      const copy = besideAnother()
      const { status, stderr } = use(copy.folder, system, { native: { engine: 'native' } })
      copy.remove()
      assert.equal(status, 1, stderr)
      assert.match(stderr, /SeamError: posthog-node-native is not compatible with posthog-node 6\.0\.0/)
    })
  }
})
