'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { PostHog } = require('../../index')
const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { memoryProvider } = require('../support/providers')

const CLOSED_PORT = 'http://127.0.0.1:1'
const DOCUMENT = { flags: [flag('given'), flag('off', { active: false })] }

/** @param {import('node:test').TestContext} t @param {any} options */
function open(t, { native, ...options }) {
  const client = new PostHog('phc_project', {
    host: CLOSED_PORT,
    featureFlagsPollingInterval: null,
    native,
    ...options,
  })
  /** @type {Error[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error))
  t.after(() => client.shutdown())
  return { client, errors }
}

/** @param {any} client */
const keysOf = (client) => Object.keys(client.localEvaluator.getAllFlags('kari'))

test('a client that is given definitions as an object, text or bytes is ready on the next line', async (t) => {
  const text = JSON.stringify(DOCUMENT)
  // What `import * as` makes of a JSON file has no prototype.
  const imported = Object.assign(Object.create(null), DOCUMENT)
  const bytes = [Buffer.from(text), new Uint8Array(Buffer.from(text))]
  for (const bootstrap of [DOCUMENT, imported, text, `\uFEFF${text}`, ...bytes]) {
    for (const source of [{}, { secretKey: 'phs_secret' }, { flagDefinitionCacheProvider: memoryProvider() }]) {
      const { client } = open(t, { native: { bootstrap }, ...source })
      assert.equal(client.isLocalEvaluationReady(), true)
      assert.equal(client.localEvaluationEngine, 'native')
      assert.deepEqual(keysOf(client), ['given', 'off'])
      assert.equal(await client.waitForLocalEvaluationReady(), true)
      assert.equal(await client.getFeatureFlag('given', 'kari', { sendFeatureFlagEvents: false }), true)
      assert.equal(/** @type {any} */ (client).featureFlagsPoller.origin.source, 'bootstrap')
      assert.equal(/** @type {any} */ (client).featureFlagsPoller.getFlagDefinitionsLoadedAt(), undefined)
    }
  }
})

test('evaluation contexts choose among the flags that are given, and what is wrong with one of them is an error event', async (t) => {
  const bootstrap = {
    flags: [flag('web', { evaluation_contexts: ['web'] }), flag('job', { evaluation_contexts: ['job'] })],
  }
  assert.deepEqual(keysOf(open(t, { native: { bootstrap }, evaluationContexts: ['web'] }).client), ['web'])
})

test('what the server or a cache has replaces what was given, and a load that fails does not', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('served')] }, { etag: '"1"' })
  server.script({ status: 500 })
  const { client, errors } = open(t, { host: server.url, secretKey: 'phs_secret', native: { bootstrap: DOCUMENT } })
  await client.reloadFeatureFlags()
  assert.deepEqual(keysOf(client), ['given', 'off'])
  assert.equal(errors.length, 1)
  await client.reloadFeatureFlags()
  assert.deepEqual(keysOf(client), ['served'])
  assert.equal(/** @type {any} */ (client).featureFlagsPoller.origin.source, 'network')
  // What was given is nothing that the server could have named a tag for.
  assert.equal(server.definitionRequests[1].headers['if-none-match'], undefined)

  const provider = memoryProvider({ fetch: false, cached: { flags: [flag('cached')] } })
  const reader = open(t, { flagDefinitionCacheProvider: provider, native: { bootstrap: DOCUMENT } }).client
  await reader.reloadFeatureFlags()
  assert.deepEqual(keysOf(reader), ['cached'])
  assert.equal(/** @type {any} */ (reader).featureFlagsPoller.origin.source, 'cache')
})

test('later changes to the object have no effect, and the client does not keep it', async (t) => {
  const bootstrap = { flags: [flag('given')] }
  const native = { bootstrap, pollingJitter: 0 }
  const { client } = open(t, { native })
  bootstrap.flags.push(flag('late'))
  await client.reloadFeatureFlags()
  assert.deepEqual(keysOf(client), ['given'])
  assert.deepEqual(/** @type {any} */ (client).options.native, { bootstrap: undefined, pollingJitter: 0 })
  assert.equal(native.bootstrap, bootstrap)
})

test('what is no definitions document is refused by the constructor', () => {
  const make = (/** @type {any} */ bootstrap) => () => new PostHog('phc_project', { native: { bootstrap } })
  for (const [bootstrap, received] of /** @type {[any, string][]} */ ([
    [null, 'null'],
    [5, '5 of type number'],
    [[], 'an array'],
    [{}, 'an object'],
    [Promise.resolve(DOCUMENT), 'an object'],
    [new ArrayBuffer(8), 'an object'],
    [() => DOCUMENT, 'a function'],
  ])) {
    assert.throws(make(bootstrap), {
      name: 'TypeError',
      message:
        "Expected native.bootstrap to be flag definitions as an object with 'flags', JSON text or a Uint8Array " +
        `but received ${received}`,
    })
  }
  assert.throws(make(''), { name: 'TypeError', message: /^native\.bootstrap cannot be used: .*JSON/ })
  assert.throws(make('{"flags":5}'), { name: 'TypeError', message: /^native\.bootstrap cannot be used: .*flags/ })
  assert.throws(make(Buffer.from('{"flags":[')), (/** @type {any} */ { cause }) => cause instanceof Error)
})

test('without local evaluation nothing is made of what was given', (t) => {
  for (const options of [{ enableLocalEvaluation: false }, { disabled: true }]) {
    const { client } = open(t, { native: { bootstrap: DOCUMENT }, ...options })
    assert.equal(client.localEvaluationEngine, undefined)
  }
})

test('without a key there is no request and no timer, and the process ends by itself', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  const script = `
    const client = new PostHog('phc_project', { host: HOST, native: { bootstrap: ${JSON.stringify(DOCUMENT)} } })
    client.evaluateFlags('kari', { flagKeys: ['given'] }).then((flags) => {
      console.log(client.isLocalEvaluationReady(), flags.isEnabled('given'), process.getActiveResourcesInfo().includes('Timeout'))
    })`
  const { code, output } = await startChild(script, { host: server.url }).ended()
  assert.deepEqual({ code, output }, { code: 0, output: 'true true false\n' })
  assert.deepEqual(server.definitionRequests, [])
})

test('waiting for flags ends at once where none were given and none will come', async (t) => {
  const client = new PostHog('phc_project', { native: { bootstrap: { flags: [] } } })
  t.after(() => client.shutdown())
  const waiting = client.waitForLocalEvaluationReady(60_000)
  const later = new Promise((resolve) => setImmediate(() => resolve('it goes on')))
  assert.equal(await Promise.race([waiting, later]), false)
})

test('fake timers do not take away what was given', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const { client } = open(t, { secretKey: 'phs_secret', native: { bootstrap: DOCUMENT } })
  assert.equal(client.isLocalEvaluationReady(), true)
})

test('with the engine javascript a debug line says which options have no effect', (t) => {
  const lines = t.mock.method(console, 'log', () => {})
  const client = new PostHog('phc_project', {
    native: { engine: 'javascript', bootstrap: { flags: [] }, shared: true },
  })
  t.after(() => client.shutdown())
  client.debug()
  const text = lines.mock.calls.map(({ arguments: parts }) => parts.join(' ')).join('\n')
  assert.match(text, /posthog-node itself evaluates flags, .* without effect: native\.bootstrap, native\.shared/)
})
