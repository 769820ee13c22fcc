'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { runMeasured } = require('../process/support/allocated')

const ROUNDS = Number(process.env.WORKER_ROUNDS ?? 500)

/** Definitions large enough that a copy left behind in each round shows: about 800 KB, more than 1 MB when compiled. */
const DEFINITIONS = { flags: [flag('on'), ...Array.from({ length: 4000 }, (_, index) => flag(`flag-${index}`))] }
/**
 * What a round may leave behind beyond one without clients, which leaves about 250 bytes: next to nothing, and in all
 * rounds together what hash tables take that happen to grow. In few rounds V8 moves a few hundred kilobytes either way
 * with Node 22, so that only many rounds are held to less.
 */
const MOST_BYTES_PER_ROUND = 1024 + (ROUNDS < 300 ? 2 ** 19 : 2 ** 18) / ROUNDS

test(
  `worker threads are started and terminated at any moment ${ROUNDS} times without crash or growth`,
  { timeout: 40_000 + ROUNDS * 2000 },
  async (t) => {
    const server = await DefinitionsServer.start()
    t.after(() => server.close())
    server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    server.hangFor('phs_hang')

    const startedAt = performance.now()
    const measured = await runMeasured(t, 'worker-rounds.js', server.url, String(ROUNDS))
    const { answer, codes, threads, withoutClient, withClients, rss } = measured
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    t.diagnostic(
      `${ROUNDS} rounds each in ${seconds} s; bytes left by a round with clients: ${withClients}, ` +
        `without: ${withoutClient}; ${Math.round(rss / 2 ** 20)} MiB`
    )

    assert.equal(answer, true, 'the client of the main thread goes on')
    assert.deepEqual(codes['being done'], [0])
    assert.ok(threads < 20, `${threads} threads are left`)
    assert.ok(
      withClients < withoutClient + MOST_BYTES_PER_ROUND,
      `each round left ${withClients} bytes behind, and ${withoutClient} without clients`
    )
  }
)
