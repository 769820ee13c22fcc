'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { NEVER_MS, ObservedChild } = require('./support/observed-child')

/** @param {import('node:test').TestContext} t @param {{ keepAliveMs?: number }} [options] */
async function serve(t, { keepAliveMs = NEVER_MS } = {}) {
  const server = await DefinitionsServer.start({ keepAliveMs })
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  t.after(() => server.close())
  return server
}

/**
 * @param {ObservedChild} child
 * @param {{ afterMs?: number }} [options] how long its shutdown must take at least
 */
async function goesAtOnce(child, { afterMs = 0 } = {}) {
  const { code, signal, output } = await child.ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
  assert.match(output, /^open: \[\]$/m)
  const shutdownMs = Number(/^took (\d+) ms$/m.exec(output)?.[1])
  assert.ok(shutdownMs >= afterMs, `went after ${shutdownMs} ms:\n${output}`)
  return output
}

const PROVIDER = `
  OPTIONS.native = { providerTimeoutMs: ${NEVER_MS} }
  const calls = []
  const note = (name, value) => () => { calls.push(name); return value }
  const provider = {
    shouldFetchFlagDefinitions: note('should', true),
    getFlagDefinitions: note('get'),
    onFlagDefinitionsReceived: note('received'),
    shutdown: note('shutdown'),
  }
`
const NEVER = 'new Promise(() => {})'

describe('a process with a client that polls is alive until shutdown and gone right after', () => {
  const clients = {
    'without more': { options: '' },
    "with posthog-node's own client": { options: '', stock: true },
    'that is said to keep it alive': { options: 'native: { keepAlive: true }' },
    'with a provider': { options: 'flagDefinitionCacheProvider: provider' },
    "with a user's fetch": { options: 'fetch: (...args) => fetch(...args)' },
    'with debug': { options: '', debug: true },
  }
  for (const [name, { options, stock, debug }] of Object.entries(clients)) {
    test(name, async (t) => {
      const server = await serve(t)
      const script = `${PROVIDER}
        const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100, ${options} })
        ${debug ? 'client.debug()' : ''}
        whenTold(() => shutDown(client))`
      const child = new ObservedChild(script, { host: server.url, stock })
      await server.definitionRequest(5)
      assert.ok(child.isRunning())
      child.tell()
      await goesAtOnce(child)
    })
  }

  test('while another client stays, the process does too', async (t) => {
    const server = await serve(t)
    const script = `
      const options = { ...OPTIONS, featureFlagsPollingInterval: 100 }
      const [one, other] = [new PostHog('phc_project', options), new PostHog('phc_project', options)]
      whenTold(async () => {
        await one.shutdown()
        console.log('one is gone')
        whenTold(() => shutDown(other))
      })`
    const child = new ObservedChild(script, { host: server.url })
    await server.definitionRequest(4)
    child.tell()
    await child.printed('one is gone')
    await server.definitionRequest(server.definitionRequests.length + 4)
    assert.ok(child.isRunning())
    child.tell()
    await goesAtOnce(child)
  })
})

for (const stock of [true, false]) {
  test(`${stock ? "posthog-node's client" : 'ours'} without polling keeps the process for as long as its load takes`, async (t) => {
    // posthog-node's connection stays open for as long as the server would have it.
    const server = await serve(t, stock ? { keepAliveMs: 1000 } : {})
    const script = `
      const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null })
      client.on('localEvaluationFlagsLoaded', (count) => console.log('loaded', count, 'shutting down'))`
    const { code, output } = await new ObservedChild(script, { host: server.url, stock }).ended()
    assert.equal(code, 0)
    assert.match(output, /loaded 1/)
  })
}

describe('a process is gone right after a shutdown', () => {
  for (const [name, options] of Object.entries({
    'during a request': '',
    "during a request through a user's fetch": 'fetch: (...args) => fetch(...args)',
    "during a request through a user's fetch that heeds no signal": `fetch: () => ${NEVER}`,
  })) {
    test(name, async (t) => {
      const server = await serve(t)
      server.setFault({ hang: true })
      const script = `
        const client = new PostHog('phc_project', { ...OPTIONS, requestTimeout: ${NEVER_MS}, ${options} })
        whenTold(() => shutDown(client))
        console.log('made')`
      const child = new ObservedChild(script, { host: server.url })
      await (options.includes(NEVER) ? child.printed('made') : server.definitionRequest(1))
      child.tell()
      await goesAtOnce(child)
    })
  }

  test('during a body that never ends', async (t) => {
    const server = await serve(t)
    server.setFault({ hangBody: true })
    const script = `
      const client = new PostHog('phc_project', { ...OPTIONS, requestTimeout: ${NEVER_MS} })
      whenTold(() => shutDown(client))`
    const child = new ObservedChild(script, { host: server.url })
    await server.definitionRequest(1)
    child.tell()
    await goesAtOnce(child)
  })

  for (const method of ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']) {
    test(`during a call of ${method} that never settles, and the provider hears of nothing but the shutdown`, async (t) => {
      const server = await serve(t)
      const script = `${PROVIDER}
        provider.shouldFetchFlagDefinitions = note('should', ${method !== 'getFlagDefinitions'})
        provider.${method} = () => {
          setImmediate(async () => {
            calls.length = 0
            await shutDown(client)
            console.log(JSON.stringify(calls))
          })
          return ${NEVER}
        }
        const options = { ...OPTIONS, featureFlagsPollingInterval: 100, flagDefinitionCacheProvider: provider }
        const client = new PostHog('phc_project', options)`
      assert.match(await goesAtOnce(new ObservedChild(script, { host: server.url })), /^\["shutdown"\]$/m)
    })
  }

  test('with a provider whose shutdown hangs, after the time given for it', async (t) => {
    const server = await serve(t)
    const script = `${PROVIDER}
      provider.shutdown = () => ${NEVER}
      const client = new PostHog('phc_project', { ...OPTIONS, flagDefinitionCacheProvider: provider })
      client.on('error', (error) => console.log(error.message))
      client.waitForLocalEvaluationReady().then(() => shutDown(client, 400))`
    const output = await goesAtOnce(new ObservedChild(script, { host: server.url }), { afterMs: 400 })
    assert.match(output, /^Error during cache shutdown: Error: Cache shutdown timeout after 400ms$/m)
  })

  for (const [failure, shutdown] of Object.entries({
    throws: `() => { throw new Error('no lock') }`,
    rejects: `() => Promise.reject(new Error('no lock'))`,
  })) {
    test(`with a provider whose shutdown ${failure}`, async (t) => {
      const server = await serve(t)
      const script = `${PROVIDER}
        provider.shutdown = ${shutdown}
        const client = new PostHog('phc_project', { ...OPTIONS, flagDefinitionCacheProvider: provider })
        client.on('error', (error) => console.log(error.message))
        client.waitForLocalEvaluationReady().then(() => shutDown(client))`
      const output = await goesAtOnce(new ObservedChild(script, { host: server.url }))
      assert.match(output, /^Error during cache shutdown: Error: no lock$/m)
    })
  }

  test('that is asked for many times, and the provider is released once', async (t) => {
    const server = await serve(t)
    const script = `${PROVIDER}
      const client = new PostHog('phc_project', { ...OPTIONS, flagDefinitionCacheProvider: provider })
      client.waitForLocalEvaluationReady().then(async () => {
        await Promise.all([shutDown(client), client.shutdown(), client.shutdown()])
        await client.shutdown()
        console.log(calls.filter((name) => name === 'shutdown').length, 'release')
      })`
    assert.match(await goesAtOnce(new ObservedChild(script, { host: server.url })), /^1 release$/m)
  })

  test('of ten clients at once, all in the middle of a request', async (t) => {
    const server = await serve(t)
    server.setFault({ hang: true })
    const script = `
      const clients = Array.from({ length: 10 }, () => new PostHog('phc_project', OPTIONS))
      whenTold(() => Promise.all(clients.slice(1).map((client) => client.shutdown())).then(() => shutDown(clients[0])))`
    const child = new ObservedChild(script, { host: server.url })
    await server.definitionRequest(10)
    child.tell()
    await goesAtOnce(child)
  })

  test('that comes before anything else', async (t) => {
    const server = await serve(t)
    await goesAtOnce(new ObservedChild(`shutDown(new PostHog('phc_project', OPTIONS))`, { host: server.url }))
  })
})

describe('a process ends with the code it was given', () => {
  for (const [moment, fault] of Object.entries({ 'during a request': { hang: true }, 'between polls': undefined })) {
    test(moment, async (t) => {
      const server = await serve(t)
      server.setFault(fault)
      const script = `
        const client = new PostHog('phc_project', OPTIONS)
        whenTold(() => process.exit(7))`
      const child = new ObservedChild(script, { host: server.url })
      await server.definitionRequest(1)
      child.tell()
      assert.equal((await child.ended()).code, 7)
    })
  }

  test('when it fails with an uncaught exception', async (t) => {
    const server = await serve(t)
    const script = `
      const client = new PostHog('phc_project', OPTIONS)
      whenTold(() => { throw new Error('a bug of the user') })`
    const child = new ObservedChild(script, { host: server.url })
    await server.definitionRequest(1)
    child.tell()
    const { code, output } = await child.ended()
    assert.equal(code, 1)
    assert.match(output, /a bug of the user/)
  })
})
