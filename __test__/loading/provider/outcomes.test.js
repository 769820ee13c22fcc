'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { NATIVE, STOCK, flag, observe } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

const CACHED = { flags: [flag('cached')], groupTypeMapping: {}, cohorts: {} }
const METHODS = ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived', 'shutdown']

/** @param {unknown} value */
function thenable(value) {
  return { then: (/** @type {(value: unknown) => void} */ resolve) => resolve(value) }
}

/**
 * The ways in which a value may come, each called anew.
 *
 * @type {Record<string, (value: unknown) => unknown>}
 */
const WAYS = {
  'at once': (value) => value,
  'by a promise': async (value) => value,
  'by a foreign thenable': thenable,
  'by a foreign thenable of a later turn': (value) => ({
    then: (/** @type {(value: unknown) => void} */ resolve) => void setImmediate(resolve, value),
  }),
  'by a thenable that resolves to a promise': (value) => thenable(Promise.resolve(value)),
  'by a thenable that changes its mind': (value) => ({
    then(/** @type {any} */ resolve, /** @type {any} */ reject) {
      resolve(value)
      reject(new Error('too late'))
      throw new Error('too late')
    },
  }),
  'by a function with a then': (value) => Object.assign(() => {}, thenable(value)),
}

/**
 * The ways in which a method may fail with a reason.
 *
 * @type {Record<string, (reason: unknown) => unknown>}
 */
const FAILURES = {
  throws: (reason) => {
    throw reason
  },
  rejects: (reason) => Promise.reject(reason),
  'is a foreign thenable that rejects': (reason) => ({
    then: (/** @type {any} */ _, /** @type {any} */ reject) => reject(reason),
  }),
  'is a thenable that throws': (reason) => ({
    then() {
      throw reason
    },
  }),
  'is an object whose then cannot be read': (reason) => ({
    get then() {
      throw reason
    },
  }),
}

class CacheError extends Error {
  name = 'CacheError'
}

const REASONS = {
  'an Error': new Error('no Redis'),
  'an Error of its own': new CacheError('no Redis'),
  'a text': 'no Redis',
  nothing: undefined,
  null: null,
  'a number': 0,
  'an object': { code: 'ECONNREFUSED' },
  'an object with a text of its own': { toString: () => 'no Redis' },
  'an array': ['no', 'Redis'],
}

/**
 * All that is seen of two loads and the shutdown, which must be the same with posthog-node's client.
 *
 * @param {() => any} makeProvider
 * @param {(provider: any) => void} [afterFirst] changes the provider after the constructor's load, in which nobody
 *   listens to posthog-node yet
 */
async function assertSame(makeProvider, afterFirst) {
  const run = async (/** @type {any} */ PostHog) => {
    const provider = makeProvider()
    const between = (/** @type {any} */ _client, /** @type {any} */ _server, /** @type {number} */ load) =>
      load === 1 ? afterFirst?.(provider) : undefined
    const seen = await observe(PostHog, { loads: 2, between, options: { flagDefinitionCacheProvider: provider } })
    return { ...seen, calls: provider.calls, stored: provider.stored }
  }
  const native = await run(NATIVE)
  assert.deepEqual(native, await run(STOCK))
  return native
}

describe('a decision is as truthy as posthog-node takes it', () => {
  const decisions = [true, false, 1, 0, -0, NaN, 'false', '', null, undefined, {}, [], 1n, 0n, Symbol('s'), () => false]
  for (const decision of decisions) {
    test(`${typeof decision} ${String(decision)}`, async () => {
      const { calls } = await assertSame(() =>
        memoryProvider({ cached: CACHED, methods: { shouldFetchFlagDefinitions: () => decision } })
      )
      assert.equal(calls[1], decision ? 'onFlagDefinitionsReceived' : 'getFlagDefinitions')
    })
  }
})

describe('what a method returns is waited for as posthog-node does', () => {
  for (const [way, deliver] of Object.entries(WAYS)) {
    test(`when it comes ${way}`, async () => {
      for (const fetch of [true, false]) {
        const { flags, calls } = await assertSame(() =>
          memoryProvider({
            methods: {
              shouldFetchFlagDefinitions: () => deliver(fetch),
              getFlagDefinitions: () => deliver(CACHED),
              onFlagDefinitionsReceived: () => deliver(undefined),
              shutdown: () => deliver(undefined),
            },
          })
        )
        assert.deepEqual(flags, fetch ? ['on'] : ['cached'])
        assert.equal(calls.at(-1), 'shutdown')
      }
    })
  }
})

/** @param {unknown[][]} log */
const errorsOf = (log) => log.filter(([kind]) => kind === 'error')

describe('what a method fails with is raised in the words of posthog-node', () => {
  for (const method of METHODS) {
    // Of what else than a promise `shutdown` may return, posthog-node takes no notice.
    const failures = method === 'shutdown' ? [FAILURES.throws, FAILURES.rejects] : Object.values(FAILURES)
    for (const [name, reason] of Object.entries(REASONS)) {
      test(`when ${method} fails with ${name}`, async () => {
        for (const fail of failures) {
          const make = () => memoryProvider({ fetch: method !== 'getFlagDefinitions', cached: CACHED })
          const { log } = await assertSame(make, (provider) => {
            const { calls } = provider
            provider[method] = () => {
              calls.push(method)
              return fail(reason)
            }
          })
          assert.equal(errorsOf(log).length, 1)
        }
      })
    }

    test(`when ${method} is behind a getter that throws`, async () => {
      const make = () => memoryProvider({ fetch: method !== 'getFlagDefinitions', cached: CACHED })
      const { log } = await assertSame(make, (provider) =>
        Object.defineProperty(provider, method, {
          get() {
            throw new Error('no such method today')
          },
        })
      )
      assert.match(String(errorsOf(log)[0][2]), /: Error: no such method today$/)
    })

    test(`when ${method} is missing`, async () => {
      const make = () => memoryProvider({ fetch: method !== 'getFlagDefinitions', cached: CACHED })
      const { log } = await assertSame(make, (provider) => delete provider[method])
      assert.match(
        String(errorsOf(log)[0][2]),
        new RegExp(`: TypeError: this\\.cacheProvider\\.${method} is not a function$`)
      )
    })
  }
})

test('a shutdown that fails as a foreign thenable is raised too', async () => {
  for (const fail of [FAILURES['is a foreign thenable that rejects'], FAILURES['is a thenable that throws']]) {
    const provider = memoryProvider({ methods: { shutdown: () => fail('no Redis') } })
    const { log } = await observe(NATIVE, { options: { flagDefinitionCacheProvider: provider } })
    assert.deepEqual(errorsOf(log), [['error', 'Error', 'Error during cache shutdown: no Redis']])
  }
})
