'use strict'

// What the native poller, for which another stands in here, asks of the provider and of `fetch`, and is answered.

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

for (const decision of [true, false]) {
  test(`the provider decides whether to fetch: ${decision}`, async (t) => {
    /** @type {string[]} */
    const roles = []
    const cacheProvider = memoryProvider({ fetch: decision })
    const { poller, told } = openLoader(t, { cacheProvider }, { role: (role) => void roles.push(role) })
    poller().tell('shouldFetch')
    await settle()
    assert.deepEqual(poller().news(), [['replyDecision', 7, decision]])
    assert.deepEqual(roles, [decision ? 'leader' : 'follower'])
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

test('a provider is not waited for once the poller does something else, and is once it is asked again', async (t) => {
  /** @type {((decision: boolean) => void)[]} */
  const answers = []
  const cacheProvider = memoryProvider({
    methods: { shouldFetchFlagDefinitions: () => new Promise((resolve) => answers.push(resolve)) },
  })
  const { loader, poller } = openLoader(t, { cacheProvider })
  const provider = /** @type {any} */ (loader.provider)
  t.mock.method(provider, 'giveUp')
  poller().tell('shouldFetch', { id: 1 })
  assert.equal(provider.giveUp.mock.callCount(), 0)
  poller().tell('trace', { text: 'something else' })
  assert.equal(provider.giveUp.mock.callCount(), 1)
  poller().tell('trace', { text: 'and more' })
  assert.equal(provider.giveUp.mock.callCount(), 1)
  poller().tell('shouldFetch', { id: 2 })
  await settle()
  answers.at(-1)?.(true)
  await settle()
  poller().tell('trace', { text: 'after the answer' })
  assert.equal(provider.giveUp.mock.callCount(), 1)
})

for (const semantics of ['posthog-node', 'server']) {
  test(`objects are handed over with all fields that ${semantics} reads`, async (t) => {
    const flags = [{ key: 'a', active: true, filters: { groups: [], feature_enrollment: true } }]
    const cacheProvider = memoryProvider({ methods: { getFlagDefinitions: () => ({ flags }) } })
    const { poller } = openLoader(t, { cacheProvider, native: { semantics } })
    poller().tell('getDefinitions', { id: 5 })
    await settle()
    const text = poller()
      .news()
      .flatMap(([name, , piece]) => (name === 'addPiece' ? [piece] : []))
      .join('')
    assert.equal(text.includes('feature_enrollment'), semantics === 'server')
  })
}
