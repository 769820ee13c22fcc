'use strict'

const { describeValue, wrongArgument } = require('../errors/mismatch')

/**
 * What a cache needs of Redis, the same over each client package.
 *
 * @typedef {object} RedisConnection
 * @property {(key: string) => Promise<unknown>} get the bytes at a key, or `null`
 * @property {(script: string, keys: string[], args: string[]) => Promise<unknown>} evaluate by the script's text
 * @property {(sha1: string, keys: string[], args: string[]) => Promise<unknown>} evaluateKnown by its digest
 * @property {() => boolean} isReconnecting commands wait for a connection, which the client tries to make
 */

/** The states in which a client of ioredis keeps commands until there is a connection. */
const CONNECTING = new Set(['connecting', 'connect', 'reconnecting', 'close'])

/** The number by which node-redis names the type of a text that Redis answers. */
const BLOB_STRING = 36

/** The number by which GLIDE names bytes, rather than text, as what it is to hand over. */
const GLIDE_BYTES = 0

/**
 * @param {any} client
 * @returns {RedisConnection}
 * @throws {TypeError} if it is a client of no package that is known
 */
function connectionOf(client) {
  switch (familyOf(client)) {
    case 'ioredis':
      return {
        get: (key) => client.getBuffer(key),
        evaluate: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
        evaluateKnown: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
        isReconnecting: () => CONNECTING.has(client.status),
      }
    case 'node-redis': {
      // Version 4 has no such choice, and answers with text.
      const reader = client.withTypeMapping?.({ [BLOB_STRING]: Buffer }) ?? client
      return {
        get: (key) => reader.get(key),
        evaluate: (script, keys, args) => client.eval(script, { keys, arguments: args }),
        evaluateKnown: (sha1, keys, args) => client.evalSha(sha1, { keys, arguments: args }),
        isReconnecting: () => client.isOpen === true && client.isReady === false,
      }
    }
    default:
      return {
        get: (key) => client.get(key, { decoder: GLIDE_BYTES }),
        evaluate: (script, keys, args) => client.customCommand(['EVAL', script, `${keys.length}`, ...keys, ...args]),
        evaluateKnown: (sha1, keys, args) =>
          client.customCommand(['EVALSHA', sha1, `${keys.length}`, ...keys, ...args]),
        isReconnecting: () => false,
      }
  }
}

/**
 * @param {any} client
 * @returns {'ioredis' | 'node-redis' | 'glide'} iovalkey is the same as ioredis
 */
function familyOf(client) {
  if (hasMethods(client, 'evalsha', 'getBuffer')) {
    return 'ioredis'
  }
  if (hasMethods(client, 'evalSha', 'get')) {
    return 'node-redis'
  }
  if (hasMethods(client, 'customCommand', 'get')) {
    return 'glide'
  }
  throw wrongArgument(
    'a client of ioredis, redis, iovalkey or @valkey/valkey-glide',
    hasMethods(client, 'then') ? 'a promise' : describeValue(client),
    hasMethods(client, 'then')
      ? 'await the client before you make the cache'
      : "make one, such as new Redis('redis://127.0.0.1:6379') of ioredis, and pass it as the first argument"
  )
}

/**
 * @param {any} client
 * @param {string[]} names
 */
function hasMethods(client, ...names) {
  return client != null && names.every((name) => typeof client[name] === 'function')
}

module.exports = { connectionOf, familyOf }
