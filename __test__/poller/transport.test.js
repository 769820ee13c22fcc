'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/observe')

const LOAD_ONCE = `
  const client = new PostHog('phc_project', OPTIONS)
  client.waitForLocalEvaluationReady().then((ready) => { console.log('ready', ready); return client.shutdown() })`

/**
 * The request for definitions of a process that loads once.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} env
 */
async function requestOf(t, env) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  const { code, output } = await startChild(LOAD_ONCE, { host: server.url, env }).ended()
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
