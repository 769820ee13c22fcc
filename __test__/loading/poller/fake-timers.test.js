'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, flag } = require('../../support/observe')

const document = { flags: [flag('on')], cohorts: {} }

/** What a client may load from, without and with a provider. @type {Record<string, (server: DefinitionsServer) => object>} */
const SOURCES = {
  'the server': (server) => ({ host: server.url, secretKey: 'phs_secret' }),
  'a provider of objects': () => ({ flagDefinitionCacheProvider: reader(() => document) }),
  'a provider of text': () => ({ flagDefinitionCacheProvider: reader(async () => JSON.stringify(document)) }),
}

/** @param {() => unknown} getFlagDefinitions */
function reader(getFlagDefinitions) {
  return { getFlagDefinitions, shouldFetchFlagDefinitions: () => false, onFlagDefinitionsReceived() {}, shutdown() {} }
}

for (const [what, optionsOf] of Object.entries(SOURCES)) {
  test(`definitions are loaded from ${what} while a test fakes every timer`, async (t) => {
    const server = closing(t, await DefinitionsServer.start())
    server.setDefinitions(document)
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    const client = closing(
      t,
      new NATIVE('phc_project', {
        host: 'http://127.0.0.1:1',
        featureFlagsPollingInterval: null,
        ...optionsOf(server),
      })
    )
    closing(t, () => t.mock.timers.reset())
    await client.reloadFeatureFlags()
    assert.equal(await client.getFeatureFlag('on', 'user-1', { sendFeatureFlagEvents: false }), true)
  })
}

/** What a client may load from, as a program has it. */
const OPTIONS = {
  'a fetch': `{ secretKey: 'phs_secret', fetch: async () => new Response(document) }`,
  'a provider of objects': `{ flagDefinitionCacheProvider: reader(() => JSON.parse(document)) }`,
  'a provider of text': `{ flagDefinitionCacheProvider: reader(() => document) }`,
}

for (const [what, options] of Object.entries(OPTIONS)) {
  test(`definitions are loaded from ${what} although all timers were fake before this package was loaded`, () => {
    const script = `
      require('node:test').mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
      const { PostHog } = require(${JSON.stringify(path.join(__dirname, '../../..'))})
      // A test of a program has something open itself.
      const server = require('node:net').createServer().listen(0)
      const document = ${JSON.stringify(JSON.stringify(document))}
      ${reader}
      const client = new PostHog('phc_project', { host: 'http://127.0.0.1:1', ...${options} })
      client.reloadFeatureFlags().then(() => {
        console.log('ready: ' + client.isLocalEvaluationReady())
        process.exit()
      })`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60_000 })
    assert.equal(stdout, 'ready: true\n', stderr)
  })
}
