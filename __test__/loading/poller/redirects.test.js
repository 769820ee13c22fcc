'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { after, before, beforeEach, describe, test } = require('node:test')

const { createCertificates } = require('../../support/certificates')
const { flag } = require('../../support/flags')
const { startLoading } = require('./support/load-once')

const TLS_HANDSHAKE = 22
const BODY = JSON.stringify({ flags: [flag('on')] })

/**
 * Speaks HTTP and TLS on one port, and sends each request on to the next address of a list.
 *
 * @typedef {object} Seen of a request
 * @property {string} address
 * @property {string | undefined} authorization
 */
class RedirectingServer {
  /** @param {{ key: string, cert: string }} certificates */
  constructor(certificates) {
    /** @type {Seen[]} */
    this.requests = []
    /** @type {(string | Record<string, any>)[]} */
    this.targets = []
    this.status = 302
    const plain = http.createServer((request, response) => this._answer('http', request, response))
    const secure = https.createServer(certificates, (request, response) => this._answer('https', request, response))
    this._net = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (first) => {
        socket.pause()
        socket.unshift(first)
        const server = first[0] === TLS_HANDSHAKE ? secure : plain
        server.emit('connection', socket)
        process.nextTick(() => socket.resume())
      })
    })
  }

  async start() {
    this._net.listen(0)
    await once(this._net, 'listening')
  }

  get port() {
    return /** @type {net.AddressInfo} */ (this._net.address()).port
  }

  close() {
    this._net.close()
  }

  /**
   * @param {string} scheme
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  _answer(scheme, request, response) {
    const { host, authorization } = request.headers
    this.requests.push({ address: `${scheme}://${host}${request.url}`, authorization })
    const target = this.targets[this.requests.length - 1]
    response.setHeader('Connection', 'close')
    if (target === undefined) {
      response.end(BODY)
    } else {
      response.writeHead(this.status, typeof target === 'string' ? { Location: target } : target)
      response.end()
    }
  }
}

describe("redirects are followed as posthog-node's requests follow them, with the key for the first origin alone", () => {
  /** @type {RedirectingServer} */
  let server
  /** @type {import('../../support/certificates').Certificates} */
  let certificates
  /** @type {ReturnType<typeof startLoading>[]} posthog-node's and ours */
  let processes

  before(async () => {
    certificates = createCertificates()
    server = new RedirectingServer(certificates)
    await server.start()
    const env = /** @type {Record<string, any>} */ ({
      NODE_EXTRA_CA_CERTS: certificates.authority,
      SSL_CERT_FILE: undefined,
      SSL_CERT_DIR: undefined,
    })
    processes = [startLoading({ env, stock: true }), startLoading({ env, native: { transport: 'native' } })]
  })

  beforeEach(() => {
    server.status = 302
  })

  after(async () => {
    server.close()
    certificates.remove()
    await Promise.all(processes.map((each) => each.end()))
  })

  /**
   * The requests that come of a load, which must be those of posthog-node.
   *
   * @param {'http' | 'https'} scheme
   * @param {(string | Record<string, any>)[]} targets
   */
  async function follow(scheme, targets) {
    const outcomes = []
    for (const each of processes) {
      server.targets = targets
      server.requests = []
      const { ready, errors } = await each.load(`${scheme}://127.0.0.1:${server.port}`)
      assert.doesNotMatch(errors.join(), /phs_secret|phc_project|password/)
      outcomes.push({ ready, requests: server.requests, errors })
    }
    const [stock, ours] = outcomes
    assert.deepEqual(ours.requests, stock.requests)
    assert.equal(ours.ready, stock.ready, ours.errors.join())
    return { ready: ours.ready, keys: ours.requests.map(({ authorization }) => authorization !== undefined) }
  }

  const at = (/** @type {string} */ scheme, /** @type {string} */ host, path = '/') =>
    `${scheme}://${host}:${server.port}${path}`

  test('to the same origin', async () => {
    assert.deepEqual(await follow('https', ['/a?b=c', at('https', '127.0.0.1', '/d')]), {
      ready: true,
      keys: [true, true, true],
    })
  })

  for (const status of [301, 303, 307, 308]) {
    test(`with the status ${status}`, async () => {
      server.status = status
      assert.deepEqual((await follow('http', [at('http', 'localhost'), '/more'])).keys, [true, false, false])
    })
  }

  test('from TLS to plain text, on the same host and port', async () => {
    assert.deepEqual((await follow('https', [at('http', '127.0.0.1')])).keys, [true, false])
  })

  test('from plain text to TLS, on the same host and port', async () => {
    assert.deepEqual((await follow('http', [at('https', '127.0.0.1')])).keys, [true, false])
  })

  test('to another host and back', async () => {
    const targets = [at('https', 'localhost'), at('https', '127.0.0.1', '/back')]
    assert.deepEqual((await follow('https', targets)).keys, [true, false, false])
  })

  test('to plain text and back', async () => {
    const targets = [at('http', '127.0.0.1'), at('https', '127.0.0.1', '/back')]
    assert.deepEqual((await follow('https', targets)).keys, [true, false, false])
  })

  test('to another spelling of the same origin', async () => {
    const targets = [`HTTP://127.1:${server.port}/a`, `//127.0.0.1:${server.port}/b#c`, '?d', '']
    assert.deepEqual((await follow('http', targets)).keys, [true, true, true, true, true])
  })

  test('to a path beyond ASCII', async () => {
    await follow('http', [{ Location: Buffer.from('/ž?š').toString('latin1') }, { Location: '/caf%C3%A9' }])
  })

  test('20 times, and not once more', async () => {
    const often = (/** @type {number} */ count) => Array.from({ length: count }, (_, number) => `/${number}`)
    assert.equal((await follow('http', often(20))).ready, true)
    assert.equal((await follow('http', often(21))).ready, false)
  })

  for (const [what, target] of Object.entries({
    'another protocol': 'ftp://127.0.0.1/',
    'a script': 'javascript:alert(1)',
    data: 'data:application/json,{"flags":[]}',
    'no address': 'http://[',
    'nothing at all': {},
  })) {
    test(`but not to ${what}`, async () => {
      assert.deepEqual(await follow('http', [target]), { ready: false, keys: [true] })
    })
  }

  test('but not to a password, at another origin', async () => {
    const result = await follow('http', [`http://user:password@localhost:${server.port}/`])
    assert.deepEqual(result, { ready: false, keys: [true] })
  })

  for (const status of [300, 304, 305, 306]) {
    test(`but not with the status ${status}`, async () => {
      server.status = status
      assert.deepEqual(await follow('http', ['/a']), { ready: false, keys: [true] })
    })
  }
})
