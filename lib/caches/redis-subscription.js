'use strict'

const { wrongArgument } = require('../errors/mismatch')
const { familyOf } = require('./redis-client')

/**
 * Listens to a channel over a connection that does nothing else.
 *
 * @typedef {object} Subscription
 * @property {Promise<unknown>} begun rejects if Redis refuses it; while Redis is away it stays open
 * @property {() => Promise<void>} end
 */

/** An error while there is no connection. Commands tell of it as well, and a client without a listener would end the process. */
function ignore() {}

/**
 * @param {any} redis to listen with, or to make a connection like
 * @param {boolean} isOwn make a connection, and close it in the end
 * @param {string} channel
 * @param {(message: string) => void} listener
 * @returns {Subscription}
 */
function subscribe(redis, isOwn, channel, listener) {
  const connection = isOwn ? redis.duplicate() : redis
  return familyOf(redis) === 'ioredis'
    ? overIoredis(connection, isOwn, channel, listener)
    : overNodeRedis(connection, isOwn, channel, listener)
}

/**
 * @param {any} redis
 * @throws {TypeError} if it cannot listen
 */
function requireSubscriber(redis) {
  const isGlide = familyOf(redis) === 'glide'
  if (isGlide || typeof redis.subscribe !== 'function') {
    throw wrongArgument(
      'subscribe with a client of ioredis, redis or iovalkey',
      isGlide ? 'one of @valkey/valkey-glide' : 'one that cannot listen',
      'leave subscribe out; other processes then read new definitions when they poll'
    )
  }
}

/**
 * @param {any} connection
 * @param {boolean} isOwn
 * @param {string} channel
 * @param {(message: string) => void} listener
 * @returns {Subscription}
 */
function overIoredis(connection, isOwn, channel, listener) {
  const hear = (/** @type {string} */ from, /** @type {string} */ message) => {
    if (from === channel) {
      listener(message)
    }
  }
  /** @type {() => void} */
  let begin = ignore
  const begun = new Promise((resolve, reject) => {
    begin = () => connection.subscribe(channel).then(resolve, reject)
  })
  connection.on('message', hear)
  // After each loss of the connection, too. Asking twice for a channel does no harm.
  connection.on('ready', begin)
  if (isOwn) {
    connection.on('error', ignore)
  }
  if (connection.status === 'ready' || connection.status === 'wait') {
    begin()
  }
  return {
    begun,
    async end() {
      connection.off('message', hear)
      connection.off('ready', begin)
      if (isOwn) {
        connection.disconnect()
      } else if (connection.status === 'ready') {
        await connection.unsubscribe(channel)
      }
    },
  }
}

/**
 * @param {any} connection
 * @param {boolean} isOwn
 * @param {string} channel
 * @param {(message: string) => void} listener
 * @returns {Subscription}
 */
function overNodeRedis(connection, isOwn, channel, listener) {
  let isOver = false
  const begin = async () => {
    if (isOwn) {
      // It goes on trying while Redis is away, and listens again after each loss of the connection.
      await connection.connect()
    }
    if (!isOver) {
      await connection.subscribe(channel, listener)
    }
  }
  if (isOwn) {
    connection.on('error', ignore)
  }
  return {
    begun: begin().catch((error) => {
      // The end of the connection interrupts what is under way.
      if (!isOver) {
        throw error
      }
    }),
    async end() {
      isOver = true
      if (!isOwn) {
        return connection.isReady === false ? undefined : connection.unsubscribe(channel, listener)
      }
      if (connection.isOpen) {
        // Version 4 calls it by another name.
        await (connection.destroy ?? connection.disconnect).call(connection)
      }
    },
  }
}

module.exports = { requireSubscriber, subscribe }
