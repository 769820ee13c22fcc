import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redis } from 'ioredis'
import { within } from './support/deadline.mjs'
import { Fleet, senderOf } from './support/fleet.mjs'
import { skip } from './support/redis-server.mjs'

/** @param {import('node:test').TestContext} t */
async function createFleet(t, settings) {
  const fleet = await Fleet.create(settings)
  t.after(() => fleet.close())
  return fleet
}

async function assertNoFailures(fleet) {
  for (const { evaluations, failures, duringQuota } of await fleet.reports()) {
    assert.ok(evaluations > 0)
    assert.deepEqual({ failures, duringQuota }, { failures: 0, duringQuota: 0 })
  }
}

function countOfSenders(fleet) {
  return new Set(fleet.server.definitionRequests.map(senderOf)).size
}

const OVER_REDIS = ['RedisFlagCache over ioredis', 'RedisFlagCache over redis']
/** `npm run test:long` takes Redis away from both of its clients, and adds the one that is ioredis by another name. */
const IS_LONG = process.env.ALL_REDIS_CLIENTS === '1'
const OVER_VALKEY = IS_LONG ? ['RedisFlagCache over iovalkey'] : []
const LOSING_REDIS = IS_LONG ? OVER_REDIS : OVER_REDIS.slice(0, 1)

for (const cache of [...OVER_REDIS, ...OVER_VALKEY, 'lock file', 'database file']) {
  describe(`four processes that share definitions through a ${cache}`, () => {
    it(
      'have one among them that fetches, and another after it was killed or shut down',
      { skip: cache.startsWith('RedisFlagCache') && skip },
      async (t) => {
        const fleet = await createFleet(t, { cache })
        const [first] = await fleet.add(1)
        await fleet.add(3)
        assert.equal(countOfSenders(fleet), 1, 'the others never had to ask')
        assert.deepEqual([...(await fleet.nextFetchers(5))], [first.name])

        fleet.publish('second')
        await fleet.converges('second')

        await first.kill()
        const [heir, ...others] = await fleet.nextFetchers(5)
        assert.notEqual(heir, first.name)
        assert.deepEqual(others, [])
        fleet.publish('third')
        await fleet.converges('third')

        // A lock that is released passes on within an interval, long before it would expire.
        const { leader } = fleet
        const leaderEnded = await leader.stop()
        assert.deepEqual(leaderEnded, { code: 0, signal: null }, leader.output)
        const [second] = await fleet.nextFetchers(3)
        assert.notEqual(second, leader.name)
        fleet.publish('fourth')
        await fleet.converges('fourth')
        await assertNoFailures(fleet)
      }
    )
  })
}

/** Each of the processes asks for itself, as without a cache. @param {Fleet} fleet */
async function allAsk(fleet) {
  const all = fleet.running.map(({ name }) => name)
  const seen = new Set()
  const asked = (async () => {
    while (!all.every((name) => seen.has(name))) for (const name of await fleet.nextFetchers(1)) seen.add(name)
  })()
  await within(5000, 'each to ask for itself', asked, () => fleet.describe())
}

/** Of all the processes that asked there is one left. @param {Fleet} fleet */
async function oneIsLeft(fleet) {
  const left = (async () => {
    while ((await fleet.nextFetchers(6)).size > 1);
  })()
  await within(10_000, 'one to be left', left, () => fleet.describe())
}

for (const cache of LOSING_REDIS) {
  describe(`four processes that share definitions through a ${cache}`, () => {
    it('go on while Redis is away, and agree on one that fetches when it is back', { skip }, async (t) => {
      const fleet = await createFleet(t, { cache })
      await fleet.add(4)
      await fleet.redis.stop()
      await allAsk(fleet)
      fleet.publish('second')
      await fleet.converges('second')

      await fleet.redis.start()
      await oneIsLeft(fleet)
      fleet.publish('third')
      await fleet.converges('third')
      await assertNoFailures(fleet)
    })

    it('go on while Redis hangs, end when they are told to, and agree on one when it goes on', { skip }, async (t) => {
      const fleet = await createFleet(t, { cache })
      await fleet.add(4)
      fleet.redis.hang()
      // Each gives its call up after `providerTimeoutMs`, and makes no other before that one is answered.
      await allAsk(fleet)
      fleet.publish('second')
      await fleet.converges('second')
      const ended = await fleet.members[0].stop()
      assert.deepEqual(ended, { code: 0, signal: null }, fleet.members[0].output)
      const reports = await fleet.reports()
      for (const { errors } of reports) {
        assert.ok(
          errors.some((error) => /did not settle within 300ms$/.test(error)),
          JSON.stringify(errors)
        )
      }

      fleet.redis.resume()
      await oneIsLeft(fleet)
      fleet.publish('third')
      await fleet.converges('third')
      await assertNoFailures(fleet)
    })
  })
}

describe('a lock that nobody releases', () => {
  // A call that is given up would count as a failure, after which each process asks for itself.
  const settings = { lockTtlMs: 600, providerTimeoutMs: 5000 }

  it('makes no process wait for its first definitions', { skip }, async (t) => {
    const fleet = await createFleet(t, settings)
    const redis = new Redis(fleet.redis.port, '127.0.0.1')
    t.after(() => redis.disconnect())
    await redis.set('posthog:flags:{shop}:lock', 'somebody who is gone')
    await fleet.add(4)
    assert.equal(countOfSenders(fleet), 4)
    await assertNoFailures(fleet)
  })

  it('delays new definitions until it expires, and costs no evaluation', { skip }, async (t) => {
    const fleet = await createFleet(t, settings)
    const redis = new Redis(fleet.redis.port, '127.0.0.1')
    t.after(() => redis.disconnect())
    await fleet.add(4)
    await redis.set('posthog:flags:{shop}:lock', 'somebody who is gone', 'PX', 1500)
    fleet.publish('second')
    await fleet.converges('second', { askedWithinMs: 1500 + fleet.settings.intervalMs })
    assert.equal((await fleet.nextFetchers(4)).size, 1)
    await assertNoFailures(fleet)
  })
})

describe('four processes that share definitions through a plain lock', () => {
  it('agree on each new version, also after one of them was killed', { skip }, async (t) => {
    const fleet = await createFleet(t, { cache: 'plain lock' })
    await fleet.add(4)
    for (const version of ['second', 'third']) {
      fleet.publish(version)
      await fleet.converges(version)
    }
    await fleet.leader.kill()
    fleet.publish('fourth')
    await fleet.converges('fourth')
    await assertNoFailures(fleet)
  })
})
