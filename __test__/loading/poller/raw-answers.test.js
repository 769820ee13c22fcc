'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const net = require('node:net')
const { describe, test } = require('node:test')
const zlib = require('node:zlib')

const { NATIVE, STOCK, flag } = require('../../support/observe')

const BODY = Buffer.from(JSON.stringify({ flags: [flag('on')] }))
const LENGTH = `Content-Length: ${BODY.length}`
const GZIP = zlib.gzipSync(BODY)
const BROTLI = zlib.brotliCompressSync(BODY)

/** @param {...(string | Uint8Array)} parts texts in Latin-1 */
const bytes = (...parts) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))

/**
 * @param {string[]} headers
 * @param {string | Uint8Array} [body]
 * @param {string} [start]
 */
const answer = (headers, body = BODY, start = 'HTTP/1.1 200 OK') =>
  bytes([start, ...headers, '', ''].join('\r\n'), body)

const encoded = (/** @type {string} */ coding, /** @type {Uint8Array | string} */ body) =>
  answer([`Content-Encoding: ${coding}`, `Content-Length: ${body.length}`], body)

const chunks = (body = bytes(BODY), extension = '', trailers = '') =>
  bytes(`${body.length.toString(16)}${extension}\r\n`, body, `\r\n0\r\n${trailers}\r\n`)

const CHUNKED = 'Transfer-Encoding: chunked'
const manyHeaders = (/** @type {number} */ count) => Array.from({ length: count }, (_, number) => `X-${number}: a`)

/** Answers as bytes. What posthog-node makes of them must come of ours. @type {Record<string, Buffer>} */
const ANSWERS = {
  plain: answer([LENGTH]),
  'no length': answer([]),
  gzip: encoded('gzip', GZIP),
  'gzip of two members': encoded('gzip', bytes(zlib.gzipSync(BODY.subarray(0, 20)), zlib.gzipSync(BODY.subarray(20)))),
  'gzip of a whole and an empty member': encoded('gzip', bytes(GZIP, zlib.gzipSync(''))),
  'gzip of documents that are two': encoded('gzip', bytes(GZIP, GZIP)),
  GZIP: encoded('GZIP', GZIP),
  'x-gzip': encoded('x-gzip', GZIP),
  'gzip, then garbage': encoded('gzip', bytes(GZIP, 'garbage')),
  'gzip, then zeros': encoded('gzip', bytes(GZIP, Buffer.alloc(20))),
  'gzip without its checksum': encoded('gzip', GZIP.subarray(0, -8)),
  'gzip with another checksum': encoded('gzip', bytes(GZIP.subarray(0, -8), Buffer.alloc(8))),
  'gzip cut short': encoded('gzip', GZIP.subarray(0, -30)),
  'gzip of nothing': encoded('gzip', ''),
  'what is not gzip': encoded('gzip', BODY),
  deflate: encoded('deflate', zlib.deflateSync(BODY)),
  'deflate without a head': encoded('deflate', zlib.deflateRawSync(BODY)),
  br: encoded('br', BROTLI),
  'br cut short': encoded('br', BROTLI.subarray(0, -3)),
  'br, then garbage': encoded('br', bytes(BROTLI, 'garbage')),
  'gzip in br': encoded('gzip, br', zlib.brotliCompressSync(GZIP)),
  'gzip in gzip, in two headers': answer(['Content-Encoding: gzip', 'Content-Encoding: gzip'], zlib.gzipSync(GZIP)),
  identity: encoded('identity', BODY),
  'identity beside gzip': encoded('gzip, identity', GZIP),
  'an empty coding': encoded('', BODY),
  'an unknown coding': encoded('unheard-of', BODY),
  'an early hint': bytes('HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n', answer([LENGTH])),
  'another protocol': answer(['Upgrade: x', 'Connection: upgrade'], BODY, 'HTTP/1.1 101 Switching'),
  'in chunks': answer([CHUNKED], chunks()),
  'in chunks with extensions': answer([CHUNKED], chunks(BODY, ';a=b')),
  'in chunks with trailers': answer([CHUNKED], chunks(BODY, '', 'X-Trailer: 1\r\n')),
  'in chunks, spelled otherwise': answer(['Transfer-Encoding: Chunked'], chunks()),
  'in chunks of gzip': answer([CHUNKED, 'Content-Encoding: gzip'], chunks(GZIP)),
  'gzip as transfer encoding': answer(['Transfer-Encoding: gzip, chunked'], chunks(GZIP)),
  'identity as transfer encoding': answer(['Transfer-Encoding: identity', LENGTH]),
  'a chunk of all there could be': answer([CHUNKED], bytes('ffffffffffffffff\r\n', BODY)),
  'a chunk without a size': answer([CHUNKED], bytes('zz\r\n', BODY)),
  'HTTP/1.0': answer([], BODY, 'HTTP/1.0 200 OK'),
  'HTTP/1.0 with a length': answer([LENGTH], BODY, 'HTTP/1.0 200 OK'),
  'HTTP/1.0 in chunks': answer([CHUNKED], chunks(), 'HTTP/1.0 200 OK'),
  'HTTP/1.2': answer([LENGTH], BODY, 'HTTP/1.2 200 OK'),
  'HTTP/2.0 in words': answer([LENGTH], BODY, 'HTTP/2.0 200 OK'),
  'http in small letters': answer([LENGTH], BODY, 'http/1.1 200 ok'),
  'no HTTP at all': BODY,
  'a length that is too long': answer([`Content-Length: ${BODY.length + 10}`]),
  'a length that is too short': answer([`Content-Length: ${BODY.length - 10}`]),
  'blanks beyond the length': answer([LENGTH], bytes(BODY, '   ')),
  'a length of a terabyte': answer([`Content-Length: ${2 ** 40}`]),
  'a length beyond 64 bits': answer([`Content-Length: ${10n ** 30n}`]),
  'a length twice': answer([LENGTH, LENGTH]),
  'two lengths': answer([LENGTH, 'Content-Length: 5']),
  'a list of lengths': answer([`${LENGTH}, ${BODY.length}`]),
  'a length with a sign': answer([`Content-Length: +${BODY.length}`]),
  'a length among blanks': answer([`Content-Length:   ${BODY.length}  `]),
  'an empty length': answer(['Content-Length:']),
  'a negative length': answer(['Content-Length: -1']),
  'a length and chunks': answer([LENGTH, CHUNKED], chunks()),
  'chunks and a length': answer([CHUNKED, LENGTH], chunks()),
  'a header that goes on in the next line': answer(['X-Long: a\r\n b', LENGTH]),
  'a carriage return in a header': answer(['X: a\rb', LENGTH]),
  '99 headers': answer([...manyHeaders(98), LENGTH]),
  '101 headers': answer([...manyHeaders(100), LENGTH]),
  '300 headers': answer([...manyHeaders(299), LENGTH]),
  'a header of 10 kB': answer([`X: ${'a'.repeat(10_000)}`, LENGTH]),
  'a header of 17 kB': answer([`X: ${'a'.repeat(17_000)}`, LENGTH]),
  'a header of 1 MB': answer([`X: ${'a'.repeat(1_000_000)}`, LENGTH]),
  'a header beyond ASCII': answer(['X: caf\xe9', LENGTH]),
  'a NUL in a header': answer(['X: a\0b', LENGTH]),
  'a control character in a header': answer(['X: a\x01b', LENGTH]),
  'a name with a blank': answer(['X Y: 1', LENGTH]),
  'a blank before the colon': answer(['X : 1', LENGTH]),
  'a header without a name': answer([': 1', LENGTH]),
  'a header without a colon': answer(['X', LENGTH]),
  'no reason': answer([LENGTH], BODY, 'HTTP/1.1 200'),
  'a reason beyond ASCII': answer([LENGTH], BODY, 'HTTP/1.1 200 \xe9'),
  'a line before the answer': bytes('\r\n', answer([LENGTH])),
  'two blanks before the status': answer([LENGTH], BODY, 'HTTP/1.1  200 OK'),
  'the status 99': answer([LENGTH], BODY, 'HTTP/1.1 099 OK'),
  'the status 999': answer([LENGTH], BODY, 'HTTP/1.1 999 OK'),
  'the status 1000': answer([LENGTH], BODY, 'HTTP/1.1 1000 OK'),
  'a body with 201': answer([LENGTH], BODY, 'HTTP/1.1 201 Created'),
  'a body with 204': answer([LENGTH], BODY, 'HTTP/1.1 204 No Content'),
  'a body with 304': answer([LENGTH], BODY, 'HTTP/1.1 304 Not Modified'),
  'a redirect to nowhere': answer([LENGTH], BODY, 'HTTP/1.1 302 Found'),
  nothing: Buffer.alloc(0),
  'half a head': bytes('HTTP/1.1 200 OK\r\n'),
}

/** What the native transport reads all the same, for it cannot tell. @type {Record<string, Buffer>} */
const READ_ALL_THE_SAME = {
  'an answer that goes on, which nobody asked for': bytes('HTTP/1.1 100 Continue\r\n\r\n', answer([LENGTH])),
  'blanks after the size of a chunk': answer([CHUNKED], chunks(BODY, '  ')),
  'lines that end without a carriage return': bytes(`HTTP/1.1 200 OK\n${LENGTH}\n\n`, BODY),
}

/** What costs no second request: everyday answers. */
const READ_AT_ONCE = [
  ...['plain', 'no length', 'gzip', 'gzip of two members', 'GZIP', 'x-gzip', 'br', 'identity', 'an early hint'],
  ...['deflate', 'deflate without a head', 'gzip in br', 'gzip in gzip, in two headers', '101 headers', '300 headers'],
  ...['a header that goes on in the next line', 'a blank before the colon'],
  ...['in chunks', 'in chunks with extensions', 'in chunks with trailers', 'in chunks of gzip', 'HTTP/1.0'],
  ...['99 headers', 'a header of 10 kB', 'a header beyond ASCII', 'a reason beyond ASCII', 'no reason'],
]

/**
 * What a client makes of an answer.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} PostHog
 * @param {Buffer} answer
 */
async function load(t, PostHog, answer) {
  const seen = {
    ready: false,
    requests: 0,
    errors: /** @type {string[]} */ ([]),
    warnings: /** @type {string[]} */ ([]),
  }
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      seen.requests += 1
      socket.end(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const warn = t.mock.method(console, 'warn', (/** @type {string} */ line) => seen.warnings.push(line))
  const { port } = /** @type {net.AddressInfo} */ (server.address())
  const client = new PostHog('phc_project', {
    host: `http://127.0.0.1:${port}`,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
  })
  client.on('error', (/** @type {Error} */ { message }) => seen.errors.push(message))
  try {
    await client.reloadFeatureFlags()
    seen.ready = client.isLocalEvaluationReady()
  } finally {
    await client.shutdown()
    warn.mock.restore()
    server.close()
  }
  return seen
}

describe('an answer is read where posthog-node reads it', () => {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    test(name, async (t) => {
      const stock = await load(t, STOCK, answer)
      const native = await load(t, NATIVE, answer)
      assert.equal(native.ready, stock.ready, JSON.stringify(native))
      assert.ok(native.requests <= (READ_AT_ONCE.includes(name) ? 1 : 2))
      // Through Node's fetch, which is told.
      assert.equal(native.warnings.length, native.ready ? native.requests - 1 : 0)
      assert.doesNotMatch(JSON.stringify(native), /phs_secret|phc_project/)
    })
  }

  for (const [name, answer] of Object.entries(READ_ALL_THE_SAME)) {
    test(`and read all the same for ${name}`, async (t) => {
      assert.equal((await load(t, STOCK, answer)).ready, false)
      const { ready, requests } = await load(t, NATIVE, answer)
      assert.deepEqual([ready, requests], [true, 1])
    })
  }
})
