import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = require('../../package.json')

/** Runs a program in a process of its own, at the root, so that the package resolves to itself. */
async function evaluate(program, ...flags) {
  const { stdout } = await run(process.execPath, [...flags, '-e', program], { cwd: root })
  return stdout.trim()
}

describe('the package', () => {
  for (const [system, program] of [
    ['require', `const native = require('posthog-node-native'), stock = require('posthog-node')`],
    ['import', `import * as native from 'posthog-node-native'; import * as stock from 'posthog-node'`],
  ]) {
    const flags = system === 'import' ? ['--input-type=module'] : []

    it(`gives ${system} all of posthog-node as the same ${system} gives it, a subclass of PostHog, and LocalEvaluator`, async () => {
      const check = `${program}
        const names = Object.keys(native)
        const others = names.filter((name) => native[name] !== stock[name] && name !== 'default' && name !== 'module.exports')
        console.log(JSON.stringify({
          names: names.sort(),
          expected: [...Object.keys(stock), 'LocalEvaluator'].sort(),
          others: others.sort(),
          isSubclass: Object.getPrototypeOf(native.PostHog) === stock.PostHog,
          evaluator: typeof native.LocalEvaluator,
        }))`
      const { names, expected, ...seen } = JSON.parse(await evaluate(check, ...flags))
      assert.deepEqual(names, expected)
      assert.deepEqual(seen, { others: ['LocalEvaluator', 'PostHog'], isSubclass: true, evaluator: 'function' })
    })
  }

  for (const condition of ['edge', 'edge-light', 'workerd', 'convex', 'browser']) {
    for (const [system, program] of [
      ['require', `const native = require('posthog-node-native'), edge = require('posthog-node/edge')`],
      ['import', `import * as native from 'posthog-node-native'; import * as edge from 'posthog-node/edge'`],
    ]) {
      it(`gives ${system} posthog-node's edge build under the condition ${condition}, and reaches no addon`, async () => {
        const flags = [`--conditions=${condition}`, ...(system === 'import' ? ['--input-type=module'] : [])]
        // A client that would evaluate locally, for the addon is loaded no sooner.
        const check = `${program}
          const client = new native.PostHog('phc_x', { secretKey: 'phs_x', host: 'http://127.0.0.1:1' })
          const addons = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
          console.log(JSON.stringify({ isEdge: native.PostHog === edge.PostHog, addons, own: 'LocalEvaluator' in native }))
          client.shutdown().then(() => process.exit())`
        assert.deepEqual(JSON.parse(await evaluate(check, ...flags)), { isEdge: true, addons: [], own: false })
      })
    }
  }

  for (const condition of [undefined, 'edge', 'edge-light', 'workerd', 'convex', 'browser']) {
    for (const system of ['require', 'import']) {
      const where = condition === undefined ? '' : ` under the condition ${condition}`

      it(`gives ${system} caches, clients for tests and a provider that suit its own client${where}`, async () => {
        const flags = [
          ...(condition === undefined ? [] : [`--conditions=${condition}`]),
          ...(system === 'import' ? ['--input-type=module'] : []),
        ]
        const load = (/** @type {string} */ name) =>
          system === 'import' ? `await import('${name}')` : `require('${name}')`
        const check = `(async () => {
          const { PostHog } = ${load('posthog-node-native')}
          const { RedisFlagCache } = ${load('posthog-node-native/caches')}
          const { definitionsOf, testClient } = ${load('posthog-node-native/testing')}
          const { PostHogProvider } = ${load('posthog-node-native/openfeature')}
          const stored = Buffer.from(JSON.stringify(definitionsOf({ layout: 'b' })))
          const redis = { get: async () => stored, eval: async () => 1, evalSha: async () => 1 }
          const cached = new PostHog('phc_x', { flagDefinitionCacheProvider: new RedisFlagCache(redis, 'shop') })
          await cached.waitForLocalEvaluationReady(10_000)
          const posthog = testClient({ layout: 'b' })
          const read = (client) => client.getFeatureFlag('layout', 'kari', { onlyEvaluateLocally: true, sendFeatureFlagEvents: false })
          const provider = new PostHogProvider(posthog, { sendFeatureFlagEvents: false })
          await provider.initialize()
          const asked = await provider.resolveStringEvaluation('layout', 'none', { targetingKey: 'kari' })
          await provider.onClose()
          const values = [await read(cached), await read(posthog), asked.value]
          console.log(JSON.stringify({ values, isOwn: posthog instanceof PostHog }))
          await Promise.all([cached.shutdown(), posthog.shutdown()])
        })()`
        assert.deepEqual(JSON.parse(await evaluate(check, ...flags)), { values: ['b', 'b', 'b'], isOwn: true })
      })
    }
  }

  it('loads no addon before it is needed', async () => {
    const check = `const { PostHog } = require('posthog-node-native')
      new PostHog('phc_x').shutdown()
      console.log(process.report.getReport().sharedObjects.some((file) => file.endsWith('.node')))`
    assert.equal(await evaluate(check), 'false')
  })

  it('ships every file that it names', () => {
    for (const name of manifest.files) {
      assert.ok(name.endsWith('.node') || existsSync(path.join(root, name)), `${name} is missing`)
    }
  })

  it('ships everything that an entry point leads to', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root })
    const [{ files }] = Object.values(JSON.parse(stdout))
    const shipped = new Set(files.map(({ path: name }) => name))
    const targets = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets))
    const { main, module, types, bin } = manifest
    for (const target of [...targets(manifest.exports), main, module, types, ...Object.values(bin)]) {
      assert.ok(shipped.has(path.normalize(target)), `${target} is not shipped`)
    }
    for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
      assert.ok(shipped.has(name), `${name} is not shipped`)
    }
    assert.ok(![...shipped].some((name) => /^(src|__test__|examples|benches|scripts)\//.test(name)))
  })
})
