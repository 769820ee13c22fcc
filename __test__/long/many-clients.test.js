'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { runMeasured } = require('../process/support/allocated')

const ROUNDS = 100
/** A client that does not release the function which the background thread calls leaves 1,200 bytes. */
const MOST_BYTES_PER_CLIENT = 400

test('clients of one thread leave nothing behind, however they end', { timeout: 120_000 }, async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: Array.from({ length: 50 }, (_, index) => flag(`flag-${index}`)) }, { etag: '"1"' })
  server.hangFor('phs_hang')
  const left = await runMeasured(t, 'client-rounds.js', server.url, String(ROUNDS))
  t.diagnostic(`bytes left by a client: ${JSON.stringify(left)}`)
  const tooMuch = Object.entries(left).filter(([, bytes]) => bytes > MOST_BYTES_PER_CLIENT)
  assert.deepEqual(tooMuch, [])
})
