'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const zlib = require('node:zlib')

const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, flag } = require('../../support/observe')
const { TRANSPORTS } = require('../../support/transports')

const TEXT = JSON.stringify({ flags: [flag('on')] })

/** Definitions with the flag `packed`, compressed by Node 24: the oldest Node that this runs on has no zstd of its own. */
const ZSTD = Buffer.from(
  'KLUv/WB+BVUEAHLJHBqQFTgHnYVeSpbdfq/tZiL6vzuAHznKmbt9Bc9BW6gweIJK8GON/HVNtZWJCfFkljhv1R0u+QzvDU8QAJCvcNuTPoldHGNO' +
    'fYav1afTzMWpcoOs6Jctw+eLLvIH1ib0cXEkYRqZOeITgFwsNwLIikJmuAkGAJST+Zsd/BMc/APHkxkO6IMyAw==',
  'base64'
)

/**
 * @param {import('node:test').TestContext} t
 * @param {Record<string, any>} options
 */
async function start(t, options) {
  const server = await DefinitionsServer.start()
  server.setDefinitions(TEXT)
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    ...options,
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  t.after(async () => {
    await client.shutdown()
    await server.close()
  })
  return { server, client, errors, keys: () => client.getFeatureFlagKeysByEvaluationRuntime('all') }
}

const packed = JSON.stringify({ flags: [flag('packed')] })
const NATIVE_ENCODINGS = { gzip: zlib.gzipSync(packed), br: zlib.brotliCompressSync(packed), zstd: ZSTD }
const FETCH_ENCODINGS = { gzip: zlib.gzipSync(packed), br: zlib.brotliCompressSync(packed) }

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  const isNative = options.native?.transport === 'native'

  for (const [encoding, body] of Object.entries(isNative ? NATIVE_ENCODINGS : FETCH_ENCODINGS)) {
    test(`over ${transport}, a body in ${encoding} is understood, and asked for where that is possible`, async (t) => {
      const { server, client, keys } = await start(t, options)
      await client.reloadFeatureFlags()
      server.script({ headers: { 'Content-Encoding': encoding }, body })
      await client.reloadFeatureFlags()
      assert.deepEqual(keys(), ['packed'])
      // Node's fetch asks for brotli only over TLS.
      if (isNative || encoding === 'gzip') {
        assert.match(String(server.definitionRequests[1].headers['accept-encoding']), new RegExp(`\\b${encoding}\\b`))
      }
    })
  }

  describe(`over ${transport}, what was loaded stays, one error tells why, and the next load goes well after`, () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
    /** @type {Record<string, import('../../support/definitions-server').ScriptedAnswer>} */
    const broken = {
      'half a body': { body: TEXT, cutBody: true },
      'a length that is too long': { raw: `${head}Content-Length: 1000\r\n\r\n${TEXT}` },
      'a length that is too short': { raw: `${head}Content-Length: 20\r\n\r\n${TEXT}` },
      'a length that is none': { raw: `${head}Content-Length: many\r\n\r\n${TEXT}` },
      'two lengths': { raw: `${head}Content-Length: 5\r\nContent-Length: ${TEXT.length}\r\n\r\n${TEXT}` },
      'a chunk of no length': { raw: `${head}Transfer-Encoding: chunked\r\n\r\nmany\r\n${TEXT}\r\n0\r\n\r\n` },
      'chunks without an end': { raw: `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"fla\r\n` },
      'no HTTP': { raw: 'SSH-2.0-OpenSSH_9.2\r\n' },
      'half a head': { raw: 'HTTP/1.1 200 OK\r\nContent-' },
      'an end without a word': { raw: '' },
      'a lost connection': { drop: true },
      'a connection that is reset': { reset: true },
      'a head, then drops without end': { drip: true },
      'a head and a byte': { hangBody: true },
      'no answer': { hang: true },
      'what is said to be gzip and is not': { headers: { 'Content-Encoding': 'gzip' }, body: TEXT },
      'half of a gzip': { headers: { 'Content-Encoding': 'gzip' }, body: zlib.gzipSync(TEXT).subarray(0, 40) },
      'half a document': { body: TEXT.slice(0, -20) },
    }
    for (const [name, answer] of Object.entries(broken)) {
      test(name, async (t) => {
        const { server, client, errors, keys } = await start(t, { ...options, requestTimeout: 300 })
        await client.reloadFeatureFlags()
        server.script(answer)
        await client.reloadFeatureFlags()
        assert.deepEqual(keys(), ['on'])
        assert.equal(errors.length, 1, errors.join('\n'))
        assert.match(errors[0], /^Failed to load feature flags: .* stay in use\.$/)
        server.setDefinitions({ flags: [flag('next')] })
        await client.reloadFeatureFlags()
        assert.deepEqual(keys(), ['next'])
      })
    }
  })
}
