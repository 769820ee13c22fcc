'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const { test } = require('node:test')

const { CacheProvider, toCacheData } = require('../../lib/loading/cache-provider')
const { memoryProvider } = require('../support/providers')

/** @param {any} provider */
const around = (provider) => new CacheProvider(provider, new AsyncResource('test'))

test('each method of a provider is called in the context that the client was made in', async () => {
  const storage = new AsyncLocalStorage()
  /** @type {Record<string, unknown[]>} */
  const seen = {}
  const method = (/** @type {string} */ name) => async () => {
    const before = storage.getStore()
    await undefined
    seen[name] = [before, storage.getStore()]
  }
  const names = ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived', 'shutdown']
  const methods = Object.fromEntries(names.map((name) => [name, method(name)]))
  const provider = storage.run('where it was made', () => around(memoryProvider({ methods })))
  await storage.run('where it is called', async () => {
    await provider.shouldFetchFlagDefinitions()
    await provider.getFlagDefinitions()
    await provider.onFlagDefinitionsReceived('{"flags":[]}')
    await provider.shutdown(1000)
    assert.equal(storage.getStore(), 'where it is called')
  })
  const expected = ['where it was made', 'where it was made']
  assert.deepEqual(seen, Object.fromEntries(names.map((name) => [name, expected])))
})

test('what a provider throws or rejects with is an outcome, in words', async () => {
  const fail = () => {
    throw new RangeError('no')
  }
  const reject = async () => {
    throw 'a text'
  }
  assert.deepEqual(
    await around(memoryProvider({ methods: { shouldFetchFlagDefinitions: fail } })).shouldFetchFlagDefinitions(),
    { error: 'RangeError: no' }
  )
  assert.deepEqual(await around(memoryProvider({ methods: { getFlagDefinitions: reject } })).getFlagDefinitions(), {
    error: 'a text',
  })
  assert.deepEqual(
    await around(memoryProvider({ methods: { onFlagDefinitionsReceived: reject } })).onFlagDefinitionsReceived('{}'),
    { error: 'a text' }
  )
  assert.deepEqual(await around(memoryProvider({ methods: { shutdown: fail } })).shutdown(1000), {
    error: 'RangeError: no',
  })
  assert.deepEqual(await around(memoryProvider({ methods: { shutdown: reject } })).shutdown(1000), { error: 'a text' })
  assert.match(/** @type {any} */ (await around({}).shutdown(1000)).error, /this\.cacheProvider\.shutdown is not/)
})

test('any answer of shouldFetchFlagDefinitions is taken for yes or no', async () => {
  for (const [answer, value] of /** @type {[unknown, boolean][]} */ ([
    [1, true],
    ['', false],
    [null, false],
    [Promise.resolve({}), true],
  ])) {
    assert.deepEqual(await around(memoryProvider({ fetch: answer })).shouldFetchFlagDefinitions(), { value })
  }
})

test('an empty answer of getFlagDefinitions is a miss, any other a document', async () => {
  for (const cached of [undefined, null, '', 0, false]) {
    assert.deepEqual(await around(memoryProvider({ cached })).getFlagDefinitions(), { value: undefined })
  }
  const { value } = /** @type {any} */ (await around(memoryProvider({ cached: '{"flags":[]}' })).getFlagDefinitions())
  assert.equal(Array.from(value).join(''), '{"flags":[]}')
})

test('an object of a provider is taken with all its fields where the server reads more of them', async () => {
  const cached = { flags: [{ key: 'a', filters: { groups: [], feature_enrollment: true } }] }
  for (const isWhole of [true, false]) {
    const provider = new CacheProvider(memoryProvider({ cached }), new AsyncResource('test'), isWhole)
    const outcome = /** @type {any} */ (await provider.getFlagDefinitions())
    const text = Array.from(outcome.value).join('')
    assert.equal(text.includes('feature_enrollment'), isWhole)
  }
})

test('a provider is handed what posthog-node hands to it, whether or not the text begins with a byte order mark', async () => {
  const document = {
    flags: [{ key: 'a' }],
    group_type_mapping: { 0: 'company' },
    cohorts: { 1: {} },
    minimal_flag_called_events: true,
    property_matching_version: 2,
  }
  for (const mark of ['', '\uFEFF']) {
    const memory = memoryProvider()
    assert.deepEqual(await around(memory).onFlagDefinitionsReceived(mark + JSON.stringify(document)), {
      value: undefined,
    })
    assert.deepEqual(memory.stored, [
      {
        ...document,
        propertyMatchingVersion: 2,
        groupTypeMapping: { 0: 'company' },
        minimalFlagCalledEvents: true,
      },
    ])
  }
})

test('what an answer lacks is empty for a provider', () => {
  assert.deepEqual(toCacheData({ flags: null, minimal_flag_called_events: 'true' }), {
    flags: [],
    group_type_mapping: {},
    cohorts: {},
    minimal_flag_called_events: false,
    property_matching_version: undefined,
    propertyMatchingVersion: undefined,
    groupTypeMapping: {},
    minimalFlagCalledEvents: false,
  })
})

test('a provider that takes text is handed the text, and no object', async () => {
  /** @type {string[]} */
  const texts = []
  const methods = { onFlagDefinitionsTextReceived: async (/** @type {string} */ text) => void texts.push(text) }
  const memory = memoryProvider({ methods })
  const body = '{"flags": [], "more": 5}'
  for (const received of [body, `\uFEFF${body}`, 'no JSON at all']) {
    assert.deepEqual(await around(memory).onFlagDefinitionsReceived(received), { value: undefined })
  }
  assert.deepEqual(texts, [body, body, 'no JSON at all'])
  assert.deepEqual(memory.stored, [])
  const failing = memoryProvider({
    methods: { onFlagDefinitionsTextReceived: () => Promise.reject(new Error('full')) },
  })
  assert.deepEqual(await around(failing).onFlagDefinitionsReceived(body), { error: 'Error: full' })
})

test('a provider is watched if it can be, and what goes wrong is an outcome', async () => {
  let reloads = 0
  /** @type {() => void} */
  let changed = () => {}
  const watch = (/** @type {() => void} */ reload) => void (changed = reload)
  const memory = memoryProvider({ methods: { watchFlagDefinitions: watch } })
  assert.deepEqual(await around(memory).watchFlagDefinitions(() => void reloads++), { value: undefined })
  changed()
  assert.equal(reloads, 1)
  assert.deepEqual(await around(memoryProvider()).watchFlagDefinitions(() => {}), { value: undefined })
  const refuse = () => {
    throw new RangeError('no')
  }
  const failing = memoryProvider({ methods: { watchFlagDefinitions: refuse } })
  assert.deepEqual(await around(failing).watchFlagDefinitions(() => {}), { error: 'RangeError: no' })
})

test('a stand-in that has any method, such as a mock, is called as posthog-node calls it', async () => {
  const memory = memoryProvider()
  const anything = new Proxy(memory, {
    get: (target, name) => target[name] ?? (() => assert.fail(`${String(name)} was called`)),
  })
  assert.deepEqual(await around(anything).onFlagDefinitionsReceived('{"flags":[]}'), { value: undefined })
  assert.deepEqual(await around(anything).watchFlagDefinitions(() => {}), { value: undefined })
  assert.equal(memory.stored.length, 1)
  const strict = new Proxy(memory, {
    get(target, name) {
      assert.ok(name in target, `${String(name)} was read`)
      return target[name]
    },
  })
  assert.deepEqual(await around(strict).watchFlagDefinitions(() => {}), { value: undefined })
})

test('a shutdown waits for a promise and for any other thenable, and no longer than it may', async () => {
  /** @type {(value?: unknown) => void} */
  let release = () => {}
  const promise = new Promise((resolve) => (release = resolve))
  const thenables = [
    promise,
    { then: (/** @type {any} */ fulfil) => void promise.then(fulfil) },
    Object.assign(() => {}, { then: (/** @type {any} */ fulfil) => void promise.then(fulfil) }),
  ]
  let ended = 0
  const ends = thenables.map(async (thenable) => {
    const outcome = await around(memoryProvider({ methods: { shutdown: () => thenable } })).shutdown(60_000)
    ended += 1
    return outcome
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ended, 0)
  release()
  assert.deepEqual(await Promise.all(ends), Array(3).fill({ value: undefined }))

  const hanging = memoryProvider({ methods: { shutdown: () => new Promise(() => {}) } })
  assert.deepEqual(await around(hanging).shutdown(5), { error: 'Error: Cache shutdown timeout after 5ms' })
  for (const nothing of [undefined, null, 5, {}, { then: 5 }]) {
    assert.deepEqual(await around(memoryProvider({ methods: { shutdown: () => nothing } })).shutdown(0), {
      value: undefined,
    })
  }
})

test('a shutdown that is over leaves no timer', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  await around(memoryProvider({ methods: { shutdown: async () => {} } })).shutdown(60_000)
  assert.equal(timers(), before)
})
