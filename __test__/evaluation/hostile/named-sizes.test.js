'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const net = require('node:net')
const { describe, test } = require('node:test')

const { startChild } = require('../../support/child')
const { flag } = require('../../support/flags')

const MIB = 1024 * 1024

/** So much may a process take beside what it has when it begins to load. */
const ROOM = 320 * MIB

const LARGEST = 2 ** 29 - 24

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0

/** More than there is room for, in pieces. */
function* blanks() {
  for (let sent = 0; sent < 2 * ROOM; sent += MIB) yield Buffer.alloc(MIB, ' ')
}

/** @param {net.Socket} socket @param {Iterable<Buffer>} pieces */
async function send(socket, pieces) {
  for (const piece of pieces) {
    if (socket.destroyed) return
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
  socket.end()
}

/** @param {...(string | number[])} parts */
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(/** @type {any} */ (part))))
const head = (/** @type {string[]} */ ...headers) =>
  ['HTTP/1.1 200 OK', 'Connection: close', ...headers, '', ''].join('\r\n')

/** @type {Record<string, { answer: Iterable<Buffer>, error: RegExp }>} */
const ANSWERS = {
  'a length that is only named': {
    answer: [bytes(head(`Content-Length: ${LARGEST}`), '{')],
    error: /end of file before message length/,
  },
  'a length beyond what may come': {
    answer: [bytes(head(`Content-Length: ${2 ** 46}`), '{')],
    error: /larger than native.maxDocumentBytes/,
  },
  'a chunk that is only named': {
    answer: [bytes(head('Transfer-Encoding: chunked'), `${LARGEST.toString(16)}\r\n{`)],
    error: /end of file|body/,
  },
  'a window of brotli that is only named': {
    answer: [bytes(head('Content-Encoding: br'), [0x11, 0x1e, 0x0b, 0xff, 0xff, 0x03])],
    error: /decompress/,
  },
  'a window of zstd that is only named': {
    answer: [bytes(head('Content-Encoding: zstd'), [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0, 0])],
    error: /decompress/,
  },
  'more than the machine has memory for': {
    answer: { [Symbol.iterator]: () => [bytes(head()), ...blanks()][Symbol.iterator]() },
    error: /there is not enough memory for a document of \d+ bytes or more/,
  },
}

describe('a process with little memory goes on, with an error, after', () => {
  for (const [name, { answer, error }] of Object.entries(ANSWERS)) {
    test(name, { skip: canLimit ? false : 'expected Linux and prlimit' }, async (t) => {
      let requests = 0
      const server = net.createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => {
          requests += 1
          const usual = JSON.stringify({ flags: [flag('on')] })
          send(socket, requests === 2 ? answer : [bytes(head(), usual)]).catch(() => {})
        })
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => server.close())
      const { port } = /** @type {net.AddressInfo} */ (server.address())
      const script = `
        const { execFileSync } = require('node:child_process')
        // Node's fetch asks for memory of WebAssembly some time after it is loaded, and does not bear to get none.
        process.on('unhandledRejection', (error) => {
          if (!/Wasm memory/.test(error.message)) throw error
        })
        const { readFileSync } = require('node:fs')
        const native = { maxDocumentBytes: ${LARGEST}, transport: 'native' }
        const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null, requestTimeout: 600_000, native })
        client.on('error', ({ message }) => console.log('error: ' + message))
        void (async () => {
          await client.reloadFeatureFlags()
          const [, taken] = /^VmSize:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))
          const limit = String(taken * 1024 + ${ROOM})
          execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + limit])
          await client.reloadFeatureFlags()
          console.log('ready: ' + client.isLocalEvaluationReady())
          await client.shutdown()
        })()`
      const { code, output } = await startChild(script, { host: `http://127.0.0.1:${port}` }).ended()
      assert.equal(code, 0, output)
      assert.match(output, error)
      assert.match(output, /^ready: true$/m)
    })
  }
})
