'use strict'

// Stands in for PostHog in a process of its own: `node benches/node/definitions/event-host.js FLAGS`. Serves definitions of so
// many flags, takes batches of events, and prints a line for each number asked of it on its standard input: how many events
// have come, and how many requests for flags. Prints its port first, and ends when its standard input does.
const http = require('node:http')
const zlib = require('node:zlib')
const { mixedDefinitions } = require('./mixed-definitions.js')

const definitions = JSON.stringify(mixedDefinitions(Number(process.argv[2])))
const accepted = JSON.stringify({ status: 'Ok' })
let events = 0
let evaluations = 0

const server = http.createServer((request, response) => {
  /** @type {Buffer[]} */
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.startsWith('/flags/definitions')) {
      response.end(definitions)
      return
    }
    if (request.url?.startsWith('/flags/')) {
      evaluations++
    } else {
      const body = Buffer.concat(pieces)
      const text = request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body
      events += JSON.parse(String(text)).batch.length
    }
    response.end(accepted)
  })
})

server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(String(address.port))
})
process.stdin
  .on('data', () => console.log(JSON.stringify({ events, evaluations })))
  .on('end', () => {
    server.close()
    server.closeAllConnections()
  })
