'use strict'

// What the loader does for each command of the native poller, for which another stands in here.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { memoryProvider } = require('../support/providers')
const { openLoader, settle } = require('./support/stand-in-poller')

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
