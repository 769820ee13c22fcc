'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { PendingPromises } = require('../../lib/events/pending-promises')
const { holdPromises, sendPreparedEvent, wholeEvent } = require('../../lib/events/quick-events')

test('the id of an event comes last, under its new name, and the event given stays as it is', () => {
  const event = { distinctId: 'a', event: 'b', properties: { one: 1 } }
  assert.deepEqual(Object.entries(wholeEvent(event)), [
    ['event', 'b'],
    ['properties', { one: 1 }],
    ['timestamp', undefined],
    ['uuid', undefined],
    ['distinct_id', 'a'],
  ])
  assert.deepEqual(Object.keys(event), ['distinctId', 'event', 'properties'])
})

test('members that are there already keep their place', () => {
  const event = { distinct_id: 'other', uuid: 'u', distinctId: 7, timestamp: 't', event: 'b' }
  assert.equal(JSON.stringify(wholeEvent(event)), '{"distinct_id":7,"event":"b"}')
  assert.deepEqual(Object.keys(wholeEvent(event)), ['distinct_id', 'uuid', 'timestamp', 'event'])
})

/** What is prepared of an event, with more than is needed. */
const PREPARED = {
  distinctId: 'a',
  event: 'b',
  properties: JSON.parse('{"__proto__":{"own":true},"$lib":"mine","one":1}'),
  options: { timestamp: new Date(0), disableGeoip: false, uuid: 'u', more: true },
  more: true,
}

/**
 * A client that says what it is asked for.
 *
 * @param {() => Promise<unknown>} prepare
 */
function toldClient(prepare) {
  /** @type {unknown[][]} */
  const told = []
  /** @type {Promise<unknown>[]} */
  const held = []
  const client = {
    _prepareEventMessage: async (/** @type {unknown[]} */ ...args) => {
      told.push(['prepare', ...args])
      return prepare()
    },
    getCommonEventProperties: () => ({ $lib: 'common', two: 2 }),
    addPendingPromise: (/** @type {Promise<unknown>} */ promise) => {
      held.push(promise)
      return promise
    },
    enqueue: (/** @type {unknown[]} */ ...args) => void told.push(['enqueue', ...args]),
    sendImmediate: async (/** @type {unknown[]} */ ...args) => void told.push(['sendImmediate', ...args]),
  }
  return { client, told, held }
}

for (const [isImmediate, method] of /** @type {const} */ ([
  [false, 'enqueue'],
  [true, 'sendImmediate'],
])) {
  test(`an event that is prepared goes to ${method}, with the properties that all have`, async () => {
    const { client, told, held } = toldClient(async () => PREPARED)
    const sent = sendPreparedEvent(client, 'capture', { event: 'given' }, isImmediate, { by: 'me' }, 'route')
    assert.deepEqual(held, [sent])
    await sent
    const properties = JSON.parse('{"__proto__":{"own":true},"$lib":"common","one":1,"two":2}')
    assert.deepEqual(told, [
      ['prepare', { event: 'given' }, { by: 'me' }],
      [
        method,
        'capture',
        { distinctId: 'a', event: 'b', properties },
        { timestamp: new Date(0), disableGeoip: false, uuid: 'u' },
        'route',
      ],
    ])
    const [, , message] = /** @type {any[]} */ (told[1])
    assert.deepEqual(Object.keys(message.properties), ['__proto__', '$lib', 'one', 'two'])
    assert.deepEqual(Object.keys(message), ['distinctId', 'event', 'properties'])
  })
}

test('an event that cannot be prepared is told of, one that is dropped is not', async (t) => {
  const error = t.mock.method(console, 'error', () => {})
  for (const [reason, calls] of /** @type {[unknown, number][]} */ ([
    [null, 0],
    [new Error('no event'), 1],
  ])) {
    error.mock.resetCalls()
    const { client, told } = toldClient(() => Promise.reject(reason))
    assert.equal(await sendPreparedEvent(client, 'capture', {}, false), undefined)
    assert.equal(told.length, 1)
    assert.equal(error.mock.callCount(), calls)
    assert.ok(error.mock.calls.every((call) => call.arguments[0] === reason && call.arguments.length === 1))
  }
})

test('promises are held here, unless some are held already', () => {
  const client = { promiseQueue: /** @type {object} */ ({ length: 0 }) }
  holdPromises(client)
  assert.ok(client.promiseQueue instanceof PendingPromises)
  const busy = { promiseQueue: { length: 1 } }
  holdPromises(busy)
  assert.deepEqual(busy.promiseQueue, { length: 1 })
})

/** What V8 says of objects. @param {string} name @param {...object} objects */
function v8Says(name, ...objects) {
  require('node:v8').setFlagsFromString('--allow-natives-syntax')
  const names = objects.map((_, index) => `object${index}`).join(', ')
  return new Function(names, `return %${name}(${names})`)(...objects)
}

test('events of one kind share a hidden class, and are no hash tables', async () => {
  const { client, told } = toldClient(async () => ({ ...PREPARED, properties: { ...{}, ...{ one: 1, two: 2 } } }))
  for (let turn = 0; turn < 100; turn += 1) {
    await sendPreparedEvent(client, 'capture', {}, false)
  }
  const messages = told.filter(([name]) => name === 'enqueue').map(([, , message]) => /** @type {any} */ (message))
  const [one, other] = messages.slice(-2).map(({ properties }) => properties)
  assert.ok(v8Says('HaveSameMap', one, other))
  const [first, second] = messages.slice(-2).map(wholeEvent)
  assert.ok(v8Says('HaveSameMap', first, second))
  for (const each of [one, first]) {
    assert.ok(v8Says('HasFastProperties', each))
  }
})
