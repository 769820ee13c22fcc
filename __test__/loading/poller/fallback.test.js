'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const https = require('node:https')
const tls = require('node:tls')

const {
  createCertificates,
  createExpired,
  createFirstVersion,
  createSelfSigned,
} = require('../../support/certificates')
const { flag } = require('../../support/flags')
const { isNodeFetch, loadOnce, startLoading } = require('./support/load-once')

const BODY = JSON.stringify({ flags: [flag('on')] })

const RSA = (/** @type {number} */ bits) => [`rsa:${bits}`]
const curve = (/** @type {string} */ name) => ['ec', '-pkeyopt', `ec_paramgen_curve:${name}`]
const NOWHERE = ['permitted;DNS:example.com', 'permitted;IP:10.0.0.0/255.0.0.0']

/**
 * Certificates and ways of TLS, how the server is made of them, and who can load.
 *
 * @typedef {object} Case
 * @property {() => import('../../support/certificates').Certificates} create
 * @property {https.ServerOptions} [options] of the server
 * @property {string[]} [flags] of Node
 * @property {boolean} [isTrusted] what is to be trusted is, by default
 * @property {string} [host]
 * @property {boolean} [isApart] posthog-node loads in a process of its own, which trusts this authority alone
 *
 * @type {Record<string, Case>}
 */
const ONLY_NODE = {
  'a self-signed certificate': { create: createSelfSigned },
  'a self-signed certificate with a key of RSA': { create: () => createSelfSigned({ key: RSA(2048) }) },
  'a certificate without names but the common one': {
    create: () => createCertificates({ extensions: [] }),
    host: 'localhost',
  },
  // It does not say whose key has signed it, and must be the only one of its name.
  'a certificate of the first version': { create: createFirstVersion, host: 'localhost', isApart: true },
  'keys of RSA with 1024 bits': { create: () => createCertificates({ key: RSA(1024) }) },
  'the curve P-521': { create: () => createCertificates({ key: curve('secp521r1') }) },
  Ed448: { create: () => createCertificates({ key: ['ed448'] }) },
  'RSA-PSS': { create: () => createCertificates({ key: ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'] }) },
  'TLS 1.2 with block ciphers alone': {
    create: () => createCertificates({ key: RSA(2048) }),
    options: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' },
  },
  'TLS 1.2 without exchange of keys': {
    create: () => createCertificates({ key: RSA(2048) }),
    options: { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
  },
  'a key exchange that is seldom': { create: createCertificates, options: { ecdhCurve: 'X448' } },
  'TLS 1.0, where Node was told to accept it': {
    create: () => createCertificates({ key: RSA(2048) }),
    options: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
    flags: ['--tls-min-v1.0', '--tls-cipher-list=DEFAULT@SECLEVEL=0'],
    isApart: true,
  },
}

/** @type {Record<string, Case>} */
const NOBODY = {
  'a self-signed certificate that is not trusted': { create: createSelfSigned, isTrusted: false },
  'a certificate that has expired': { create: createExpired },
  'a certificate for another name': {
    create: () => createCertificates({ extensions: ['subjectAltName=DNS:other.test'] }),
  },
  'an authority for other names': {
    create: () => createCertificates({ authorityExtensions: [`nameConstraints=critical,${NOWHERE.join(',')}`] }),
  },
  'a certificate of a client': {
    create: () => createCertificates({ extensions: ['subjectAltName=IP:127.0.0.1', 'extendedKeyUsage=clientAuth'] }),
  },
  'TLS 1.0': {
    create: () => createCertificates({ key: RSA(2048) }),
    options: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
  },
}

/** Whatever a process trusts is told by the first of these alone. @param {string} [trusted] */
const trusting = (trusted) =>
  /** @type {Record<string, any>} */ ({
    NODE_EXTRA_CA_CERTS: trusted,
    SSL_CERT_FILE: undefined,
    SSL_CERT_DIR: undefined,
  })

/** @param {net.Server} server @param {string} [host] */
const urlOf = (server, host = '127.0.0.1') =>
  `https://${host}:${/** @type {net.AddressInfo} */ (server.address()).port}`

/**
 * What comes of loads by posthog-node and by us, from a server that listens already.
 *
 * @param {import('node:test').TestContext} t
 * @param {net.Server} server
 * @param {Partial<Case> & { trusted?: string, native?: import('../../..').NativeOptions, loads?: number, stock?: boolean }} options
 */
async function loadFrom(t, server, { trusted, flags, native, loads, stock, host }) {
  return loadOnce({ url: urlOf(server, host) }, { env: trusting(trusted), flags, native, loads, stock })
}

/** What the servers of the cases have. @type {Map<Case, import('../../support/certificates').Certificates>} */
const made = new Map()
/** A process in which posthog-node loads from one server after the other; it trusts the authorities of all of them. */
let stock = /** @type {ReturnType<typeof startLoading> | undefined} */ (undefined)
const directory = mkdtempSync(path.join(os.tmpdir(), 'authorities-'))

before(() => {
  const authorities = [...Object.values(ONLY_NODE), ...Object.values(NOBODY)].flatMap((case_) => {
    const certificates = case_.create()
    made.set(case_, certificates)
    return case_.isTrusted === false || case_.isApart ? [] : [readFileSync(certificates.authority, 'utf8')]
  })
  const trusted = path.join(directory, 'authorities.pem')
  writeFileSync(trusted, authorities.join('\n'))
  stock = startLoading({ env: trusting(trusted), stock: true })
})
after(() => {
  made.forEach(({ remove }) => remove())
  rmSync(directory, { recursive: true })
})

/**
 * Whether posthog-node loads from the server of a case.
 *
 * @param {import('node:test').TestContext} t
 * @param {net.Server} server
 * @param {Case} case_
 */
async function stockLoads(t, server, case_) {
  const trusted = made.get(case_)?.authority
  const seen = case_.isApart
    ? await loadFrom(t, server, { ...case_, trusted, stock: true })
    : await stock?.load(urlOf(server, case_.host))
  return seen?.ready
}

/**
 * @param {import('node:test').TestContext} t
 * @param {Case} case_ one of those above
 */
async function startServer(t, case_) {
  const { options, isTrusted = true } = case_
  const certificates = made.get(case_) ?? assert.fail('expected certificates of the case')
  /** @type {import('node:http').IncomingMessage[]} */
  const requests = []
  const server = https.createServer({ ...certificates, ...options }, (request, response) => {
    requests.push(request)
    response.end(BODY)
  })
  const seen = { connections: 0 }
  server.on('connection', () => {
    seen.connections += 1
  })
  server.listen(0)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, requests, seen, trusted: isTrusted ? certificates.authority : undefined }
}

/** @param {string} output */
const warningsIn = (output) => output.match(/\[FEATURE FLAGS\] .*/g) ?? []

describe('what Node accepts and the native transport does not is loaded through its fetch, which is told once', () => {
  for (const [name, case_] of Object.entries(ONLY_NODE)) {
    test(name, async (t) => {
      const { server, requests, seen, trusted } = await startServer(t, case_)
      assert.equal(await stockLoads(t, server, case_), true)
      requests.length = seen.connections = 0
      const { ready, errors, output } = await loadFrom(t, server, { ...case_, trusted, loads: 3 })
      assert.ok(ready, output)
      assert.deepEqual(errors, [])
      assert.deepEqual(requests.map(isNodeFetch), [true, true, true])
      assert.ok(seen.connections <= 3, `${seen.connections} connections`)
      const [warning, ...others] = warningsIn(output)
      assert.deepEqual(others, [])
      assert.match(
        warning,
        /cannot be loaded by the native transport: .+ Node's fetch can, .+ native: \{ transport: 'fetch' \}/
      )
      assert.doesNotMatch(output, /phs_secret|phc_project/)
    })
  }
})

describe('what nobody accepts is an error with both causes, and not twice the requests from then on', () => {
  for (const [name, case_] of Object.entries(NOBODY)) {
    test(name, async (t) => {
      const { server, requests, seen, trusted } = await startServer(t, case_)
      assert.equal(await stockLoads(t, server, case_), false)
      seen.connections = 0
      const { ready, errors, output } = await loadFrom(t, server, { ...case_, trusted, loads: 4 })
      assert.equal(ready, false)
      assert.deepEqual(requests, [])
      assert.equal(seen.connections, 5)
      assert.equal(errors.length, 1)
      assert.match(
        errors[0],
        /^Failed to load feature flags: error sending request.+\. Node's fetch cannot either: .+\. There/
      )
      assert.deepEqual(warningsIn(output), [])
    })
  }
})

test('the native transport, asked for by name, does not hand over to fetch', async (t) => {
  const { server, trusted } = await startServer(t, ONLY_NODE['a self-signed certificate'])
  const { ready, errors } = await loadFrom(t, server, { trusted, native: { transport: 'native' } })
  assert.equal(ready, false)
  assert.match(errors[0], /CaUsedAsEndEntity/)
  assert.doesNotMatch(errors[0], /fetch/)
})

test('a body that ends with its connection, without the farewell of TLS, is read as Node reads it', async (t) => {
  const certificates = createCertificates()
  t.after(certificates.remove)
  const server = net.createServer((socket) => {
    const secure = new tls.TLSSocket(socket, { isServer: true, key: certificates.key, cert: certificates.cert })
    secure.on('error', () => {})
    secure.once('data', () => secure.write(`HTTP/1.1 200 OK\r\n\r\n${BODY}`, () => socket.destroySoon()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  for (const stock of [true, false]) {
    const { ready, output } = await loadFrom(t, server, { trusted: certificates.authority, stock })
    assert.ok(ready, output)
  }
})
