'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { describe, test } = require('node:test')

const { NATIVE, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { openWorld, recordConsole } = require('./support/world')

/** Definitions that take several pieces to be handed over. */
const MANY_FLAGS = Array.from({ length: 3000 }, (_, number) => flag(`flag-${number}`))

/** For those that wait for what does not come if they fail. */
const BRIEF = { timeout: 20_000 }

/** @param {any} client */
const keysOf = (client) => client.getFeatureFlagKeysByEvaluationRuntime('all')

/**
 * Many flags, of which the first and the last tell when they are read.
 *
 * @param {() => void} onFirst
 * @param {() => void} onLast
 */
function observedFlags(onFirst, onLast, between = MANY_FLAGS) {
  const telling = (/** @type {string} */ key, /** @type {() => void} */ tell) =>
    Object.defineProperty(flag(key), 'active', {
      enumerable: true,
      get() {
        tell()
        return true
      },
    })
  return [telling('first', onFirst), ...between, telling('last', onLast)]
}

/**
 * Collects errors that nobody has caught.
 *
 * @param {import('node:test').TestContext} t
 */
function recordUncaught(t) {
  /** @type {unknown[]} */
  const uncaught = []
  const note = (/** @type {unknown} */ error) => uncaught.push(error)
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, note)
    t.after(() => process.off(event, note))
  }
  return uncaught
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test("all of the user's runs in the context that the client was made in, in each load and at the end", async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const storage = new AsyncLocalStorage()
  /** @type {Map<string, Set<unknown>>} */
  const seen = new Map()
  const note = (/** @type {string} */ name) => {
    seen.set(name, (seen.get(name) ?? new Set()).add(storage.getStore()))
  }
  let fetches = false
  const provider = memoryProvider({
    methods: {
      shouldFetchFlagDefinitions: () => (note('shouldFetchFlagDefinitions'), fetches),
      getFlagDefinitions() {
        note('getFlagDefinitions')
        return {
          flags: observedFlags(
            () => note('the first piece'),
            () => note('the last piece')
          ),
        }
      },
      onFlagDefinitionsReceived: () => note('onFlagDefinitionsReceived'),
      shutdown: () => note('shutdown'),
    },
  })
  const client = storage.run('where it was made', () =>
    open(NATIVE, {
      flagDefinitionCacheProvider: provider,
      fetch: (/** @type {string} */ url, /** @type {any} */ options) => {
        if (url.includes('/flags/definitions')) {
          note('fetch')
        }
        return fetch(url, options)
      },
    })
  )
  const reload = () => storage.run('where it is used', () => client.reloadFeatureFlags())
  await reload()
  assert.equal(keysOf(client).length, MANY_FLAGS.length + 2)
  fetches = true
  await reload()
  assert.deepEqual(keysOf(client), ['on'])
  await storage.run('where it ends', () => client.shutdown())
  // Loads that are asked for after that open the poller anew.
  await reload()
  fetches = false
  await reload()
  assert.deepEqual(
    [...seen.keys()].sort(),
    [
      'fetch',
      'getFlagDefinitions',
      'onFlagDefinitionsReceived',
      'shouldFetchFlagDefinitions',
      'shutdown',
      'the first piece',
      'the last piece',
    ].sort()
  )
  for (const [name, contexts] of seen) {
    assert.deepEqual([...contexts], ['where it was made'], name)
  }
})

test('the request that is made at once runs in the context that the client was made in too', async (t) => {
  const { open } = await openWorld(t)
  const storage = new AsyncLocalStorage()
  /** @type {unknown[]} */
  const seen = []
  const answer = async () => {
    seen.push(storage.getStore())
    return Response.json({ flags: [flag('on')] })
  }
  const client = storage.run('where it was made', () => open(NATIVE, { fetch: answer }))
  await client.reloadFeatureFlags()
  await storage.run('where it is used', () => client.reloadFeatureFlags())
  assert.deepEqual(seen, ['where it was made', 'where it was made'])
})

test('the native transport is used where it is chosen, although there is a fetch', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  const asked = (/** @type {any} */ native) => {
    /** @type {string[]} */
    const urls = []
    const client = open(NATIVE, {
      native,
      fetch: async (/** @type {string} */ url, /** @type {any} */ options) => {
        urls.push(new URL(url).pathname)
        return fetch(url, options)
      },
    })
    return { client, urls }
  }
  const native = asked({ transport: 'native' })
  await native.client.reloadFeatureFlags()
  assert.deepEqual(keysOf(native.client), ['on'])
  assert.deepEqual(native.urls, [])
  assert.equal(server.definitionRequests.length, 1)
  for (const settings of [{ transport: 'fetch' }, {}]) {
    const other = asked(settings)
    await other.client.reloadFeatureFlags()
    assert.deepEqual(other.urls, ['/flags/definitions'])
  }
})

test('others have their turn while a long document is handed over', async (t) => {
  const { open } = await openWorld(t)
  /** @type {string[]} */
  const order = []
  const flags = observedFlags(
    () => {
      order.push('the first piece')
      setImmediate(() => order.push('others'))
    },
    () => order.push('the last piece')
  )
  const client = open(NATIVE, {
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: { flags } }),
  })
  await client.reloadFeatureFlags()
  assert.equal(keysOf(client).length, flags.length)
  assert.deepEqual(order, ['the first piece', 'others', 'the last piece'])
})

test('a document is not read on once the client is shut down', BRIEF, async (t) => {
  const { open } = await openWorld(t)
  /** @type {string[]} */
  const order = []
  /** @type {Promise<void> | undefined} */
  let shutdown
  const flags = observedFlags(
    () => {
      order.push('the first piece')
      shutdown = client.shutdown()
    },
    () => order.push('the last piece'),
    // The shutdown reaches the loader some turns later, before which more pieces are read.
    Array(10).fill(MANY_FLAGS).flat()
  )
  const read = deferred()
  const client = open(NATIVE, {
    flagDefinitionCacheProvider: memoryProvider({
      fetch: false,
      methods: {
        getFlagDefinitions() {
          read.resolve()
          return { flags }
        },
      },
    }),
  })
  await read.promise
  while (shutdown === undefined && !t.signal.aborted) {
    await nextTurn()
  }
  await shutdown
  for (let turns = 0; turns < 20; turns += 1) {
    await nextTurn()
  }
  assert.deepEqual(order, ['the first piece'])
  assert.deepEqual(keysOf(client), [])
})

test(
  'nothing of a load is told any more once a listener has shut the client down in the middle of it',
  BRIEF,
  async (t) => {
    const { server, open } = await openWorld(t, { flags: [flag('on'), null] })
    const client = open(NATIVE)
    let loaded = 0
    client.on('localEvaluationFlagsLoaded', () => (loaded += 1))
    /** @type {Promise<void> | undefined} */
    let shutdown
    client.on('error', () => {
      shutdown ??= client.shutdown()
    })
    // That somebody has asked for the load makes the shutdown wait for it: nobody does here.
    await server.definitionRequest(1)
    while (shutdown === undefined && !t.signal.aborted) {
      await nextTurn()
    }
    await shutdown
    assert.equal(loaded, 0)
    // A load that is asked for later is told of, and only that one.
    server.setDefinitions({ flags: [flag('on')] })
    await client.reloadFeatureFlags()
    await nextTurn()
    assert.equal(loaded, 1)
  }
)

test('what a fetch answers after the shutdown changes nothing', async (t) => {
  const { open } = await openWorld(t)
  const uncaught = recordUncaught(t)
  const late = deferred()
  /** @type {string[]} */
  const told = []
  let signal
  const client = open(NATIVE, {
    fetch: (/** @type {string} */ _url, /** @type {any} */ options) => {
      signal ??= options.signal
      return late.promise
    },
  })
  client.on('error', () => told.push('error'))
  await client.shutdown()
  assert.equal(/** @type {any} */ (signal).aborted, true)
  late.resolve(Response.json({ flags: [flag('on')] }))
  await nextTurn()
  await nextTurn()
  assert.deepEqual([told, keysOf(client), uncaught], [[], [], []])
})

for (const method of ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']) {
  for (const ends of ['answers', 'fails']) {
    test(`a provider whose ${method} shuts the client down and then ${ends} does no harm`, BRIEF, async (t) => {
      const { open } = await openWorld(t, { flags: [flag('on')] })
      const uncaught = recordUncaught(t)
      const shut = deferred()
      const provider = memoryProvider({
        fetch: method !== 'getFlagDefinitions',
        cached: { flags: [flag('cached')] },
        methods: {
          [method]: () => {
            client.shutdown().then(shut.resolve)
            if (ends === 'fails') {
              throw new Error('no')
            }
            return method === 'getFlagDefinitions' ? { flags: [flag('cached')] } : false
          },
        },
      })
      const client = open(NATIVE, { flagDefinitionCacheProvider: provider })
      await shut.promise
      await nextTurn()
      await nextTurn()
      assert.deepEqual(uncaught, [])
      assert.equal(provider.calls.at(-1), 'shutdown')
    })
  }
}

test('one request for definitions is under way at a time, however many ask for them', async (t) => {
  const { open } = await openWorld(t)
  let [pending, most, calls] = [0, 0, 0]
  const client = open(NATIVE, {
    fetch: async () => {
      pending += 1
      calls += 1
      most = Math.max(most, pending)
      await nextTurn()
      pending -= 1
      return Response.json({ flags: [flag('on')] })
    },
  })
  await Promise.all([client.reloadFeatureFlags(), client.reloadFeatureFlags(), client.getAllFlags('kari')])
  assert.deepEqual([most, calls, keysOf(client)], [1, 1, ['on']])
})

test('the cause of a failed fetch is told', async (t) => {
  const { open } = await openWorld(t)
  const client = open(NATIVE, {
    fetch: async () => {
      throw new TypeError('fetch failed', { cause: new Error('the wire is cut') })
    },
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  await client.reloadFeatureFlags()
  assert.equal(errors.length, 1)
  assert.match(errors[0], /TypeError: fetch failed: Error: the wire is cut/)
})

test('a load that was refused a moment ago is not made again, which is a debug line', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  const lines = recordConsole(t, 'debug')
  server.script({ status: 429 })
  const client = open(NATIVE)
  client.debug(true)
  client.on('error', () => {})
  await client.reloadFeatureFlags()
  await client.getAllFlags('kari', { onlyEvaluateLocally: true })
  assert.equal(server.definitionRequests.length, 1)
  assert.ok(lines.some((line) => line.includes('[FEATURE FLAGS] Skipping fetch, in backoff period')))
  await client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.length, 2)
})

function deferred() {
  /** @type {(value?: any) => void} */
  let resolve = () => {}
  const promise = new Promise((fulfil) => (resolve = fulfil))
  return { promise, resolve }
}

describe('a provider that says when there is something new', () => {
  /** A provider whose text is changed by `change`, which tells a client, and what was asked of it. */
  function watchedProvider() {
    let version = 1
    /** @type {() => void} */
    let reload = () => {}
    let reads = 0
    const provider = memoryProvider({
      fetch: false,
      methods: {
        async getFlagDefinitions() {
          const text = JSON.stringify({ flags: [flag(`version-${version}`)] })
          reads++
          await nextTurn()
          return text
        },
        watchFlagDefinitions: (/** @type {() => void} */ tell) => void (reload = tell),
      },
    })
    return {
      provider,
      reads: () => reads,
      change: (/** @type {number} */ next) => {
        version = next
        reload()
      },
    }
  }

  /** @param {any} client @param {string} key */
  async function comesTo(client, key) {
    while (!keysOf(client).includes(key)) await nextTurn()
  }

  test('is read at once, without a poll', BRIEF, async (t) => {
    const { open } = await openWorld(t)
    const { provider, change } = watchedProvider()
    const client = open(NATIVE, { flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady()
    change(2)
    await comesTo(client, 'version-2')
  })

  test('is read again if it was being read', BRIEF, async (t) => {
    const { open } = await openWorld(t)
    const { provider, change, reads } = watchedProvider()
    const client = open(NATIVE, { flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady()
    const before = reads()
    const loaded = client.reloadFeatureFlags()
    while (reads() === before) await nextTurn()
    change(2)
    change(3)
    await loaded
    await comesTo(client, 'version-3')
    assert.equal(reads(), before + 2, 'once more, however often it changed meanwhile')
  })

  test('is not read once the client is shut down', BRIEF, async (t) => {
    const { open } = await openWorld(t)
    const { provider, change, reads } = watchedProvider()
    const client = open(NATIVE, { flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady()
    await client.shutdown()
    const before = reads()
    change(2)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    assert.equal(reads(), before)
  })

  test('and cannot raises an error, and is polled as any other', BRIEF, async (t) => {
    const { open } = await openWorld(t)
    const methods = { watchFlagDefinitions: () => Promise.reject(new Error('no channel')) }
    const cached = { flags: [flag('on')] }
    const client = open(NATIVE, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached, methods }) })
    const raised = new Promise((resolve) => client.on('error', resolve))
    assert.equal((await raised).message, 'Error in watchFlagDefinitions: Error: no channel')
    assert.equal(await client.waitForLocalEvaluationReady(), true)
  })
})
