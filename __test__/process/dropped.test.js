'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const COUNT = 20

/** Makes clients, drops them, and collects garbage until `expected` of them are gone or a number of turns is over. */
const SCRIPT = `
  let gone = 0
  const registry = new FinalizationRegistry(() => gone++)
  const drop = async (options) => {
    const client = new PostHog('phc_project', { ...OPTIONS, ...options })
    registry.register(client.featureFlagsPoller, 'poller')
    await client.waitForLocalEvaluationReady()
    await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true, sendFeatureFlagEvents: false })
  }
  const count = async (options, expected) => {
    await Promise.all(Array.from({ length: ${COUNT} }, () => drop(options)))
    for (let turn = 0; turn < 50 && gone < expected; turn += 1) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    console.log('gone:', gone)
  }
`

/**
 * @param {import('node:test').TestContext} t
 * @param {string} script
 * @param {boolean} [stock]
 */
async function outputOf(t, script, stock) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  const { code, output } = await startChild(SCRIPT + script, {
    host: server.url,
    stock,
    flags: ['--expose-gc'],
  }).ended()
  assert.equal(code, 0, output)
  return output
}

const PROVIDER = `{
  shouldFetchFlagDefinitions: () => true,
  getFlagDefinitions: () => undefined,
  onFlagDefinitionsReceived: () => undefined,
  shutdown: () => undefined,
}`

describe('clients that are dropped without a shutdown', () => {
  for (const [name, options] of Object.entries({
    'without polling': '',
    'without polling, with a provider': `flagDefinitionCacheProvider: ${PROVIDER}`,
    "without polling, with a user's fetch": 'fetch: (...args) => fetch(...args)',
    'without polling, with a provider that never settles': `
      native: { providerTimeoutMs: 50 },
      flagDefinitionCacheProvider: { ...${PROVIDER}, shouldFetchFlagDefinitions: () => new Promise(() => {}) }`,
    'although a provider may still tell them of something new': `flagDefinitionCacheProvider: {
      ...${PROVIDER}, watchFlagDefinitions: (reload) => (globalThis.kept ??= []).push(reload) }`,
    'although they poll, with keepAlive: false': `featureFlagsPollingInterval: 100, native: { keepAlive: false }`,
  })) {
    test(`are collected ${name}, and the process ends`, async (t) => {
      const script = `count({ featureFlagsPollingInterval: null, ${options} }, ${COUNT})`
      assert.match(await outputOf(t, script), new RegExp(`^gone: ${COUNT}$`, 'm'))
    })
  }

  for (const stock of [true, false]) {
    test(`go on while they poll, with ${stock ? "posthog-node's client" : 'ours'}`, async (t) => {
      const script = `count({ featureFlagsPollingInterval: 100 }, 1).then(() => process.exit())`
      assert.match(await outputOf(t, script, stock), /^gone: 0$/m)
    })
  }
})
