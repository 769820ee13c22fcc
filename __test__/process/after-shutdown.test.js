'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { NEVER_MS, ObservedChild } = require('./support/observed-child')

const QUIET = { sendFeatureFlagEvents: false }

/**
 * What a client does between its shutdown and the end.
 *
 * @typedef {{ client: any, server: DefinitionsServer, provider: any }} World
 * @type {Record<string, (world: World) => Promise<unknown>>}
 */
const AFTERWARDS = {
  'a flag': ({ client }) => client.getFeatureFlag('on', 'somebody', QUIET),
  'all flags': ({ client }) => client.getAllFlags('somebody'),
  'an evaluation': async ({ client }) => (await client.evaluateFlags('somebody')).isEnabled('on'),
  'many flags at once': ({ client }) =>
    Promise.all(Array.from({ length: 50 }, (_, number) => client.getFeatureFlag('on', `user-${number}`, QUIET))),
  'two flags, one after the other': async ({ client }) => [
    await client.getFeatureFlag('on', 'somebody', QUIET),
    await client.getFeatureFlag('on', 'somebody', QUIET),
  ],
  'a reload': async ({ client }) => {
    await client.reloadFeatureFlags()
    return client.isLocalEvaluationReady()
  },
  'a reload that brings news': async ({ client, server }) => {
    await client.reloadFeatureFlags()
    server.setDefinitions({ flags: [flag('newer')] }, { etag: '"2"' })
    await client.reloadFeatureFlags()
    return client.getAllFlags('somebody')
  },
  'reloads after refusals': async ({ client, server }) => {
    server.script({ status: 401 }, { status: 500 })
    await client.reloadFeatureFlags()
    await client.reloadFeatureFlags()
    await client.reloadFeatureFlags()
    return client.getFeatureFlag('on', 'somebody', QUIET)
  },
}

/** When the client is shut down. @type {Record<string, (client: any) => Promise<unknown>>} */
const BEFORE = {
  'that had loaded': (client) => client.waitForLocalEvaluationReady(),
  'that had not': async () => {},
}

/** @type {Record<string, () => any>} */
const PROVIDERS = {
  'without a provider': () => undefined,
  'with a provider that leads': () => memoryProvider(),
  'with a provider that follows': () =>
    memoryProvider({ fetch: false, cached: { flags: [flag('on')], group_type_mapping: {}, cohorts: {} } }),
}

/** Who makes the requests. @type {Record<string, object>} */
const TRANSPORTS = { natively: {}, 'through a fetch': { native: { transport: 'fetch' } } }

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  for (const [what, makeProvider] of Object.entries(PROVIDERS)) {
    describe(`after its shutdown a client ${what} loads when asked, ${transport}, as posthog-node does`, () => {
      for (const [state, before] of Object.entries(BEFORE)) {
        for (const [name, act] of Object.entries(AFTERWARDS)) {
          test(`for ${name}, one ${state}`, async (t) => {
            const run = async (/** @type {any} */ PostHog) => {
              const server = await DefinitionsServer.start()
              t.after(() => server.close())
              server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
              const provider = makeProvider()
              // A client that had not loaded was refused.
              if (state === 'that had not') server.script({ status: 500 })
              if (state === 'that had not' && provider) provider.getFlagDefinitions = () => undefined
              const client = new PostHog('phc_project', {
                host: server.url,
                secretKey: 'phs_secret',
                flagDefinitionCacheProvider: provider,
                flushInterval: 3_600_000,
                ...options,
              })
              await Promise.all([before(client), client.reloadFeatureFlags()])
              await client.shutdown()
              if (provider) provider.calls.length = 0
              const answer = await act({ client, server, provider })
              return {
                answer,
                calls: provider?.calls,
                tags: server.definitionRequests.map(({ headers }) => headers['if-none-match']),
                remote: server.requests.filter(({ method }) => method === 'POST').length,
              }
            }
            assert.deepEqual(await run(NATIVE), await run(STOCK))
          })
        }
      }
    })
  }
}

test('a client that was shut down in the middle of its first load loads when asked', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  server.script({ hang: true })
  const client = new NATIVE('phc_project', { host: server.url, secretKey: 'phs_secret' })
  await server.definitionRequest(1)
  await client.shutdown()
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await client.getFeatureFlag('on', 'somebody', QUIET), true)
    await client.reloadFeatureFlags()
    await client.shutdown()
  }
  assert.equal(server.definitionRequests.length, 5)
})

test('a load after a shutdown is ended by another, which releases the provider again', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  const provider = memoryProvider()
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    flagDefinitionCacheProvider: provider,
  })
  await client.shutdown()
  await client.reloadFeatureFlags()
  await Promise.all([client.shutdown(), client.shutdown()])
  await client.shutdown()
  const releases = provider.calls.filter((/** @type {string} */ name) => name === 'shutdown').length
  assert.equal(releases, 2)
  assert.equal(provider.calls.at(-1), 'shutdown')
})

for (const [name, options] of Object.entries({
  natively: '',
  'through a fetch': 'fetch: (...args) => fetch(...args),',
  'with a provider that hangs': `
    flagDefinitionCacheProvider: {
      shouldFetchFlagDefinitions: () => (shut ? new Promise(() => {}) : true),
      getFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() { shut = true },
    },
    native: { providerTimeoutMs: ${NEVER_MS} },`,
})) {
  test(`loads after a shutdown leave nothing behind, ${name}, and the process ends`, async (t) => {
    const server = await DefinitionsServer.start({ keepAliveMs: NEVER_MS })
    t.after(() => server.close())
    server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
    const script = `
      let shut = false
      const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100, ${options} })
      const main = async () => {
        await client.waitForLocalEvaluationReady()
        await client.shutdown()
        for (let load = 0; load < 3; load += 1) {
          client.reloadFeatureFlags().then(() => console.log('reloaded'))
          if (!shut) await client.reloadFeatureFlags()
        }
        if (!shut) await new Promise((resolve) => setTimeout(resolve, 500))
        await shutDown(client)
      }
      process.on('exit', () => console.log('gone'))
      ${name.includes('hangs') ? 'main().catch(() => {})' : 'main()'}`
    const { code, output } = await new ObservedChild(
      name.includes('hangs') ? script.replace('await shutDown(client)', '') : script,
      { host: server.url }
    ).ended()
    assert.equal(code, 0, output)
    assert.match(output, /^gone$/m)
    if (!name.includes('hangs')) {
      assert.match(output, /^open: \[\]$/m)
      const requests = server.definitionRequests
      const last = requests[requests.length - 1]
      assert.ok(performance.now() - last.arrivedAt > 400, 'nobody polls any more')
    }
  })
}
