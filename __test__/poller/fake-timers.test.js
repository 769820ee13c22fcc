'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, flag } = require('../support/observe')

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
    const server = await DefinitionsServer.start()
    server.setDefinitions(document)
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    const client = new NATIVE('phc_project', {
      host: 'http://127.0.0.1:1',
      featureFlagsPollingInterval: null,
      ...optionsOf(server),
    })
    await client.reloadFeatureFlags()
    assert.equal(await client.getFeatureFlag('on', 'user-1', { sendFeatureFlagEvents: false }), true)
    t.mock.timers.reset()
    await client.shutdown()
    await server.close()
  })
}
