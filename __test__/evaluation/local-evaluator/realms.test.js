'use strict'

// In a sandbox, as in jest's, the package and its user have an Object, a Uint8Array and a TypeError of their own, while
// what Node and the addon make is of the process.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')
const vm = require('node:vm')

const { LocalEvaluator } = require('../../..')
const { flag } = require('../../support/flags')
const { memoryProvider } = require('../../support/providers')
const { LENT, createRealm } = require('../../support/realm')

const DOCUMENT = { flags: [flag('on')], cohorts: {} }
const TEXT = JSON.stringify(DOCUMENT)
const realm = createRealm()

/** @param {Uint8Array} bytes */
const withOwnPrototype = (bytes) => Object.setPrototypeOf(bytes, Object.create(Buffer.prototype))

/** Documents, by what they are; each is made for the realm that it is given. @type {Record<string, () => unknown>} */
const DOCUMENTS = {
  'a Buffer of readFileSync': () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'realm-'))
    const file = path.join(folder, 'definitions.json')
    fs.writeFileSync(file, TEXT)
    const bytes = fs.readFileSync(file)
    fs.rmSync(folder, { recursive: true })
    return bytes
  },
  'a Uint8Array of the process': () => new TextEncoder().encode(TEXT),
  'a Uint8Array of the realm': () => {
    realm.globals.given = Array.from(Buffer.from(TEXT))
    return realm.run('Uint8Array.from(given)')
  },
  'a Uint8Array of a third realm': () =>
    vm.runInNewContext('Uint8Array.from(given)', { given: Array.from(Buffer.from(TEXT)) }),
  'bytes with another prototype': () => withOwnPrototype(Buffer.from(TEXT)),
  'bytes without a prototype': () => Object.setPrototypeOf(Buffer.from(TEXT), null),
  'bytes of a subclass': () => new (class Bytes extends Uint8Array {})(Buffer.from(TEXT)),
  'a proxy of bytes': () => new Proxy(Buffer.from(TEXT), {}),
  'a proxy of bytes that binds': () =>
    new Proxy(Buffer.from(TEXT), { get: (target, name) => Reflect.get(target, name) }),
  'shared bytes': () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(TEXT)))
    bytes.set(Buffer.from(TEXT))
    return bytes
  },
  'text of the realm': () => TEXT,
  'an object of the process': () => JSON.parse(TEXT),
  'an object of the realm': () => realm.run(`(${TEXT})`),
  'a proxy of an object': () => new Proxy(JSON.parse(TEXT), {}),
}

for (const [where, Evaluator] of [
  ['a realm of its own', realm.package.LocalEvaluator],
  ['the realm of the process', LocalEvaluator],
]) {
  describe(`LocalEvaluator in ${where}`, () => {
    for (const [name, make] of Object.entries(DOCUMENTS)) {
      test(`reads ${name}`, () => {
        assert.equal(new Evaluator(make()).getFeatureFlag('on', 'kari'), true)
      })
    }
  })
}

test("an error about a document is a TypeError of the caller's realm", () => {
  const { TypeError: Own } = realm.run('({ TypeError })')
  const none = [
    undefined,
    null,
    5,
    '',
    '{',
    '[]',
    {},
    { flags: 5 },
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
  ]
  for (const document of [...none, Buffer.from('{'), new Uint16Array(4)]) {
    for (const [Evaluator, Expected] of [
      [realm.package.LocalEvaluator, Own],
      [LocalEvaluator, TypeError],
    ]) {
      assert.throws(
        () => new Evaluator(document),
        (error) =>
          error instanceof Expected &&
          /xpected flag definitions|flag definitions are not valid JSON/.test(error.message)
      )
      assert.throws(
        () => new Evaluator(TEXT, { evaluationContexts: 5 }),
        (error) => error instanceof Expected
      )
    }
  }
})

test('bytes that are no Uint8Array are named in the error', () => {
  assert.throws(() => new LocalEvaluator(/** @type {any} */ (new ArrayBuffer(8))), {
    message: /but received ArrayBuffer, whose bytes a Uint8Array can be made of/,
  })
})

test('a client in a realm that lends no Response, such as that of jsdom, loads through the fetch it is given', async () => {
  const { PostHog } = createRealm(LENT.filter((name) => name !== 'Response')).package
  const client = new PostHog('phc_x', {
    host: 'http://127.0.0.1:9',
    secretKey: 'phs_x',
    featureFlagsPollingInterval: null,
    fetch: async () => ({ status: 200, headers: { get: () => null }, json: async () => DOCUMENT }),
  })
  try {
    assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
    assert.equal(client.localEvaluator.getFeatureFlag('on', 'kari'), true)
  } finally {
    await client.shutdown()
  }
})

test('a client in a realm of its own reads what a provider returns', async () => {
  for (const [name, make] of Object.entries(DOCUMENTS)) {
    const client = new realm.package.PostHog('phc_x', {
      host: 'http://127.0.0.1:9',
      featureFlagsPollingInterval: null,
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: make() }),
    })
    try {
      assert.equal(await client.waitForLocalEvaluationReady(10_000), true, name)
      assert.equal(client.localEvaluator.getFeatureFlag('on', 'kari'), true, name)
    } finally {
      await client.shutdown()
    }
  }
})
