'use strict'

const assert = require('node:assert/strict')
const { after, before, describe, test } = require('node:test')

const { createCertificates } = require('../../support/certificates')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { isNodeFetch, loadOnce } = require('./support/load-once')

/** What the machine of the test may say about authorities is left out. */
const MACHINE = /** @type {Record<string, any>} */ ({
  NODE_EXTRA_CA_CERTS: undefined,
  SSL_CERT_FILE: undefined,
  SSL_CERT_DIR: undefined,
})

describe('with a server whose certificate is signed by an authority of its own', () => {
  /** @type {DefinitionsServer} */
  let server
  /** @type {ReturnType<typeof createCertificates>} */
  let certificates
  /** @type {ReturnType<typeof createCertificates>} */
  let others

  before(async () => {
    certificates = createCertificates()
    others = createCertificates()
    server = await DefinitionsServer.start({ tls: certificates })
    server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  })

  after(async () => {
    await server.close()
    certificates.remove()
    others.remove()
  })

  /** @param {Parameters<typeof loadOnce>[1]} options */
  async function load(options) {
    const [before, connections] = [server.definitionRequests.length, server.connections]
    const seen = await loadOnce(server, { ...options, env: { ...MACHINE, ...options?.env } })
    return {
      ...seen,
      requests: server.definitionRequests.slice(before),
      connections: server.connections - connections,
    }
  }

  test('nothing is asked of it, and an error names the cause and what is trusted', async () => {
    const { ready, errors, requests } = await load({})
    assert.equal(ready, false)
    assert.deepEqual(requests, [])
    assert.equal(errors.length, 1)
    assert.match(errors[0], /^Failed to load feature flags: .*invalid peer certificate: UnknownIssuer/)
    assert.match(errors[0], /operating system, or of SSL_CERT_FILE in their place, and those of NODE_EXTRA_CA_CERTS/)
    assert.doesNotMatch(errors[0], /phs_secret|phc_project|https:/)
  })

  test('NODE_EXTRA_CA_CERTS makes it trusted, and HTTP/2 is spoken over one connection', async () => {
    const { ready, errors, requests, connections } = await load({
      env: { NODE_EXTRA_CA_CERTS: certificates.authority },
      loads: 3,
    })
    assert.ok(ready)
    assert.deepEqual(errors, [])
    assert.deepEqual(
      requests.map(({ httpVersion, headers }) => [httpVersion, headers['if-none-match']]),
      [
        ['2.0', undefined],
        ['2.0', '"1"'],
        ['2.0', '"1"'],
      ]
    )
    assert.equal(requests[0].headers.authorization, 'Bearer phs_secret')
    assert.equal(connections, 1)
  })

  test("SSL_CERT_FILE makes it trusted, in place of the operating system's authorities", async () => {
    const { ready, requests } = await load({ env: { SSL_CERT_FILE: certificates.authority } })
    assert.ok(ready)
    assert.equal(isNodeFetch(requests[0]), false)
    const { ready: otherwise } = await load({ env: { SSL_CERT_FILE: others.authority } })
    assert.equal(otherwise, false)
  })

  test('NODE_EXTRA_CA_CERTS is trusted beside SSL_CERT_FILE', async () => {
    const env = { SSL_CERT_FILE: others.authority, NODE_EXTRA_CA_CERTS: certificates.authority }
    assert.ok((await load({ env })).ready)
  })

  test('a NODE_EXTRA_CA_CERTS that cannot be used makes nothing trusted and breaks nothing', async () => {
    for (const file of ['/nonexistent', __filename]) {
      const { ready, errors } = await load({ env: { NODE_EXTRA_CA_CERTS: file } })
      assert.equal(ready, false)
      assert.match(errors[0], /UnknownIssuer/)
    }
  })

  test('with --use-openssl-ca it is trusted where posthog-node trusts it', async () => {
    for (const [authority, trusted] of /** @type {const} */ ([
      [certificates.authority, true],
      [others.authority, false],
    ])) {
      const options = { flags: ['--use-openssl-ca'], env: { SSL_CERT_FILE: authority } }
      assert.equal((await load({ ...options, stock: true })).ready, trusted)
      const { ready, requests } = await load(options)
      assert.equal(ready, trusted)
      assert.ok(!requests.some(isNodeFetch))
    }
  })

  test("with NODE_TLS_REJECT_UNAUTHORIZED=0 it is trusted, by Node's fetch, which warns of it", async () => {
    const { ready, requests, output } = await load({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
    assert.ok(ready)
    assert.ok(requests.every(isNodeFetch))
    assert.match(output, /NODE_TLS_REJECT_UNAUTHORIZED/)
  })

  test('the native transport, asked for by name, checks certificates all the same', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const { ready, requests } = await load({ env, native: { transport: 'native' } })
    assert.equal(ready, false)
    assert.deepEqual(requests, [])
  })
})
