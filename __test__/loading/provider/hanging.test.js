'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, flag } = require('../../support/observe')

const METHODS = ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']
const TIMEOUT_MS = 50
const CACHED = { flags: [flag('cached')], group_type_mapping: {}, cohorts: {} }

/**
 * A provider one of whose methods hangs in the calls that `hangs` names by number, counted from 1. It tells how many calls
 * of it are still open, and settles them when it is told to.
 *
 * @param {string} method
 * @param {(call: number) => boolean} hangs
 */
function hangingProvider(method, hangs) {
  /** @type {((value: unknown) => void)[]} */
  const open = []
  /** @type {string[]} */
  const calls = []
  /** @type {Record<string, () => unknown>} */
  const usual = {
    // Reads the cache where that is what is to hang.
    shouldFetchFlagDefinitions: () => method !== 'getFlagDefinitions',
    getFlagDefinitions: () => CACHED,
    onFlagDefinitionsReceived: () => undefined,
    shutdown: () => undefined,
  }
  /** @type {any} */
  const provider = { calls, open, of: (/** @type {string} */ name) => calls.filter((call) => call === name).length }
  for (const [name, answer] of Object.entries(usual)) {
    provider[name] = async () => {
      calls.push(name)
      return name === method && hangs(provider.of(name)) ? new Promise((resolve) => open.push(resolve)) : answer()
    }
  }
  return provider
}

/**
 * A client that loads when it is told to.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} provider
 */
async function makeClient(t, provider) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  /** @type {string[]} */
  const errors = []
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: provider,
    native: { providerTimeoutMs: TIMEOUT_MS },
  })
  t.after(() => client.shutdown())
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  const reload = async () => {
    await client.reloadFeatureFlags()
    return client.getFeatureFlagKeysByEvaluationRuntime('all')
  }
  /** Reloads until `done`, as often as takes many times what is bounded by the limit. */
  const reloadUntil = async (/** @type {() => boolean} */ done) => {
    let loads = 0
    for (; !done() && loads < 4000; loads += 1) {
      await reload()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.ok(done(), `${loads} loads did not bring it about; called were ${provider.calls.slice(-20)}`)
    return loads
  }
  return { client, server, errors, reload, reloadUntil }
}

for (const method of METHODS) {
  describe(`when ${method}`, () => {
    test('hangs once, it is called again, the other methods all along, and one error event says so', async (t) => {
      const provider = hangingProvider(method, (call) => call === 1)
      const { server, errors, reload, reloadUntil } = await makeClient(t, provider)
      await reload()
      assert.equal(provider.of(method), 1)
      const others = provider.calls.length
      // The cached document where the cache is read; the server's else.
      server.setDefinitions({ flags: [flag('newer')] }, { etag: '"2"' })
      await reloadUntil(() => provider.of(method) > 1)
      assert.deepEqual(await reload(), method === 'getFlagDefinitions' ? ['cached'] : ['newer'])
      assert.ok(provider.calls.length > others)
      assert.equal(errors.length, 1, errors.join())
      assert.match(errors[0], new RegExp(`: Error: ${method} did not settle within ${TIMEOUT_MS}ms$`))
    })

    test('always hangs, it is called more and more rarely, definitions come all the same, and one error event says so', async (t) => {
      const provider = hangingProvider(method, () => true)
      const { errors, server, reload, reloadUntil } = await makeClient(t, provider)
      assert.deepEqual(await reload(), ['on'])
      const loads = await reloadUntil(() => provider.of(method) >= 4)
      assert.ok(loads > 8, `${loads} loads`)
      assert.equal(errors.length, 1, errors.join())
      server.setDefinitions({ flags: [flag('newer')] }, { etag: '"2"' })
      // Who does not lead keeps what it has, as long as there is something.
      assert.deepEqual(await reload(), method === 'getFlagDefinitions' ? ['on'] : ['newer'])
      const asked = provider.of('shouldFetchFlagDefinitions')
      await reload()
      if (method !== 'shouldFetchFlagDefinitions') {
        assert.equal(provider.of('shouldFetchFlagDefinitions'), asked + 1, 'whether to fetch is asked at each load')
      }
    })

    test('hangs in every second call, it is called after each in a bounded time', async (t) => {
      const provider = hangingProvider(method, (call) => call % 2 === 1)
      const { errors, server, reloadUntil } = await makeClient(t, provider)
      // How often a timer of the same time has come meanwhile: where the machine is slow, both are late.
      let ticks = 0
      const ticking = setInterval(() => (ticks += 1), TIMEOUT_MS)
      closing(t, () => clearInterval(ticking))
      let version = 1
      await reloadUntil(() => {
        // Something to store each time.
        version += 1
        server.setDefinitions({ flags: [flag('on')] }, { etag: `"${version}"` })
        return provider.of(method) >= 12
      })
      // Six calls took their time and a wait as long. Doubled each time, the waits alone would take 63 times as long.
      assert.ok(ticks < 50, `${ticks} times the limit`)
      assert.equal(errors.length, 1, errors.join())
    })

    test('answers too late, the answer changes nothing, and the next load calls it', async (t) => {
      const provider = hangingProvider(method, (call) => call === 1)
      const { errors, reload } = await makeClient(t, provider)
      assert.deepEqual(await reload(), ['on'])
      const [settle] = provider.open
      settle(method === 'shouldFetchFlagDefinitions' ? false : CACHED)
      await new Promise((resolve) => setTimeout(resolve, 3 * TIMEOUT_MS))
      assert.equal(provider.calls.length, provider.calls.lastIndexOf(method) + 1 + (method === METHODS[0] ? 1 : 0))
      await reload()
      assert.equal(provider.of(method), 2)
      assert.equal(errors.length, 1)
    })

    test('hangs again, the late answer to the call before does not make up for it', async (t) => {
      const provider = hangingProvider(method, () => true)
      const { reload, reloadUntil } = await makeClient(t, provider)
      await reload()
      await reloadUntil(() => provider.of(method) === 2)
      provider.open[0](method === 'shouldFetchFlagDefinitions' ? false : undefined)
      await reload()
      assert.equal(provider.of(method), 2, 'the second call is still waited for')
      provider.open[1](method === 'shouldFetchFlagDefinitions' ? false : undefined)
      await new Promise((resolve) => setImmediate(resolve))
      await reload()
      assert.equal(provider.of(method), 3, 'and answered, it is over')
    })

    test('is a thenable that calls back again and again, once counts', async (t) => {
      const provider = hangingProvider(method, () => false)
      const answer = { shouldFetchFlagDefinitions: false, getFlagDefinitions: CACHED }[method]
      provider[method] = () => {
        provider.calls.push(method)
        return {
          then(/** @type {any} */ resolve, /** @type {any} */ reject) {
            resolve(answer)
            setTimeout(() => [resolve(true), reject(new Error('late')), resolve({ flags: [] })], 2 * TIMEOUT_MS)
          },
        }
      }
      const { errors, reload } = await makeClient(t, provider)
      for (let load = 0; load < 5; load += 1) {
        assert.deepEqual(await reload(), method === 'onFlagDefinitionsReceived' ? ['on'] : ['cached'])
        await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS))
      }
      assert.deepEqual(errors, [])
    })
  })
}

test('a client that polls and whose store hangs still follows whoever leads', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  let leads = true
  const provider = hangingProvider('onFlagDefinitionsReceived', () => true)
  provider.shouldFetchFlagDefinitions = () => leads
  /** @type {string[]} */
  const errors = []
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: 100,
    flagDefinitionCacheProvider: provider,
    native: { providerTimeoutMs: TIMEOUT_MS },
  })
  t.after(() => client.shutdown())
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  await server.definitionRequest(3)
  leads = false
  await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    client.on('localEvaluationFlagsLoaded', () => {
      if (client.getFeatureFlagKeysByEvaluationRuntime('all').includes('cached')) resolve()
    })
  })
  assert.equal(errors.length, 1, errors.join())
})
