'use strict'

const { randomUUID } = require('node:crypto')

const { setImmediate } = require('./timers')
const binding = require('../addon/load-binding')
const { asciiAddress } = require('../requests/ascii-address')
const { environmentProxy } = require('../requests/environment-proxy')
const { environmentTrust } = require('../requests/environment-trust')
const { reasonForFetch } = require('../requests/node-fetch')

/**
 * @typedef {object} DefinitionLoaderOptions
 * @property {string} host
 * @property {string} projectApiKey
 * @property {string} [personalApiKey]
 * @property {number | null} pollingInterval milliseconds; `null` loads only when asked
 * @property {number} requestTimeout milliseconds; 0 is none
 * @property {Record<string, string>} customHeaders
 * @property {(url: string, options: any) => Promise<any>} [fetch] carries the requests instead of the native transport
 * @property {import('../client/options').NativeSettings} native
 * @property {any} [cacheProvider] the user's `FlagDefinitionCacheProvider`
 * @property {readonly string[]} [evaluationContexts]
 *
 * @typedef {object} DefinitionListener learns what the loader finds out, in the order of posthog-node's effects. Each piece of
 *   news has the name that it has in `src/poller/listener.rs`.
 * @property {(definitions: import('../addon/binding').FlagDefinitions, source: 'network' | 'cache' | 'file', confirmedAt?: number) => void} newDefinitions
 *   these are the current ones
 * @property {(at: number) => void} [confirmed] those held were PostHog's current ones at this time
 * @property {(role: import('../client/definitions-origin').SharingRole | undefined) => void} [role] whether this client asks for
 *   others
 * @property {(message: string) => void} [warning] something that is to be printed
 * @property {(origin: string) => void} loaded they are stored too; `origin` is a debug line, possibly empty
 * @property {() => void} notModified those held are confirmed
 * @property {() => boolean} [wantsChanges] somebody wants to know which flags the next load changes
 * @property {(report: import('../client/local-evaluation-status').LoadReport) => void} [finished] the load is over
 * @property {() => void} quotaExceeded there are none any more
 * @property {(body: Uint8Array, reason: string, report?: string) => void} invalidBody
 * @property {() => void} [keyRefused] it was refused to another client that asks for this one, too
 * @property {(message: string) => void} clientError the server refuses the key; does not throw
 * @property {(message: string) => void} error does not throw
 * @property {(cause: string) => void} fellBack the process's `fetch` makes the requests, because of what the native
 *   transport cannot do
 * @property {(line: string) => void} trace
 * @property {() => boolean} [isAwaited] somebody waits for definitions who did not call `load`
 * @property {() => unknown} [shutdownDelayed] the shutdown waits for a load
 * @property {() => void} [underWay] definitions are on their way here, and this thread has nothing to do meanwhile; may be told again
 */

/**
 * @param {DefinitionLoaderOptions} options
 * @param {(command: import('../addon/binding').FlagPollerCommand) => void} receive
 */
function createNativePoller(options, receive) {
  const { personalApiKey, requestTimeout, evaluationContexts, native } = options
  return new binding.FlagPoller(
    {
      host: asciiAddress(options.host),
      projectApiKey: options.projectApiKey,
      secretKey: personalApiKey || undefined,
      pollingInterval: options.pollingInterval ?? undefined,
      requestTimeout: typeof requestTimeout === 'number' ? requestTimeout : undefined,
      customHeaders: Object.entries(options.customHeaders).map(([name, value]) => [name, String(value)]),
      evaluationContexts: evaluationContexts ? Array.from(evaluationContexts, String) : [],
      semantics: native.semantics,
      timezone: native.timezone,
      hasProvider: Boolean(options.cacheProvider),
      file: native.file,
      user: native.file === undefined ? undefined : userOfProcess(),
      shared: native.shared ? identityOf(options.fetch) : undefined,
      providerTimeout: native.providerTimeoutMs,
      pollingJitter: native.pollingJitter,
      maxDocumentBytes: native.maxDocumentBytes,
      proxy: environmentProxy(options.host),
      ...environmentTrust(),
      transport: wishOf(options),
    },
    receive
  )
}

/** @type {WeakMap<Function, string>} */
const fetches = new WeakMap()

/**
 * A text that is the same for clients with the same `fetch` of the user's, which no other thread has.
 *
 * @param {Function} [fetch]
 */
function identityOf(fetch) {
  if (fetch === undefined) {
    return ''
  }
  const identity = fetches.get(fetch) ?? randomUUID()
  fetches.set(fetch, identity)
  return identity
}

/**
 * Who is to make requests. The user's own `fetch` is asked for nothing: it is there for the life of a client.
 *
 * @param {DefinitionLoaderOptions} options
 */
function wishOf({ fetch, native: { transport } }) {
  return transport === 'auto' && fetch ? 'fetch' : transport
}

/**
 * Why a `fetch` makes a request that is made now, the user's or the process's; `undefined` if the native transport does.
 *
 * @param {DefinitionLoaderOptions} options
 */
function reasonToFetch(options) {
  const wish = wishOf(options)
  if (wish === 'auto') {
    return reasonForFetch()
  }
  return wish === 'fetch' ? 'it is what the options say' : undefined
}

/**
 * Hands over the document that an answer is about, one piece in each turn of the event loop. One that is a single piece takes no
 * turn, so that it arrives although all timers are fake, which they may have been before this module was loaded.
 *
 * @param {import('../addon/binding').FlagPoller} native
 * @param {number} id
 * @param {import('../document/document-pieces').DocumentPieces | undefined} pieces
 * @param {import('node:async_hooks').AsyncResource} scope the context to call the user's code in
 */
async function handOver(native, id, pieces = [], scope) {
  const iterator = pieces[Symbol.iterator]()
  // What writes an object as JSON may call methods of the user's.
  const next = () => scope.runInAsyncScope(() => iterator.next())
  let piece = next()
  while (!piece.done) {
    // The poller may have given up on the answer meanwhile, or may not need more of it.
    if (!native.addPiece(id, piece.value)) {
      return
    }
    piece = next()
    if (!piece.done) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** The user whose files are trusted; nothing where there are no users, or where Deno does not let this be asked. */
function userOfProcess() {
  try {
    return process.geteuid?.()
  } catch {
    return undefined
  }
}

module.exports = { createNativePoller, handOver, reasonToFetch }
