'use strict'

const diagnostics = require('node:diagnostics_channel')
const { isDeepStrictEqual } = require('node:util')

const { DISPATCHERS } = require('./environment-proxy')

/** On these undici tells of requests, to tracing for example. */
const CHANNELS = [
  'undici:request:create',
  'undici:request:bodyChunkSent',
  'undici:request:bodySent',
  'undici:request:headers',
  'undici:request:bodyChunkReceived',
  'undici:request:trailers',
  'undici:request:error',
  'undici:client:sendHeaders',
  'undici:client:beforeConnect',
  'undici:client:connected',
  'undici:client:connectError',
].map((name) => diagnostics.channel(name))

/** What the source of Node's own `fetch` refers to, which no program can. */
const NODES_MODULE = "require('internal/deps/undici/undici')"

/** The functions and dispatchers that were judged last; each process has hardly ever more than one. */
const judged = { fetch: { value: /** @type {any} */ (undefined), isNodes: false }, dispatchers: new WeakMap() }

/**
 * Why a request has to be made by `fetch`, because somebody could tell the difference; `undefined` if nobody could. What is
 * asked may change at any time, so that each request asks anew.
 *
 * @returns {string | undefined}
 */
function reasonForFetch() {
  const globals = /** @type {Record<symbol, any>} */ (globalThis)
  if (!isNodesFetch(globalThis.fetch)) {
    return "globalThis.fetch is not Node's own"
  }
  for (const key of DISPATCHERS) {
    if (globals[key] !== undefined && !isDefaultDispatcher(globals[key])) {
      return "the global dispatcher is not Node's default"
    }
  }
  for (const channel of CHANNELS) {
    if (channel.hasSubscribers) {
      return 'diagnostics channels of undici are listened to'
    }
  }
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? 'NODE_TLS_REJECT_UNAUTHORIZED is 0' : undefined
}

/**
 * Whether this is the function that Node came with. It may have been replaced before this module was loaded.
 *
 * @param {any} fetch
 */
function isNodesFetch(fetch) {
  if (judged.fetch.value !== fetch) {
    const source = typeof fetch === 'function' ? Function.prototype.toString.call(fetch) : ''
    judged.fetch = { value: fetch, isNodes: source.includes(NODES_MODULE) }
  }
  return judged.fetch.isNodes
}

/**
 * Whether this is what Node's `fetch` makes requests with unless it is told otherwise.
 *
 * @param {any} dispatcher
 */
function isDefaultDispatcher(dispatcher) {
  let known = judged.dispatchers.get(dispatcher)
  if (known === undefined) {
    known = isNodesAgent(dispatcher) ? { dispatch: dispatcher.dispatch } : {}
    judged.dispatchers.set(dispatcher, known)
  }
  // The method may be replaced.
  return known.dispatch !== undefined && known.dispatch === dispatcher.dispatch
}

/**
 * Whether this is an `Agent` of the undici within Node, with its default options. A program cannot import that class; it is told
 * by where it fails.
 *
 * @param {any} dispatcher
 */
function isNodesAgent(dispatcher) {
  const Agent = dispatcher.constructor
  if (Agent?.name !== 'Agent' || Object.hasOwn(dispatcher, 'dispatch')) {
    return false
  }
  try {
    new Agent({ factory: 'none' })
    return false
  } catch (error) {
    const [, place = ''] = String(/** @type {any} */ (error)?.stack).split('\n    at ')
    return (
      place.startsWith('new Agent (node:internal/') && isDeepStrictEqual(optionsOf(dispatcher), optionsOf(new Agent()))
    )
  }
}

/** @param {any} agent */
function optionsOf(agent) {
  return Object.getOwnPropertySymbols(agent)
    .filter(({ description = '' }) => ['options', 'factory', 'maxRedirections'].includes(description))
    .map((key) => agent[key])
}

module.exports = { reasonForFetch }
