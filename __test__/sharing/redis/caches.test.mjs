// RedisFlagCache over real servers and each of its client packages. What several processes make of it is in sharing.test.mjs.
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PostHog } from 'posthog-node-native'
import { RedisFlagCache } from 'posthog-node-native/caches'
import definitionsServer from '../../support/definitions-server.js'
import { freePort } from '../../support/free-port.mjs'
import { within } from './support/deadline.mjs'
import { Fleet, definitions } from './support/fleet.mjs'
import { CLIENTS } from './support/redis-clients.mjs'
import { PROGRAMS, RedisServer, skip } from './support/redis-server.mjs'

const { DefinitionsServer } = definitionsServer
const SLOTS = 16_384

/**
 * @param {import('node:test').TestContext} t
 * @param {Parameters<typeof RedisServer.start>[0]} [options]
 */
async function startRedis(t, options) {
  const server = await RedisServer.start(options)
  t.after(() => server.close())
  return server
}

/** A Redis that holds nothing but what this client stores. @param {import('node:test').TestContext} t */
async function open(t, kind, port, options) {
  const client = await CLIENTS[kind].connect(port, options)
  t.after(() => CLIENTS[kind].close(client))
  return client
}

/** What is stored, as text. @param {RedisFlagCache} cache */
const textIn = async (cache) => {
  const stored = await cache.getFlagDefinitions()
  return stored && String(stored)
}

/** Tries until it comes true. @param {() => Promise<boolean>} condition */
async function comesTrue(what, condition) {
  await within(
    10_000,
    what,
    (async () => {
      while (!(await condition())) await sleep(10)
    })()
  )
}

for (const program of PROGRAMS) {
  for (const kind of Object.keys(CLIENTS)) {
    describe(`RedisFlagCache over ${kind} and ${program}`, { skip }, () => {
      it('lets one of two lead until it gives the lease up, and hands on what it stores', async (t) => {
        const { port } = await startRedis(t, { program })
        const [one, other] = await Promise.all([open(t, kind, port), open(t, kind, port)])
        const leader = new RedisFlagCache(one, 'shop')
        const follower = new RedisFlagCache(other, 'shop')
        assert.equal(await follower.getFlagDefinitions(), undefined)
        assert.equal(await leader.shouldFetchFlagDefinitions(), true)
        assert.equal(await follower.shouldFetchFlagDefinitions(), false)
        assert.equal(await leader.shouldFetchFlagDefinitions(), true)
        await leader.onFlagDefinitionsTextReceived('{"flags":[{"key":"søk 😀"}]}')
        assert.equal(await textIn(follower), '{"flags":[{"key":"søk 😀"}]}')
        await leader.onFlagDefinitionsReceived({ flags: [], group_type_mapping: {} })
        assert.equal(await textIn(follower), '{"flags":[],"group_type_mapping":{}}')
        await follower.shutdown()
        assert.equal(await follower.shouldFetchFlagDefinitions(), false, 'it has nobody else’s lease to give up')
        await leader.shutdown()
        assert.equal(await follower.shouldFetchFlagDefinitions(), true)
      })

      it('passes the lease on when it expires, and what the old leader stores late is not kept', async (t) => {
        const { port } = await startRedis(t, { program })
        const client = await open(t, kind, port)
        const [slow, quick] = [1, 2].map(() => new RedisFlagCache(client, 'shop', { leaseMs: 150 }))
        assert.equal(await slow.shouldFetchFlagDefinitions(), true)
        await slow.onFlagDefinitionsTextReceived('{"flags":["first"]}')
        await comesTrue('the lease to expire', () => quick.shouldFetchFlagDefinitions())
        await quick.onFlagDefinitionsTextReceived('{"flags":["second"]}')
        await quick.shouldFetchFlagDefinitions()
        await slow.onFlagDefinitionsTextReceived('{"flags":["late"]}')
        assert.equal(await textIn(quick), '{"flags":["second"]}')
      })

      it('keeps two names apart', async (t) => {
        const { port } = await startRedis(t, { program })
        const client = await open(t, kind, port)
        const [shop, admin] = ['shop', 'admin'].map((name) => new RedisFlagCache(client, name))
        for (const cache of [shop, admin]) assert.equal(await cache.shouldFetchFlagDefinitions(), true)
        await shop.onFlagDefinitionsTextReceived('{"flags":["shop"]}')
        assert.equal(await admin.getFlagDefinitions(), undefined)
      })

      it('lets definitions expire a while after their last leader, and not while it leads', async (t) => {
        const { port } = await startRedis(t, { program })
        const client = await open(t, kind, port)
        const cache = new RedisFlagCache(client, 'shop', { definitionsTtlMs: 400 })
        await cache.shouldFetchFlagDefinitions()
        await cache.onFlagDefinitionsTextReceived('{"flags":[]}')
        for (let round = 0; round < 8; round++) {
          await sleep(100)
          await cache.shouldFetchFlagDefinitions()
          assert.notEqual(await cache.getFlagDefinitions(), undefined)
        }
        await comesTrue('the definitions to expire', async () => (await cache.getFlagDefinitions()) === undefined)
      })

      it('goes on after Redis was restarted, which has forgotten everything', async (t) => {
        const redis = await startRedis(t, { program })
        const cache = new RedisFlagCache(await open(t, kind, redis.port), 'shop', { commandTimeoutMs: 300 })
        assert.equal(await cache.shouldFetchFlagDefinitions(), true)
        await redis.stop()
        await assert.rejects(cache.shouldFetchFlagDefinitions(), /RedisFlagCache could not ask for the lease: /)
        await assert.rejects(cache.shouldFetchFlagDefinitions(), /Check that Redis runs/)
        await redis.start()
        await comesTrue('Redis to answer', () => cache.shouldFetchFlagDefinitions().catch(() => false))
        await cache.onFlagDefinitionsTextReceived('{"flags":[]}')
        assert.equal(await textIn(cache), '{"flags":[]}')
      })

      it('says what to do where Redis is a replica that can only be read, and reads there', async (t) => {
        const primary = await startRedis(t, { program })
        const replica = await startRedis(t, { program, settings: ['--replicaof', '127.0.0.1', String(primary.port)] })
        const leader = new RedisFlagCache(await open(t, kind, primary.port), 'shop')
        const reader = new RedisFlagCache(await open(t, kind, replica.port), 'shop')
        await leader.shouldFetchFlagDefinitions()
        await leader.onFlagDefinitionsTextReceived('{"flags":[]}')
        await comesTrue('the replica to follow', () => textIn(reader).then(Boolean, () => false))
        assert.equal(await reader.shouldFetchFlagDefinitions(), false, 'nothing is written where another leads')
        await leader.shutdown()
        await comesTrue('the replica to refuse', () =>
          reader.shouldFetchFlagDefinitions().then(
            () => false,
            (error) => /READONLY .+\. This Redis is a replica/.test(error.message)
          )
        )
      })

      it('listens over a connection of its own, which it closes', async (t) => {
        const { port } = await startRedis(t, { program })
        const [one, other] = await Promise.all([open(t, kind, port), open(t, kind, port)])
        const leader = new RedisFlagCache(one, 'shop', { subscribe: true })
        const follower = new RedisFlagCache(other, 'shop', { subscribe: true })
        /** @type {string[]} */
        const heard = []
        await leader.watchFlagDefinitions(() => heard.push('leader'))
        const first = new Promise(
          (resolve) => void follower.watchFlagDefinitions(() => resolve(heard.push('follower')))
        )
        await follower.watchFlagDefinitions(() => {})
        await leader.shouldFetchFlagDefinitions()
        await leader.onFlagDefinitionsTextReceived('{"flags":[]}')
        await leader.onFlagDefinitionsTextReceived('{"flags":[]}')
        await within(5000, 'the follower to hear', first)
        await Promise.all([leader.shutdown(), follower.shutdown()])
        const admin = await open(t, 'ioredis', port)
        await comesTrue('the connections to close', async () => {
          const list = String(await admin.client('LIST'))
          return !/cmd=subscribe/.test(list)
        })
        assert.deepEqual(heard, ['follower'], 'once, for it was stored once; and not the one that stored it')
      })

      it('listens over a client that it is given, and leaves that open', async (t) => {
        const { port } = await startRedis(t, { program })
        const [client, subscriber] = await Promise.all([open(t, kind, port), open(t, kind, port)])
        const follower = new RedisFlagCache(client, 'shop', { subscribe: subscriber })
        let calls = 0
        await follower.watchFlagDefinitions(() => void calls++)
        const leader = new RedisFlagCache(client, 'shop')
        await leader.onFlagDefinitionsTextReceived('{"flags":[1]}')
        await comesTrue('the follower to hear', async () => calls === 1)
        await follower.shutdown()
        await leader.onFlagDefinitionsTextReceived('{"flags":[2]}')
        assert.equal(String(await subscriber.ping()), 'PONG')
        assert.equal(calls, 1)
      })

      for (const nodes of [1, 3]) {
        it(`works in a cluster of ${nodes} node${nodes > 1 ? 's' : ''}, and listens there`, async (t) => {
          const port = await startCluster(t, program, nodes)
          const [one, other] = await Promise.all([CLIENTS[kind].cluster(port), CLIENTS[kind].cluster(port)])
          t.after(() => [one, other].forEach((client) => CLIENTS[kind].close(client)))
          // Names whose keys are in slots of different nodes.
          for (const name of ['shop', 'admin', 'blog', 'staging']) {
            const leader = new RedisFlagCache(one, name)
            const follower = new RedisFlagCache(other, name, { subscribe: true })
            let heard = false
            await follower.watchFlagDefinitions(() => void (heard = true))
            assert.equal(await leader.shouldFetchFlagDefinitions(), true)
            assert.equal(await follower.shouldFetchFlagDefinitions(), false)
            await leader.onFlagDefinitionsTextReceived('{"flags":[]}')
            assert.equal(await textIn(follower), '{"flags":[]}')
            await comesTrue('the follower to hear', async () => heard)
            await Promise.all([leader.shutdown(), follower.shutdown()])
          }
        })
      }
    })
  }
}

/**
 * A cluster without replicas; its nodes answer when it is whole.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} program
 * @param {number} count of nodes
 * @returns {Promise<number>} the port of one of them
 */
async function startCluster(t, program, count) {
  const nodes = []
  for (let index = 0; index < count; index++) {
    // Nodes of a cluster speak to each other at another port, which is usually ten thousand further.
    const bus = String(await freePort())
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', bus]
    const server = await startRedis(t, { program, settings })
    nodes.push({ server, bus, admin: await open(t, 'ioredis', server.port) })
  }
  const share = Math.ceil(SLOTS / count)
  for (const [index, { admin }] of nodes.entries()) {
    const last = Math.min((index + 1) * share, SLOTS) - 1
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last))
    await admin.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0].server.port), nodes[0].bus)
  }
  await comesTrue('the cluster to be whole', async () => {
    const states = await Promise.all(nodes.map(({ admin }) => admin.call('CLUSTER', 'INFO')))
    return states.every((state) => /cluster_state:ok/.test(state) && state.includes(`cluster_known_nodes:${count}`))
  })
  return nodes[0].server.port
}

describe('processes whose caches subscribe', () => {
  for (const kind of Object.keys(CLIENTS)) {
    it(
      `learn of new definitions long before their next poll, over ${kind}, also after Redis was restarted`,
      { skip },
      async (t) => {
        const fleet = await Fleet.create({ cache: `RedisFlagCache over ${kind}`, subscribes: true })
        t.after(() => fleet.close())
        await fleet.add(1)
        fleet.settings.intervalMs = 600_000
        const followers = await fleet.add(2)
        const learn = async (version) => {
          fleet.publish(version)
          const all = Promise.all(followers.map((member) => member.answers(version)))
          await within(10_000, `the followers to answer ${version}`, all, () => fleet.describe())
        }
        await learn('second')
        await learn('third')

        await fleet.redis.stop()
        await fleet.redis.start()
        const admin = await CLIENTS.ioredis.connect(fleet.redis.port)
        t.after(() => admin.disconnect())
        await comesTrue('all to listen again', async () => {
          const [, count] = await admin.pubsub('NUMSUB', 'posthog:flags:{shop}:changed')
          return Number(count) === 3
        })
        await learn('fourth')
        for (const { failures } of await fleet.reports()) assert.equal(failures, 0)
        for (const member of fleet.members) {
          assert.deepEqual(await member.stop(), { code: 0, signal: null }, member.output)
        }
      }
    )
  }
})

/** @param {import('node:test').TestContext} t */
async function startPostHog(t) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions(definitions('first'), { etag: '"first"' })
  return server
}

describe('a client over RedisFlagCache', () => {
  for (const kind of ['ioredis', 'iovalkey']) {
    it(`is ready soon, and shut down at once, while Redis is down and ${kind} would keep commands for ever`, async (t) => {
      const posthog = await startPostHog(t)
      const redis = await open(t, kind, await freePort(), { maxRetriesPerRequest: null })
      const cache = new RedisFlagCache(redis, 'shop', { commandTimeoutMs: 300, subscribe: true })
      const client = new PostHog('phc_project', {
        host: posthog.url,
        secretKey: 'phs_secret',
        flagDefinitionCacheProvider: cache,
      })
      /** @type {string[]} */
      const errors = []
      client.on('error', (error) => errors.push(error.message))
      const startedAt = performance.now()
      assert.equal(await client.waitForLocalEvaluationReady(30_000), true)
      await client.shutdown()
      // Without limits of the cache, a load has 10 seconds for each call, and the shutdown 30.
      assert.ok(performance.now() - startedAt < 8000)
      assert.match(
        errors[0],
        /^Error in shouldFetchFlagDefinitions: Error: RedisFlagCache could not ask for the lease: .*300ms/
      )
      assert.match(errors.at(-1), /could not give the lease up: .*offline\. Check that Redis runs/)
    })
  }

  it('moves definitions as text: none of it is parsed, or written as JSON, in JavaScript', { skip }, async (t) => {
    const posthog = await startPostHog(t)
    const { port } = await startRedis(t)
    const parsed = t.mock.method(JSON, 'parse')
    const written = t.mock.method(JSON, 'stringify')
    const clients = []
    for (const name of ['leader', 'follower']) {
      const client = new PostHog('phc_project', {
        host: posthog.url,
        secretKey: `phs_${name}`,
        flagDefinitionCacheProvider: new RedisFlagCache(await open(t, 'ioredis', port), 'shop'),
      })
      t.after(() => client.shutdown(1000))
      await client.waitForLocalEvaluationReady()
      clients.push(client)
    }
    assert.equal(posthog.definitionRequests.length, 1)
    for (const client of clients) assert.equal(client.localEvaluator.getFeatureFlag('release', 'kari'), 'first')
    const isDocument = (/** @type {unknown} */ value) => /rollout_percentage/.test(String(value))
    assert.ok(!parsed.mock.calls.some(({ arguments: [text] }) => isDocument(text)))
    assert.ok(!written.mock.calls.some(({ result }) => isDocument(result)))
  })

  it("works with posthog-node's evaluator, which takes objects", { skip }, async (t) => {
    const posthog = await startPostHog(t)
    const { port } = await startRedis(t)
    for (const name of ['leader', 'follower']) {
      const client = new PostHog('phc_project', {
        host: posthog.url,
        secretKey: `phs_${name}`,
        flagDefinitionCacheProvider: new RedisFlagCache(await open(t, 'redis', port), 'shop', { subscribe: true }),
        native: { engine: 'javascript' },
      })
      t.after(() => client.shutdown(1000))
      await client.waitForLocalEvaluationReady()
      const options = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
      assert.equal(await client.getFeatureFlag('release', 'kari', options), 'first')
    }
    assert.equal(posthog.definitionRequests.length, 1)
  })

  it('needs no more rights in Redis than its document says', { skip }, async (t) => {
    const { port } = await startRedis(t)
    const admin = await open(t, 'ioredis', port)
    const document = await readFile(new URL('../../../docs/caches.md', import.meta.url), 'utf8')
    const [, sentence] = /needs the commands ([^]*?) on\s+`posthog:flags:\*`/.exec(document)
    const commands = [...sentence.matchAll(/`([A-Z]+)`/g)].map(([, name]) => `+${name.toLowerCase()}`)
    const rights = ['reset', 'on', '>secret', '~posthog:flags:*', '&posthog:flags:*', ...commands]
    await admin.call('ACL', 'SETUSER', 'flags', ...rights)
    const user = { username: 'flags', password: 'secret', enableReadyCheck: false }
    const [leader, follower] = await Promise.all(
      [1, 2].map(async () => new RedisFlagCache(await open(t, 'ioredis', port, user), 'shop', { subscribe: true }))
    )
    let calls = 0
    await follower.watchFlagDefinitions(() => void calls++)
    assert.equal(await leader.shouldFetchFlagDefinitions(), true)
    await leader.onFlagDefinitionsTextReceived('{"flags":[]}')
    assert.equal(await textIn(follower), '{"flags":[]}')
    await comesTrue('the follower to hear', async () => calls === 1)
    await Promise.all([leader.shutdown(), follower.shutdown()])

    await admin.call('ACL', 'SETUSER', 'flags', '-evalsha')
    await assert.rejects(leader.shouldFetchFlagDefinitions(), /NOPERM .*\. Allow this user the commands/)
  })

  it('stores what PostHog answers, so that SDKs for other languages can read it', { skip }, async (t) => {
    const posthog = await startPostHog(t)
    const { port } = await startRedis(t)
    const redis = await open(t, 'ioredis', port)
    const client = new PostHog('phc_project', {
      host: posthog.url,
      secretKey: 'phs_secret',
      flagDefinitionCacheProvider: new RedisFlagCache(redis, 'shop'),
    })
    t.after(() => client.shutdown(1000))
    await client.waitForLocalEvaluationReady()
    assert.deepEqual(JSON.parse(await redis.get('posthog:flags:{shop}')), definitions('first'))
    // The lease is as PostHog's classes for Python and Ruby keep theirs: a token, for a time.
    assert.match(await redis.get('posthog:flags:{shop}:lock'), /^[0-9a-f-]{36}$/)
    assert.ok((await redis.pttl('posthog:flags:{shop}:lock')) > 0)
  })

  it('loads once more when definitions were stored while it was loading', { skip }, async (t) => {
    const { port } = await startRedis(t)
    const redis = await open(t, 'ioredis', port)
    const leader = new RedisFlagCache(redis, 'shop')
    await leader.shouldFetchFlagDefinitions()
    await leader.onFlagDefinitionsTextReceived(JSON.stringify(definitions('first')))

    let hold = false
    /** @type {(value?: unknown) => void} */
    let goOn = () => {}
    class SlowCache extends RedisFlagCache {
      async getFlagDefinitions() {
        const stored = await super.getFlagDefinitions()
        if (hold) {
          hold = false
          reading.emit('read')
          await new Promise((resolve) => (goOn = resolve))
        }
        return stored
      }
    }
    const reading = new EventEmitter()
    const client = new PostHog('phc_project', {
      flagDefinitionCacheProvider: new SlowCache(await open(t, 'ioredis', port), 'shop', { subscribe: true }),
      featureFlagsPollingInterval: 600_000,
    })
    t.after(() => client.shutdown(1000))
    await client.waitForLocalEvaluationReady()
    hold = true
    const read = once(reading, 'read')
    const reloaded = client.reloadFeatureFlags()
    await read
    await leader.onFlagDefinitionsTextReceived(JSON.stringify(definitions('second')))
    await sleep(50)
    goOn()
    await reloaded
    await comesTrue(
      'the second version',
      async () => client.localEvaluator.getFeatureFlag('release', 'ola') === 'second'
    )
  })
})
