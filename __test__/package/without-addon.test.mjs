import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

const USE = `
  const flags = [{ key: 'f', active: true, filters: { groups: [{ properties: [] }] } }]
  const options = {
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => ({ flags, cohorts: {}, groupTypeMapping: {} }),
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  }
  const clients = [new PostHog('phc_x', options), new PostHog('phc_x', options)]
  await Promise.all(clients.map((client) => client.waitForLocalEvaluationReady()))
  const value = await clients[0].getFeatureFlag('f', 'kari', { sendFeatureFlagEvents: false, onlyEvaluateLocally: true })
  const document = JSON.stringify({ flags })
  class Cache {
    #document
    constructor(document) { this.#document = document }
    getFlagDefinitions() { return this.#document }
    shouldFetchFlagDefinitions() { return false }
    onFlagDefinitionsReceived() {}
    shutdown() {}
  }
  const texts = []
  for (const stored of [document, Buffer.from(document), new TextEncoder().encode(document)]) {
    const provider = new Cache(stored)
    const client = new PostHog('phc_x', { ...options, flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady(1000)
    texts.push(client.getFeatureFlagKeysByEvaluationRuntime('all'))
    if (client.options.flagDefinitionCacheProvider !== provider) throw new Error('the provider is not the one given')
    await client.shutdown()
  }
  let refusal
  try { new LocalEvaluator({ flags }) } catch (error) { refusal = error.message }
  console.log(JSON.stringify({ texts, value, localEvaluator: typeof clients[0].localEvaluator, refusal }))
  await Promise.all(clients.map((client) => client.shutdown()))
`

/** Runs a program in a Node that loads no addons. */
function run(program, ...flags) {
  const child = spawnSync(process.execPath, ['--no-addons', ...flags, '-e', program], {
    cwd: path.resolve(root),
    encoding: 'utf8',
  })
  assert.equal(child.status, 0, child.stderr)
  return { ...JSON.parse(child.stdout), warnings: child.stderr.match(/cannot load its addon/g)?.length, child }
}

describe('without an addon', () => {
  for (const [system, result] of [
    ['require', run(`(async () => { const { PostHog, LocalEvaluator } = require('./index.js'); ${USE} })()`)],
    ['import', run(`import { PostHog, LocalEvaluator } from './index.mjs'; ${USE}`, '--input-type=module')],
  ]) {
    it(`evaluates flags as posthog-node does, by ${system}`, () => {
      assert.equal(result.value, true)
      assert.equal(result.localEvaluator, 'undefined')
    })

    it(`takes text and bytes from a provider too, by ${system}`, () => {
      assert.deepEqual(result.texts, [['f'], ['f'], ['f']])
    })

    it(`warns once, with cause and remedy, by ${system}`, () => {
      assert.equal(result.warnings, 1)
      assert.match(result.child.stderr, /--no-addons/)
      assert.match(result.child.stderr, /Flags are evaluated by posthog-node itself/)
    })

    it(`has no LocalEvaluator and says why, by ${system}`, () => {
      assert.match(result.refusal, /posthog-node-native cannot load its addon for \w+-\w+: .+/)
    })
  }
})
