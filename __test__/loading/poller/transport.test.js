'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, flag } = require('../../support/observe')
const { TRANSPORTS } = require('../../support/transports')
const { isNodeFetch, loadOnce } = require('./support/load-once')

/**
 * The request for definitions of a process that loads once.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} env
 * @param {import('../../..').NativeOptions} [native]
 */
async function requestOf(t, env, native) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  const { ready, output } = await loadOnce(server, { env, native })
  assert.ok(ready, output)
  assert.equal(server.definitionRequests.length, 1)
  return server.definitionRequests[0]
}

test('definitions are requested natively', async (t) => {
  assert.equal(isNodeFetch(await requestOf(t, {})), false)
})

test('without any trusted certificate on the machine, the requests go through the fetch of Node, which brings its own', async (t) => {
  const nowhere = '/nonexistent/certificates'
  assert.equal(isNodeFetch(await requestOf(t, { SSL_CERT_FILE: nowhere, SSL_CERT_DIR: nowhere })), true)
})

test('native.transport chooses who makes the requests, whatever the environment says', async (t) => {
  assert.equal(isNodeFetch(await requestOf(t, {}, { transport: 'fetch' })), true)
  assert.equal(isNodeFetch(await requestOf(t, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { transport: 'native' })), false)
})

test("with transport 'fetch', a fetch that is patched later makes the requests from then on", async (t) => {
  const server = closing(t, await DefinitionsServer.start())
  const client = closing(
    t,
    new NATIVE('phc_project', {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
      native: { transport: 'fetch' },
    })
  )
  await client.reloadFeatureFlags()
  t.mock.method(globalThis, 'fetch', async () => Response.json({ flags: [flag('mocked')] }))
  await client.reloadFeatureFlags()
  assert.deepEqual(client.getFeatureFlagKeysByEvaluationRuntime('all'), ['mocked'])
  assert.equal(server.definitionRequests.length, 1)
})

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  /** @param {import('node:test').TestContext} t @param {object} [others] */
  const start = async (t, others) => {
    const server = await DefinitionsServer.start()
    server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
    const settings = {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
      requestTimeout: 200,
    }
    const client = new NATIVE('phc_project', { ...settings, ...others, ...options })
    client.on('error', () => {})
    t.after(async () => {
      await client.shutdown()
      await server.close()
    })
    return { server, client }
  }

  test(`over ${transport}, one load after the other uses the same connection`, async (t) => {
    // No request may be given up, however busy the machine is: that would end its connection.
    const { server, client } = await start(t, { requestTimeout: 30_000 })
    for (let load = 0; load < 12; load += 1) await client.reloadFeatureFlags()
    assert.equal(server.definitionRequests.length, 12)
    // Where a load begins so soon that the connection of the last is not free yet, an HTTP client opens a spare one.
    assert.ok(server.connections <= 2, `${server.connections} connections`)
  })

  test(`over ${transport}, a redirect to another server does not carry the key there`, async (t) => {
    const { server, client } = await start(t)
    const other = await DefinitionsServer.start()
    t.after(() => other.close())
    other.setDefinitions({ flags: [flag('elsewhere')] })
    await client.reloadFeatureFlags()
    server.script({ status: 307, headers: { Location: `${other.url}/flags/definitions` } })
    await client.reloadFeatureFlags()
    assert.deepEqual(client.getFeatureFlagKeysByEvaluationRuntime('all'), ['elsewhere'])
    assert.equal(server.definitionRequests[1].headers.authorization, 'Bearer phs_secret')
    const { headers, query } = other.definitionRequests[0]
    assert.doesNotMatch(JSON.stringify({ headers, query }), /phs_secret|phc_project/)
  })

  for (const [what, answer] of Object.entries({
    'never begins': { hang: true },
    'never ends': { hangBody: true },
    drips: { drip: true },
    'never ends and is of no use anyway': { status: 500, hangBody: true },
  })) {
    test(`over ${transport}, an answer that ${what} is cut off`, async (t) => {
      const { server, client } = await start(t)
      await client.reloadFeatureFlags()
      server.script(answer)
      await client.reloadFeatureFlags()
      await server.answersAborted(1)
      await client.reloadFeatureFlags()
      assert.deepEqual(client.getFeatureFlagKeysByEvaluationRuntime('all'), ['on'])
      assert.equal(server.definitionRequests.length, 3)
    })
  }
}
