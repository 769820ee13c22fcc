'use strict'

const assert = require('node:assert/strict')
const { on } = require('node:events')
const { after, before, describe, test } = require('node:test')

const { createCertificates } = require('../../support/certificates')
const { startChild } = require('../../support/child')
const { DefinitionsServer } = require('../../support/definitions-server')
const { ForwardProxy } = require('../../support/forward-proxy')
const { flag } = require('../../support/flags')
const { isNodeFetch, loadOnce } = require('./support/load-once')

/** Whether this Node can be told to use proxies. Where it cannot, undici can. */
const NODE_HAS_PROXIES = process.allowedNodeEnvironmentFlags.has('--use-env-proxy')
const PRELOADED = require.resolve('./support/environment-proxies')

/** Flags of Node that make its own fetch use the proxies of the environment. */
const WITH_PROXIES = NODE_HAS_PROXIES ? ['--use-env-proxy'] : ['--require', PRELOADED]
/** With proxies the default is to leave requests to Node's fetch, which uses them; the native transport can as well. */
const NATIVE = { transport: /** @type {const} */ ('native') }
const NO_VARIABLES = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'ALL_PROXY'].map((name) => [
    name,
    /** @type {any} */ (undefined),
  ])
)

describe("definitions go through a proxy exactly when posthog-node's requests do", () => {
  /** @type {DefinitionsServer} */
  let server
  /** @type {DefinitionsServer} */
  let secureServer
  /** @type {ForwardProxy} */
  let proxy
  /** @type {ReturnType<typeof createCertificates>} */
  let certificates

  before(async () => {
    certificates = createCertificates()
    server = await DefinitionsServer.start()
    secureServer = await DefinitionsServer.start({ tls: certificates })
    for (const each of [server, secureServer]) each.setDefinitions({ flags: [flag('on')] })
    proxy = await ForwardProxy.start()
  })

  after(async () => {
    await Promise.all([server.close(), secureServer.close(), proxy.close()])
    certificates.remove()
  })

  /**
   * Whether the requests of posthog-node, and ours, come through the proxy.
   *
   * @param {DefinitionsServer} to
   * @param {string[]} flags
   * @param {Record<string, string>} env
   */
  async function compare(to, flags, env) {
    const carried = []
    for (const stock of [true, false]) {
      const before = to.definitionRequests.length
      const all = { ...NO_VARIABLES, NODE_EXTRA_CA_CERTS: certificates.authority, ...env }
      const { ready, output } = await loadOnce(to, { flags, env: all, stock, native: stock ? undefined : NATIVE })
      assert.ok(ready, output)
      const [request] = to.definitionRequests.slice(before)
      assert.equal(isNodeFetch(request), stock)
      carried.push(proxy.carried(request))
    }
    const [stock, native] = carried
    assert.equal(native, stock)
    return native
  }

  test('variables alone have no effect', async () => {
    const all = { HTTP_PROXY: proxy.url(), http_proxy: proxy.url(), HTTPS_PROXY: proxy.url(), ALL_PROXY: proxy.url() }
    assert.equal(await compare(server, [], all), false)
  })

  test('NODE_USE_ENV_PROXY=1 has an effect where this version of Node knows it', async () => {
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url() }
    assert.equal(await compare(server, [], env), NODE_HAS_PROXIES)
  })

  test('plain requests use HTTP_PROXY, in lower case first, and no other', async () => {
    const nowhere = 'http://127.0.0.1:1'
    assert.equal(await compare(server, WITH_PROXIES, { HTTP_PROXY: proxy.url() }), true)
    assert.equal(await compare(server, WITH_PROXIES, { http_proxy: proxy.url(), HTTP_PROXY: nowhere }), true)
    assert.equal(await compare(server, WITH_PROXIES, { HTTPS_PROXY: nowhere }), false)
  })

  test('requests over TLS use HTTPS_PROXY, or HTTP_PROXY if there is none, through a tunnel', async () => {
    const nowhere = 'http://127.0.0.1:1'
    assert.equal(await compare(secureServer, WITH_PROXIES, { HTTP_PROXY: nowhere, HTTPS_PROXY: proxy.url() }), true)
    assert.equal(await compare(secureServer, WITH_PROXIES, { HTTP_PROXY: proxy.url() }), true)
    const tunnels = proxy.requests.filter(({ target }) => target === `127.0.0.1:${secureServer.port}`)
    assert.ok(tunnels.length >= 4)
    assert.ok(tunnels.every(({ method }) => method === 'CONNECT'))
    assert.doesNotMatch(JSON.stringify(tunnels), /phs_secret|phc_project/)
    assert.equal(secureServer.definitionRequests.at(-1)?.httpVersion, '2.0')
  })

  test("by default they are left to Node's fetch where that uses proxies", async () => {
    const before = server.definitionRequests.length
    const env = { ...NO_VARIABLES, HTTP_PROXY: proxy.url() }
    const { ready, output } = await loadOnce(server, { flags: WITH_PROXIES, env })
    assert.ok(ready, output)
    const [request] = server.definitionRequests.slice(before)
    assert.deepEqual([isNodeFetch(request), proxy.carried(request)], [true, true])
  })

  test('NO_PROXY excludes what it excludes for this version of Node', async () => {
    const { port } = server
    const values = ['*', '127.0.0.1', `127.0.0.1:${port}`, '127.0.0.1:1', 'a.test, 127.0.0.1', 'a.test b.test', ',']
    const below = ['0.0.1', '.0.0.1', '*.0.0.1', '*0.0.1', '.127.0.0.1', '27.0.0.1', '127.0.0', ':1', '127.0.0.1:']
    // One process for all: the variable is looked at anew by each request, and by each client of ours.
    const script = `
      const load = async (Client, name) => {
        const client = new Client('phc_project', { ...OPTIONS, secretKey: name, featureFlagsPollingInterval: null, native: ${JSON.stringify(NATIVE)} })
        await client.reloadFeatureFlags()
        await client.shutdown()
      }
      const Stock = require(${JSON.stringify(require.resolve('posthog-node'))}).PostHog
      void (async () => {
        for (const [index, value] of Object.entries(${JSON.stringify([...values, ...below])})) {
          process.env.NO_PROXY = value
          await load(Stock, 'phs_stock_' + index)
          await load(PostHog, 'phs_native_' + index)
        }
      })()`
    const env = { ...NO_VARIABLES, HTTP_PROXY: proxy.url() }
    const before = server.definitionRequests.length
    const { code, output } = await startChild(script, { host: server.url, flags: WITH_PROXIES, env }).ended()
    assert.equal(code, 0, output)
    const requests = server.definitionRequests.slice(before)
    const carried = (/** @type {string} */ key) => {
      const request = requests.find(({ headers }) => headers.authorization === `Bearer ${key}`)
      assert.ok(request, output)
      return proxy.carried(request)
    }
    const table = [...values, ...below].map((value, index) => ({
      value,
      stock: carried(`phs_stock_${index}`),
      native: carried(`phs_native_${index}`),
    }))
    assert.deepEqual(
      table.filter(({ stock, native }) => stock !== native),
      []
    )
    assert.deepEqual(
      table.slice(0, 7).map(({ native }) => native),
      [false, false, false, true, false, true, true]
    )
  })

  test('a proxy that wants a password gets that of its address, and it is printed nowhere', async () => {
    proxy.requiresPassword = true
    try {
      const env = { ...NO_VARIABLES, NODE_EXTRA_CA_CERTS: certificates.authority }
      for (const to of [server, secureServer]) {
        const open = await loadOnce(to, {
          flags: WITH_PROXIES,
          env: { ...env, HTTP_PROXY: proxy.url('somebody:pass%20word') },
          native: NATIVE,
        })
        assert.ok(open.ready, open.output)
        const shut = await loadOnce(to, {
          flags: WITH_PROXIES,
          env: { ...env, HTTP_PROXY: proxy.url() },
          native: NATIVE,
        })
        assert.equal(shut.ready, false)
        assert.match(shut.errors[0], /407|tunnel|proxy/)
        assert.doesNotMatch(open.output + shut.output, /pass|somebody|phs_secret|phc_project/)
      }
      const { headers } = proxy.requests.find(({ headers }) => headers['proxy-authorization']) ?? { headers: {} }
      const expected = `Basic ${Buffer.from('somebody:pass word').toString('base64')}`
      assert.equal(headers['proxy-authorization'], expected)
    } finally {
      proxy.requiresPassword = false
    }
  })

  test('a connection that goes silent is given up, however often it is used', async (t) => {
    const script = `
      const client = new PostHog('phc_project', {
        ...OPTIONS, featureFlagsPollingInterval: 200, requestTimeout: 500, native: { pollingJitter: 0, transport: 'native' }
      })
      client.on('error', () => {})
      client.on('localEvaluationFlagsLoaded', () => console.log(client.getFeatureFlagKeysByEvaluationRuntime('all').join()))`
    const env = { ...NO_VARIABLES, HTTPS_PROXY: proxy.url(), NODE_EXTRA_CA_CERTS: certificates.authority }
    const { child } = startChild(script, { host: secureServer.url, flags: WITH_PROXIES, env })
    t.after(() => child.kill())
    const printed = async (/** @type {string} */ key) => {
      for await (const chunk of on(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) })) {
        if (String(chunk).includes(key)) return
      }
    }
    await printed('on')
    const { httpVersion } = await secureServer.definitionRequest(secureServer.definitionRequests.length + 1)
    assert.equal(httpVersion, '2.0', 'on HTTP/1 a request that times out takes its connection along')
    secureServer.setDefinitions({ flags: [flag('after')] })
    proxy.silenceTunnels()
    await printed('after')
    secureServer.setDefinitions({ flags: [flag('on')] })
  })

  test('a proxy that is not there is a failed load, with the cause', async () => {
    const { ready, errors } = await loadOnce(server, {
      flags: WITH_PROXIES,
      env: { ...NO_VARIABLES, HTTP_PROXY: 'http://somebody:password@127.0.0.1:1' },
      native: NATIVE,
    })
    assert.equal(ready, false)
    assert.match(errors[0], /^Failed to load feature flags: .*refused/i)
    assert.doesNotMatch(errors[0], /password|phs_secret|phc_project/)
  })
})
