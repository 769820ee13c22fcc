'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const vm = require('node:vm')

const { NATIVE, flag, observe } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

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
