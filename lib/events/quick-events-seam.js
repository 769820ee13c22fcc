'use strict'

const { inspect } = require('node:util')

const { sourceOf } = require('../client/class-source.js')
const { sendPreparedEvent, wholeEvent } = require('./quick-events.js')

/** The methods of the client that are overridden or called for its events. */
const EVENT_METHODS = [
  '_prepareEventMessage',
  '_sendPreparedEvent',
  'addPendingPromise',
  'enqueue',
  'getCommonEventProperties',
  'prepareMessage',
  'sendImmediate',
]

/** What posthog-node's client may touch of its queue of promises, all of which `PendingPromises` has. */
const PROMISE_QUEUE_MEMBERS = ['add', 'getPromises', 'join', 'length', 'maxId']

/** An event on its way to the queue, and the options that make it the same each time. */
const SAMPLE = { distinctId: 'sample', event: 'sample', properties: { one: 1 } }
const SAMPLE_OPTIONS = { timestamp: new Date(0), disableGeoip: true, uuid: '01890000-0000-7000-8000-000000000000' }

/**
 * What keeps events from being sent, prepared and awaited in a quicker way than posthog-node's, which then goes on in its own.
 *
 * @param {any} Base posthog-node's `PostHog`
 * @returns {string[]} nothing if all is well
 */
function findEventProblems(Base) {
  const problems = []
  const touched = Array.from(sourceOf(Base).matchAll(/\.promiseQueue\??\.([\w$]+)/g), ([, name]) => name)
  if (touched.length === 0 || !touched.every((name) => PROMISE_QUEUE_MEMBERS.includes(name))) {
    problems.push('PostHog keeps promises in a way that is not known')
  }
  if (!completesEvents(Base)) {
    problems.push('PostHog prepares events in a way that is not known')
  }
  if (!sendsEvents(Base)) {
    problems.push('PostHog sends events in a way that is not known')
  }
  return problems
}

/**
 * Whether posthog-node makes the same of an event that has all its members already.
 *
 * @param {any} Base
 */
function completesEvents(Base) {
  const textOf = (/** @type {object} */ event) =>
    JSON.stringify(Base.prototype.prepareMessage.call(Object.create(Base.prototype), event, SAMPLE_OPTIONS))
  try {
    return textOf(wholeEvent(SAMPLE)) === textOf({ ...SAMPLE })
  } catch {
    return false
  }
}

/**
 * Whether posthog-node sends an event as it is sent here. A version without that method never asks for it.
 *
 * @param {any} Base
 */
function sendsEvents(Base) {
  const send = Object(Base.prototype)._sendPreparedEvent
  if (send === undefined) {
    return true
  }
  try {
    return [true, false].every(
      (isImmediate) =>
        whatIsDone(Base, sendPreparedEvent, isImmediate) ===
        whatIsDone(Base, (client, ...args) => send.apply(client, args), isImmediate)
    )
  } catch {
    return false
  }
}

/**
 * Tells what a client is asked for while an event is sent, in its order.
 *
 * @param {any} Base
 * @param {(client: any, ...args: any[]) => unknown} send
 * @param {boolean} isImmediate
 */
function whatIsDone(Base, send, isImmediate) {
  /** @type {unknown[][]} */
  const done = []
  const prepared = settled({ ...SAMPLE, options: { ...SAMPLE_OPTIONS, more: 1 } }, done)
  const results = { _prepareEventMessage: prepared, getCommonEventProperties: { one: 2, two: 2 } }
  const client = Object.create(Base.prototype)
  for (const name of EVENT_METHODS) {
    client[name] = (/** @type {unknown[]} */ ...args) => {
      done.push([name, ...args])
      return Reflect.get(results, name) ?? name
    }
  }
  done.push([send(client, 'capture', { event: 'sample' }, isImmediate, { more: 1 }, 'route')])
  return inspect(done, { depth: null })
}

/**
 * What acts as a promise that is settled, but at once, so that there is no need to wait.
 *
 * @param {unknown} value
 * @param {unknown[][]} done to which what is asked of it is added
 * @returns {any}
 */
function settled(value, done) {
  return {
    /** @param {(value: unknown) => unknown} next */
    then(next) {
      return settled(next(value), done)
    },
    /** @param {(error: unknown) => unknown} next */
    catch(next) {
      done.push([value, next(null)])
      return this
    },
  }
}

module.exports = { EVENT_METHODS, PROMISE_QUEUE_MEMBERS, findEventProblems }
