'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const zlib = require('node:zlib')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, flag } = require('../support/observe')

const LOAD_ONCE = `
  const client = new PostHog('phc_project', { ...OPTIONS, native: NATIVE })
  client.waitForLocalEvaluationReady().then((ready) => { console.log('ready', ready); return client.shutdown() })`

/**
 * The request for definitions of a process that loads once.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} env
 * @param {import('../..').NativeOptions} [native]
 */
async function requestOf(t, env, native) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  const { code, output } = await startChild(`const NATIVE = ${JSON.stringify(native)}\n${LOAD_ONCE}`, {
    host: server.url,
    env,
  }).ended()
  assert.equal(code, 0, output)
  assert.match(output, /^ready true$/m)
  assert.equal(server.definitionRequests.length, 1)
  return server.definitionRequests[0]
}

/** Node's `fetch` names its mode, which gives it away. */
const isNodeFetch = (/** @type {{ headers: Record<string, unknown> }} */ { headers }) => 'sec-fetch-mode' in headers

test('definitions are requested natively', async (t) => {
  assert.equal(isNodeFetch(await requestOf(t, {})), false)
})

test("proxy variables alone are ignored, as Node's fetch ignores them", async (t) => {
  const proxy = 'http://127.0.0.1:1'
  const request = await requestOf(t, { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy })
  assert.equal(isNodeFetch(request), false)
})

test('where Node was told to reach servers in its own way, its fetch makes the requests', async (t) => {
  assert.equal(isNodeFetch(await requestOf(t, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })), true)
  assert.equal(isNodeFetch(await requestOf(t, { NODE_USE_ENV_PROXY: '1' })), true)
})

test('without any trusted certificate on the machine, the requests go through the fetch of Node, which brings its own', async (t) => {
  const nowhere = '/nonexistent/certificates'
  assert.equal(isNodeFetch(await requestOf(t, { SSL_CERT_FILE: nowhere, SSL_CERT_DIR: nowhere })), true)
})

test('native.transport chooses who makes the requests, whatever the environment says', async (t) => {
  assert.equal(isNodeFetch(await requestOf(t, {}, { transport: 'fetch' })), true)
  assert.equal(isNodeFetch(await requestOf(t, { NODE_USE_ENV_PROXY: '1' }, { transport: 'native' })), false)
})

test("with transport 'fetch', a fetch that is patched later makes the requests from then on", async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    native: { transport: 'fetch' },
  })
  await client.reloadFeatureFlags()
  t.mock.method(globalThis, 'fetch', async () => Response.json({ flags: [flag('mocked')] }))
  await client.reloadFeatureFlags()
  assert.deepEqual(client.getFeatureFlagKeysByEvaluationRuntime('all'), ['mocked'])
  assert.equal(server.definitionRequests.length, 1)
  await client.shutdown()
})

for (const [transport, encoding, encode] of /** @type {const} */ ([
  ['native', 'gzip', zlib.gzipSync],
  ['native', 'br', zlib.brotliCompressSync],
  ['fetch', 'gzip', zlib.gzipSync],
])) {
  test(`with transport '${transport}', a body in ${encoding} is asked for and understood`, async (t) => {
    const server = await DefinitionsServer.start()
    const body = encode(JSON.stringify({ flags: [flag('packed')] }))
    server.script({ headers: { 'Content-Encoding': encoding }, body })
    const client = new NATIVE('phc_project', {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
      native: { transport },
    })
    t.after(async () => {
      await client.shutdown()
      await server.close()
    })
    await client.reloadFeatureFlags()
    assert.deepEqual(client.getFeatureFlagKeysByEvaluationRuntime('all'), ['packed'])
    assert.match(String(server.definitionRequests[0].headers['accept-encoding']), new RegExp(encoding))
  })
}
