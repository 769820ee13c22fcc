// What can go wrong between a client and the server, as answers for the scripted server.
import { gzipSync } from 'node:zlib'
import { definitionsOf } from './versions.mjs'

/**
 * @typedef {object} ServerFault
 * @property {import('../../../support/scripted-answer.js').ScriptedAnswer[]} answers to a client's requests, in order
 * @property {number | 'cleared'} [delivers] the version that the last of them brings whole, or that there are none
 *
 * @typedef {object} Scene
 * @property {import('./random.mjs').Random} random
 * @property {number} version being served
 * @property {string} etag of that
 * @property {string} url of the server
 * @property {number} requestTimeoutMs
 * @property {number} maxDocumentBytes
 */

/** Never sent whole, or not as definitions: whoever answers from it used what it must not. */
const POISON = -1
const poison = JSON.stringify(definitionsOf(POISON))

const JSON_TYPE = 'Content-Type: application/json\r\n'
const CHUNKED = `HTTP/1.1 200 OK\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`

/** @param {number} length @param {string} [headers] */
function head(length, headers = '') {
  return `HTTP/1.1 200 OK\r\n${JSON_TYPE}${headers}Content-Length: ${length}\r\n\r\n`
}

/** @param {string} text */
function chunk(text) {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

/**
 * A text in pieces of about the same length.
 *
 * @param {string} text
 * @param {number} count
 */
function split(text, count) {
  const length = Math.ceil(text.length / count)
  return Array.from({ length: count }, (_, index) => text.slice(index * length, (index + 1) * length)).filter(Boolean)
}

/** A part of it that is not all. @param {Scene} scene @param {string} text */
function part({ random }, text) {
  return text.slice(0, 1 + random.below(text.length - 1))
}

/** @param {Scene} scene */
function current({ version }) {
  return JSON.stringify(definitionsOf(version))
}

/** @param {import('../../../support/scripted-answer.js').ScriptedAnswer} answer */
const bringsNothing = (answer) => ({ answers: [answer] })

/** @param {import('../../../support/scripted-answer.js').WireAnswer} wire */
const onWire = (wire) => bringsNothing({ wire })

/** @param {number} status @param {Record<string, string>} [headers] */
const refusal = (status, headers) => () => bringsNothing({ status, headers, body: poison })

/**
 * By kind; what they bring whole must arrive, or nothing may change. Each kind counts as one fault.
 *
 * @type {Record<string, (scene: Scene) => ServerFault>}
 */
export const SERVER_FAULTS = {
  'an answer that is late, but in time': (scene) => ({
    answers: [{ delayMs: scene.random.below(scene.requestTimeoutMs / 2), body: current(scene) }],
    delivers: scene.version,
  }),
  'an answer after the timeout': (scene) => ({
    answers: [{ delayMs: scene.requestTimeoutMs * (1.2 + scene.random.next()), body: current(scene) }],
    delivers: scene.version,
  }),
  'no answer': () => bringsNothing({ hang: true }),
  'a connection that is closed': () => bringsNothing({ drop: true }),
  'a connection that is reset': () => bringsNothing({ reset: true }),
  'a reset in the middle of the body': (scene) =>
    onWire({ pieces: [head(poison.length), part(scene, poison)], everyMs: 5, then: 'reset' }),
  'a reset in the middle of the head': (scene) =>
    onWire({ pieces: [part(scene, head(poison.length))], everyMs: 5, then: 'reset' }),
  'half a body, then the end': (scene) => onWire({ pieces: [head(poison.length), part(scene, poison)], then: 'end' }),
  'half a body, then nothing': (scene) => onWire({ pieces: [head(poison.length), part(scene, poison)], then: 'hang' }),
  'half a body in chunks, then the end': (scene) =>
    onWire({ pieces: [CHUNKED, ...split(part(scene, poison), 4).map(chunk)], then: 'end' }),
  'a whole body in chunks without the last one': () =>
    onWire({ pieces: [CHUNKED, ...split(poison, 4).map(chunk)], then: 'end' }),
  'a length that cuts the body off': (scene) => {
    const text = part(scene, poison)
    return onWire({ pieces: [head(text.length), text], then: 'end' })
  },
  'a length that is too long, then the end': () => onWire({ pieces: [head(poison.length + 9), poison], then: 'end' }),
  'a length that is too long, then nothing': () => onWire({ pieces: [head(poison.length + 9), poison], then: 'hang' }),
  'a length that is too short': (scene) => {
    const cut = 1 + scene.random.below(poison.length - 1)
    return onWire({ pieces: [head(cut), poison], then: 'end' })
  },
  'two lengths that differ': () =>
    onWire({ pieces: [head(poison.length, `Content-Length: ${poison.length - 9}\r\n`), poison], then: 'end' }),
  'a second answer that nobody asked for': (scene) => ({
    answers: [{ body: current(scene), extra: head(poison.length) + poison }],
    delivers: scene.version,
  }),
  'a body that drips, in time': (scene) => {
    const body = current(scene)
    const everyMs = 1 + scene.random.below(scene.requestTimeoutMs / 40)
    return {
      answers: [{ wire: { pieces: [head(body.length), ...split(body, 10)], everyMs, then: 'end' } }],
      delivers: scene.version,
    }
  },
  'a body that drips without end': () => bringsNothing({ drip: true }),
  'a head that drips, in time': (scene) => {
    const body = current(scene)
    const everyMs = 1 + scene.random.below(scene.requestTimeoutMs / 40)
    return {
      answers: [{ wire: { pieces: [...split(head(body.length), 10), body], everyMs, then: 'end' } }],
      delivers: scene.version,
    }
  },
  'a head that never ends': (scene) =>
    onWire({
      pieces: ['HTTP/1.1 200 OK\r\n', ...Array(99).fill(JSON_TYPE)],
      everyMs: scene.requestTimeoutMs / 40,
      then: 'hang',
    }),
  'a head that is too large': () =>
    onWire({ pieces: [`HTTP/1.1 200 OK\r\nX-Filler: ${'x'.repeat(2 ** 20)}\r\n\r\n`, poison], then: 'end' }),
  'something other than HTTP': () => bringsNothing({ raw: `SSH-2.0-OpenSSH_9.2p1\r\n${poison}` }),
  'a gzip stream that is cut off': (scene) => {
    const bytes = gzipSync(poison)
    // Enough of it that text is missing: Node's `fetch` takes a stream without its end for whole.
    const body = bytes.subarray(0, 1 + scene.random.below(bytes.length * 0.9))
    return bringsNothing({ headers: { 'Content-Encoding': 'gzip' }, body })
  },
  'a gzip stream with a byte that flipped': (scene) => {
    const bytes = gzipSync(poison)
    const place = 10 + scene.random.below(bytes.length - 18)
    bytes[place] ^= 1 << scene.random.below(8)
    return bringsNothing({ headers: { 'Content-Encoding': 'gzip' }, body: bytes })
  },
  'a gzip stream that is none': () => bringsNothing({ headers: { 'Content-Encoding': 'gzip' }, body: poison }),
  'a document that is too large': (scene) => bringsNothing({ body: poison + ' '.repeat(scene.maxDocumentBytes) }),
  'a document that is too large when unpacked': (scene) =>
    bringsNothing({
      headers: { 'Content-Encoding': 'gzip' },
      body: gzipSync(poison + ' '.repeat(scene.maxDocumentBytes)),
    }),
  'a page of HTML': () => bringsNothing({ body: '<!doctype html><title>Sign in to the network</title>' }),
  'JSON that is no document': (scene) =>
    bringsNothing({ body: scene.random.pick(['[]', 'null', '{}', '7', '{"flags":7}', '{"detail":"moved"}']) }),
  'JSON that is cut off': (scene) => bringsNothing({ body: part(scene, poison) }),
  'an empty body': () => bringsNothing({ body: '' }),
  'status 204': () => bringsNothing({ status: 204 }),
  'status 206': refusal(206),
  'status 400': refusal(400),
  'status 401': refusal(401),
  'status 402': () => ({ answers: [{ status: 402, body: poison }], delivers: 'cleared' }),
  'status 403': refusal(403),
  'status 404': refusal(404),
  'status 429': refusal(429, { 'Retry-After': '1' }),
  'status 500': refusal(500),
  'status 502': refusal(502),
  'status 503, to be asked again later': refusal(503, { 'Retry-After': '2' }),
  'status 504': refusal(504),
  'status 304 for what is not held': ({ etag }) => bringsNothing({ status: 304, headers: { ETag: etag } }),
  'status 304 with a body': () =>
    onWire({ pieces: [`HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n${poison}`], then: 'end' }),
  'the tag of another version': (scene) => ({
    answers: [{ headers: { ETag: `"v${scene.version + scene.random.pick([-1, 1])}"` }, body: current(scene) }],
    delivers: scene.version,
  }),
  'no tag': (scene) => ({ answers: [{ body: current(scene) }], delivers: scene.version }),
  'a tag that is no text': (scene) => ({
    answers: [{ headers: { ETag: `"\xff${'x'.repeat(scene.random.below(4000))}"` }, body: current(scene) }],
    delivers: scene.version,
  }),
  'a redirect': (scene) => ({
    answers: [{ status: 307, headers: { Location: `${scene.url}/flags/definitions` } }],
  }),
  'a redirect without end': (scene) => ({
    answers: Array(30).fill({ status: 302, headers: { Location: `${scene.url}/flags/definitions` } }),
  }),
  'a redirect to nowhere': () =>
    bringsNothing({ status: 302, headers: { Location: 'http://127.0.0.1:1/' }, body: poison }),
  'a redirect without an address': () => bringsNothing({ status: 302, body: poison }),
}
