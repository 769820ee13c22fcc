'use strict'

const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { describe, test } = require('node:test')
const vm = require('node:vm')

const { NATIVE, flag, observe } = require('../support/observe')
const { memoryProvider } = require('../support/providers')

const DOCUMENT = { flags: [flag('cached')], groupTypeMapping: {}, cohorts: {} }

/** A class as users write them: state in private fields, methods on the prototype, some inherited. */
class BaseCache {
  #stored = DOCUMENT
  get stored() {
    return this.#stored
  }
  async getFlagDefinitions() {
    return this.stored
  }
  shutdown() {}
}
class PrivateCache extends BaseCache {
  #leads = false
  shouldFetchFlagDefinitions() {
    return this.#leads
  }
  async onFlagDefinitionsReceived() {}
}

/** @param {() => unknown} getFlagDefinitions */
function follower(getFlagDefinitions) {
  return { shouldFetchFlagDefinitions: () => false, getFlagDefinitions, shutdown: () => {} }
}

const FOLLOWERS = {
  'a class with private fields and inherited methods': () => new PrivateCache(),
  'an object literal with arrow functions': () => follower(() => DOCUMENT),
  'a proxy': () => {
    const target = follower(() => DOCUMENT)
    return new Proxy({}, { get: (_, name) => Reflect.get(target, name) })
  },
  'methods behind getters': () => ({
    get shouldFetchFlagDefinitions() {
      return () => false
    },
    get getFlagDefinitions() {
      return () => DOCUMENT
    },
    shutdown() {},
  }),
  'a function with properties': () =>
    Object.assign(
      () => {},
      follower(() => DOCUMENT)
    ),
  'a frozen object': () => Object.freeze(follower(() => DOCUMENT)),
  'a promise': () => follower(async () => DOCUMENT),
  'a foreign thenable': () =>
    follower(() => ({
      then: (/** @type {(value: unknown) => void} */ resolve) => void setImmediate(resolve, DOCUMENT),
    })),
  'JSON text': () => follower(() => JSON.stringify(DOCUMENT)),
  'a Buffer': () => follower(() => Buffer.from(JSON.stringify(DOCUMENT))),
  'a Uint8Array that is a view': () =>
    follower(() => new TextEncoder().encode(`xx${JSON.stringify(DOCUMENT)}xx`).subarray(2, -2)),
  'a Uint8Array of another realm': () => {
    const bytes = Array.from(Buffer.from(JSON.stringify(DOCUMENT)))
    return follower(() => vm.runInNewContext('Uint8Array.from(bytes)', { bytes }))
  },
  'an object of another realm': () =>
    follower(() => vm.runInNewContext('JSON.parse(text)', { text: JSON.stringify(DOCUMENT) })),
  'JSON text with a byte order mark': () => follower(() => `\uFEFF${JSON.stringify(DOCUMENT)}`),
  'a document with fields that JSON cannot carry': () => {
    /** @type {any} */
    const document = { ...DOCUMENT, fetchedAt: 10n, socket: () => {} }
    document.self = document
    return follower(() => document)
  },
  'a document with a cycle inside a flag': () => {
    /** @type {any} */
    const cyclic = flag('cached')
    cyclic.self = { cyclic, again: [cyclic] }
    cyclic.big = 10n
    return follower(() => ({ ...DOCUMENT, flags: [cyclic] }))
  },
  'a document with getters on its prototype': () => {
    class Document {
      get flags() {
        return DOCUMENT.flags
      }
      get cohorts() {
        return {}
      }
    }
    return follower(() => new Document())
  },
}

describe('definitions are read from a provider that is or returns', () => {
  for (const [name, make] of Object.entries(FOLLOWERS)) {
    test(name, async () => {
      const seen = await observe(NATIVE, { options: { flagDefinitionCacheProvider: make() } })
      assert.deepEqual(seen.flags, ['cached'])
      assert.deepEqual(seen.log, [['loaded', 1]])
      assert.deepEqual(seen.requests, [])
    })
  }
})

test('methods patched after construction are the ones that are called', async () => {
  const provider = memoryProvider({ fetch: false, cached: DOCUMENT })
  const seen = await observe(NATIVE, {
    loads: 2,
    options: { flagDefinitionCacheProvider: provider },
    between: () => {
      provider.getFlagDefinitions = () => ({ ...DOCUMENT, flags: [flag('patched')] })
    },
  })
  assert.deepEqual(seen.flags, ['patched'])
})

test('a getter that throws, and errors of every kind, end as one error event each', async () => {
  const thrown = [
    new Error('e'),
    'text',
    undefined,
    null,
    0,
    Symbol('s'),
    { toString: () => 'own' },
    Object.create(null),
  ]
  for (const reason of thrown) {
    const provider = follower(() => undefined)
    Object.defineProperty(provider, 'getFlagDefinitions', {
      get() {
        throw reason
      },
    })
    const seen = await observe(NATIVE, { options: { flagDefinitionCacheProvider: provider } })
    const errors = seen.log.filter(([kind]) => kind === 'error')
    assert.equal(errors.length, 1)
    assert.match(String(errors[0][2]), /^Failed to load from cache: ./)
    assert.deepEqual(seen.flags, ['on'], 'and the load fetches instead')
  }
})

test('a document that changes after it was returned does not change the flags', async () => {
  const document = { ...DOCUMENT, flags: [flag('cached')] }
  const seen = await observe(NATIVE, {
    options: {
      flagDefinitionCacheProvider: follower(() => {
        setImmediate(() => document.flags.push(flag('late')))
        return document
      }),
    },
  })
  assert.deepEqual(seen.flags, ['cached'])
})

test('a stored document may be kept and changed by the provider without changing the flags', async () => {
  const provider = memoryProvider({ methods: { onFlagDefinitionsReceived: (data) => data.flags.push(flag('extra')) } })
  const seen = await observe(NATIVE, { options: { flagDefinitionCacheProvider: provider } })
  assert.deepEqual(seen.flags, ['on'])
})

test('unknown fields, floats and big numbers survive fetch, store and read', async () => {
  const body =
    '{"flags":[{"id":1,"key":"k","active":true,"filters":{"holdout":{"id":1,"exclusion_percentage":12.345678901234567},' +
    '"groups":[]},"future":{"n":1e21,"big":9007199254740993,"s":"\\ud800"}}],"cohorts":{}}'
  const writer = memoryProvider()
  await observe(NATIVE, { answers: [{ body }], options: { flagDefinitionCacheProvider: writer } })
  assert.deepEqual(writer.stored[0].flags, JSON.parse(body).flags)
  const reader = memoryProvider({ fetch: false, cached: JSON.parse(JSON.stringify(writer.stored[0])) })
  const seen = await observe(NATIVE, { options: { flagDefinitionCacheProvider: reader } })
  assert.deepEqual(seen.flags, ['k'])
})

test('floats and big numbers decide the same when they come from the provider as when they come from PostHog', async () => {
  const flags = [12.345678901234567, 33.333333333333336, 66.66666666666667].map((percentage, index) =>
    flag(`flag-${index}`, {
      id: 2 ** 53 + 2 * index,
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 - percentage / 3 }],
        holdout: { id: 2 ** 40 + index, exclusion_percentage: percentage },
        payloads: { true: '1e400' },
      },
    })
  )
  const evaluateAll = (/** @type {any} */ client) =>
    Array.from({ length: 300 }, (_, user) => client.localEvaluator.getAllFlagsAndPayloads(`user-${user}`))
  /** @type {unknown[]} */
  const answers = []
  const note = (/** @type {any} */ client) => void answers.push(evaluateAll(client))
  const writer = memoryProvider()
  await observe(NATIVE, { definitions: { flags }, between: note, options: { flagDefinitionCacheProvider: writer } })
  const [stored] = writer.stored
  for (const cached of [stored, JSON.parse(JSON.stringify(stored)), JSON.stringify(stored)]) {
    const reader = memoryProvider({ fetch: false, cached })
    await observe(NATIVE, { between: note, options: { flagDefinitionCacheProvider: reader } })
  }
  assert.equal(answers.length, 4)
  answers.slice(1).forEach((answer) => assert.deepEqual(answer, answers[0]))
  assert.ok(new Set(answers[0].map((/** @type {unknown} */ answer) => JSON.stringify(answer))).size > 4)
})

/** @param {number} levels */
function nested(levels) {
  /** @type {any} */
  let value = {}
  for (let level = 0; level < levels; level += 1) value = { value }
  return value
}

const UNREADABLE = {
  'whose flags cannot be read': () => ({
    get flags() {
      throw new Error('closed')
    },
  }),
  'with a flag that cannot be read': () => ({
    flags: [
      {
        get key() {
          throw new Error('closed')
        },
      },
    ],
  }),
  'with a flag that cannot be written as JSON': () => ({
    flags: [
      {
        toJSON() {
          throw new Error('closed')
        },
      },
    ],
  }),
  'that is a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
}

for (const [name, make] of Object.entries(UNREADABLE)) {
  test(`a document ${name} is one error event, and what is held stays`, async () => {
    /** @type {unknown} */
    let document = DOCUMENT
    const seen = await observe(NATIVE, {
      loads: 2,
      options: { flagDefinitionCacheProvider: follower(() => document) },
      between: () => {
        document = make()
      },
    })
    assert.deepEqual(seen.flags, ['cached'])
    assert.deepEqual(seen.requests, [])
    const errors = seen.log.filter(([kind]) => kind === 'error')
    assert.equal(errors.length, 1)
    assert.match(String(errors[0][2]), /^Failed to load from cache: \w*Error: /)
  })
}

test('methods run in the async context the client was made in', async () => {
  const storage = new AsyncLocalStorage()
  /** @type {unknown[]} */
  const contexts = []
  const note = () => void contexts.push(storage.getStore())
  const methods = { shouldFetchFlagDefinitions: () => (note(), true), onFlagDefinitionsReceived: note, shutdown: note }
  const provider = memoryProvider({ methods })
  await storage.run('construction', () =>
    observe(NATIVE, {
      loads: 2,
      options: { flagDefinitionCacheProvider: provider },
      between: (client) => storage.run('later', () => client.getFeatureFlag('on', 'somebody')),
    })
  )
  assert.equal(contexts.length, 5)
  assert.deepEqual([...new Set(contexts)], ['construction'])
})

test('a method that calls back into the client is answered and never entered twice at a time', async () => {
  let inside = 0
  let deepest = 0
  /** @type {any} */
  let client
  const busy = async (/** @type {unknown} */ result) => {
    inside += 1
    deepest = Math.max(deepest, inside)
    client?.capture({ distinctId: 'provider', event: 'called back' })
    void client?.reloadFeatureFlags()
    await client?.getFeatureFlag('on', 'somebody')
    await new Promise(setImmediate)
    inside -= 1
    return result
  }
  const provider = memoryProvider({
    methods: { shouldFetchFlagDefinitions: () => busy(true), onFlagDefinitionsReceived: () => busy(undefined) },
  })
  const seen = await observe(NATIVE, {
    loads: 4,
    options: { flagDefinitionCacheProvider: provider },
    between: (made) => {
      client = made
    },
  })
  assert.equal(deepest, 1)
  assert.deepEqual(seen.flags, ['on'])
  assert.equal(seen.log.filter(([kind]) => kind === 'error').length, 0)
})

for (const method of ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']) {
  test(`${method} that waits for the load it is part of is given up, and called again by the next load`, async () => {
    const log = []
    const provider = memoryProvider({ fetch: method !== 'getFlagDefinitions', cached: DOCUMENT })
    const usual = provider[method]
    const seen = await observe(NATIVE, {
      loads: 3,
      options: { flagDefinitionCacheProvider: provider, native: { providerTimeoutMs: 50 } },
      between: (client, _server, load) => {
        provider[method] = async () => {
          log.push(`${load} begins`)
          // With posthog-node this load would never end.
          if (load === 1) await client.reloadFeatureFlags()
          log.push(`${load} ends`)
          return usual()
        }
      },
    })
    assert.deepEqual(log, ['1 begins', '1 ends', '2 begins', '2 ends'])
    const [givenUp, ...others] = seen.log.filter(([kind]) => kind === 'error').map(([, , message]) => String(message))
    assert.match(givenUp, new RegExp(`: Error: ${method} did not settle within 50ms$`))
    // The load fetches without a decision, and may not store what it got while the call is open.
    const notCalled = `Failed to store in cache: Error: onFlagDefinitionsReceived was not called because ${method} has not settled yet`
    assert.deepEqual(others, method === 'shouldFetchFlagDefinitions' ? [notCalled] : [])
    assert.deepEqual(seen.flags, [method === 'getFlagDefinitions' ? 'cached' : 'on'])
  })
}

test('after shutdown nothing but the one shutdown reaches the provider, and a late answer changes nothing', async () => {
  /** @type {(value: unknown) => void} */
  let answer = () => {}
  const pending = new Promise((resolve) => {
    answer = resolve
  })
  /** @type {() => void} */
  let asked = () => {}
  const askedOnce = new Promise((resolve) => {
    asked = () => resolve(undefined)
  })
  const provider = memoryProvider({
    fetch: false,
    methods: {
      getFlagDefinitions: () => {
        asked()
        return pending
      },
    },
  })
  const client = new NATIVE('phc_project', {
    host: 'http://127.0.0.1:1',
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: 100,
    flagDefinitionCacheProvider: provider,
  })
  const loading = client.reloadFeatureFlags()
  await askedOnce
  await client.shutdown()
  await client.shutdown()
  await loading
  answer(DOCUMENT)
  await client.reloadFeatureFlags()
  await new Promise(setImmediate)
  assert.deepEqual(provider.calls, ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'shutdown'])
  assert.equal(client.isLocalEvaluationReady(), false)
})

test('a shutdown that never settles is given up after the timeout of the client', async () => {
  const provider = memoryProvider({ methods: { shutdown: () => new Promise(() => {}) } })
  const client = new NATIVE('phc_project', { host: 'http://127.0.0.1:1', flagDefinitionCacheProvider: provider })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  await client.shutdown(50)
  assert.deepEqual(errors, ['Error during cache shutdown: Error: Cache shutdown timeout after 50ms'])
})
