'use strict'

const { once } = require('node:events')
const http = require('node:http')
const zlib = require('node:zlib')

/**
 * What the server does with a request: an answer, after a while if `after` says so, or a fault.
 *
 * - `refuses`: ends the connection without an answer, having read the request
 * - `breaksOff`: ends it in the middle of the body
 * - `hangs`: never answers
 * - `stalls`: sends the head and a part of the body, and no more
 *
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: string, after?: number, fault?: 'refuses' | 'breaksOff' | 'hangs' | 'stalls' }} Act
 *
 * @typedef {object} Received
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string | undefined>} headers those that PostHog or somebody on the way may look at
 * @property {any} body as JSON
 * @property {boolean} counts whether the server took it: the status was one of success
 */

const HEADERS = [
  'accept-encoding',
  'content-type',
  'content-encoding',
  'user-agent',
  'authorization',
  'accept',
  'accept-language',
  'sec-fetch-mode',
]

/** Takes batches of events and does what it is told. */
class EventServer {
  /** @returns {Promise<EventServer>} */
  static async start() {
    const server = new EventServer()
    server._http.listen(0, '127.0.0.1')
    await once(server._http, 'listening')
    return server
  }

  constructor() {
    /** @type {Received[]} */
    this.received = []
    /** What is done with the next requests. @type {Act[]} */
    this.acts = []
    /** What is done with a request for which there is no act. @type {(received: Received) => Act} */
    this.usual = () => ({})
    /** How many connections were made. */
    this.connections = 0
    this._http = http.createServer((request, response) => void this._serve(request, response))
    this._http.on('connection', () => (this.connections += 1))
  }

  get url() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this._http.address())
    return `http://127.0.0.1:${port}`
  }

  /** The names of the events that the server took, in order. @returns {string[]} */
  get taken() {
    return this.received
      .filter(({ counts, body }) => counts && Array.isArray(body?.batch))
      .flatMap(({ body }) => body.batch.map((/** @type {any} */ { event }) => event))
  }

  /** Resolves when so many requests have come. @param {number} count */
  async arrived(count) {
    while (this.received.length < count) {
      await once(this._http, 'received')
    }
  }

  close() {
    this._http.close()
    this._http.closeAllConnections()
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async _serve(request, response) {
    const pieces = []
    try {
      for await (const piece of request) pieces.push(piece)
    } catch {
      return // The client has given up.
    }
    const bytes = Buffer.concat(pieces)
    const text = String(request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(bytes) : bytes)
    const received = {
      method: String(request.method),
      path: String(request.url),
      headers: Object.fromEntries(HEADERS.map((name) => [name, /** @type {any} */ (request.headers[name])])),
      body: text === '' ? undefined : JSON.parse(text),
      counts: false,
    }
    const act = this.acts.shift() ?? this.usual(received)
    const { status = 200, headers = {}, body = '{"status":"Ok"}', after = 0, fault } = act
    received.counts = fault !== 'refuses' && fault !== 'hangs' && status >= 200 && status < 300
    this.received.push(received)
    this._http.emit('received')
    if (fault === 'hangs') {
      return
    }
    if (after > 0) {
      await new Promise((resolve) => setTimeout(resolve, after))
    }
    if (fault === 'refuses') {
      return void request.socket.destroy()
    }
    if (fault === 'stalls') {
      response.writeHead(status, { ...headers, 'content-length': body.length + 100 })
      return void response.write(body)
    }
    if (fault === 'breaksOff') {
      response.writeHead(status, {
        ...headers,
        'content-type': 'application/json',
        'content-length': body.length + 100,
      })
      return void response.write(body, () => setImmediate(() => request.socket.destroy()))
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

module.exports = { EventServer }
