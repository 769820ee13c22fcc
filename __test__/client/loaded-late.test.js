'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')

/** Which parts of the package a process has loaded, by what the names of their files hold. */
const PRELUDE = `
  const PARTS = ['lib/addon/', 'lib/loading/definition-loader', 'lib/evaluation/snapshot', 'lib/document/', '.node']
  const loaded = () => {
    const files = Object.keys(require.cache).map((file) => file.replaceAll('\\\\', '/'))
    return PARTS.filter((part) => files.some((file) => (part === '.node' ? file.endsWith(part) : file.includes(part))))
  }
  const cached = { flags: [{ key: 'on', active: true, filters: { groups: [{ rollout_percentage: 100 }] } }] }
  const provider = {
    getFlagDefinitions: () => cached, shouldFetchFlagDefinitions: () => false, onFlagDefinitionsReceived() {}, shutdown() {},
  }
  const steps = {};
`

/** @param {string} script fills `steps` */
async function stepsOf(script) {
  const child = startChild(`${PRELUDE}(async () => { ${script}; console.log(JSON.stringify(steps)) })()`, {
    host: 'http://127.0.0.1:1',
  })
  const { code, output } = await child.ended()
  assert.equal(code, 0, output)
  return JSON.parse(output)
}

test('a program loads what only a native client needs with the first such client', async () => {
  const steps = await stepsOf(`
    steps.imported = loaded()
    await new PostHog('phc_project', { host: HOST }).shutdown()
    await new PostHog('phc_project', { ...OPTIONS, native: { engine: 'javascript' }, enableLocalEvaluation: false }).shutdown()
    steps.without = loaded()
    const client = new PostHog('phc_project', { host: HOST, flagDefinitionCacheProvider: provider })
    steps.made = loaded()
    await client.waitForLocalEvaluationReady()
    steps.ready = loaded()
    await client.shutdown()
  `)
  assert.deepEqual(steps.imported, [])
  assert.deepEqual(steps.without, [])
  assert.ok(steps.made.includes('.node'))
  assert.ok(!steps.made.includes('lib/evaluation/snapshot'))
  assert.ok(steps.ready.includes('lib/evaluation/snapshot'))
})

test('without a provider nothing is left to be loaded once a client is made: definitions may come at any time', async () => {
  const { made } = await stepsOf(`
    const client = new PostHog('phc_project', OPTIONS)
    steps.made = loaded()
    client.on('error', () => {})
    await client.shutdown()
  `)
  assert.ok(made.includes('lib/evaluation/snapshot'))
})

test('LocalEvaluator loads what it needs with the first document', async () => {
  const steps = await stepsOf(`
    const { LocalEvaluator } = require(PACKAGE)
    steps.imported = loaded()
    steps.value = new LocalEvaluator(cached).getFeatureFlag('on', 'kari')
    steps.evaluated = loaded()
  `)
  assert.deepEqual(steps.imported, [])
  assert.equal(steps.value, true)
  assert.ok(steps.evaluated.includes('lib/evaluation/snapshot') && steps.evaluated.includes('.node'))
})
