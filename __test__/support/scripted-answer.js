'use strict'

const { setTimeout: sleep } = require('node:timers/promises')

/**
 * How one request for definitions is answered.
 *
 * @typedef {object} ScriptedAnswer
 * @property {number} [status] 200 by default
 * @property {Record<string, string>} [headers]
 * @property {unknown} [body] text or bytes as they are, anything else as JSON
 * @property {number} [delayMs] before anything is sent
 * @property {boolean} [hang] never answer
 * @property {boolean} [hangBody] send the head and the first byte, then nothing
 * @property {boolean} [cutBody] send the head and half of the body, then cut the connection
 * @property {boolean} [drip] send the head, then a byte of the body now and then, without end
 * @property {boolean} [drop] cut the connection
 * @property {boolean} [reset] cut the connection as the kernel does for a process that was killed
 * @property {string} [raw] send this in place of an HTTP response, then end the connection
 * @property {WireAnswer} [wire] send this in place of an HTTP response
 * @property {string} [extra] sent after the answer on the same connection, unasked for
 *
 * @typedef {object} WireAnswer
 * @property {(string | Uint8Array)[]} pieces
 * @property {number} [everyMs] a piece is sent
 * @property {'end' | 'reset' | 'hang'} then what becomes of the connection
 */

/** The time between two bytes of a body that drips. */
const DRIP_MS = 10

/**
 * @param {import('node:http').ServerResponse} response
 * @param {ScriptedAnswer} scripted
 */
function answer(response, { status = 200, headers, body = '', hangBody, cutBody, extra, ...scripted }) {
  const { socket } = response
  if (scripted.drop) {
    socket?.destroy()
    return
  }
  if (scripted.hang) {
    return
  }
  if (scripted.reset) {
    socket?.resetAndDestroy()
    return
  }
  if (scripted.raw !== undefined) {
    socket?.end(scripted.raw)
    return
  }
  if (scripted.wire !== undefined) {
    void sendOnWire(response, scripted.wire)
    return
  }
  if (scripted.drip) {
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
    response.write(content.slice(0, content.length / 2), () => socket?.destroy())
    return
  }
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(content, () => extra !== undefined && socket?.write(extra))
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {WireAnswer} wire
 */
async function sendOnWire({ socket }, { pieces, everyMs = 0, then }) {
  for (const piece of pieces) {
    if (socket === null || socket.destroyed) {
      return
    }
    socket.write(piece)
    if (everyMs > 0) await sleep(everyMs)
  }
  if (then === 'end') {
    socket?.end()
  } else if (then === 'reset') {
    socket?.write('', () => socket.resetAndDestroy())
  }
}

/**
 * @param {unknown} content
 * @returns {string | Uint8Array}
 */
function toBody(content) {
  return typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
}

module.exports = { answer, toBody }
