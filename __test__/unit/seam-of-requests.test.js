'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const {
  CALL_METHODS,
  EVENT_METHODS,
  PROMISE_QUEUE_MEMBERS,
  REQUEST_METHODS,
  findEventProblems,
  findRequestProblems,
} = require('../../lib/client/seam')

const PROMISES = 'PostHog keeps promises in a way that is not known'
const EVENTS = 'PostHog prepares events in a way that is not known'

/** What posthog-node does with an event, told in other words. */
const PREPARE = `const { distinctId, ...others } = message
  const whole = { ...others, timestamp: options.timestamp, uuid: options.uuid }
  delete whole.distinct_id
  return { ...whole, distinct_id: distinctId ?? message.distinct_id }`

/** A client class whose source has this text. @param {{ promises?: string, prepare?: string }} [texts] */
const clientOf = ({ promises = 'this.promiseQueue.add(1)', prepare = PREPARE } = {}) =>
  new Function(`return class { keep() { return ${promises} } prepareMessage(message, options) { ${prepare} } }`)()

test('the methods that are looked for', () => {
  assert.deepEqual(CALL_METHODS, ['_getFeatureFlagResult', 'getAllFlagsAndPayloads'])
  assert.deepEqual(EVENT_METHODS, ['prepareMessage'])
  assert.deepEqual(REQUEST_METHODS, ['fetch', 'compressPayload'])
  assert.deepEqual(PROMISE_QUEUE_MEMBERS, ['add', 'getPromises', 'join', 'length', 'maxId'])
})

test('nothing is wrong with requests and events of posthog-node as it is installed, nor of a class like it', () => {
  assert.deepEqual(findRequestProblems(posthogNode.PostHog), [])
  assert.deepEqual(findEventProblems(posthogNode.PostHog), [])
  assert.deepEqual(findEventProblems(clientOf()), [])
})

test('requests are made by methods that are there and called', () => {
  const problem = (/** @type {string} */ name) => `PostHog makes no requests by its method ${name}`
  const Client = new Function(
    'return class { fetch() { this.compressPayload() } compressPayload() { this.fetch() } }'
  )()
  assert.deepEqual(findRequestProblems(Client), [])
  const Silent = new Function('return class { fetch() { this.compressPayload() } compressPayload() {} }')()
  assert.deepEqual(findRequestProblems(Silent), [problem('fetch')])
  const Less = new Function('return class { fetch() { this.compressPayload(); this.fetch() } }')()
  assert.deepEqual(findRequestProblems(Less), [problem('compressPayload')])
  assert.deepEqual(findRequestProblems({}), REQUEST_METHODS.map(problem))
  // What is no class has no source that could be read.
  assert.deepEqual(findRequestProblems({ prototype: { fetch() {}, compressPayload() {} } }), [])
})

test('promises are kept by a queue all of whose members are known', () => {
  for (const promises of ['this.promiseQueue?.join()', '[a.promiseQueue.length, a.promiseQueue.maxId]']) {
    assert.deepEqual(findEventProblems(clientOf({ promises })), [], promises)
  }
  for (const promises of [
    'this.promises.add(1)',
    '[a.promiseQueue.add, a.promiseQueue.drop]',
    'a.promiseQueue.addAll',
  ]) {
    assert.deepEqual(findEventProblems(clientOf({ promises })), [PROMISES], promises)
  }
})

test('events are prepared as they are made whole here', () => {
  const isSample = `message.event === 'sample' && message.properties.one === 1 && options.uuid.length === 36 &&
    options.timestamp.getTime() === 0 && (message.distinctId ?? message.distinct_id) === 'sample'`
  assert.deepEqual(findEventProblems(clientOf({ prepare: `if (!(${isSample})) { throw 1 } ${PREPARE}` })), [])
  for (const prepare of [
    'return { ...message, ...options }',
    'return { ...message, last: message.distinctId }',
    'throw new Error(options.uuid)',
    'return { first: 1, ...message, timestamp: 0, uuid: this.host.length }',
  ]) {
    assert.deepEqual(findEventProblems(clientOf({ prepare })), [EVENTS], prepare)
  }
  assert.deepEqual(findEventProblems(clientOf({ promises: '1', prepare: 'throw 1' })), [PROMISES, EVENTS])
  assert.deepEqual(findEventProblems({}), [PROMISES, EVENTS])
})
