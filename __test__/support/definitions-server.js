'use strict'

const { EventEmitter, once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const { setTimeout: sleep } = require('node:timers/promises')
const zlib = require('node:zlib')

const { answer, toBody } = require('./scripted-answer')

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
 * @typedef {import('./scripted-answer').ScriptedAnswer} ScriptedAnswer how one request for definitions is answered
 */

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
   * @param {number} [options.keepAliveMs] for which idle connections stay open, and clients are told so
   */
  static async start({ port = 0, tls, keepAliveMs } = {}) {
    const server = new DefinitionsServer(tls)
    if (keepAliveMs !== undefined && server._http instanceof http.Server) server._http.keepAliveTimeout = keepAliveMs
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
    /** @type {Map<string | undefined, ScriptedAnswer[]>} by who asks */
    this._scripts = new Map()
    /** @type {(request: RecordedRequest) => void} told of each request for definitions */
    this.onRequest = () => {}
    /**
     * Told how one is answered, just before it is: by the script, or with the definitions or the status 304.
     *
     * @type {(request: RecordedRequest, answer: ScriptedAnswer) => void}
     */
    this.onAnswer = () => {}
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

  /**
   * The same for one client alone. Hands back answers of earlier that it did not ask for, which are withdrawn.
   *
   * @param {string} key its secret key
   * @param {...ScriptedAnswer} answers
   * @returns {ScriptedAnswer[]}
   */
  scriptFor(key, ...answers) {
    const withdrawn = this._scripts.get(`Bearer ${key}`) ?? []
    this._scripts.set(`Bearer ${key}`, answers)
    return withdrawn
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
      this.onRequest(record)
      if (this._delayMs > 0) await sleep(this._delayMs)
      await this._answerDefinitions(record, response)
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
  async _answerDefinitions(request, response) {
    const { authorization } = request.headers
    if (this._unanswered.has(authorization)) {
      return
    }
    const scripted = this._scripts.get(authorization)?.shift() ?? this._script.shift() ?? this._fault
    if (scripted?.delayMs !== undefined) await sleep(scripted.delayMs)
    const chosen = scripted ?? this._usualAnswer(request)
    this.onAnswer(request, chosen)
    answer(response, chosen)
  }

  /**
   * @param {RecordedRequest} request
   * @returns {ScriptedAnswer}
   */
  _usualAnswer({ headers: { 'if-none-match': asked } }) {
    const headers = this._etag === undefined ? undefined : { ETag: this._etag }
    return this._etag !== undefined && asked === this._etag
      ? { status: 304, headers, body: '' }
      : { headers, body: this._definitions }
  }
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
