'use strict'

// Serves a large document over HTTP from a process of its own: `node benches/node/definitions/host.js MEGABYTES`. Each
// request gets the other of two documents. Prints its port, and ends when its standard input does.
const http = require('node:http')
const { largeDefinitions } = require('./large-definitions.js')

const bodies = largeDefinitions(Number(process.argv[2])).map((text) => Buffer.from(text))
let requests = 0

const server = http.createServer((request, response) => {
  if (!request.url?.startsWith('/flags/definitions')) {
    response.writeHead(404).end()
    return
  }
  const body = bodies[requests++ % 2]
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})

server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  console.log(String(address.port))
})
process.stdin.resume().on('end', () => {
  server.close()
  server.closeAllConnections()
})
