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
 * @param {any} redis
 * @returns {RedisConnection}
 * @throws {TypeError} if it is a client of no package that is known
 */
function connectionOf(redis) {
  switch (familyOf(redis)) {
    case 'ioredis':
      return {
        get: (key) => redis.getBuffer(key),
        evaluate: (script, keys, args) => redis.eval(script, keys.length, ...keys, ...args),
        evaluateKnown: (sha1, keys, args) => redis.evalsha(sha1, keys.length, ...keys, ...args),
        isReconnecting: () => CONNECTING.has(redis.status),
      }
    case 'node-redis': {
      // Version 4 has no such choice, and answers with text.
      const reader = redis.withTypeMapping?.({ [BLOB_STRING]: Buffer }) ?? redis
      return {
        get: (key) => reader.get(key),
        evaluate: (script, keys, args) => redis.eval(script, { keys, arguments: args }),
        evaluateKnown: (sha1, keys, args) => redis.evalSha(sha1, { keys, arguments: args }),
        isReconnecting: () => redis.isOpen === true && redis.isReady === false,
      }
    }
    default:
      return {
        get: (key) => redis.get(key, { decoder: GLIDE_BYTES }),
        evaluate: (script, keys, args) => redis.customCommand(['EVAL', script, `${keys.length}`, ...keys, ...args]),
        evaluateKnown: (sha1, keys, args) => redis.customCommand(['EVALSHA', sha1, `${keys.length}`, ...keys, ...args]),
        isReconnecting: () => false,
      }
  }
}

/**
 * @param {any} redis
 * @returns {'ioredis' | 'node-redis' | 'glide'} iovalkey is the same as ioredis
 */
function familyOf(redis) {
  if (hasMethods(redis, 'evalsha', 'getBuffer')) {
    return 'ioredis'
  }
  if (hasMethods(redis, 'evalSha', 'get')) {
    return 'node-redis'
  }
  if (hasMethods(redis, 'customCommand', 'get')) {
    return 'glide'
  }
  throw wrongArgument(
    'a client of ioredis, redis, iovalkey or @valkey/valkey-glide',
    hasMethods(redis, 'then') ? 'a promise' : describeValue(redis),
    hasMethods(redis, 'then')
      ? 'await the client before you make the cache'
      : "make one, such as new Redis('redis://127.0.0.1:6379') of ioredis, and pass it as the first argument"
  )
}

/**
 * @param {any} redis
 * @param {string[]} names
 */
function hasMethods(redis, ...names) {
  return redis != null && names.every((name) => typeof redis[name] === 'function')
}

module.exports = { connectionOf, familyOf }
