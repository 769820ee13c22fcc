'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { NEVER_MS, ObservedChild } = require('./support/observed-child')

const REQUEST_TIMEOUT_MS = 300

const METHODS = ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']
const FAULTS = {
  'never settles': '() => new Promise(() => {})',
  'is never settled as a foreign thenable': '() => ({ then() {} })',
  throws: `() => { throw new Error('no Redis') }`,
  rejects: `() => Promise.reject(new Error('no Redis'))`,
  'keeps asking for reloads': '() => void client?.reloadFeatureFlags()',
}

/**
 * Makes a client that polls and does not keep the process alive, and leaves it to itself.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ options?: string, setup?: string, fault?: import('../support/definitions-server').ScriptedAnswer }} script
 */
async function leave(t, { options = '', setup = '', fault }) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.setFault(fault)
  const script = `
    let client
    ${setup}
    const madeAt = performance.now()
    client = new PostHog('phc_project', {
      ...OPTIONS,
      featureFlagsPollingInterval: 100,
      requestTimeout: ${REQUEST_TIMEOUT_MS},
      native: { keepAlive: false, providerTimeoutMs: ${NEVER_MS} },
      ${options}
    })
    client.on('error', () => {})
    process.on('exit', () => {
      console.log('flags', client.getFeatureFlagKeysByEvaluationRuntime('all').join())
      console.log('waited', Math.ceil(performance.now() - madeAt))
    })`
  const { code, signal, output } = await new ObservedChild(script, { host: server.url }).ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
  return { output, waitedMs: Number(/^waited (\d+)$/m.exec(output)?.[1]) }
}

/**
 * @param {{ waitedMs: number }} child
 * @param {number} limitMs the limit on what it waited for
 */
function assertWaited({ waitedMs }, limitMs) {
  assert.ok(waitedMs >= limitMs, `waited ${waitedMs} ms`)
}

describe('with keepAlive: false a process ends by itself, and first waits for a request', () => {
  for (const method of METHODS) {
    for (const [fault, code] of Object.entries(FAULTS)) {
      test(`when ${method} ${fault}`, async (t) => {
        const setup = `
          const provider = {
            shouldFetchFlagDefinitions: () => ${method !== 'getFlagDefinitions'},
            getFlagDefinitions: () => undefined,
            onFlagDefinitionsReceived: () => undefined,
            shutdown: () => undefined,
            ${method}: ${code},
          }`
        const child = await leave(t, { setup, options: 'flagDefinitionCacheProvider: provider' })
        // As with posthog-node, a call of the provider's has to keep the process alive by itself.
        const hasFlags = !fault.includes('never') || method === 'onFlagDefinitionsReceived'
        assert.match(child.output, hasFlags ? /^flags on$/m : /^flags $/m)
      })
    }
  }

  test('when a call of the provider takes long, for as long as it keeps the process alive itself', async (t) => {
    const setup = `
      const later = (value) => new Promise((resolve) => setTimeout(resolve, 300, value))
      const provider = {
        shouldFetchFlagDefinitions: () => later(true),
        getFlagDefinitions: () => undefined,
        onFlagDefinitionsReceived: () => later(),
        shutdown: () => undefined,
      }`
    const child = await leave(t, { setup, options: 'flagDefinitionCacheProvider: provider' })
    assertWaited(child, 600)
    assert.match(child.output, /^flags on$/m)
  })

  for (const [name, options] of Object.entries({
    natively: '',
    'through a fetch': 'fetch: (...args) => fetch(...args)',
  })) {
    test(`when a request is never answered, ${name}`, async (t) => {
      assertWaited(await leave(t, { options, fault: { hang: true } }), REQUEST_TIMEOUT_MS)
    })
  }

  test('while a timer of its own runs, and polls until then', async (t) => {
    const server = await DefinitionsServer.start()
    t.after(() => server.close())
    const script = `
      new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100, native: { keepAlive: false } })
      const timer = setInterval(() => {}, 1000)
      whenTold(() => clearInterval(timer))`
    const child = new ObservedChild(script, { host: server.url })
    await server.definitionRequest(5)
    assert.ok(child.isRunning())
    child.tell()
    assert.equal((await child.ended()).code, 0)
  })
})
