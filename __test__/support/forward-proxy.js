'use strict'

const { once } = require('node:events')
const http = require('node:http')
const net = require('node:net')

/**
 * @typedef {object} ProxiedRequest
 * @property {string} method
 * @property {string} target the whole address of a request, or host and port of a tunnel
 * @property {http.IncomingHttpHeaders} headers
 */

/** A forward proxy on loopback, for plain requests and for tunnels, that records what it was asked. */
class ForwardProxy {
  static async start() {
    const proxy = new ForwardProxy()
    proxy._http.listen(0, '127.0.0.1')
    await once(proxy._http, 'listening')
    return proxy
  }

  constructor() {
    /** @type {ProxiedRequest[]} */
    this.requests = []
    /** @type {Set<number | undefined>} from which connections to servers came */
    this._ports = new Set()
    /** @type {Set<import('node:stream').Duplex>} */
    this._sockets = new Set()
    /** @type {[import('node:stream').Duplex, import('node:stream').Duplex][]} */
    this._tunnels = []
    /** Refuse who names no user. */
    this.requiresPassword = false
    this._http = http.createServer((request, response) => this._forward(request, response))
    this._http.on('connect', (request, socket, head) => this._tunnel(request, socket, head))
  }

  /** @param {string} [user] and password, as in an address */
  url(user) {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this._http.address())
    return `http://${user === undefined ? '' : `${user}@`}127.0.0.1:${port}`
  }

  /**
   * Whether a request that a server recorded came through here.
   *
   * @param {import('./definitions-server').RecordedRequest} request
   */
  carried({ port }) {
    return this._ports.has(port)
  }

  /** From now on nothing passes through the tunnels there are, and nobody is told. New ones work. */
  silenceTunnels() {
    this._tunnels.splice(0).forEach(([one, other]) => {
      one.unpipe().pause()
      other.unpipe().pause()
    })
  }

  async close() {
    this._http.close()
    this._http.closeAllConnections()
    this._sockets.forEach((socket) => socket.destroy())
    await once(this._http, 'close')
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  _forward(request, response) {
    if (this._refuses(request)) {
      response.writeHead(407).end()
      return
    }
    const { method, headers, url = '' } = request
    const onward = http.request(url, { method, headers, agent: false })
    onward.on('socket', (socket) => socket.on('connect', () => this._ports.add(socket.localPort)))
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {import('node:stream').Duplex} socket
   * @param {Buffer} head
   */
  _tunnel(request, socket, head) {
    if (this._refuses(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = net.connect(Number(port) || 80, hostname, () => {
      this._ports.add(onward.localPort)
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
      this._tunnels.push([socket, onward])
    })
    for (const end of [socket, onward]) {
      this._sockets.add(end)
      end.on('error', () => {
        socket.destroy()
        onward.destroy()
      })
    }
  }

  /** @param {http.IncomingMessage} request */
  _refuses({ method = '', url: target = '', headers }) {
    this.requests.push({ method, target, headers })
    return this.requiresPassword && headers['proxy-authorization'] === undefined
  }
}

module.exports = { ForwardProxy }
