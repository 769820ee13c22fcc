'use strict'

const { PendingPromises } = require('./pending-promises.js')

/**
 * The way of an event into posthog-node's queue, in forms that V8 handles well. Members, their order, and what is called on the
 * client are posthog-node's; `quick-events-seam.js` asks whether the installed version is one of which that is true.
 */

/**
 * An object that is spread first into a new one, so that V8 adds all other members one by one and shares their hidden classes. Until
 * version 22, Node gives the copy of an object that has members a hidden class outside V8's tree of classes: each member that is added
 * to that copy makes a new class for this one object (`%HaveSameMap` of V8 tells). The garbage collector counts such classes as old,
 * and they keep young objects alive that nobody needs (`node --trace-gc-nvp` prints how much survives).
 */
const NOTHING = Object.freeze({})

/**
 * An event as posthog-node's `prepareMessage` is to get it. That method adds members to a copy, and renames the distinct id by
 * deleting a property, which makes a hash table of the event (`%HasFastProperties`). So this one has all its members already, in
 * the order in which they come to be.
 *
 * @param {any} message an event with a distinct id and properties
 */
function wholeEvent(message) {
  const { distinctId, ...whole } = message
  whole.timestamp = undefined
  whole.uuid = undefined
  whole.distinct_id = distinctId
  return whole
}

/**
 * Does what posthog-node's `_sendPreparedEvent` does.
 *
 * @param {any} client
 * @param {string} type `capture`, `identify` or `alias`
 * @param {any} captured what was given to the client's `capture` or the like
 * @param {boolean} isImmediate whether it is not to wait in the queue
 * @param {any} [preparation] how it is to be prepared
 * @param {string} [route] the queue that it is for
 * @returns {Promise<unknown>} never rejected: what went wrong is on the console
 */
function sendPreparedEvent(client, type, captured, isImmediate, preparation, route) {
  const sent = client
    ._prepareEventMessage(captured, preparation)
    .then((/** @type {any} */ { distinctId, event, properties, options }) => {
      const all = { ...NOTHING, ...properties, ...client.getCommonEventProperties() }
      const message = { distinctId, event, properties: all }
      const { timestamp, disableGeoip, uuid } = options
      const chosen = { timestamp, disableGeoip, uuid }
      return isImmediate
        ? client.sendImmediate(type, message, chosen, route)
        : client.enqueue(type, message, chosen, route)
    })
    // An event that `before_send` drops is rejected with nothing.
    .catch((/** @type {unknown} */ error) => void (error && console.error(error)))
  return client.addPendingPromise(sent)
}

/**
 * From here on, unless posthog-node holds some already.
 *
 * @param {any} client
 */
function holdPromises(client) {
  if (client.promiseQueue.length === 0) {
    client.promiseQueue = new PendingPromises()
  }
}

module.exports = { holdPromises, sendPreparedEvent, wholeEvent }
