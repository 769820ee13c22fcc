'use strict'

const assert = require('node:assert/strict')
const { afterEach, test } = require('node:test')

const { STOCK, NATIVE, flag } = require('../support/observe')
const { openWorld } = require('../unit/support/world')

const HOUR = 3_600_000
const RealDate = Date
const { TZ } = process.env

/** @param {number} shift milliseconds by which `Date` is wrong from now on */
function shiftClock(shift) {
  globalThis.Date = /** @type {any} */ (
    class extends RealDate {
      /** @param {any[]} args */
      constructor(...args) {
        if (args.length === 0) {
          super(RealDate.now() + shift)
        } else {
          super(.../** @type {[any]} */ (args))
        }
      }

      static now() {
        return RealDate.now() + shift
      }
    }
  )
}

afterEach(() => {
  globalThis.Date = RealDate
  if (TZ === undefined) {
    delete process.env.TZ
  } else {
    process.env.TZ = TZ
  }
})

for (const [what, hours] of /** @type {[string, number][]} */ ([
  ['set back by a day', -24],
  ['set back by ten years', -87_600],
  ['set forward by a second', 1 / 3600],
])) {
  test(`a clock that is ${what} during a backoff neither ends it nor makes it longer`, async (t) => {
    const { server, open } = await openWorld(t, { flags: [flag('on')] })
    server.script({ status: 429, headers: { 'Retry-After': '1' } })
    const client = open(NATIVE)
    client.on('error', () => {})
    await client.reloadFeatureFlags()
    shiftClock(hours * HOUR)
    for (let call = 0; call < 5; call += 1) {
      await client.getAllFlags('kari', { onlyEvaluateLocally: true })
    }
    assert.equal(server.definitionRequests.length, 1)
    // Whoever asks for it is not held to the backoff, and a poll comes by itself: see the next test.
    await client.reloadFeatureFlags()
    assert.deepEqual(await client.getAllFlags('kari', { onlyEvaluateLocally: true }), { on: true })
  })

  test(`polls go on after a clock was ${what} during a backoff`, { timeout: 60_000 }, async (t) => {
    const { server, open } = await openWorld(t, { flags: [flag('on')] })
    server.script({ status: 429, headers: { 'Retry-After': '1' } })
    const client = open(NATIVE, { featureFlagsPollingInterval: 100, native: { pollingJitter: 0 } })
    client.on('error', () => {})
    await client.reloadFeatureFlags()
    shiftClock(hours * HOUR)
    await server.definitionRequest(4)
    assert.deepEqual(await client.getAllFlags('kari', { onlyEvaluateLocally: true }), { on: true })
  })
}

/** Around the two nights of a year in which the clocks of Oslo are changed, as UTC has them. */
const NIGHTS = ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']

/** What people were born at, and what that is compared with: local times of those nights too, that are not or are twice. */
const DATES = [
  '2026-03-29T02:30:00',
  '2026-10-25T02:30:00',
  '2026-03-29',
  '2026-03-29T00:59:59Z',
  '-1h',
  '-1d',
  '-1w',
  '-1m',
]

test('flags are those of posthog-node before and after clocks are changed, with polls between', async (t) => {
  process.env.TZ = 'Europe/Oslo'
  const dated = (/** @type {string} */ value) =>
    ['is_date_before', 'is_date_after'].map((operator) =>
      flag(`${operator} ${value}`, {
        filters: {
          groups: [{ properties: [{ key: 'born', operator, value, type: 'person' }], rollout_percentage: 100 }],
        },
      })
    )
  const { server, open } = await openWorld(t, { flags: DATES.flatMap(dated) })
  const clients = [open(STOCK), open(NATIVE)]
  let polls = 0
  for (const night of NIGHTS) {
    for (const minutes of [-61, -1, 1, 61, 25 * 60]) {
      // Both evaluate within less than what makes a difference.
      shiftClock(RealDate.parse(night) + minutes * 60_000 + 500 - RealDate.now())
      await Promise.all(clients.map((client) => client.reloadFeatureFlags()))
      polls += 2
      const people = [
        ...DATES.slice(0, 4),
        new Date(),
        new Date(Date.now() - HOUR - 60_000),
        new Date(2026, 2, 29, 2, 30),
      ]
      for (const born of people) {
        const options = { personProperties: { born }, onlyEvaluateLocally: true }
        const [theirs, ours] = await Promise.all(clients.map((client) => client.getAllFlags('kari', options)))
        assert.ok(Object.keys(theirs).length > 0)
        assert.deepEqual(ours, theirs, `${born} at ${new Date().toISOString()}`)
      }
    }
  }
  assert.equal(server.definitionRequests.length, polls)
})
