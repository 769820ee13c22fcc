'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { PostHog } = require('../../../index')
const { startChild } = require('../../support/child')
const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { memoryProvider } = require('../../support/providers')
const { temporaryFolder } = require('./support/members')

const CLOSED_PORT = 'http://127.0.0.1:1'
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = await DefinitionsServer.start()
  closing(t, server)
  server.setDefinitions({ flags: [flag('served')] }, { etag: '"1"' })
  return { server, file: path.join(temporaryFolder(t), 'flags') }
}

/** @param {import('node:test').TestContext} t @param {any} options */
function open(t, options) {
  const client = new PostHog('phc_project', { secretKey: 'phs_secret', featureFlagsPollingInterval: null, ...options })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  closing(t, client)
  return { client, errors, origin: /** @type {any} */ (client).featureFlagsPoller?.origin }
}

/** @param {any} client */
const keysOf = (client) => Object.keys(client.localEvaluator.getAllFlags('kari'))

/** Has another process write the file, for what is compiled in this one is known to all its clients. @param {any} options */
async function write(options) {
  const script = `
    const client = new PostHog('phc_project', { ...OPTIONS, native: ${JSON.stringify(options.native)} })
    client.waitForLocalEvaluationReady().then(() => client.shutdown())`
  const { code, output } = await startChild(script, { host: options.host }).ended()
  assert.equal(code, 0, output)
}

test('a client starts with what was stored, and knows when that was current', async (t) => {
  const { server, file } = await serve(t)
  await write({ host: server.url, native: { file } })
  const aDayAgo = Date.now() / 1000 - 86_400
  fs.utimesSync(file, aDayAgo, aDayAgo)
  const { client, origin } = open(t, { host: server.url, native: { file, bootstrap: { flags: [flag('given')] } } })
  assert.equal(client.isLocalEvaluationReady(), true)
  assert.deepEqual(keysOf(client), ['served'])
  assert.equal(origin.source, 'file')
  assert.ok(Math.abs(origin.confirmedAt - aDayAgo * 1000) < 1000)
  await client.reloadFeatureFlags()
  assert.equal(origin.source, 'network')
  assert.ok(Date.now() - origin.confirmedAt < 60_000)
})

test('a file that is damaged, foreign or from the future is ignored with one error, and then replaced', async (t) => {
  const { server, file } = await serve(t)
  server.setDefinitions({ flags: [flag('stored')] }, { etag: '"2"' })
  await write({ host: server.url, native: { file } })
  server.setDefinitions({ flags: [flag('served')] }, { etag: '"1"' })
  const whole = fs.readFileSync(file)
  const text = whole.toString('latin1')
  const folder = temporaryFolder(t)
  const bootstrap = { flags: [flag('given')] }
  /** @type {[string, Buffer | string, RegExp, object?][]} */
  const cases = [
    ['torn', whole.subarray(0, whole.length - 10), /it is damaged/],
    ['empty', '', /it is damaged/],
    ['changed', text.replace('stored', 'sTored'), /it is damaged/],
    ['longer', `${text} `, /it is damaged/],
    ['something else', JSON.stringify({ flags: [] }), /it has something else in it/],
    ['from the future', text.replace('posthog-flags 1', 'posthog-flags 2'), /a newer version of posthog-node-native/],
    ['of another host', whole, /another project or host/, { host: CLOSED_PORT }],
    ['too large', whole, /native\.maxDocumentBytes, 10 bytes/, { native: { maxDocumentBytes: 10 } }],
  ]
  for (const [name, content, reason, more = {}] of cases) {
    const bad = path.join(folder, name)
    fs.writeFileSync(bad, content, { mode: 0o600 })
    const { native, ...options } = /** @type {any} */ (more)
    const { client, errors } = open(t, { host: server.url, ...options, native: { file: bad, bootstrap, ...native } })
    assert.deepEqual(keysOf(client), ['given'], name)
    await turn()
    assert.match(errors[0], reason, name)
    assert.equal(errors.filter((message) => reason.test(message)).length, 1, name)
    if (!('native' in more) && !('host' in more)) {
      await client.reloadFeatureFlags()
      assert.deepEqual(keysOf(client), ['served'], name)
      const next = open(t, { host: server.url, native: { file: bad } })
      assert.deepEqual(keysOf(next.client), ['served'], name)
    }
    await client.shutdown()
  }
})

test('a document that is whole and no definitions is ignored, too', async (t) => {
  const { file } = await serve(t)
  const { client, errors } = open(t, { host: CLOSED_PORT, native: { file: path.dirname(file) } })
  assert.equal(client.isLocalEvaluationReady(), false)
  await turn()
  assert.match(errors[0], /native\.file, .*, are ignored, because it has something else in it/)
})

test('where the file cannot be locked or written a client polls by itself, with one warning', async (t) => {
  const { server } = await serve(t)
  const folder = temporaryFolder(t)
  fs.writeFileSync(path.join(folder, 'no folder'), '')
  const warned = t.mock.method(console, 'warn', () => {})
  const [one, other] = [1, 2].map(() =>
    open(t, { host: server.url, native: { file: path.join(folder, 'no folder', 'flags') } })
  )
  for (const { client, errors } of [one, other]) {
    await client.reloadFeatureFlags()
    await client.reloadFeatureFlags()
    assert.deepEqual(keysOf(client), ['served'])
    assert.deepEqual(errors, [])
  }
  const texts = warned.mock.calls.map(({ arguments: [text] }) => String(text))
  assert.equal(texts.length, 2, texts.join('\n'))
  assert.match(texts[0], /native\.file, .*, cannot be shared: .*this process polls PostHog by itself/)
  assert.ok(server.definitionRequests.length >= 4)
})

test('what is stored is not lost to a load that fails, and what is held not to a file that is gone', async (t) => {
  const { server, file } = await serve(t)
  const { client } = open(t, { host: server.url, native: { file } })
  await client.reloadFeatureFlags()
  server.setFault({ status: 500 })
  await client.reloadFeatureFlags()
  assert.ok(fs.existsSync(file))
  fs.rmSync(file)
  server.setFault(undefined)
  await client.reloadFeatureFlags()
  assert.deepEqual(keysOf(client), ['served'])
  assert.ok(fs.existsSync(file), 'the document that the server has only confirmed is stored again')
})

test('who starts from a file or takes the lead asks whether it is still current, and tells the others', async (t) => {
  const { server, file } = await serve(t)
  await write({ host: server.url, native: { file } })
  const aDayAgo = Date.now() / 1000 - 86_400
  fs.utimesSync(file, aDayAgo, aDayAgo)
  const { client, errors } = open(t, { host: server.url, native: { file } })
  await client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.at(-1)?.headers['if-none-match'], '"1"')
  const { loads, state, confirmedAt } = client.localEvaluationStatus()
  assert.deepEqual([loads, state], [{ attempts: 1, changed: 0, unchanged: 1, failed: 0, bytes: 0 }, 'ready'])
  assert.ok(client.featureFlagsPoller.getFlagDefinitionsLoadedAt() <= Date.now())
  assert.ok(confirmedAt > aDayAgo * 1000 + 1000)
  assert.ok(fs.statSync(file).mtimeMs > aDayAgo * 1000 + 1000, 'those who follow see that it was confirmed')
  // Another client of the same file takes over.
  const next = open(t, { host: server.url, native: { file } })
  await client.shutdown()
  await next.client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.at(-1)?.headers['if-none-match'], '"1"')
  // What is only confirmed cannot be stored again, so that it is asked for as a whole.
  fs.rmSync(file)
  await next.client.reloadFeatureFlags()
  await next.client.reloadFeatureFlags()
  assert.equal(server.definitionRequests.at(-1)?.headers['if-none-match'], undefined)
  assert.ok(fs.existsSync(file))
  server.setDefinitions({ flags: [flag('changed')] }, { etag: '"2"' })
  await next.client.reloadFeatureFlags()
  assert.deepEqual(keysOf(next.client), ['changed'])
  assert.deepEqual([...errors, ...next.errors], [])
})

test('a file and a provider together are refused, and so are paths that are none', () => {
  const flagDefinitionCacheProvider = memoryProvider()
  for (const [native, name] of /** @type {[any, string][]} */ ([
    [{ file: '/tmp/flags' }, 'file'],
    [{ shared: true }, 'shared'],
  ])) {
    assert.throws(() => new PostHog('phc_project', { flagDefinitionCacheProvider, native }), {
      name: 'TypeError',
      message: new RegExp(`^Expected either native\\.${name} or a flagDefinitionCacheProvider but received both; use`),
    })
  }
  for (const file of ['', 5, null, 'a\0b', {}]) {
    assert.throws(
      () => new PostHog('phc_project', { native: { file } }),
      /^TypeError: Expected native\.file to be the path/
    )
  }
  assert.throws(() => new PostHog('phc_project', { native: { shared: 'yes' } }), /native\.shared to be true or false/)
})
