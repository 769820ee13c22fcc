'use strict'

const { EventEmitter, once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const { setTimeout: sleep } = require('node:timers/promises')
const zlib = require('node:zlib')

/**
 * @typedef {object} RecordedRequest
 * @property {string} method
 * @property {string} path without the query
 * @property {string} query as sent, without the question mark
 * @property {http.IncomingHttpHeaders} headers
 * @property {string} httpVersion
 * @property {number | undefined} port from which the connection came
 * @property {any} [body] of a POST, parsed
 * @property {number} arrivedAt as `performance.now()` tells it
 * @property {number} [endedAt] when it was answered or given up; nothing while it is open
 *
 * @typedef {object} ScriptedAnswer how one request for definitions is answered
 * @property {number} [status] 200 by default
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body] text or bytes as they are, anything else as JSON
 * @property {boolean} [hang] never answer
 * @property {boolean} [hangBody] send the head and the first byte, then nothing
 * @property {boolean} [cutBody] send the head and half of the body, then cut the connection
 * @property {boolean} [drip] send the head, then a byte of the body now and then, without end
 * @property {boolean} [drop] cut the connection
 * @property {boolean} [reset] cut the connection as the kernel does for a process that was killed
 * @property {string} [raw] send this in place of an HTTP response, then end the connection
 */

/** The time between two bytes of a body that drips. */
const DRIP_MS = 10

/**
 * A stand-in for PostHog on loopback. It serves `GET /flags/definitions` with conditional requests, `POST /flags` and
 * the capture endpoints, can be told how to answer each request for definitions, and records what it was asked.
 *
 * @example
 * const server = await DefinitionsServer.start()
 * server.setDefinitions({ flags: [] }, { etag: '"1"' })
 * server.script({ status: 429 }, { status: 500 })   // the next two; then the definitions again
 * await server.definitionRequest(3)                 // until three were asked for
 * await server.close()
 */
class DefinitionsServer {
  /**
   * @param {object} [options]
   * @param {number} [options.port] a free one by default
   * @param {{ key: string, cert: string }} [options.tls] speak TLS, and HTTP/2 with those who can
   */
  static async start({ port = 0, tls } = {}) {
    const server = new DefinitionsServer(tls)
    server._http.listen(port, '127.0.0.1')
    await once(server._http, 'listening')
    return server
  }

  /** @param {{ key: string, cert: string }} [tls] */
  constructor(tls) {
    /** @type {RecordedRequest[]} all requests in order of arrival */
    this.requests = []
    /** @type {any} the body of the answer to `POST /flags` */
    this.flagsResponse = { flags: {}, errorsWhileComputingFlags: false, requestId: 'request-1' }
    /** @type {string | Uint8Array} */
    this._definitions = JSON.stringify({ flags: [] })
    /** @type {string | undefined} */
    this._etag = undefined
    /** @type {ScriptedAnswer[]} */
    this._script = []
    /** @type {ScriptedAnswer | undefined} */
    this._fault = undefined
    this._delayMs = 0
    /** @type {Set<string | undefined>} */
    this._unanswered = new Set()
    this._arrivals = new EventEmitter().setMaxListeners(0)
    const handle = (/** @type {any} */ request, /** @type {any} */ response) => void this._handle(request, response)
    this._scheme = tls === undefined ? 'http' : 'https'
    this._http =
      tls === undefined ? http.createServer(handle) : http2.createSecureServer({ ...tls, allowHTTP1: true }, handle)
    /** How many connections were made. */
    this.connections = 0
    /** How many answers were still under way when their connection ended. */
    this.abortedAnswers = 0
    /** @type {Set<import('node:net').Socket>} */
    this._sockets = new Set()
    this._http.on('connection', (/** @type {import('node:net').Socket} */ socket) => {
      this.connections += 1
      this._sockets.add(socket)
      socket.on('close', () => this._sockets.delete(socket))
    })
  }

  get port() {
    return /** @type {import('node:net').AddressInfo} */ (this._http.address()).port
  }

  get url() {
    return `${this._scheme}://127.0.0.1:${this.port}`
  }

  /** The requests for definitions in order of arrival. */
  get definitionRequests() {
    return this.requests.filter(({ path }) => path === '/flags/definitions')
  }

  /** The events captured so far, in order of arrival. */
  get events() {
    return this.requests.flatMap(({ body }) => (Array.isArray(body?.batch) ? body.batch : []))
  }

  /**
   * The definitions served from now on.
   *
   * @param {unknown} definitions text or bytes as they are, anything else as JSON
   * @param {{ etag?: string }} [options] with an ETag, conditional requests are answered 304
   */
  setDefinitions(definitions, { etag } = {}) {
    this._definitions = toBody(definitions)
    this._etag = etag
  }

  /** @param {...ScriptedAnswer} answers for the next requests for definitions, one each */
  script(...answers) {
    this._script.push(...answers)
  }

  /** @param {ScriptedAnswer | undefined} answer to all requests for definitions until told otherwise, the script aside */
  setFault(answer) {
    this._fault = answer
  }

  /** @param {number} milliseconds that each request for definitions takes from now on */
  setDelay(milliseconds) {
    this._delayMs = milliseconds
  }

  /** @param {string} key secret key whose requests for definitions are never answered */
  hangFor(key) {
    this._unanswered.add(`Bearer ${key}`)
  }

  /**
   * The request for definitions with this number, counted from 1; waits until it arrives.
   *
   * @param {number} number
   * @returns {Promise<RecordedRequest>}
   */
  definitionRequest(number) {
    return this._until(() => this.definitionRequests[number - 1])
  }

  /** @param {number} count waits until so many answers were cut off by the client, or by the script */
  async answersAborted(count) {
    await this._until(() => (this.abortedAnswers >= count ? true : undefined))
  }

  /**
   * The first captured event of this name; waits until it arrives.
   *
   * @param {string} name
   * @returns {Promise<any>}
   */
  event(name) {
    return this._until(() => this.events.find(({ event }) => event === name))
  }

  /** Cuts all connections and ends. */
  async close() {
    this._http.close()
    this._sockets.forEach((socket) => socket.destroy())
    await once(this._http, 'close')
  }

  /**
   * @template T
   * @param {() => T | undefined} find
   * @returns {Promise<T>}
   */
  async _until(find) {
    for (;;) {
      const found = find()
      if (found !== undefined) {
        return found
      }
      await once(this._arrivals, 'news')
    }
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async _handle(request, response) {
    const { pathname, search } = new URL(request.url ?? '/', this.url)
    /** @type {RecordedRequest} */
    const record = {
      method: request.method ?? '',
      path: pathname,
      query: search.slice(1),
      headers: request.headers,
      httpVersion: request.httpVersion,
      port: request.socket.remotePort,
      arrivedAt: performance.now(),
    }
    response.once('close', () => {
      record.endedAt = performance.now()
    })
    record.body = await readJson(request)
    this.requests.push(record)
    this._arrivals.emit('news')
    response.on('close', () => {
      if (!response.writableFinished) {
        this.abortedAnswers += 1
        this._arrivals.emit('news')
      }
    })
    if (pathname === '/flags/definitions') {
      if (this._delayMs > 0) await sleep(this._delayMs)
      this._answerDefinitions(record, response)
    } else if (pathname === '/flags/' || pathname === '/flags') {
      answer(response, { body: this.flagsResponse })
    } else {
      answer(response, { body: { status: 1 } })
    }
  }

  /**
   * @param {RecordedRequest} request
   * @param {http.ServerResponse} response
   */
  _answerDefinitions(request, response) {
    if (this._unanswered.has(request.headers.authorization)) {
      return
    }
    const scripted = this._script.shift() ?? this._fault
    if (scripted !== undefined) {
      return answer(response, scripted)
    }
    const headers = this._etag === undefined ? undefined : { ETag: this._etag }
    if (this._etag !== undefined && request.headers['if-none-match'] === this._etag) {
      return answer(response, { status: 304, headers, body: '' })
    }
    return answer(response, { headers, body: this._definitions })
  }
}

/**
 * @param {http.ServerResponse} response
 * @param {ScriptedAnswer} scripted
 */
function answer(response, { status = 200, headers, body = '', hang, hangBody, cutBody, drip, drop, reset, raw }) {
  if (drop) {
    response.socket?.destroy()
    return
  }
  if (hang) {
    return
  }
  if (reset) {
    response.socket?.resetAndDestroy()
    return
  }
  if (raw !== undefined) {
    response.socket?.end(raw)
    return
  }
  if (drip) {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    const timer = setInterval(() => response.write(' '), DRIP_MS)
    response.on('close', () => clearInterval(timer))
    return
  }
  const content = toBody(body)
  if (hangBody) {
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': '1000', ...headers })
    response.write(content.slice(0, 1) || '{')
    return
  }
  if (cutBody) {
    response.writeHead(status, { 'Content-Length': String(content.length), ...headers })
    response.write(content.slice(0, content.length / 2), () => response.socket?.destroy())
    return
  }
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(content)
}

/**
 * @param {unknown} content
 * @returns {string | Uint8Array}
 */
function toBody(content) {
  return typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
}

/** @param {http.IncomingMessage} request */
async function readJson(request) {
  const chunks = []
  for await (const chunk of request) {
    chunks.push(chunk)
  }
  if (chunks.length === 0) {
    return undefined
  }
  const bytes = Buffer.concat(chunks)
  try {
    const text = request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(bytes) : bytes
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

module.exports = { DefinitionsServer }
