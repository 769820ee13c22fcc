'use strict'

const { describeError } = require('../errors/describe-error')

/**
 * What to do about an error of Redis or of its client. `$key` stands for the key of the definitions.
 *
 * @type {[sign: RegExp, remedy: string][]}
 */
const REMEDIES = [
  [
    /READONLY/,
    'This Redis is a replica, perhaps after a failover. Connect to the primary, or let the client find it again: ' +
      "reconnectOnError: (error) => error.message.startsWith('READONLY') with ioredis, Sentinel, or a cluster client",
  ],
  [/LOADING/, 'Redis has just started and reads its data. You need not do anything: the next poll tries again'],
  [
    /MOVED|ASK \d|CROSSSLOT/,
    'This Redis is a cluster. Make the client with new Cluster([…]) of ioredis or createCluster(…) of redis',
  ],
  [
    /CLUSTERDOWN|MASTERDOWN|TRYAGAIN|ClusterAllFailed/,
    'The cluster is not complete at the moment. The next poll tries again',
  ],
  [/NOAUTH|WRONGPASS|invalid password/i, 'Give the client the user name and password of this Redis'],
  [
    /NOPERM/,
    'Allow this user the commands GET, SET, EXISTS, PEXPIRE, DEL, EVAL, EVALSHA, PUBLISH and SUBSCRIBE, the keys $key* and the ' +
      'channels $key*',
  ],
  [/\bOOM\b/, 'Redis has no memory left. Raise its maxmemory, or let it evict keys (maxmemory-policy)'],
  [
    /WRONGTYPE/,
    'The key $key, or the key of its lease, has a value of another type. Delete it, or give the cache another name',
  ],
  [
    /The client is closed|ClientClosed/,
    'The client is not connected, or was closed. Connect it before you make the PostHog client (await redis.connect()), and ' +
      'close it after posthog.shutdown()',
  ],
  [
    /ECONN|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|Connection is closed|MaxRetries|max retries|offline|Socket closed|not writable/i,
    'Check that Redis runs and that the address is right. Until then the client keeps its flags',
  ],
]

/**
 * The error that a provider's method throws: what failed, why, and what to do.
 *
 * @param {string} what could not be done, after "could not"
 * @param {unknown} cause
 * @param {string} key of the definitions
 */
function redisError(what, cause, key) {
  const reason = describeError(cause)
  const name = /** @type {any} */ (cause)?.name
  const [, remedy] = REMEDIES.find(([sign]) => sign.test(`${name} ${reason}`)) ?? []
  const advice = remedy === undefined ? '' : `. ${remedy.replaceAll('$key', key)}`
  return new Error(`RedisFlagCache could not ${what}: ${reason}${advice}`, { cause })
}

module.exports = { redisError }
