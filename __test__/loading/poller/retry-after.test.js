'use strict'

const assert = require('node:assert/strict')
const { EventEmitter, once } = require('node:events')
const { describe, test } = require('node:test')

const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')
const { TRANSPORTS, mergeOptions } = require('../../support/transports')

/**
 * @param {import('node:test').TestContext} t
 * @param {Record<string, any>} options
 * @param {import('../../support/definitions-server').ScriptedAnswer[]} answers
 */
async function start(t, options, answers) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.script(...answers)
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: 100,
    ...mergeOptions(options, { native: { pollingJitter: 0 } }),
  })
  const events = new EventEmitter()
  client.on('error', (/** @type {Error} */ error) => events.emit('failure', error))
  t.after(async () => {
    await client.shutdown()
    await server.close()
  })
  return { server, client, events }
}

describe('polls wait for as long as the server asks for', { concurrency: true }, () => {
  for (const [transport, options] of Object.entries(TRANSPORTS)) {
    for (const status of [429, 500, 503]) {
      test(`with a ${status}, over ${transport}`, async (t) => {
        const { server } = await start(t, options, [{ status, headers: { 'Retry-After': '1' } }])
        await server.definitionRequest(1)
        const before = performance.now()
        await server.definitionRequest(2)
        const waited = performance.now() - before
        assert.ok(waited > 950, `${waited} ms`)
      })
    }
  }
})

for (const answer of [
  { status: 503, headers: { 'Retry-After': '60' } },
  { status: 429, headers: { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() } },
]) {
  test(`a leader that a ${answer.status} tells to wait for a minute reads the cache meanwhile, and gives up the lead`, async (t) => {
    const events = new EventEmitter()
    let cached = { flags: [flag('of-another-leader')] }
    const provider = memoryProvider({
      fetch: true,
      methods: {
        getFlagDefinitions() {
          events.emit('read')
          return cached
        },
      },
    })
    const one = { headers: { ETag: '"1"' }, body: { flags: [flag('on')] } }
    const { server, client } = await start(t, { flagDefinitionCacheProvider: provider }, [one, answer])
    await server.definitionRequest(2)
    const callsBefore = provider.calls.length
    for (const key of ['of-another-leader', 'newer']) {
      cached = { flags: [flag(key)] }
      while (!client.getFeatureFlagKeysByEvaluationRuntime('all').includes(key)) {
        await once(events, 'read')
        await new Promise(setImmediate)
      }
    }
    const calls = new Set(provider.calls.slice(callsBefore))
    assert.deepEqual([...calls], ['getFlagDefinitions'])
    assert.equal(server.definitionRequests.length, 2, 'the server is left alone')

    // The first may join a read under way.
    await client.reloadFeatureFlags()
    if (server.definitionRequests.length < 3) await client.reloadFeatureFlags()
    assert.equal(server.definitionRequests.length, 3, 'until somebody insists')
    assert.equal(server.definitionRequests[2].headers['if-none-match'], undefined, 'the tag was of other definitions')
  })
}
