'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { TextProvider } = require('../../lib/client/text-provider')
const { NATIVE, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { openWorld } = require('./support/world')

const DOCUMENT = { flags: [{ key: 'ä' }] }
const TEXT = JSON.stringify(DOCUMENT)

/** @param {unknown} cached */
const read = (cached) => new TextProvider(memoryProvider({ cached })).getFlagDefinitions()

test('text and bytes are parsed, with or without a byte order mark', async () => {
  for (const text of [TEXT, `\uFEFF${TEXT}`]) {
    assert.deepEqual(await read(text), DOCUMENT)
    assert.deepEqual(await read(Buffer.from(text)), DOCUMENT)
    assert.deepEqual(await read(new Uint8Array(Buffer.from(text))), DOCUMENT)
    assert.deepEqual(await read(Promise.resolve(text)), DOCUMENT)
  }
})

test('anything else is handed on as it is', async () => {
  for (const cached of [DOCUMENT, '', null, undefined, 0, 5]) {
    assert.equal(await read(cached), cached)
  }
  await assert.rejects(read('{'), SyntaxError)
  await assert.rejects(read(`\uFEFF\uFEFF${TEXT}`), SyntaxError)
})

test('all methods are called on the provider itself, and answer what it answers', async () => {
  class Provider {
    #secret = 'own'
    shouldFetchFlagDefinitions() {
      return `should fetch ${this.#secret}`
    }
    /** @param {unknown} data */
    onFlagDefinitionsReceived(data) {
      return [this.#secret, data]
    }
    shutdown() {
      return `shut down ${this.#secret}`
    }
  }
  const provider = new TextProvider(new Provider())
  assert.equal(provider.shouldFetchFlagDefinitions(), 'should fetch own')
  assert.deepEqual(provider.onFlagDefinitionsReceived(DOCUMENT), ['own', DOCUMENT])
  assert.equal(provider.shutdown(), 'shut down own')
  await assert.rejects(provider.getFlagDefinitions(), /this\.cacheProvider\.getFlagDefinitions is not a function/)
})

test("posthog-node's own poller reads text with a byte order mark from a provider", async (t) => {
  const { open } = await openWorld(t)
  const cached = `\uFEFF${JSON.stringify({ flags: [flag('on')] })}`
  const client = open(NATIVE, {
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }),
    native: { engine: 'javascript' },
  })
  assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
  assert.equal(client.localEvaluationEngine, 'javascript')
  assert.equal(await client.isFeatureEnabled('on', 'kari', { onlyEvaluateLocally: true }), true)
})
