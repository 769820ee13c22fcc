'use strict'

const assert = require('node:assert/strict')
const { createHash } = require('node:crypto')
const { EventEmitter } = require('node:events')
const { describe, it } = require('node:test')
const { MessageChannel } = require('node:worker_threads')

const { RedisFlagCache } = require('../../caches')

/** @param {string} text */
const sha1 = (text) => createHash('sha1').update(text).digest('hex')

/**
 * Stands in for a client of each package: what a command comes to is up to `answer`.
 *
 * @type {Record<string, (answer: (command: any[]) => unknown) => any>}
 */
const CLIENTS = {
  ioredis: (answer) =>
    Object.assign(new EventEmitter(), {
      status: 'ready',
      getBuffer: async (/** @type {string} */ key) => answer(['GET', key]),
      eval: async (/** @type {any[]} */ ...args) => answer(['EVAL', ...args]),
      evalsha: async (/** @type {any[]} */ ...args) => answer(['EVALSHA', ...args]),
      subscribe: async (/** @type {string} */ channel) => answer(['SUBSCRIBE', channel]),
      unsubscribe: async (/** @type {string} */ channel) => answer(['UNSUBSCRIBE', channel]),
    }),
  redis: (answer) => ({
    isOpen: true,
    isReady: true,
    get: async (/** @type {string} */ key) => answer(['GET', key]),
    eval: async (/** @type {string} */ script, /** @type {any} */ { keys, arguments: args }) =>
      answer(['EVAL', script, keys.length, ...keys, ...args]),
    evalSha: async (/** @type {string} */ sha, /** @type {any} */ { keys, arguments: args }) =>
      answer(['EVALSHA', sha, keys.length, ...keys, ...args]),
  }),
  glide: (answer) => ({
    get: async (/** @type {string} */ key) => answer(['GET', key]),
    customCommand: async (/** @type {any[]} */ [name, script, count, ...rest]) =>
      answer([name, script, Number(count), ...rest]),
  }),
}

/**
 * @param {string} kind
 * @param {unknown[]} answers in turn; an error is thrown
 * @param {object} [options]
 */
function open(kind, answers, options) {
  /** @type {any[][]} */
  const commands = []
  const client = CLIENTS[kind]((command) => {
    commands.push(command)
    const answer = answers.shift()
    if (answer instanceof Error) {
      throw answer
    }
    return answer
  })
  return { client, commands, cache: new RedisFlagCache(client, 'shop', options) }
}

for (const kind of Object.keys(CLIENTS)) {
  describe(`RedisFlagCache over ${kind}`, () => {
    it('asks for the lease, or renews it, with a token of its own', async () => {
      const { cache, commands } = open(kind, [1, 0], { leaseMs: 5000, definitionsTtlMs: 60_000 })
      assert.equal(await cache.shouldFetchFlagDefinitions(), true)
      assert.equal(await cache.shouldFetchFlagDefinitions(), false)
      const [[name, , count, lease, definitions, token, ...times]] = commands
      assert.deepEqual([name, count], ['EVALSHA', 2])
      assert.deepEqual([lease, definitions], ['posthog:flags:{shop}:lock', 'posthog:flags:{shop}'])
      assert.match(token, /^[0-9a-f-]{36}$/)
      assert.deepEqual(times, ['5000', '60000'])
      assert.notEqual(
        new RedisFlagCache(
          CLIENTS[kind](() => 1),
          'shop'
        )._token,
        token
      )
    })

    it('sends a script whole where Redis does not know it', async () => {
      const { cache, commands } = open(kind, [new Error('NOSCRIPT No matching script. Please use EVAL.'), 1])
      assert.equal(await cache.shouldFetchFlagDefinitions(), true)
      const [known, whole] = commands
      assert.equal(whole[0], 'EVAL')
      assert.equal(known[1], sha1(whole[1]))
      assert.deepEqual(known.slice(2), whole.slice(2))
    })

    it('stores text as it is, and an object as its JSON', async () => {
      const { cache, commands } = open(kind, [1, 1])
      await cache.onFlagDefinitionsTextReceived('{"flags": []}')
      await cache.onFlagDefinitionsReceived(/** @type {any} */ ({ flags: [] }))
      assert.deepEqual(
        commands.map(([, , , , , , text, ...rest]) => [text, ...rest]),
        [
          ['{"flags": []}', '86400000', 'posthog:flags:{shop}:changed'],
          ['{"flags":[]}', '86400000', 'posthog:flags:{shop}:changed'],
        ]
      )
    })

    it('hands over the bytes that are stored, and nothing if there are none', async () => {
      const bytes = Buffer.from('{"flags":[]}')
      const { cache } = open(kind, [bytes, null, Buffer.alloc(0), ''])
      assert.equal(await cache.getFlagDefinitions(), bytes)
      for (let round = 0; round < 3; round++) assert.equal(await cache.getFlagDefinitions(), undefined)
    })

    it('gives up its own lease in one step', async () => {
      const { cache, commands } = open(kind, [1])
      await cache.shutdown()
      const [[name, , count, lease, , token]] = commands
      assert.deepEqual([name, count, lease, token], ['EVALSHA', 2, 'posthog:flags:{shop}:lock', cache._token])
    })

    it('gives up a command that is not answered, and says so', async () => {
      const client = CLIENTS[kind](() => new Promise(() => {}))
      const cache = new RedisFlagCache(client, 'shop', { commandTimeoutMs: 20 })
      const expected = { message: /could not read flag definitions: .*did not answer within 20ms \(commandTimeoutMs\)/ }
      await assert.rejects(cache.getFlagDefinitions(), expected)
      await assert.rejects(cache.shutdown(), { message: /could not give the lease up/ })
    })
  })
}

describe('RedisFlagCache', () => {
  it('waits for a connection once: then commands fail at once until there is one', async () => {
    const { cache, client, commands } = open('ioredis', [new Error('Connection is closed.'), 1, 1])
    client.status = 'reconnecting'
    await assert.rejects(cache.shouldFetchFlagDefinitions(), /could not ask for the lease: Error: Connection is closed/)
    await assert.rejects(cache.shouldFetchFlagDefinitions(), /the client is offline\. Check that Redis runs/)
    assert.equal(commands.length, 1)
    client.status = 'ready'
    assert.equal(await cache.shouldFetchFlagDefinitions(), true)
    client.status = 'reconnecting'
    assert.equal(await cache.shouldFetchFlagDefinitions(), true)
  })

  it('reads an answer that came while the event loop was held up for longer than the limit', async () => {
    const { port1, port2 } = new MessageChannel()
    const client = CLIENTS.ioredis(() => new Promise((resolve) => (port1.onmessage = () => resolve(1))))
    const cache = new RedisFlagCache(client, 'shop', { commandTimeoutMs: 30 })
    const answer = cache.shouldFetchFlagDefinitions()
    await undefined
    port2.postMessage('answer')
    const until = performance.now() + 60
    while (performance.now() < until);
    assert.equal(await answer, true)
    port1.close()
  })

  /** @type {[RegExp, string, RegExp][]} */
  const remedies = [
    [/READONLY/, "READONLY You can't write against a read only replica.", /This Redis is a replica.*reconnectOnError/],
    [/LOADING/, 'LOADING Redis is loading the dataset in memory', /the next poll tries again/],
    [/MOVED/, 'MOVED 3808 127.0.0.1:7001', /createCluster/],
    [/NOAUTH/, 'NOAUTH Authentication required.', /user name and password/],
    [/NOPERM/, "NOPERM this user has no permissions to run the 'eval' command", /EVALSHA, .* posthog:flags:\{shop\}\*/],
    [/OOM/, "OOM command not allowed when used memory > 'maxmemory'.", /maxmemory-policy/],
    [
      /WRONGTYPE/,
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      /posthog:flags:\{shop\}, or .*Delete it/,
    ],
    [/closed/, 'The client is closed', /await redis\.connect\(\)/],
    [/ECONNREFUSED/, 'connect ECONNREFUSED 127.0.0.1:6379', /Check that Redis runs/],
  ]
  for (const [cause, message, remedy] of remedies) {
    it(`says what to do about ${cause.source}, and keeps the cause`, async () => {
      const error = new Error(message)
      const { cache } = open('ioredis', [error])
      await assert.rejects(cache.shouldFetchFlagDefinitions(), (/** @type {any} */ thrown) => {
        assert.match(thrown.message, /^RedisFlagCache could not ask for the lease: Error: /)
        assert.match(thrown.message, cause)
        assert.match(thrown.message, remedy)
        assert.equal(thrown.cause, error)
        return true
      })
    })
  }

  it('copes with whatever a client throws', async () => {
    for (const thrown of [undefined, null, 'text', Symbol('s'), Object.create(null)]) {
      const cache = new RedisFlagCache({ ...CLIENTS.redis(() => 1), get: () => Promise.reject(thrown) }, 'shop')
      await assert.rejects(cache.getFlagDefinitions(), /^Error: RedisFlagCache could not read flag definitions: /)
    }
  })

  it('refuses what is no client, no name or no option, and says what it expects', () => {
    const { client } = open('ioredis', [])
    /** @type {any} */
    const Cache = RedisFlagCache
    /** @type {[any[], RegExp][]} */
    const wrong = [
      [
        [undefined, 'shop'],
        /^Expected a client of ioredis, redis, iovalkey or @valkey\/valkey-glide but received undefined/,
      ],
      [['redis://127.0.0.1:6379', 'shop'], /new Redis\('redis:/],
      [[Promise.resolve(client), 'shop'], /received a promise; await the client/],
      [[client], /Expected the name of the cache to be a text without braces but received undefined/],
      [[client, ''], /received '' of type string/],
      [[client, '{shop}'], /received '\{shop\}'/],
      [[client, 'shop', null], /options of the cache to be an object but received null/],
      [[client, 'shop', { ttl: 5 }], /among leaseMs, definitionsTtlMs, commandTimeoutMs, subscribe but received 'ttl'/],
      [[client, 'shop', { leaseMs: 0 }], /leaseMs to be a positive whole number of milliseconds but received 0/],
      [[client, 'shop', { commandTimeoutMs: 1.5 }], /commandTimeoutMs to be/],
      [[client, 'shop', { subscribe: {} }], /Expected a client of ioredis/],
      [
        [client, 'shop', { subscribe: CLIENTS.glide(() => 1) }],
        /received one of @valkey\/valkey-glide; leave subscribe out/,
      ],
    ]
    for (const [args, message] of wrong) {
      assert.throws(() => new Cache(...args), { name: 'TypeError', message })
    }
    assert.ok(new Cache(client, 'shop', { leaseMs: undefined, subscribe: undefined }))
  })

  it('hears of what others store, not of what it stores itself, and of nothing once it was shut down', async () => {
    const { client } = open('ioredis', [1, 1, 1, 1])
    const { cache } = open('redis', [1, 0, 1], { subscribe: client })
    let calls = 0
    await cache.watchFlagDefinitions(() => void calls++)
    const say = (/** @type {string} */ token, channel = 'posthog:flags:{shop}:changed') =>
      client.emit('message', channel, token)
    say('another')
    assert.equal(calls, 1)
    say(cache._token)
    say('another', 'posthog:flags:{admin}:changed')
    assert.equal(calls, 1)
    await cache.shouldFetchFlagDefinitions()
    say('another')
    assert.equal(calls, 1, 'the leader asks PostHog, and nobody else')
    await cache.shouldFetchFlagDefinitions()
    say('another')
    assert.equal(calls, 2)
    await cache.shutdown()
    say('another')
    assert.equal(calls, 2)
    assert.equal(client.listenerCount('message') + client.listenerCount('ready'), 0)
  })

  it('says what to do where Redis does not let it listen', async () => {
    const { client } = open('ioredis', [new Error('NOPERM No permissions to access a channel')])
    const { cache } = open('redis', [], { subscribe: client })
    await assert.rejects(
      cache.watchFlagDefinitions(() => {}),
      /could not listen for new flag definitions: .*Allow this user the commands/
    )
  })
})
