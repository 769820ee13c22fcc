'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/observe')

const run = promisify(execFile)

/** `WORKER_ROUNDS=500 node --test __test__/process/workers.test.js` takes about a minute. */
const ROUNDS = Number(process.env.WORKER_ROUNDS ?? 60)

/** Definitions large enough that a copy left behind in each round shows: about 800 KB, more than 1 MB when compiled. */
const DEFINITIONS = { flags: [flag('on'), ...Array.from({ length: 4000 }, (_, index) => flag(`flag-${index}`))] }
/** In a short run the heap is still warming up: measured were at most 200,000 in 60 rounds and 10,000 in 500. */
const MOST_BYTES_PER_ROUND = ROUNDS < 200 ? 700_000 : 100_000

test(
  `worker threads are started and terminated at any moment ${ROUNDS} times without crash or growth`,
  { timeout: 20_000 + ROUNDS * 2000 },
  async (t) => {
    const server = await DefinitionsServer.start()
    t.after(() => server.close())
    server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    server.hangFor('phs_hang')

    const script = path.join(__dirname, 'support', 'worker-rounds.js')
    const startedAt = performance.now()
    // Fails unless the process ends with code 0.
    const { stdout } = await run(process.execPath, ['--expose-gc', script, server.url, String(ROUNDS)])
    const { answer, codes, threads, bytesPerRound, rss } = JSON.parse(stdout)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    t.diagnostic(`${ROUNDS} rounds in ${seconds} s, ${bytesPerRound} bytes per round, ${Math.round(rss / 2 ** 20)} MiB`)

    assert.equal(answer, true, 'the client of the main thread goes on')
    assert.deepEqual(codes['being done'], [0])
    assert.ok(threads < 20, `${threads} threads are left`)
    assert.ok(bytesPerRound < MOST_BYTES_PER_ROUND, `memory grew by ${bytesPerRound} bytes per round`)
  }
)
