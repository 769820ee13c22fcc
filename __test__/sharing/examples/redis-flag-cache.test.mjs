import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tsImport } from 'tsx/esm/api'

const { RedisFlagCache } = await tsImport('../../../examples/redis-flag-cache.ts', import.meta.url)
const { asText } = await tsImport('../../../examples/redis-text-flag-cache.ts', import.meta.url)

/** Stands in for both client packages: answers in turn and records the commands. */
function redis(kind, answers) {
  const commands = []
  const run = async (command) => {
    commands.push(command)
    return answers.shift()
  }
  // ioredis has a `sendCommand` as well, which takes a Command object.
  const client =
    kind === 'ioredis'
      ? { call: (...command) => run(command), sendCommand: () => assert.fail('not what ioredis expects') }
      : { sendCommand: run }
  return { client, commands }
}

for (const kind of ['ioredis', 'redis']) {
  describe(`RedisFlagCache over ${kind}`, () => {
    it('leads with a token of its own under a lock that expires', async () => {
      const { client, commands } = redis(kind, [0, 'OK'])
      const cache = new RedisFlagCache(client, 'shop', { lockTtlMs: 5000 })
      assert.equal(await cache.shouldFetchFlagDefinitions(), true)
      const [renewal, lock] = commands
      assert.equal(renewal[0], 'EVAL')
      const token = renewal[5]
      assert.deepEqual(lock, ['SET', 'posthog:{shop}:flags:lock', token, 'NX', 'PX', '5000'])
      assert.ok(token.length >= 36)
    })

    it('follows while another holds the lock', async () => {
      const { client } = redis(kind, [0, null])
      assert.equal(await new RedisFlagCache(client, 'shop').shouldFetchFlagDefinitions(), false)
    })

    it('renews its own lock without taking it anew', async () => {
      const { client, commands } = redis(kind, [1])
      assert.equal(await new RedisFlagCache(client, 'shop').shouldFetchFlagDefinitions(), true)
      assert.equal(commands.length, 1)
    })

    it('reads what it published', async () => {
      const definitions = { flags: [{ key: 'beta-søk' }], groupTypeMapping: {}, cohorts: {} }
      const { client, commands } = redis(kind, ['OK'])
      const cache = new RedisFlagCache(client, 'shop', { definitionsTtlMs: 60_000 })
      await cache.onFlagDefinitionsReceived(definitions)
      const [[command, key, text, ...expiry]] = commands
      assert.deepEqual([command, key, ...expiry], ['SET', 'posthog:{shop}:flags', 'PX', '60000'])
      const reader = new RedisFlagCache(redis(kind, [text]).client, 'shop')
      assert.deepEqual(await reader.getFlagDefinitions(), definitions)
    })

    it('as a provider of text hands over what is stored as it is, and does all else as before', async () => {
      const { client, commands } = redis(kind, ['{"flags": []}', null, 1, 'OK', 1])
      const provider = asText(new RedisFlagCache(client, 'shop'))
      assert.equal(await provider.getFlagDefinitions(), '{"flags": []}')
      assert.equal(await provider.getFlagDefinitions(), undefined)
      assert.equal(await provider.shouldFetchFlagDefinitions(), true)
      await provider.onFlagDefinitionsReceived({ flags: [], groupTypeMapping: {}, cohorts: {} })
      await provider.shutdown()
      assert.deepEqual(
        commands.map(([command]) => command),
        ['GET', 'GET', 'EVAL', 'SET', 'EVAL']
      )
    })

    it('has nothing while the key is absent', async () => {
      assert.equal(await new RedisFlagCache(redis(kind, [null]).client, 'shop').getFlagDefinitions(), undefined)
    })

    it('releases by comparing and deleting in one step', async () => {
      const { client, commands } = redis(kind, [1])
      await new RedisFlagCache(client, 'shop').shutdown()
      const [[command, script, ...keys]] = commands
      assert.equal(command, 'EVAL')
      assert.match(script, /GET.*ARGV\[1\][^]*DEL/)
      assert.deepEqual(keys.slice(0, 2), ['1', 'posthog:{shop}:flags:lock'])
    })
  })
}
