'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { EVENT_METHODS, PROMISE_QUEUE_MEMBERS, findEventProblems } = require('../../lib/events/quick-events-seam')

const PROMISES = 'PostHog keeps promises in a way that is not known'
const EVENTS = 'PostHog prepares events in a way that is not known'
const SENDING = 'PostHog sends events in a way that is not known'

/** What posthog-node does with an event, told in other words. */
const PREPARE = `const { distinctId, ...others } = message
  const whole = { ...others, timestamp: options.timestamp, uuid: options.uuid }
  delete whole.distinct_id
  return { ...whole, distinct_id: distinctId ?? message.distinct_id }`

/** How posthog-node sends an event, told in other words. */
const SEND = `const told = (error) => { error && console.error(error) }
  const prepared = this._prepareEventMessage(props, prepareOptions)
  return this.addPendingPromise(prepared.then(({ options, ...prepared }) => {
    const { distinctId, event } = prepared
    const properties = Object.assign({}, prepared.properties, this.getCommonEventProperties())
    const { timestamp, disableGeoip, uuid } = options
    const args = [type, { distinctId, event, properties }, { timestamp, disableGeoip, uuid }, route]
    return this[immediate ? 'sendImmediate' : 'enqueue'](...args)
  }).catch(told))`

/** A client class whose source has this text. @param {{ promises?: string, prepare?: string, send?: string }} [texts] */
const clientOf = ({ promises = 'this.promiseQueue.add(1)', prepare = PREPARE, send = SEND } = {}) =>
  new Function(`return class {
    keep() { return ${promises} }
    prepareMessage(message, options) { ${prepare} }
    _sendPreparedEvent(type, props, immediate, prepareOptions, route) { ${send} }
  }`)()

test('the members that are looked for', () => {
  assert.deepEqual(EVENT_METHODS, [
    '_prepareEventMessage',
    '_sendPreparedEvent',
    'addPendingPromise',
    'enqueue',
    'getCommonEventProperties',
    'prepareMessage',
    'sendImmediate',
  ])
  assert.deepEqual(PROMISE_QUEUE_MEMBERS, ['add', 'getPromises', 'join', 'length', 'maxId'])
})

test('nothing is wrong with events of posthog-node as it is installed, nor of a class like it', () => {
  assert.deepEqual(findEventProblems(posthogNode.PostHog), [])
  assert.deepEqual(findEventProblems(clientOf()), [])
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

test('events are sent as they are sent here', () => {
  const sent = (/** @type {[string, string][]} */ ...changes) => {
    const send = changes.reduce((text, [old, other]) => {
      assert.ok(text.includes(old), old)
      return text.replace(old, other)
    }, SEND)
    return findEventProblems(clientOf({ send }))
  }
  const isSample = `type === 'capture' && props.event === 'sample' && prepareOptions.more === 1 && route === 'route'`
  assert.deepEqual(sent(['const told', `if (!(${isSample})) { throw 1 } const told`]), [])
  for (const changes of /** @type {[string, string][][]} */ ([
    [
      ['route]', 'other]'],
      ['const told', 'const other = 1, told'],
    ],
    [[', route]', ']']],
    [['[type,', '["other",']],
    [['(props, prepareOptions)', '(props)']],
    [['(props, prepareOptions)', '({ ...props, added: 1 }, prepareOptions)']],
    [["'sendImmediate' : 'enqueue'", "'enqueue' : 'sendImmediate'"]],
    [["'sendImmediate' : 'enqueue'", "'enqueue' : 'enqueue'"]],
    [["'sendImmediate' : 'enqueue'", "'sendImmediate' : 'sendImmediate'"]],
    [['prepared.properties, this.getCommonEventProperties()', 'this.getCommonEventProperties(), prepared.properties']],
    [['prepared.properties, this.getCommonEventProperties()', 'prepared.properties']],
    [['event, properties }', 'properties, event }']],
    [['disableGeoip, uuid }, route', 'disableGeoip, uuid, more: options.more }, route']],
    [
      [
        'const { timestamp, disableGeoip, uuid } = options',
        'const { disableGeoip, uuid } = options, timestamp = undefined',
      ],
    ],
    [
      [
        'const { timestamp, disableGeoip, uuid } = options',
        'const { timestamp, uuid } = options, disableGeoip = false',
      ],
    ],
    [['error && console.error(error)', 'return error && console.error(error), 1']],
    [['.catch(told)', '']],
    [['return this.addPendingPromise(prepared', 'return (prepared']],
    [['return this.addPendingPromise(prepared', 'this.addPendingPromise(prepared']],
    [['return this.addPendingPromise', 'this.count = this.host.length; return this.addPendingPromise']],
  ])) {
    assert.deepEqual(sent(...changes), [SENDING], JSON.stringify(changes))
  }
  const AsyncClient = new Function(`return class extends this { async _sendPreparedEvent(...args) {
    await null
    return super._sendPreparedEvent(...args)
  } }`).call(clientOf())
  assert.deepEqual(findEventProblems(AsyncClient), [SENDING])
})

test('a posthog-node that sends events by another method is not asked how it does', () => {
  const Client = clientOf()
  delete Client.prototype._sendPreparedEvent
  assert.deepEqual(findEventProblems(Client), [])
})
