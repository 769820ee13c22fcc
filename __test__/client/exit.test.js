'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/observe')

/** @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] })
  t.after(() => server.close())
  return server
}

/**
 * @param {{ ended: () => Promise<{ code: number, signal: string, output: string }> }} child
 */
async function endsCleanly(child) {
  const { code, signal, output } = await child.ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
  return output
}

for (const stock of [true, false]) {
  const whose = stock ? "posthog-node's client" : 'our client'

  test(`${whose} keeps the process alive while it polls`, async (t) => {
    const server = await serve(t)
    const child = startChild('new PostHog("phc_project", { ...OPTIONS, featureFlagsPollingInterval: 100 })', {
      host: server.url,
      stock,
    })
    await server.definitionRequest(5)
    assert.ok(child.isRunning())
    child.child.kill()
    assert.equal((await child.ended()).signal, 'SIGTERM')
  })

  test(`${whose} lets the process end after shutdown`, async (t) => {
    const server = await serve(t)
    const child = startChild(
      `const client = new PostHog('phc_project', OPTIONS)
       client.waitForLocalEvaluationReady().then(() => client.shutdown())`,
      { host: server.url, stock }
    )
    await endsCleanly(child)
  })

  test(`${whose} without polling keeps the process alive for as long as its load takes`, async (t) => {
    const server = await serve(t)
    const child = startChild(
      `const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null })
       client.on('localEvaluationFlagsLoaded', (count) => console.log('loaded', count))`,
      { host: server.url, stock }
    )
    assert.match(await endsCleanly(child), /loaded 1/)
  })
}

/** Scripts that shut down in the middle of something, each bounded far below the timeouts involved. */
const IN_THE_MIDDLE = {
  'a request': `
    const client = new PostHog('phc_project', { ...OPTIONS, requestTimeout: 600_000 })
    setImmediate(() => client.shutdown())`,
  "a request through the user's fetch": `
    const client = new PostHog('phc_project', { ...OPTIONS, requestTimeout: 600_000, fetch: (...args) => fetch(...args) })
    setImmediate(() => client.shutdown())`,
  'a call of the provider': `
    const provider = {
      shouldFetchFlagDefinitions: () => { setImmediate(() => client.shutdown()); return new Promise(() => {}) },
      shutdown() {},
    }
    const client = new PostHog('phc_project', { ...OPTIONS, flagDefinitionCacheProvider: provider })`,
  'its own constructor': `new PostHog('phc_project', OPTIONS).shutdown()`,
  'a load, with a provider that hangs in its shutdown': `
    const provider = { shouldFetchFlagDefinitions: () => true, shutdown: () => new Promise(() => {}) }
    const client = new PostHog('phc_project', { ...OPTIONS, flagDefinitionCacheProvider: provider })
    client.on('error', (error) => console.log(error.message))
    setImmediate(() => client.shutdown(200).then(() => console.log('shut down')))`,
  'polling of ten clients': `
    const clients = Array.from({ length: 10 }, () =>
      new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100 }))
    setTimeout(() => clients.forEach((client) => client.shutdown()), 250)`,
}

for (const [name, script] of Object.entries(IN_THE_MIDDLE)) {
  test(`a shutdown in the middle of ${name} lets the process end`, { timeout: 20_000 }, async (t) => {
    const server = await serve(t)
    server.script({ hang: true })
    const output = await endsCleanly(startChild(script, { host: server.url }))
    if (script.includes('shut down')) {
      assert.match(output, /Error during cache shutdown: Error: Cache shutdown timeout after 200ms\nshut down/)
    }
  })
}

test('process.exit in the middle of a load ends with its code', async (t) => {
  const server = await serve(t)
  server.script({ hang: true })
  const child = startChild(`new PostHog('phc_project', OPTIONS); setTimeout(() => process.exit(7), 100)`, {
    host: server.url,
  })
  assert.equal((await child.ended()).code, 7)
})

test(
  'clients live and die in worker threads, ended at any moment, while others go on',
  { timeout: 60_000 },
  async (t) => {
    const server = await serve(t)
    const script = `
    const { Worker } = require('node:worker_threads')
    const worker = \`
      const { PostHog } = require(\${JSON.stringify(PACKAGE)})
      const provider = {
        shouldFetchFlagDefinitions: async () => true,
        getFlagDefinitions: async () => undefined,
        onFlagDefinitionsReceived: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20)),
        shutdown() {},
      }
      const options = { host: \${JSON.stringify(HOST)}, secretKey: 'phs_secret', featureFlagsPollingInterval: 100 }
      new PostHog('phc_project', options).getFeatureFlag('on', 'a')
      new PostHog('phc_project', { ...options, flagDefinitionCacheProvider: provider })
      new PostHog('phc_project', { ...options, fetch: (...args) => fetch(...args) })
    \`
    const main = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100 })
    const round = () => new Promise((resolve) => {
      const thread = new Worker(worker, { eval: true })
      thread.on('online', () => setTimeout(() => thread.terminate().then(resolve), Math.random() * 150))
    })
    ;(async () => {
      for (let i = 0; i < 15; i++) await Promise.all([round(), round(), round()])
      await main.reloadFeatureFlags()
      console.log(await main.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }))
      await main.shutdown()
    })()`
    assert.match(await endsCleanly(startChild(script, { host: server.url })), /^true$/m)
  }
)

test('a client without polling that is dropped is collected', async (t) => {
  const server = await serve(t)
  const script = `
    const collected = new Promise((resolve) => {
      globalThis.registry = new FinalizationRegistry(resolve)
    })
    const drop = async () => {
      const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null })
      await client.reloadFeatureFlags()
      registry.register(client.featureFlagsPoller, 'poller')
    }
    const timer = setInterval(() => gc(), 20)
    drop().then(() => collected).then((what) => { console.log('collected', what); clearInterval(timer) })`
  const child = startChild(script, { host: server.url, flags: ['--expose-gc'] })
  assert.match(await endsCleanly(child), /collected poller/)
})
