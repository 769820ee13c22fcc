'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Random } = require('../../cli/random')
const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { NATIVE, STOCK } = require('../support/observe')

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))
/** `npm run test:long` makes many more. */
const FAULTS = Number(process.env.DELIVERY_FAULTS ?? 60)
/** posthog-node shows that it is right what the test expects; it need not do so for long. */
const CLIENTS = FAULTS > 1000 ? { 'this package': NATIVE } : { 'posthog-node': STOCK, 'this package': NATIVE }
const BATCH = 10

/** Faults of which each is as likely, in none of which the server takes a batch, but for the last. @type {import('../support/event-server').Act[]} */
const KINDS = [
  { status: 413 },
  { status: 408 },
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 500, body: 'x'.repeat(100_000) },
  { status: 503, fault: 'breaksOff' },
  { fault: 'refuses' },
  { fault: 'hangs' },
  { status: 200, fault: 'breaksOff' },
]

for (const [name, PostHog] of Object.entries(CLIENTS)) {
  test(`each event arrives once whatever goes wrong, with ${name} (SEED=${SEED})`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const numbers = new Random(SEED)
    const random = () => numbers.next()
    const server = closing(t, await EventServer.start())
    let faults = 0
    server.usual = ({ body }) => {
      if (faults >= FAULTS || random() < 0.5) {
        return {}
      }
      faults += 1
      const kind = KINDS[Math.floor(random() * KINDS.length)]
      // posthog-node gives up an event that is too large by itself.
      if (kind.status === 413 && body.batch.length === 1) {
        return { status: 500 }
      }
      // Giving up takes a while, so that it is rarer.
      return kind.fault === 'hangs' && random() < 0.98 ? { fault: 'refuses' } : kind
    }
    const options = {
      flushAt: BATCH,
      flushInterval: 60_000,
      fetchRetryCount: 1000,
      fetchRetryDelay: 1,
      requestTimeout: 3000,
    }
    const client = closing(t, new PostHog('phc_project', { host: server.url, ...options }))
    /** @type {unknown[]} */
    const errors = []
    client.on('error', (/** @type {unknown} */ error) => errors.push(error))
    const captured = []
    while (faults < FAULTS) {
      for (let count = 1 + Math.floor(random() * 2 * BATCH); count > 0; count -= 1) {
        const event = `event ${captured.length}`
        captured.push(event)
        client.capture({ distinctId: 'somebody', event })
      }
      await client.flush()
    }
    await client.shutdown()
    assert.deepEqual(errors, [])
    assert.deepEqual(server.taken.sort(), captured.sort())
  })
}
