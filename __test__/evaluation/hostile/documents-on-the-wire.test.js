'use strict'

// Documents that are no documents, or are more than they seem: cut short, of bytes that are no text, blown up by
// compression, and every JSON type in every place of one.

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')
const zlib = require('node:zlib')

const { LocalEvaluator } = require('../../..')
const { compareCase } = require('../../parity/support/compare')
const { snapshot, client: nativeClient } = require('../../parity/support/native')
const { show } = require('../../parity/support/report')
const { rawJson } = require('../../parity/support/spec')
const { startChild } = require('../../support/child')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK, flag, observe } = require('../../support/observe')

const property = (/** @type {string} */ key, /** @type {unknown} */ value, operator = 'exact') => ({
  key,
  value,
  operator,
  type: 'person',
})

/** A document with a bit of everything, each part reached by the call below. @type {any} */
const DOCUMENT = {
  flags: [
    {
      id: 1,
      key: 'everything',
      active: true,
      ensure_experience_continuity: false,
      evaluation_runtime: 'all',
      filters: {
        groups: [
          {
            properties: [property('plan', ['free'], 'is_not'), property('seats', 5, 'gt')],
            rollout_percentage: 100,
            variant: 'a',
          },
          { properties: [], rollout_percentage: 30 },
        ],
        multivariate: {
          variants: [
            { key: 'a', rollout_percentage: 40 },
            { key: 'b', rollout_percentage: 60 },
          ],
        },
        payloads: { a: '{"n":1}', b: '2' },
        early_exit: false,
        holdout: { id: 3, exclusion_percentage: 10 },
      },
    },
    {
      id: 2,
      key: 'cohort',
      active: true,
      filters: { groups: [{ properties: [{ key: 'id', type: 'cohort', value: 1, operator: 'in' }] }] },
    },
    {
      id: 3,
      key: 'dependent',
      active: true,
      filters: {
        groups: [
          {
            properties: [
              { key: 'cohort', type: 'flag', value: true, operator: 'flag_evaluates_to', dependency_chain: ['cohort'] },
            ],
          },
        ],
      },
    },
    {
      id: 4,
      key: 'company',
      active: true,
      filters: { aggregation_group_type_index: 0, groups: [{ properties: [], rollout_percentage: 50 }] },
    },
    { id: 5, key: 'good', active: true, filters: { groups: [{ properties: [property('plan', 'pro')] }] } },
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 1: { type: 'OR', values: [{ type: 'AND', values: [property('plan', 'p', 'icontains')] }] } },
  property_matching_version: 2,
  minimal_flag_called_events: true,
}

const CONTEXT = {
  distinctId: 'kari',
  groups: { company: 'acme' },
  personProperties: { plan: 'pro', seats: 7 },
  groupProperties: { company: { size: 5 } },
}
const CALL = { context: CONTEXT, singles: [{ key: 'everything', matchValue: 'a' }] }

/** Every JSON type. */
const TYPES = [null, true, 0, -1, rawJson('1e400'), '', 'x', [], [[]], {}, { a: {} }]

/** The ways to all nodes. @param {any} node @param {string[]} way @returns {Generator<string[]>} */
function* waysInto(node, way = []) {
  yield way
  if (typeof node === 'object' && node !== null) {
    for (const key of Object.keys(node)) {
      yield* waysInto(node[key], [...way, key])
    }
  }
}

/** The document with another value in one place. @param {any} node @param {string[]} way @param {any} value @returns {any} */
function replaced(node, [key, ...rest], value) {
  if (key === undefined) {
    return value
  }
  const changed = replaced(node[key], rest, value)
  if (Array.isArray(node)) {
    return node.map((item, place) => (place === Number(key) ? changed : item))
  }
  return { ...node, [key]: changed }
}

/** What posthog-node refuses as a whole costs no more than itself here: nothing is thrown but a `TypeError` on loading. */
async function assertContained(/** @type {any} */ definitions, /** @type {string} */ way) {
  const { toJson } = require('../../parity/support/spec')
  let evaluator
  try {
    evaluator = new LocalEvaluator(toJson(definitions))
  } catch (error) {
    assert.ok(error instanceof TypeError, `${way}: ${error}`)
    return
  }
  const { good } = evaluator.getAllFlags('kari', CONTEXT)
  assert.ok(way.startsWith('flags.4') || way === 'flags' || good === true, `${way} costs another flag`)
}

describe('every JSON type in every place of a document', () => {
  const ways = [...waysInto(DOCUMENT)].slice(1)

  for (const contender of [snapshot, nativeClient]) {
    it(`is answered as by posthog-node, by the ${contender.name}`, async (t) => {
      t.mock.method(console, 'warn', () => {})
      let compared = 0
      for (const way of ways) {
        for (const value of TYPES) {
          const definitions = replaced(DOCUMENT, way, value)
          const testCase = { definitions, evaluationContexts: undefined, now: 1_700_000_000_000, calls: [CALL] }
          const { difference, rejected } = await compareCase(testCase, contender)
          assert.equal(difference, undefined, `${show(value)} at ${way.join('.')}: ${show(difference)}`)
          if (rejected) {
            await assertContained(definitions, way.join('.'))
          } else {
            compared += 1
          }
        }
      }
      t.diagnostic(`${ways.length} places × ${TYPES.length} types, ${compared} documents that posthog-node takes`)
      assert.ok(compared > ways.length * TYPES.length * 0.9)
    })
  }
})

const TEXT = JSON.stringify(DOCUMENT)
const HELD = { flags: [flag('held')] }

/** What clients hold after a document that came when another was held. @param {any} PostHog @param {any} answer */
const afterwards = (PostHog, answer) =>
  observe(PostHog, { definitions: HELD, answers: [{ body: HELD }, answer], loads: 2 })

describe('a document that is cut short', () => {
  it('anywhere is refused', () => {
    for (let end = 0; end < TEXT.length; end += 1) {
      assert.throws(() => new LocalEvaluator(TEXT.slice(0, end)), TypeError, `after ${end} characters`)
    }
  })

  it('on the wire is an error event, and what was held stays', async () => {
    for (const share of [0.01, 0.5, 0.99]) {
      const body = TEXT.slice(0, Math.floor(TEXT.length * share))
      const { flags, log } = await afterwards(NATIVE, { body })
      assert.deepEqual(flags, ['held'])
      assert.deepEqual(
        log.map(([kind]) => kind),
        ['loaded', 'error']
      )
    }
  })
})

describe('bytes that are no UTF-8', () => {
  for (const [name, bytes] of /** @type {[string, number[]][]} */ ([
    ['alone', [0xff]],
    ['cut short', [0xe2, 0x82]],
    ['overlong', [0xc0, 0xaf]],
    ['of a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['that are zero', [0x5c, 0x75, 0x30, 0x30, 0x30, 0x30]],
  ])) {
    it(`${name} in a key are read as posthog-node reads them`, async () => {
      const body = Buffer.concat([
        Buffer.from('{"flags":[{"key":"k'),
        Buffer.from(bytes),
        Buffer.from('","active":true,"filters":{"groups":[{}]}}]}'),
      ])
      const [ours, theirs] = [await afterwards(NATIVE, { body }), await afterwards(STOCK, { body })]
      assert.deepEqual(ours, theirs)
      assert.equal(ours.flags.length, 1)
    })

    it(`${name} between the tokens are refused as by posthog-node`, async () => {
      const body = Buffer.concat([Buffer.from('{"flags":'), Buffer.from(bytes), Buffer.from('[]}')])
      const [ours, theirs] = [await afterwards(NATIVE, { body }), await afterwards(STOCK, { body })]
      assert.deepEqual(ours.flags, theirs.flags)
      assert.deepEqual(ours.flags, ['held'])
    })
  }
})

const MEGABYTE = 1024 * 1024

/** A gigabyte of spaces as zstd has it: blocks that say what to repeat. */
function zstdBomb() {
  const block = Buffer.from([0, 0, 0, 0x20])
  const size = 128 * 1024
  block.writeUIntLE((1 << 1) | (size << 3), 0, 3)
  const last = Buffer.from(block)
  last[0] |= 1
  const blocks = Array.from({ length: (1024 * MEGABYTE) / size - 1 }, () => block)
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks, last])
}

/** @type {Record<string, () => { encoding: string, body: Buffer }>} */
const BOMBS = {
  'a gigabyte of gzip': () => {
    // Members of a gzip file follow each other.
    const member = zlib.gzipSync(Buffer.alloc(64 * MEGABYTE, ' '))
    return { encoding: 'gzip', body: Buffer.concat(Array.from({ length: 16 }, () => member)) }
  },
  '64 MB of gzip in one member': () => ({ encoding: 'gzip', body: zlib.gzipSync(Buffer.alloc(64 * MEGABYTE, ' ')) }),
  '64 MB of brotli': () => {
    const options = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }
    return { encoding: 'br', body: zlib.brotliCompressSync(Buffer.alloc(64 * MEGABYTE, ' '), options) }
  },
  'a gigabyte of zstd': () => ({ encoding: 'zstd', body: zstdBomb() }),
}

/** What of the options of a client chooses each transport. */
const TRANSPORTS = {
  'the native transport': "native: { ...NATIVE, transport: 'native' }",
  "the process's fetch": "native: { ...NATIVE, transport: 'fetch' }",
  "the user's fetch": 'native: NATIVE, fetch: (...args) => fetch(...args)',
}

/** Loads three times and prints what came of it, and how much memory the second load took at most. */
const LOAD = (/** @type {string} */ options) => `
  ;(async () => {
    const client = new PostHog('phc_x', { ...OPTIONS, featureFlagsPollingInterval: null, ${options} })
    const errors = []
    client.on('error', ({ message }) => errors.push(message))
    await client.reloadFeatureFlags()
    const before = process.resourceUsage().maxRSS
    await client.reloadFeatureFlags()
    const grown = (process.resourceUsage().maxRSS - before) / 1024
    await client.reloadFeatureFlags()
    console.log('RESULT ' + JSON.stringify({ errors, grown, keys: client.getFeatureFlagKeysByEvaluationRuntime('all') }))
    await client.shutdown()
  })()
`

/** What a provider has of a document that is too large. */
const SIZE = 300_000_000

/** The limit of these clients. */
const MAX_DOCUMENT_BYTES = 16 * MEGABYTE
const NATIVE_OPTIONS = `const NATIVE = { maxDocumentBytes: ${MAX_DOCUMENT_BYTES} }`

/** @param {DefinitionsServer} server @param {string} options of the client @param {string} [prelude] */
async function load(server, options, prelude = '') {
  const { code, output } = await startChild(NATIVE_OPTIONS + prelude + LOAD(options), { host: server.url }).ended()
  assert.equal(code, 0, output)
  return JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '{}')
}

describe('a response that grows when it is decompressed,', () => {
  /** @type {DefinitionsServer} */
  let server

  /** How much a process grows, over each transport, when it loads a document as large as it may be. */
  const grownAsUsual = new Map()

  before(async () => {
    server = await DefinitionsServer.start()
    const usual = JSON.stringify(HELD)
    const large = usual.padEnd(MAX_DOCUMENT_BYTES, ' ')
    for (const options of Object.values(TRANSPORTS)) {
      server.script({ body: usual }, { body: large }, { body: usual })
      const { errors, grown, keys } = await load(server, options)
      assert.deepEqual([errors, keys], [[], ['held']])
      grownAsUsual.set(options, grown)
    }
  })
  after(() => server.close())

  for (const [name, make] of Object.entries(BOMBS)) {
    /** @type {ReturnType<typeof make> | undefined} made once for all transports */
    let made
    for (const [transport, options] of Object.entries(TRANSPORTS)) {
      // Node's fetch reads no zstd.
      if (name.includes('zstd') && !transport.includes('native')) continue
      it(`${name}, is given up at native.maxDocumentBytes, over ${transport}`, async (t) => {
        const { encoding, body } = (made ??= make())
        server.script({ body: HELD }, { headers: { 'Content-Encoding': encoding }, body }, { body: HELD })
        const { errors, grown, keys } = await load(server, options)
        const most = 3 * grownAsUsual.get(options)
        t.diagnostic(`${Math.round(grown)} MB of ${Math.round(most)}`)
        assert.deepEqual(keys, ['held'])
        assert.equal(errors.length, 1)
        assert.match(errors[0], /: the response is larger than native\.maxDocumentBytes, 16777216 bytes\. /)
        assert.ok(grown < most, `the process grew by ${grown} MB of ${most}`)
      })
    }
  }

  for (const [form, make] of [
    ['text', `'x'.repeat(${SIZE})`],
    ['bytes', `Buffer.alloc(${SIZE})`],
    ['an object', `({ flags: Array.from({ length: 3000 }, () => ({ key: 'x'.repeat(${SIZE / 3000}) })) })`],
  ]) {
    it(`and a cached document of 300 MB as ${form}, is copied no further than native.maxDocumentBytes`, async (t) => {
      const { errors, grown, keys } = await load(
        server,
        'native: NATIVE',
        `
        const large = ${make}
        // What the value itself takes is taken before the load.
        String(large[large.length - 1])
        const HELD = { flags: [{ key: 'held', active: true }] }
        let cached = HELD
        OPTIONS.flagDefinitionCacheProvider = {
          shouldFetchFlagDefinitions: () => false, onFlagDefinitionsReceived() {}, shutdown() {},
          getFlagDefinitions() { const now = cached; cached = cached === large ? HELD : large; return now },
        }
        `
      )
      t.diagnostic(`${Math.round(grown)} MB`)
      assert.deepEqual(keys, ['held'])
      assert.equal(errors.length, 1)
      assert.match(errors[0], /the document is larger than native\.maxDocumentBytes, 16777216 bytes/)
      assert.ok(grown < SIZE / MEGABYTE / 2, `the process grew by ${grown} MB`)
    })
  }
})
