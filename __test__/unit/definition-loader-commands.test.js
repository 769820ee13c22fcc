'use strict'

// What the loader does for each command of the native poller, for which another stands in here.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { memoryProvider } = require('../support/providers')
const { openLoader, settle } = require('./support/stand-in-poller')

const JSON_OF_ONE = JSON.stringify({ flags: [] })

/**
 * A `fetch` that is answered when the test says.
 *
 * @param {any} [answer]
 */
function pendingFetch(answer) {
  /** @type {[url: string, options: any][]} */
  const calls = []
  const fetch = (/** @type {string} */ url, /** @type {any} */ options) => {
    calls.push([url, options])
    return answer === undefined ? new Promise(() => {}) : Promise.resolve(answer)
  }
  return { calls, fetch }
}

/** @param {import('node:test').TestContext} t @param {any} fetch */
function replaceFetch(t, fetch) {
  const before = globalThis.fetch
  const restore = () => (globalThis.fetch = before)
  t.after(restore)
  globalThis.fetch = fetch
  return restore
}

test('each piece of news is told by its name, with what belongs to it', (t) => {
  const { poller, told } = openLoader(t)
  for (const kind of ['clientError', 'error', 'fellBack', 'trace']) {
    poller().tell(kind, { text: 'a line' })
    assert.deepEqual(told(), [[kind, 'a line']])
    poller().tell(kind)
    assert.deepEqual(told(), [[kind, '']])
  }
  for (const kind of ['notModified', 'quotaExceeded']) {
    poller().tell(kind)
    assert.deepEqual(told(), [[kind]])
  }
  const body = Buffer.from('{}')
  poller().tell('invalidBody', { body, text: 'no flags', report: 'of what it lacks' })
  poller().tell('invalidBody')
  assert.deepEqual(told(), [
    ['invalidBody', body, 'no flags', 'of what it lacks'],
    ['invalidBody', new Uint8Array(), '', undefined],
  ])
  assert.deepEqual(poller().news(), [])
})

test('definitions are told with where they come from, and a command without any tells nothing', (t) => {
  const { poller, told } = openLoader(t)
  const definitions = {}
  poller().tell('newDefinitions', { definitions, fromNetwork: true })
  poller().tell('newDefinitions', { definitions, fromNetwork: false })
  poller().tell('newDefinitions', { definitions })
  poller().tell('newDefinitions', { fromNetwork: true })
  assert.deepEqual(told(), [
    ['newDefinitions', definitions, 'network', undefined],
    ['newDefinitions', definitions, 'cache', undefined],
    ['newDefinitions', definitions, 'cache', undefined],
  ])
})

test('that a load has brought definitions is told when the load ends, once', async (t) => {
  const { loader, poller, told } = openLoader(t)
  const load = loader.load(true)
  poller().tell('newDefinitions', { definitions: {}, fromNetwork: true })
  poller().tell('loaded', { text: '3 flags' })
  told()
  poller().news()
  assert.deepEqual(told(), [])
  poller().tell('finished', { id: 4 })
  assert.deepEqual(told(), [['loaded', '3 flags']])
  assert.deepEqual(poller().news(), [['finish', 4]])
  await load
  // Such as one that was answered with 304.
  loader.load(true)
  poller().tell('finished')
  assert.deepEqual(told(), [])
})

test('a listener that loads when it is told joins that load', (t) => {
  /** @type {unknown[]} */
  const joined = []
  const { loader, poller } = openLoader(t, {}, { loaded: () => joined.push(loader.load(true)) })
  const load = loader.load(true)
  poller().tell('loaded', { text: '' })
  poller().tell('finished')
  assert.equal(joined[0], load)
})

test('a load ends although the listener throws, and a debug line says so', async (t) => {
  const { loader, poller, told } = openLoader(
    t,
    {},
    {
      loaded() {
        throw new Error('of a listener')
      },
    }
  )
  const load = loader.load(true)
  poller().news()
  poller().tell('loaded', { text: '' })
  poller().tell('finished')
  assert.deepEqual(told(), [
    ['loaded', ''],
    ['trace', 'Failed to load feature flags: Error: of a listener'],
  ])
  assert.deepEqual(poller().news(), [['finish', 7]])
  await load
})

test('definitions that cannot be put to use are forgotten, so that the next load brings them again', (t) => {
  let throws = true
  const { loader, poller, told } = openLoader(
    t,
    {},
    {
      newDefinitions() {
        if (throws) throw new Error('no memory')
      },
    }
  )
  loader.load(true)
  poller().news()
  poller().tell('newDefinitions', { definitions: {}, fromNetwork: true })
  assert.deepEqual(poller().news(), [['forget']])
  assert.deepEqual(told().slice(1), [
    [
      'error',
      'posthog-node-native loaded flag definitions and could not use them: Error: no memory. ' +
        'This is a bug, please report it.',
    ],
  ])
  poller().tell('loaded', { text: '' })
  poller().tell('finished')
  assert.deepEqual(told(), [], 'not told as loaded')

  throws = false
  loader.load(true)
  poller().tell('newDefinitions', { definitions: {}, fromNetwork: true })
  poller().tell('loaded', { text: '' })
  poller().tell('finished')
  assert.deepEqual(told().at(-1), ['loaded', ''])
})

test('definitions that the native side lost are told and forgotten too', (t) => {
  const { loader, poller, told } = openLoader(t)
  loader.load(true)
  poller().news()
  poller().tell('newDefinitionsFailed', { text: 'too many' })
  poller().tell('loaded', { text: '' })
  poller().tell('finished')
  assert.deepEqual(told(), [['error', 'too many']])
  assert.deepEqual(poller().news(), [['forget'], ['finish', 7]])
})

test('a command that failed is told, and the poller does not wait for its answer', (t) => {
  const { poller, told } = openLoader(t)
  poller().tell('failed', { id: 3, text: 'no thread' })
  assert.deepEqual(poller().news(), [['replyFailed', 3, 'no thread']])
  assert.deepEqual(told(), [['error', 'no thread']])
})

for (const decision of [true, false]) {
  test(`the provider decides whether to fetch: ${decision}`, async (t) => {
    const { poller, told } = openLoader(t, { cacheProvider: memoryProvider({ fetch: decision }) })
    poller().tell('shouldFetch')
    await settle()
    assert.deepEqual(poller().news(), [['replyDecision', 7, decision]])
    assert.deepEqual(told(), decision ? [['underWay']] : [], 'definitions are on their way if they are fetched')
  })
}

test('the document that the provider has is handed over, and a miss is told as such', async (t) => {
  let cached = /** @type {string | undefined} */ (JSON_OF_ONE)
  const cacheProvider = memoryProvider({ methods: { getFlagDefinitions: () => cached } })
  const { poller, told } = openLoader(t, { cacheProvider })
  poller().tell('getDefinitions', { id: 5 })
  await settle()
  assert.deepEqual(poller().news(), [
    ['addPiece', 5, JSON_OF_ONE],
    ['replyDefinitions', 5, true],
  ])
  assert.deepEqual(told(), [['underWay']])
  cached = undefined
  poller().tell('getDefinitions', { id: 6 })
  await settle()
  assert.deepEqual(poller().news(), [['replyDefinitions', 6, false]])
})

test('the provider stores a document, or fails to, which is the answer', async (t) => {
  let fails = false
  const cacheProvider = memoryProvider({
    methods: {
      onFlagDefinitionsReceived({ flags }) {
        if (fails) throw new Error('disk full')
        assert.deepEqual(flags, [])
      },
    },
  })
  const { poller } = openLoader(t, { cacheProvider })
  poller().tell('store', { body: Buffer.from(JSON_OF_ONE) })
  await settle()
  assert.deepEqual(poller().news(), [['replyStored', 7]])
  fails = true
  poller().tell('store', { id: 8, body: Buffer.from(JSON_OF_ONE) })
  await settle()
  assert.deepEqual(poller().news(), [['replyFailed', 8, 'Error: disk full']])
})

test('where there is no provider, its questions fail', async (t) => {
  const { poller, told } = openLoader(t)
  for (const kind of ['shouldFetch', 'getDefinitions', 'store']) {
    poller().tell(kind)
    await settle()
    assert.deepEqual(poller().news(), [['replyFailed', 7, 'Error: there is no flag definition cache provider']])
  }
  assert.deepEqual(told(), [])
})

test('definitions are on their way without a listener that wants to know', async (t) => {
  const { loader, poller } = openLoader(t, { cacheProvider: memoryProvider({ cached: JSON_OF_ONE }) })
  delete loader._listener.underWay
  poller().tell('shouldFetch')
  poller().tell('getDefinitions')
  await settle()
  assert.deepEqual(
    poller()
      .news()
      .map(([name]) => name)
      .sort(),
    ['addPiece', 'replyDecision', 'replyDefinitions']
  )
})

test('who makes the requests is answered when one is due, and told when it changes', (t) => {
  const { poller, told } = openLoader(t, { native: { transport: 'auto' } })
  const ask = () => {
    poller().tell('mayCarry')
    return poller().news()
  }
  assert.deepEqual(ask(), [['replyDecision', 7, true]])
  assert.deepEqual(told(), [])
  const restore = replaceFetch(t, async () => {})
  assert.deepEqual(ask(), [['replyDecision', 7, false]])
  assert.deepEqual(ask(), [['replyDecision', 7, false]])
  restore()
  assert.deepEqual(ask(), [['replyDecision', 7, true]])
  assert.deepEqual(told(), [
    ['trace', "Flag definitions are requested by fetch: globalThis.fetch is not Node's own"],
    ['trace', 'Flag definitions are requested by Rust'],
  ])
})

test('a fetch is called with what the poller says, and answers it', async (t) => {
  const headers = { ETag: '"1"', 'Retry-After': '5' }
  let answer = Response.json({ flags: [] }, { headers })
  /** @type {[string, any][]} */
  const calls = []
  const fetch = async (/** @type {string} */ url, /** @type {any} */ options) => (calls.push([url, options]), answer)
  const { poller } = openLoader(t, { fetch, native: { transport: 'fetch' } })
  poller().tell('fetch', { text: 'http://127.0.0.1:1/there', headers: [['a', 'b']] })
  await settle()
  assert.deepEqual(poller().news(), [
    ['addPiece', 7, JSON_OF_ONE],
    ['replyResponse', 7, 200, '"1"', undefined],
  ])
  answer = new Response(null, { status: 429, headers })
  poller().tell('fetch', { id: 9, text: 'http://127.0.0.1:1/there' })
  await settle()
  assert.deepEqual(poller().news(), [['replyResponse', 9, 429, '"1"', '5']])
  assert.deepEqual(
    calls.map(([url, options]) => [url, options.headers]),
    [
      ['http://127.0.0.1:1/there', { a: 'b' }],
      ['http://127.0.0.1:1/there', {}],
    ]
  )
})

test('a fetch that fails, and one whose answer is none, fail the question', async (t) => {
  let answer = () => Promise.reject(new Error('cut'))
  const { poller } = openLoader(t, { fetch: () => answer() })
  poller().tell('fetch')
  await settle()
  assert.deepEqual(poller().news(), [['replyFailed', 7, 'Error: cut']])
  answer = async () => /** @type {any} */ ({ status: '200' })
  poller().tell('fetch', { id: 8 })
  await settle()
  assert.deepEqual(poller().news(), [['replyFailed', 8, 'TypeError: status is no number']])
})

test('a fetch is aborted when the poller says so', (t) => {
  const { calls, fetch } = pendingFetch()
  const { poller } = openLoader(t, { fetch })
  poller().tell('fetch')
  assert.equal(calls[0][1].signal.aborted, false)
  poller().tell('abortFetch')
  assert.equal(calls[0][1].signal.aborted, true)
})
