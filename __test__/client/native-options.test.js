'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { NATIVE, STOCK, flag, observe } = require('../support/observe')
const { memoryProvider } = require('../support/providers')

const HOST = 'http://127.0.0.1:1'

/** @type {[unknown, string][]} */
const REFUSED = [
  [
    { providerTimeoutMs: '10' },
    "native.providerTimeoutMs to be a positive number of milliseconds but received '10' of type string",
  ],
  [
    { providerTimeoutMs: 0 },
    'native.providerTimeoutMs to be a positive number of milliseconds but received 0 of type number',
  ],
  [
    { providerTimeoutMs: Infinity },
    'native.providerTimeoutMs to be a positive number of milliseconds but received Infinity of type number',
  ],
  [
    { pollingJitter: 1.5 },
    'native.pollingJitter to be a fraction of the polling interval from 0 to 1 but received 1.5 of type number',
  ],
  [
    { pollingJitter: null },
    'native.pollingJitter to be a fraction of the polling interval from 0 to 1 but received null',
  ],
  [{ reasons: 1 }, 'native.reasons to be true or false but received 1 of type number'],
  [{ keepAlive: 'no' }, "native.keepAlive to be true or false but received 'no' of type string"],
  [{ transport: 'curl' }, "native.transport to be 'native', 'fetch' or 'auto' but received 'curl' of type string"],
  [{ transport: () => {} }, "native.transport to be 'native', 'fetch' or 'auto' but received a function"],
  [
    { maxDocumentBytes: 1.5 },
    'native.maxDocumentBytes to be a positive whole number of bytes but received 1.5 of type number',
  ],
  [
    { maxDocumentBytes: 10n },
    'native.maxDocumentBytes to be a positive whole number of bytes but received 10 of type bigint',
  ],
  [{ maxDocumentBytes: [] }, 'native.maxDocumentBytes to be a positive whole number of bytes but received an array'],
  [
    { maxDocumentBytes: 2 ** 29 - 23 },
    'native.maxDocumentBytes to be at most 536870888, the length of the longest text in Node, but received 536870889 ' +
      'of type number',
  ],
  [
    { maxDocumentBytes: Number.MAX_SAFE_INTEGER, engine: 'javascript' },
    'native.maxDocumentBytes to be at most 536870888, the length of the longest text in Node, but received ' +
      '9007199254740991 of type number',
  ],
  [{ engine: 'rust' }, "native.engine to be 'native', 'javascript' or 'auto' but received 'rust' of type string"],
  [{ engine: null }, "native.engine to be 'native', 'javascript' or 'auto' but received null"],
  [
    { engine: 'javascript', transport: 'curl' },
    "native.transport to be 'native', 'fetch' or 'auto' but received 'curl' of type string",
  ],
  [null, 'native to be an object of options but received null'],
  [true, 'native to be an object of options but received true of type boolean'],
  [[], 'native to be an object of options but received an array'],
  [
    { pollingJiter: 0 },
    'native to hold only the options providerTimeoutMs, pollingJitter, keepAlive, transport, maxDocumentBytes, ' +
      "engine, file, shared, idleAfterMs, reasons, bootstrap, semantics, timezone, propertiesAreComplete but received 'pollingJiter'",
  ],
]

test('wrong native options are refused by the constructor, which says what it expected and what came', () => {
  for (const [native, message] of REFUSED) {
    assert.throws(() => new NATIVE('phc_project', { host: HOST, native }), {
      name: 'TypeError',
      message: `Expected ${message}`,
    })
  }
})

test('native options that are left out or undefined take their defaults', async () => {
  for (const native of [undefined, {}, { pollingJitter: undefined, transport: undefined }]) {
    const seen = await observe(NATIVE, { options: { native } })
    assert.deepEqual(seen.flags, ['on'])
  }
})

test('localEvaluationEngine says who evaluates flags locally, and nothing if nobody does', async () => {
  /** @type {[Record<string, unknown>, string | undefined][]} */
  const cases = [
    [{ secretKey: 'phs_secret' }, 'native'],
    [{ personalApiKey: 'phx_secret' }, 'native'],
    [{ flagDefinitionCacheProvider: memoryProvider({ fetch: false }) }, 'native'],
    [{ secretKey: '', flagDefinitionCacheProvider: memoryProvider({ fetch: false }) }, 'native'],
    [{ secretKey: 'phs_secret', native: { engine: 'native' } }, 'native'],
    [{ secretKey: 'phs_secret', native: { engine: 'javascript' } }, 'javascript'],
    [
      {
        secretKey: '',
        flagDefinitionCacheProvider: memoryProvider({ fetch: false }),
        native: { engine: 'javascript' },
      },
      'javascript',
    ],
    [{}, undefined],
    [{ native: { engine: 'native' } }, undefined],
    [{ secretKey: '  ' }, undefined],
    [{ secretKey: 'phs_secret', enableLocalEvaluation: false }, undefined],
    [{ secretKey: 'phs_secret', disabled: true }, undefined],
    [{ secretKey: 'phs_secret', disabled: true, native: { engine: 'javascript' } }, undefined],
  ]
  for (const [options, engine] of cases) {
    const client = new NATIVE('phc_project', { host: HOST, featureFlagsPollingInterval: null, ...options })
    client.on('error', () => {})
    assert.equal(client.localEvaluationEngine, engine, JSON.stringify(options))
    assert.equal(client.localEvaluator !== undefined, engine === 'native', JSON.stringify(options))
    await client.shutdown()
  }
})

test('POSTHOG_NATIVE_ENGINE=javascript has posthog-node evaluate flags, whatever the options say', async (t) => {
  process.env.POSTHOG_NATIVE_ENGINE = 'javascript'
  t.after(() => delete process.env.POSTHOG_NATIVE_ENGINE)
  for (const native of [undefined, { engine: 'native' }]) {
    const client = new NATIVE('phc_project', {
      host: HOST,
      secretKey: 'phs',
      featureFlagsPollingInterval: null,
      native,
    })
    client.on('error', () => {})
    assert.equal(client.localEvaluationEngine, 'javascript')
    await client.shutdown()
  }
})

test("a client with native: { engine: 'javascript' } is seen to do all that posthog-node's does", async () => {
  const options = { strictLocalEvaluation: true }
  const run = (/** @type {any} */ PostHog, /** @type {object} */ own) =>
    observe(PostHog, { loads: 3, etag: '"1"', options: { ...options, ...own } })
  assert.deepEqual(await run(NATIVE, { native: { engine: 'javascript' } }), await run(STOCK, {}))
})

test('a provider that does not settle is given up after native.providerTimeoutMs, and its late answer changes nothing', async () => {
  /** @type {(document: unknown) => void} */
  let answer = () => {}
  const late = new Promise((resolve) => {
    answer = resolve
  })
  const provider = memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => late } })
  const seen = await observe(NATIVE, {
    options: { flagDefinitionCacheProvider: provider, native: { providerTimeoutMs: 50 } },
    between: async () => {
      answer({ flags: [flag('late')] })
      await new Promise(setImmediate)
    },
  })
  assert.deepEqual(seen.log, [
    ['error', 'Error', 'Failed to load from cache: Error: getFlagDefinitions did not settle within 50ms'],
    ['loaded', 1],
  ])
  assert.deepEqual(seen.flags, ['on'])
})

test('a response larger than native.maxDocumentBytes is refused on every transport', async (t) => {
  const text = JSON.stringify({ flags: [flag('on')] })
  t.mock.method(globalThis, 'fetch', globalThis.fetch)
  for (const transport of /** @type {const} */ (['native', 'fetch'])) {
    const run = (/** @type {number} */ maxDocumentBytes) =>
      observe(NATIVE, { definitions: text, options: { native: { transport, maxDocumentBytes } } })
    assert.deepEqual((await run(text.length)).flags, ['on'])
    const { flags, log } = await run(text.length - 1)
    assert.deepEqual(flags, [])
    assert.match(
      String(log[0]),
      new RegExp(`the response is larger than native\\.maxDocumentBytes, ${text.length - 1} bytes`)
    )
  }
})
