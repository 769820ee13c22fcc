'use strict'

const { defineProperty } = require('../evaluation/define-property.js')
const { REASONS } = require('../evaluation/result-codes.js')
const { DefinitionsOrigin } = require('./definitions-origin.js')
const { LocalEvaluationStatus, QUOTA_EXCEEDED, statusOfNone } = require('./local-evaluation-status.js')

/**
 * What posthog-node's own poller lets others know of its loads and evaluations: it calls these of its methods and callbacks.
 * Another version may lack one of them, and then that is not counted.
 */

/**
 * @typedef {ReturnType<typeof watch>} Watched
 * @typedef {import('./diagnostics.js').Diagnostics} Diagnostics
 */

/** @type {WeakMap<object, Watched>} by poller */
const watched = new WeakMap()

/**
 * Takes note of what a poller does from now on.
 *
 * @param {any} poller posthog-node's own, just made
 * @param {Diagnostics} diagnostics
 */
function observe(poller, diagnostics) {
  watched.set(poller, watch(poller, diagnostics))
}

/**
 * @param {any} poller posthog-node's own; nothing if the client evaluates nothing locally
 */
function statusOf(poller) {
  const found = watched.get(Object(poller))
  if (found === undefined) {
    return statusOfNone()
  }
  return found.status.read({
    engine: 'javascript',
    flags: poller.featureFlags?.length ?? 0,
    isLoaded: Boolean(poller.loadedSuccessfullyOnce),
    isStopped: Boolean(poller.pollerStopped),
    origin: found.origin,
  })
}

/**
 * @param {any} poller
 * @param {Diagnostics} diagnostics
 */
function watch(poller, diagnostics) {
  const origin = new DefinitionsOrigin()
  const status = new LocalEvaluationStatus(poller.pollingInterval ?? null, diagnostics)
  const createLoad = () => ({ isAnswered: false, isTold: false, flagsBefore: poller.featureFlagsByKey })
  /** The load that began last. One before it may be about to end. */
  let load = createLoad()
  const end = (/** @type {typeof load} */ of, /** @type {'changed' | 'unchanged' | 'failed'} */ how, cause = '') => {
    of.isTold = true
    status.finished({ end: how, cause, bytes: 0 })
    if (diagnostics.wantsLoads) {
      diagnostics.load({ outcome: how, source: origin.source, flags: poller.featureFlags?.length ?? 0, bytes: 0 })
    }
  }
  // The server has answered, with definitions or that there are no others. Definitions are told of by `onLoad` then.
  after(poller, 'clearBackoff', () => {
    load.isAnswered = true
    origin.confirmed()
  })
  after(poller, 'onLoad', () => {
    origin.installed(load.isAnswered ? 'network' : 'cache')
    end(load, 'changed')
  })
  after(poller, 'onError', (_, [error]) => {
    status.failed(String(error?.message))
    diagnostics.error(error)
  })
  const conclude = async (/** @type {typeof load} */ of, /** @type {unknown} */ loading) => {
    await loading
    if (of.isTold) {
      return
    }
    if (of.isAnswered) {
      end(of, 'unchanged')
    } else if (poller.featureFlagsByKey === of.flagsBefore) {
      end(of, 'failed', 'posthog-node does not tell why')
    } else {
      // Without an answer that is of use, the flags are others only when they are taken away.
      origin.emptied()
      status.emptied()
      end(of, 'failed', QUOTA_EXCEEDED)
    }
  }
  around(poller, '_loadFeatureFlags', (call) => {
    load = createLoad()
    return conclude(load, call())
  })
  if (poller.loadingPromise !== undefined) {
    // The first load has begun.
    conclude(load, poller.loadingPromise)
  }
  countEvaluations(poller, status.counts)
  return { origin, status }
}

/**
 * @param {any} poller
 * @param {import('../evaluation/evaluation-counts.js').EvaluationCounts} counts
 */
function countEvaluations(poller, counts) {
  const add = (/** @type {string} */ key, /** @type {any} */ reason) => {
    if (REASONS.includes(reason)) {
      counts.add(key, REASONS.indexOf(reason), 1)
      counts.onUnresolved?.(key, reason)
    }
  }
  around(poller, 'getAllFlagsAndPayloads', async (evaluate) => {
    const result = await evaluate()
    counts.local += Object.keys(result.response).length
    for (const [key, reason] of Object.entries(result.unresolved ?? {})) {
      add(key, reason)
    }
    return result
  })
  around(poller, 'computeFlagAndPayloadLocally', async (evaluate, [flag, , options]) => {
    // An evaluation of all flags calls this for each of them, and so does whoever asks for the payload of a value.
    if (options?.skipLoadCheck || options?.matchValue !== undefined) {
      return evaluate()
    }
    try {
      const result = await evaluate()
      counts.local++
      return result
    } catch (/** @type {any} */ error) {
      add(flag.key, error?.reason)
      throw error
    }
  })
}

/**
 * @param {any} poller
 * @param {string} name of a method or a callback
 * @param {(result: any, args: any[]) => void} then
 */
function after(poller, name, then) {
  around(poller, name, (call, args) => {
    const result = call()
    then(result, args)
    return result
  })
}

/**
 * @param {any} poller
 * @param {string} name of a method or a callback
 * @param {(call: () => any, args: any[]) => any} replacement
 */
function around(poller, name, replacement) {
  const original = poller[name]
  if (typeof original === 'function') {
    /** @type {(this: any, ...args: any[]) => any} */
    const wrapper = function (...args) {
      return replacement(() => original.apply(this, args), args)
    }
    defineProperty(poller, name, wrapper, false)
  }
}

module.exports = { observe, statusOf }
