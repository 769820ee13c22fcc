/** The options of this package, and what a cache class may have beside posthog-node's methods. */

import type { PostHog, FlagDefinitionsDocument } from '../../index.js'
import type { FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from '../posthog-node.js'

/**
 * Options that posthog-node does not have. They are all in `native`, so they cannot collide with posthog-node's own.
 * The constructor throws a `TypeError` for an unknown option or a wrong value.
 */
export interface NativeOptions {
  /**
   * The limit on each call of the `flagDefinitionCacheProvider`, in milliseconds. A call that takes longer is given
   * up. The method is called again after the same time, and the time doubles with each failure, up to a minute. If
   * the old call ends late, the method is called again at once. Default: 10 000.
   */
  readonly providerTimeoutMs?: number
  /**
   * Each poll comes earlier by a random part of the polling interval, at most this fraction (0 to 1), so that many
   * processes do not poll together. Retries after a failure vary by half of their wait. With `0` nothing is random.
   * Default: 0.1.
   */
  readonly pollingJitter?: number
  /**
   * If true, polling keeps the process alive until `shutdown()`, as in posthog-node. If false, it does not: the
   * process may end when the first load and loads that you asked for are over, or when they wait only for the
   * `flagDefinitionCacheProvider`. Between polls, a timer of the global `setTimeout` keeps the process alive, so a
   * test can fake it. Default: `true`.
   */
  readonly keepAlive?: boolean
  /**
   * Who makes the client's requests: those for definitions, batches of events, `/flags` and all others.
   *
   * - `'auto'`: Rust, on a background thread. `fetch` makes a request, as in posthog-node, if one of these is true at
   *   that time: the client has the option `fetch`; `globalThis.fetch` is not Node's own (a mock, tracing); the
   *   global dispatcher is not Node's default (undici's `MockAgent`, a proxy); somebody subscribes to undici's
   *   diagnostics channels; or `NODE_TLS_REJECT_UNAUTHORIZED=0` is set. Rust trusts the certificate authorities of
   *   the operating system (or of `SSL_CERT_FILE` instead) and of `NODE_EXTRA_CA_CERTS`. If it does not trust a
   *   server, cannot talk to it or cannot read its answer, `fetch` repeats the request and makes the next ones.
   * - `'native'`: always Rust. It uses proxies exactly when Node's own `fetch` would.
   * - `'fetch'`: as posthog-node.
   *
   * In debug mode a line says who makes requests, and why. With `engine: 'javascript'` it has no effect. Default:
   * `'auto'`.
   */
  readonly transport?: 'native' | 'fetch' | 'auto'
  /**
   * The largest definitions document that is accepted, from PostHog (in bytes after decompression) or from the
   * `flagDefinitionCacheProvider` (in bytes of its JSON). At most 536,870,888: that is the longest text in Node, and
   * a provider may get the document as text. Default: 256 MiB.
   */
  readonly maxDocumentBytes?: number
  /**
   * Who loads definitions and evaluates flags locally.
   *
   * - `'auto'`: Rust if possible, or else posthog-node itself: the same answers, slower. Then one warning says what
   *   was tried, why it failed, and what to do.
   * - `'native'`: Rust. If that is not possible, the constructor throws an `Error` with the same text. Its `code` is
   *   `'ERR_POSTHOG_NATIVE_ADDON'` if the addon cannot be loaded, or `'ERR_POSTHOG_NATIVE_SEAM'` if the installed
   *   posthog-node version is not compatible.
   * - `'javascript'`: posthog-node itself, without a warning. The addon is not loaded. The other options in `native`
   *   are checked, but have no effect. In debug mode a line names those that you gave.
   *
   * The environment variable `POSTHOG_NATIVE_ENGINE` has the same values. It is stronger than this option, for all
   * clients of the process: `POSTHOG_NATIVE_ENGINE=javascript` switches to posthog-node without a deploy.
   *
   * Default: `'auto'`.
   */
  readonly engine?: 'native' | 'javascript' | 'auto'
  /**
   * Definitions that the client starts with, so that it need not wait: an object, its JSON text, or that text as
   * UTF-8 bytes. `isLocalEvaluationReady()` is `true` right after the constructor. The constructor reads the document
   * once, and throws a `TypeError` if it is not a definitions document. Definitions that are loaded later replace it.
   *
   * Without a `secretKey` and a `flagDefinitionCacheProvider` nothing is loaded later: the client makes no request
   * for definitions, has no timer, and does not keep the process alive. `npx posthog-node-native fetch --output
   * flags.json` writes such a document, for instance when you build.
   *
   * Only Rust can use it: with `engine: 'javascript'`, or if the addon cannot be loaded, it has no effect.
   *
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * import { PostHog } from 'posthog-node-native'
   *
   * const posthog = new PostHog('phc_…', { native: { bootstrap: readFileSync('flags.json') } })
   * posthog.isLocalEvaluationReady() // true
   * ```
   */
  readonly bootstrap?: FlagDefinitionsDocument | string | Uint8Array
  /**
   * The path of a file in which all processes of the machine share definitions. Together they make one request in
   * each polling interval. A new client starts with the last definitions in the file: `isLocalEvaluationReady()` is
   * `true` right after the constructor, even if PostHog cannot be reached.
   *
   * One process is the leader: it has a lock of the operating system on a second file, `….lock`, and polls PostHog.
   * The others read the file within a second of a change. When the leader ends or crashes, another process polls
   * within one interval. Clients of one process share the file in the same way. A client without a `secretKey` only
   * reads.
   *
   * The file contains PostHog's answer and its `ETag`, a checksum, and a salted hash of host and project. It contains
   * no key, and has the mode 0600. If the quota is used up, the file says so, and no process has flags until it is renewed. A file is ignored, with one `error` event, if it is damaged, or if another project, a newer
   * version of this package or another user wrote it. If the file cannot be locked or written, each process polls by
   * itself, and one warning says so.
   *
   * Not together with a `flagDefinitionCacheProvider`: the constructor throws a `TypeError`.
   *
   * @example
   * ```ts
   * import { PostHog } from 'posthog-node-native'
   *
   * const posthog = new PostHog('phc_…', {
   *   secretKey: process.env.POSTHOG_SECRET_KEY,
   *   native: { file: '/var/cache/app/posthog-flags' },
   * })
   * ```
   */
  readonly file?: string
  /**
   * Share definitions with other clients of this process, in all worker threads, that have this option and would make
   * the same requests: same host, keys, headers, limits and transport. Together they make one request in each polling
   * interval; the shortest interval counts. A new client is ready in its constructor if another has definitions. The
   * definitions stay in memory for a minute after the last client was shut down.
   *
   * Each client keeps its own evaluation contexts, events, warnings and `shutdown()`. A failed request is an `error`
   * event of each client. Clients with the option `fetch` share only with clients of the same thread that have the
   * same function.
   *
   * With `file`, the clients of a process share through the file. You cannot combine it with a
   * `flagDefinitionCacheProvider`: the constructor throws a `TypeError`.
   *
   * Clients of a process with the same document share one compiled copy, with or without this option.
   *
   * Default: `false`.
   */
  readonly shared?: boolean
  /**
   * Polling pauses if no flag has been evaluated for so many milliseconds (or up to a quarter longer). The next
   * evaluation is answered with the last definitions and starts polling again: newer definitions are loaded at once,
   * in the background. Waiting for the first definitions counts as an evaluation. A paused client is not the leader of
   * the clients with which it shares definitions.
   * `reloadFeatureFlags()` also loads during a pause, and the process stays alive as before. Default: polling never
   * pauses.
   */
  readonly idleAfterMs?: number
  /**
   * Tells why flags that were evaluated locally have their values, by PostHog's own codes, such as `'out_of_rollout_bound'`
   * ({@link FlagReasonCode}): `reasonCode` of `getFeatureFlagResult`, here and of {@link PostHog.localEvaluator}, and
   * `$feature_flag_reason` of `$feature_flag_called` events, which say "Evaluated locally" otherwise. `reason` of a result stays
   * as it is. Each evaluation whose reason is told takes about twice as long. posthog-node's own engine tells no more than without.
   *
   * Default: `false`.
   */
  readonly reasons?: boolean
  /**
   * Whose decisions flags are, where they are evaluated locally.
   *
   * - `'posthog-node'`: those of posthog-node, to the last bit.
   * - `'server'`: those of PostHog's server for the same definitions and properties. It decides more of them, such as
   *   numbers, `between`, feature enrollment and experience continuity, so that fewer flags are left to the network. Where
   *   posthog-node decides otherwise than the server, the answers are the server's.
   *
   * Only Rust can do that: where the addon cannot be loaded, or with `POSTHOG_NATIVE_ENGINE=javascript`, posthog-node's
   * decisions are what there is, and a warning says so once. Together with `engine: 'javascript'` it is a `TypeError`.
   *
   * Default: `'posthog-node'`.
   *
   * @example
   * ```ts
   * import { PostHog } from 'posthog-node-native'
   *
   * const posthog = new PostHog('phc_…', {
   *   secretKey: process.env.POSTHOG_SECRET_KEY,
   *   native: { semantics: 'server', timezone: 'Europe/Berlin' },
   * })
   * const flags = await posthog.evaluateFlags('user-17', {
   *   personProperties: { plan: 'pro', age: 31 },
   *   propertiesAreComplete: true,
   * })
   * ```
   */
  readonly semantics?: 'posthog-node' | 'server'
  /**
   * The IANA name of the project's time zone, such as `'Europe/Berlin'`, as PostHog's project settings show it. Definitions do
   * not say it. Dates without an offset are read in it; without it a flag that reads them is decided only where it comes out
   * the same from UTC-12 to UTC+14.
   *
   * It belongs to the semantics of the server: without `semantics: 'server'` the constructor throws a `TypeError`, and also if
   * there is no such zone.
   */
  readonly timezone?: string
  /**
   * For the semantics of the server: whether what a call does not give of a person or a group is not there. Then `is_not_set`,
   * negations and feature enrollment are decided. Otherwise it is unknown, and a flag is left open unless it comes out the same
   * either way. A call with an option `propertiesAreComplete` says it for itself.
   *
   * `true` without `semantics: 'server'` is a `TypeError`.
   *
   * Default: `false`.
   */
  readonly propertiesAreComplete?: boolean
}

/**
 * posthog-node's `FlagDefinitionCacheProvider`. In addition, it may return the stored JSON as text or UTF-8 bytes.
 * Then nothing is parsed on the event loop.
 *
 * @example
 * ```ts
 * import type { FlagDefinitionTextProvider } from 'posthog-node-native'
 *
 * class RedisFlagReader implements FlagDefinitionTextProvider {
 *   getFlagDefinitions() {
 *     return redis.getBuffer('posthog:flags')
 *   }
 *   shouldFetchFlagDefinitions() {
 *     return false // another process fetches and stores them
 *   }
 *   onFlagDefinitionsReceived() {}
 *   shutdown() {}
 * }
 * ```
 */
export interface FlagDefinitionTextProvider extends Omit<
  FlagDefinitionCacheProvider<FlagDefinitionCacheInput>,
  'getFlagDefinitions'
> {
  /** What is stored, or anything falsy if nothing is. */
  getFlagDefinitions(): MaybePromise<FlagDefinitionCacheInput | string | Uint8Array | null | undefined>

  /**
   * Optional. If it exists, it is called instead of `onFlagDefinitionsReceived`, with PostHog's answer as JSON text.
   * So nothing is parsed or stringified. Names in the text are in snake_case.
   */
  onFlagDefinitionsTextReceived?(text: string): MaybePromise<void>

  /**
   * Optional. If it exists, a client calls it once, when the client is made. Call `reload` when there are new
   * definitions to read: the client then loads at once instead of with its next poll. With `native.engine`
   * `'javascript'` it is not called.
   */
  watchFlagDefinitions?(reload: () => void): MaybePromise<void>
}

type MaybePromise<Value> = Value | Promise<Value>

// Without this line `MaybePromise` would be exported too.
export {}
