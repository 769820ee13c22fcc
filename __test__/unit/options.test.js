'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { readNativeOptions } = require('../../lib/client/options')
const { recordConsole } = require('./support/world')

const DEFAULTS = {
  providerTimeoutMs: 10_000,
  pollingJitter: 0.1,
  keepAlive: true,
  transport: 'auto',
  maxDocumentBytes: 256 * 1024 * 1024,
  engine: 'auto',
  file: undefined,
  shared: false,
  idleAfterMs: undefined,
  reasons: false,
  bootstrap: undefined,
  semantics: 'posthog-node',
  timezone: undefined,
  propertiesAreComplete: false,
}

test('options that are not given have their defaults', () => {
  assert.deepEqual(readNativeOptions(undefined), DEFAULTS)
  assert.deepEqual(readNativeOptions({}), DEFAULTS)
  const undefineds = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, undefined]))
  assert.deepEqual(readNativeOptions(undefineds), DEFAULTS)
  assert.deepEqual(readNativeOptions(Object.create({ keepAlive: 'inherited' })), DEFAULTS)
})

test('options that are given are taken, also at the ends of their ranges', () => {
  for (const given of [
    { providerTimeoutMs: 0.5 },
    { providerTimeoutMs: 2 ** 31 - 1 },
    { pollingJitter: 0 },
    { pollingJitter: 1 },
    { keepAlive: false },
    { transport: 'native' },
    { transport: 'fetch' },
    { transport: 'auto' },
    { maxDocumentBytes: 1 },
    { maxDocumentBytes: 2 ** 29 - 24 },
    { engine: 'native' },
    { engine: 'javascript' },
    { semantics: 'posthog-node', propertiesAreComplete: false },
    { semantics: 'server' },
    { semantics: 'server', timezone: 'Europe/Berlin', propertiesAreComplete: true, engine: 'native' },
  ]) {
    assert.deepEqual(readNativeOptions(given), { ...DEFAULTS, ...given })
  }
})

test('a time longer than a timer takes is the longest of those', () => {
  for (const providerTimeoutMs of [2 ** 31, 2 ** 32, 1e300]) {
    assert.equal(readNativeOptions({ providerTimeoutMs }).providerTimeoutMs, 2 ** 31 - 1)
  }
})

test('anything else is refused, with what was expected and what came', () => {
  for (const [given, message] of /** @type {[any, string][]} */ ([
    [null, 'native to be an object of options but received null'],
    [[], 'native to be an object of options but received an array'],
    ['auto', "native to be an object of options but received 'auto' of type string"],
    [5, 'native to be an object of options but received 5 of type number'],
    [{ jitter: 0 }, `native to hold only the options ${Object.keys(DEFAULTS).join(', ')} but received 'jitter'`],
    [
      { providerTimeoutMs: 0 },
      'native.providerTimeoutMs to be a positive number of milliseconds but received 0 of type',
    ],
    [{ providerTimeoutMs: NaN }, 'native.providerTimeoutMs to be a positive number of milliseconds but received NaN'],
    [{ pollingJitter: -0.1 }, 'native.pollingJitter to be a fraction of the polling interval from 0 to 1 but'],
    [{ pollingJitter: 1.1 }, 'native.pollingJitter to be a fraction of the polling interval from 0 to 1 but'],
    [{ pollingJitter: NaN }, 'native.pollingJitter to be a fraction of the polling interval from 0 to 1 but'],
    [{ keepAlive: 1 }, 'native.keepAlive to be true or false but received 1 of type number'],
    [{ transport: {} }, "native.transport to be 'native', 'fetch' or 'auto' but received an object"],
    [{ maxDocumentBytes: 0 }, 'native.maxDocumentBytes to be a positive whole number of bytes but received 0'],
    [{ maxDocumentBytes: 2 ** 29 - 23 }, 'native.maxDocumentBytes to be at most 536870888, the length of the longest'],
    [{ engine: () => {} }, "native.engine to be 'native', 'javascript' or 'auto' but received a function"],
    [{ semantics: null }, "native.semantics to be 'posthog-node' or 'server' but received null"],
    [
      { timezone: 'Berlin' },
      "native.timezone to be the IANA name of the project's time zone, such as 'Europe/Berlin' but",
    ],
    [{ timezone: 'UTC' }, "native.semantics: 'server' with native.timezone but received semantics of posthog-node;"],
    [
      { semantics: 'server', engine: 'javascript' },
      "native.engine: 'native' or 'auto' with native.semantics: 'server' but received 'javascript';",
    ],
  ])) {
    assert.throws(
      () => readNativeOptions(given),
      (/** @type {any} */ error) => error instanceof TypeError && error.message.startsWith(`Expected ${message}`),
      message
    )
  }
})

test('POSTHOG_NATIVE_ENGINE chooses the engine in place of the option', (t) => {
  t.after(() => delete process.env.POSTHOG_NATIVE_ENGINE)
  for (const engine of ['javascript', 'native', 'auto']) {
    process.env.POSTHOG_NATIVE_ENGINE = engine
    assert.equal(readNativeOptions(undefined).engine, engine)
    assert.equal(readNativeOptions({ engine: 'native' }).engine, engine)
    assert.throws(() => readNativeOptions({ engine: 'rust' }), TypeError)
  }
  process.env.POSTHOG_NATIVE_ENGINE = ''
  assert.equal(readNativeOptions({ engine: 'native' }).engine, 'native')
})

test('POSTHOG_NATIVE_ENGINE may choose posthog-node where the options want other semantics than its own', (t) => {
  t.after(() => delete process.env.POSTHOG_NATIVE_ENGINE)
  process.env.POSTHOG_NATIVE_ENGINE = 'javascript'
  const { engine, semantics } = readNativeOptions({ semantics: 'server' })
  assert.deepEqual({ engine, semantics }, { engine: 'javascript', semantics: 'server' })
})

test('a POSTHOG_NATIVE_ENGINE that is no engine is ignored, with one warning', (t) => {
  t.after(() => delete process.env.POSTHOG_NATIVE_ENGINE)
  const printed = recordConsole(t, 'warn')
  process.env.POSTHOG_NATIVE_ENGINE = 'off'
  assert.equal(readNativeOptions({ engine: 'native' }).engine, 'native')
  assert.equal(readNativeOptions(undefined).engine, 'auto')
  assert.deepEqual(printed, [
    "[PostHog] expected POSTHOG_NATIVE_ENGINE to be 'native', 'javascript' or 'auto' but received 'off'; it is ignored.",
  ])
})
