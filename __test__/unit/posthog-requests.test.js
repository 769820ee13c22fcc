'use strict'

// Who makes the requests of a client, what is said of that, and what a client refuses.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Carrier } = require('../../lib/requests/carrier')
const { TextToGzip } = require('../../lib/requests/text-to-gzip')
const { definePostHog } = require('../../lib/posthog')
const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')
const { FeatureFlagEvaluations, QUIET } = require('./support/watched-class')
const { openWorld, recordConsole } = require('./support/world')

const POST = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }

/** @param {import('node:test').TestContext} t @param {any} [PostHog] */
async function openWithEvents(t, PostHog = NATIVE) {
  const server = closing(t, await EventServer.start())
  const open = (/** @type {object} */ options) =>
    closing(t, new PostHog('phc_project', { ...QUIET, host: server.url, ...options }))
  return { server, open }
}

test('who carries requests is decided by one carrier, made for the first of them, which nobody sees', async (t) => {
  const { server, open } = await openWithEvents(t)
  const client = open({})
  assert.equal(client._carrier, undefined)
  assert.equal(await (await client.fetch(server.url, POST)).text(), '{"status":"Ok"}')
  const carrier = client._carrier
  assert.ok(carrier instanceof Carrier)
  assert.ok(!Object.keys(client).includes('_carrier'))
  await client.fetch(server.url, POST)
  assert.equal(client._carrier, carrier)
  assert.equal(server.received.length, 2)
})

test("posthog-node carries all requests if it is to go on as it is, or makes none by the client's methods", async (t) => {
  class Silent extends STOCK {}
  Object.defineProperty(Silent.prototype, 'compressPayload', { value: undefined })
  for (const [PostHog, options] of /** @type {[any, object][]} */ ([
    [NATIVE, { native: { engine: 'javascript' } }],
    [definePostHog(Silent, FeatureFlagEvaluations), {}],
  ])) {
    const { server, open } = await openWithEvents(t, PostHog)
    const client = open(options)
    assert.equal((await client.fetch(server.url, POST)).status, 200)
    assert.equal(client._carrier, undefined)
  }
})

test("the user's fetch carries requests as soon as there is one", async (t) => {
  const { server, open } = await openWithEvents(t)
  const client = open({ native: { transport: 'auto' } })
  await client.fetch(server.url, POST)
  /** @type {unknown[]} */
  const fetched = []
  client.options.fetch = async (/** @type {unknown} */ url) => fetched.push(url) && new Response('mine')
  assert.equal(await (await client.fetch(server.url, POST)).text(), 'mine')
  assert.deepEqual(fetched, [server.url])
  assert.equal(server.received.length, 1)
})

test('what is sent stays a text while Rust packs it, and is bytes for anybody else', async (t) => {
  const { open } = await openWithEvents(t)
  assert.ok((await open({}).compressPayload('text')) instanceof TextToGzip)
  const replaced = open({})
  replaced.fetch = async () => new Response('')
  const javascript = open({ native: { engine: 'javascript' } })
  for (const client of [replaced, javascript]) {
    const packed = await client.compressPayload('text')
    assert.ok(!(packed instanceof TextToGzip))
    assert.equal(typeof (packed.byteLength ?? packed.size), 'number')
  }
})

test('who carries requests is a debug line, repeated when debug mode begins again', async (t) => {
  const lines = recordConsole(t, 'info')
  t.mock.method(console, 'log', (/** @type {unknown[]} */ ...parts) => void lines.push(parts.join(' ')))
  const { server, open } = await openWithEvents(t)
  const client = open({})
  const told = () => lines.splice(0).filter((line) => line.includes('Requests are carried by Rust')).length
  client.debug()
  await client.fetch(server.url, POST)
  await client.fetch(server.url, POST)
  assert.equal(told(), 1)
  client.debug(true)
  await client.fetch(server.url, POST)
  assert.equal(told(), 1)
})

test("what a client lacks with posthog-node's engine is a debug line, and only where it evaluates flags", async (t) => {
  const lines = recordConsole(t, 'info')
  t.mock.method(console, 'log', (/** @type {unknown[]} */ ...parts) => void lines.push(parts.join(' ')))
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const noteOf = (/** @type {object} */ options, debug = true) => {
    const client = open(NATIVE, options)
    lines.length = 0
    client.debug(debug)
    return lines.filter((line) => line.includes('posthog-node itself evaluates flags'))
  }
  const lacking = { native: { engine: 'javascript', reasons: true, idleAfterMs: 60_000 } }
  const [line, ...others] = noteOf(lacking)
  assert.match(line, /as native\.engine or POSTHOG_NATIVE_ENGINE says; without effect: native\.\w+, native\.\w+$/)
  assert.deepEqual(others, [])
  assert.deepEqual(noteOf(lacking, false), [])
  assert.deepEqual(noteOf({ native: { engine: 'javascript' } }), [])
  assert.deepEqual(noteOf({ ...lacking, secretKey: undefined }), [])
  assert.deepEqual(noteOf({}), [])
  assert.ok(!Object.keys(open(NATIVE, lacking)).includes('_engineNote'))
})

test('semantics that have no effect are warned of, where flags are evaluated', async (t) => {
  const lines = recordConsole(t, 'warn')
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const warned = (/** @type {object} */ options) => {
    lines.length = 0
    open(NATIVE, options)
    return lines.filter((line) => line.includes("semantics: 'server' } has no effect")).length
  }
  const native = { semantics: 'server' }
  assert.equal(warned({ native }), 0)
  process.env.POSTHOG_NATIVE_ENGINE = 'javascript'
  t.after(() => delete process.env.POSTHOG_NATIVE_ENGINE)
  assert.equal(warned({ native, secretKey: undefined }), 0)
  assert.equal(warned({}), 0)
  assert.equal(warned({ native }), 1)
})

test('definitions are shared in one way', () => {
  const provider = memoryProvider({ fetch: false })
  const make = (/** @type {any} */ options) => () => new NATIVE('phc_project', options)
  for (const [native, name] of /** @type {[object, string][]} */ ([
    [{ file: '/nowhere/flags.json' }, 'native.file'],
    [{ shared: true }, 'native.shared'],
  ])) {
    assert.throws(make({ ...QUIET, native, flagDefinitionCacheProvider: provider }), {
      name: 'TypeError',
      message: new RegExp(
        `^Expected either ${name} or a flagDefinitionCacheProvider but received both; use .* machines$`
      ),
    })
  }
})

test('a provider alone, or shared definitions without one, are not refused', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  const provider = memoryProvider({ fetch: false })
  for (const options of [
    { flagDefinitionCacheProvider: provider },
    { flagDefinitionCacheProvider: null, native: { shared: true } },
    { native: { shared: true } },
  ]) {
    assert.equal(open(NATIVE, options).localEvaluationEngine, 'native')
  }
})

test('events without an id are prepared as posthog-node prepares them', (t) => {
  const [theirs, ours] = [STOCK, NATIVE].map((PostHog) => closing(t, new PostHog('phc_project', QUIET)))
  const given = { timestamp: new Date(0), uuid: '01890000-0000-7000-8000-000000000000' }
  for (const message of [{ event: 'a' }, { distinctId: '', event: 'a' }, { distinctId: 'b' }, undefined, null]) {
    assert.equal(
      JSON.stringify(ours.prepareMessage(message, given)),
      JSON.stringify(theirs.prepareMessage(message, given))
    )
  }
})

test('whether definitions are ready is known at once where nobody loads any', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('on')] })
  for (const [options, expected] of /** @type {[object, boolean][]} */ ([
    [{}, true],
    [{ native: { engine: 'javascript' } }, true],
    [{ secretKey: undefined }, false],
  ])) {
    const client = open(NATIVE, options)
    await client.reloadFeatureFlags()
    assert.equal(await client.waitForLocalEvaluationReady(1), expected)
    assert.equal(client.localEvaluationStatus().engine !== undefined, expected)
  }
})
