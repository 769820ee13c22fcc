'use strict'

// What the loader does for each command of the native poller, for which another stands in here.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { openLoader } = require('./support/stand-in-poller')

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

test('who asks for definitions, and when they were known to be current, is told', (t) => {
  /** @type {any[][]} */
  const heard = []
  const hears = (/** @type {string} */ name) => [
    name,
    (/** @type {any[]} */ ...args) => void heard.push([name, ...args]),
  ]
  const names = ['role', 'confirmed', 'keyRefused', 'warning']
  const { poller } = openLoader(t, {}, Object.fromEntries(names.map(hears)))
  for (const text of ['leader', 'follower', 'somebody', undefined]) {
    poller().tell('role', { text })
  }
  poller().tell('confirmed', { confirmedAt: 5 })
  poller().tell('confirmed')
  poller().tell('keyRefused')
  poller().tell('warning', { text: 'no lock' })
  assert.deepEqual(heard, [
    ['role', 'leader'],
    ['role', 'follower'],
    ['role', undefined],
    ['role', undefined],
    ['confirmed', 5],
    ['keyRefused'],
    ['warning', 'no lock'],
  ])
})

test('what a listener does not want to know is told to nobody', (t) => {
  const { poller, told } = openLoader(t)
  for (const kind of ['role', 'confirmed', 'keyRefused', 'warning', 'finished', 'unknown']) {
    poller().tell(kind, { text: 'leader', confirmedAt: 5, end: 'changed' })
  }
  assert.deepEqual(told(), [])
})

for (const [native, source] of [
  [{ file: '/tmp/flags' }, 'file'],
  [{ file: '/tmp/flags', shared: true }, 'file'],
  [{ shared: true }, 'network'],
]) {
  test(`what others have loaded comes from ${source} with ${JSON.stringify(native)}`, (t) => {
    const { poller, told } = openLoader(t, { native })
    poller().tell('newDefinitions', { definitions: {}, fromNetwork: true, confirmedAt: 3 })
    poller().tell('newDefinitions', { definitions: {}, fromNetwork: false, confirmedAt: 4 })
    assert.deepEqual(told(), [
      ['newDefinitions', {}, 'network', 3],
      ['newDefinitions', {}, source, 4],
    ])
  })
}

test('how a load has ended is told, and one whose definitions were lost has failed', (t) => {
  /** @type {any[]} */
  const reports = []
  const { loader, poller } = openLoader(t, {}, { finished: (report) => void reports.push(report) })
  loader.load(true)
  poller().tell('finished', { end: 'changed', bytes: 12 })
  poller().tell('finished', { end: 'failed', text: 'no server' })
  poller().tell('finished')
  poller().tell('newDefinitionsFailed', { text: 'too many' })
  poller().tell('finished', { end: 'changed', bytes: 12 })
  assert.deepEqual(reports, [
    { end: 'changed', cause: undefined, bytes: 12 },
    { end: 'failed', cause: 'no server', bytes: 0 },
    { end: 'failed', cause: undefined, bytes: 12 },
  ])
})

test('the poller works out what flags mean from the load on after which somebody wants to know', (t) => {
  let wants = false
  const { poller } = openLoader(t, {}, { wantsChanges: () => wants })
  const endLoad = () => {
    poller().tell('finished')
    return poller()
      .news()
      .filter(([name]) => name === 'watchChanges')
  }
  assert.deepEqual(endLoad(), [])
  wants = true
  assert.deepEqual(endLoad(), [['watchChanges', true]])
  assert.deepEqual(endLoad(), [])
  wants = false
  assert.deepEqual(endLoad(), [['watchChanges', false]])
})
