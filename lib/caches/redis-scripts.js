'use strict'

const { createHash } = require('node:crypto')

/**
 * Scripts that Redis carries out as one step. KEYS are the lease and the definitions, which a hash tag keeps in one slot of a
 * cluster.
 *
 * @typedef {{ text: string, sha1: string }} Script
 */

/** @param {string} text @returns {Script} */
const script = (text) => ({ text, sha1: createHash('sha1').update(text).digest('hex') })

/**
 * Takes the lease if nobody has it, or renews it. It also keeps the definitions from expiring: while they are unchanged,
 * nobody stores them again. ARGV: token, milliseconds of the lease, of the definitions.
 */
const LEAD = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`)

/**
 * Stores definitions, and tells who listens if they are others than before. Where another process leads, what it stored is
 * newer and stays. ARGV: token, definitions, their milliseconds, channel.
 */
const STORE = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local before = redis.pcall('GET', KEYS[2])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if before ~= ARGV[2] then redis.pcall('PUBLISH', ARGV[4], ARGV[1]) end
return 1`)

/** Gives the lease up, unless it has passed to another process. ARGV: token. */
const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

/**
 * Sends the digest of a script alone, and its text where Redis does not know it yet, or any more.
 *
 * @param {import('./redis-client').RedisConnection} connection
 * @param {Script} known
 * @param {string[]} keys
 * @param {string[]} args
 */
async function runScript(connection, { text, sha1 }, keys, args) {
  try {
    return await connection.evaluateKnown(sha1, keys, args)
  } catch (error) {
    if (/NOSCRIPT|NoScript/.test(`${/** @type {any} */ (error)?.message}`)) {
      return connection.evaluate(text, keys, args)
    }
    throw error
  }
}

module.exports = { LEAD, RELEASE, STORE, runScript }
