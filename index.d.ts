/**
 * The client and the evaluator.
 *
 * @module posthog-node-native
 */

import type {
  AllFlagsOptions,
  BaseFlagEvaluationOptions,
  FeatureFlagEvaluations,
  FeatureFlagResult,
  FlagDefinitionCacheInput,
  FlagDefinitionCacheProvider,
  FlagEvaluationOptions,
  PostHogOptions as StockPostHogOptions,
  UnresolvedFlagReason,
} from './lib/posthog-node.js'
import { PostHog as StockPostHog } from './lib/posthog-node.js'

export * from './lib/posthog-node.js'

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
   *   are checked, but have no effect.
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
   * The file contains PostHog's answer, a checksum, and a salted hash of host and project. It contains no key, and
   * has the mode 0600. A file is ignored, with one `error` event, if it is damaged, or if another project, a newer
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
   * in the background. A paused client is not the leader of the clients with which it shares definitions.
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

/**
 * Options that usually come from the environment. They may be `undefined`, also with `exactOptionalPropertyTypes`.
 */
type FromEnvironment = 'host' | 'secretKey' | 'personalApiKey'

/** posthog-node's options, and {@link NativeOptions}. */
export type PostHogOptions = Omit<StockPostHogOptions, 'flagDefinitionCacheProvider' | FromEnvironment> & {
  [Option in FromEnvironment]?: StockPostHogOptions[Option] | undefined
} & {
  /** The cache that processes share; see posthog-node's option of this name. */
  flagDefinitionCacheProvider?: FlagDefinitionCacheProvider<FlagDefinitionCacheInput> | FlagDefinitionTextProvider
  /** Settings of the Rust poller. */
  native?: NativeOptions
}

/**
 * posthog-node's client. Rust polls flag definitions and evaluates flags.
 *
 * It has the same constructor, methods, events, warnings and answers, and is an `instanceof` posthog-node's
 * `PostHog`. Events, groups, remote evaluation and everything else are posthog-node's own code.
 *
 * @example
 * ```ts
 * import { PostHog } from 'posthog-node-native'
 *
 * const posthog = new PostHog('phc_…', { secretKey: process.env.POSTHOG_SECRET_KEY })
 * const flags = await posthog.evaluateFlags('user-17', { personProperties: { plan: 'pro' } })
 * const layout = flags.getFlag('checkout-layout')
 * ```
 */
export class PostHog extends StockPostHog {
  /**
   * Creates a client and, unless `enableLocalEvaluation` is `false`, starts loading flag definitions when there is a
   * `secretKey` or a `flagDefinitionCacheProvider`.
   *
   * @param apiKey the project API key, `phc_…`
   * @param options posthog-node's options and `native`
   * @throws {TypeError} if an option in `native` is unknown or of the wrong kind
   * @throws {Error} if `native.engine` is `'native'` and flags cannot be evaluated natively
   */
  constructor(apiKey: string, options?: PostHogOptions)

  /**
   * Evaluates flags synchronously with the current definitions of this client. It never asks the server and captures
   * no events. `undefined` unless {@link PostHog.localEvaluationEngine} is `'native'`.
   */
  readonly localEvaluator: LocalEvaluator | undefined

  /**
   * Who evaluates flags of this client locally: `'native'` (Rust) or `'javascript'` (posthog-node itself).
   * `undefined` if the client evaluates nothing locally: it has no `secretKey` and no `flagDefinitionCacheProvider`,
   * or `enableLocalEvaluation: false`. You choose with the option `native.engine`.
   */
  readonly localEvaluationEngine: 'native' | 'javascript' | undefined

  /**
   * The state of local evaluation: where the definitions come from, how current they are, how many loads succeeded,
   * how many flags were evaluated, and which flags were unresolved. It is fast enough to call it in each request.
   *
   * @example
   * ```ts
   * const { state, confirmedAt, lastError } = posthog.localEvaluationStatus()
   * if (state !== 'ready') {
   *   console.warn(`Flags are ${state} since ${new Date(confirmedAt ?? 0)}: ${lastError?.message}`)
   * }
   * ```
   */
  localEvaluationStatus(): LocalEvaluationStatus

  /**
   * Like posthog-node's own. There is one more event, `'definitionsChanged'`: new definitions decide some flags
   * differently. The first load and loads that change no flag do not raise it. It costs nothing without a listener.
   * It needs Rust: with `engine: 'javascript'` it is not raised.
   *
   * @example
   * ```ts
   * posthog.on('definitionsChanged', ({ added, removed, changed }) => {
   *   console.log('Flags changed:', [...added, ...removed, ...changed].join(', '))
   * })
   * ```
   *
   * @param event the name of the event
   * @param callback what to call
   * @returns a function that ends it
   */
  on(event: 'definitionsChanged', callback: (changes: DefinitionsChanges) => void): () => void
  /**
   * As posthog-node's own.
   *
   * @param event the name of the event
   * @param callback what to call
   * @returns a function that ends it
   */
  on(event: string, callback: (...args: any[]) => void): () => void

  /**
   * Like posthog-node's own, but it also returns `false` if waiting cannot help: the server refuses the key and there
   * is no `flagDefinitionCacheProvider`, or the first load has failed and the client does not poll, or the client was
   * shut down. It continues to wait as long as the client will try again. `localEvaluationStatus().lastError` says
   * the reason.
   *
   * @param timeoutMs Default: 30 000.
   */
  waitForLocalEvaluationReady(timeoutMs?: number): Promise<boolean>

  /**
   * As posthog-node's own, for the person of the context.
   *
   * @param options its options, and {@link Completeness}
   */
  evaluateFlags(options?: AllFlagsOptions & Completeness): Promise<FeatureFlagEvaluations>
  /**
   * As posthog-node's own.
   *
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   */
  evaluateFlags(distinctId: string, options?: AllFlagsOptions & Completeness): Promise<FeatureFlagEvaluations>

  /**
   * As posthog-node's own, for the person of the context.
   *
   * @param options its options, and {@link Completeness}
   */
  getAllFlags(options?: AllFlagsOptions & Completeness): Promise<Record<string, FeatureFlagValue>>
  /**
   * As posthog-node's own.
   *
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   */
  getAllFlags(distinctId: string, options?: AllFlagsOptions & Completeness): Promise<Record<string, FeatureFlagValue>>

  /**
   * As posthog-node's own, for the person of the context.
   *
   * @param options its options, and {@link Completeness}
   */
  getAllFlagsAndPayloads(options?: AllFlagsOptions & Completeness): Promise<FlagsAndPayloads>
  /**
   * As posthog-node's own.
   *
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   */
  getAllFlagsAndPayloads(distinctId: string, options?: AllFlagsOptions & Completeness): Promise<FlagsAndPayloads>

  /**
   * As posthog-node's own, for the person of the context.
   *
   * @param key the flag
   * @param options its options, and {@link Completeness}
   */
  getFeatureFlagResult(
    key: string,
    options?: FlagEvaluationOptions & Completeness
  ): Promise<FeatureFlagResult | undefined>
  /**
   * As posthog-node's own.
   *
   * @param key the flag
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   */
  getFeatureFlagResult(
    key: string,
    distinctId: string,
    options?: FlagEvaluationOptions & Completeness
  ): Promise<FeatureFlagResult | undefined>

  /**
   * As posthog-node's own.
   *
   * @param key the flag
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   * @deprecated as posthog-node's own: call `evaluateFlags`
   */
  getFeatureFlag(
    key: string,
    distinctId: string,
    options?: FlagEvaluationOptions & Completeness
  ): Promise<FeatureFlagValue | undefined>

  /**
   * As posthog-node's own.
   *
   * @param key the flag
   * @param distinctId the person
   * @param options its options, and {@link Completeness}
   * @deprecated as posthog-node's own: call `evaluateFlags`
   */
  isFeatureEnabled(
    key: string,
    distinctId: string,
    options?: FlagEvaluationOptions & Completeness
  ): Promise<boolean | undefined>

  /**
   * As posthog-node's own.
   *
   * @param key the flag
   * @param distinctId the person
   * @param matchValue the value to which the payload belongs; by default it is evaluated
   * @param options its options, and {@link Completeness}
   * @deprecated as posthog-node's own: call `evaluateFlags`
   */
  getFeatureFlagPayload(
    key: string,
    distinctId: string,
    matchValue?: FeatureFlagValue,
    options?: FlagEvaluationOptions & Completeness
  ): ReturnType<StockPostHog['getFeatureFlagPayload']>
}

/** What a call says of the properties that it gives, where the client has the semantics of the server. */
export interface Completeness {
  /**
   * Whether what is not given of a person or a group is not there. Otherwise it is unknown, and a flag is left open unless it
   * comes out the same either way. posthog-node's semantics do not look at it. Default: what the client says under `native`,
   * and `false` if it says nothing.
   */
  propertiesAreComplete?: boolean | undefined
}

/** The keys of flags that new definitions change. */
export interface DefinitionsChanges {
  /** Flags that are new. */
  readonly added: readonly string[]
  /** Flags that are gone. */
  readonly removed: readonly string[]
  /**
   * Flags that are decided differently now, or have another payload. If a cohort or a flag is edited, this includes
   * each flag that refers to it. Formatting, the order of keys, names and ids do not count.
   */
  readonly changed: readonly string[]
}

/**
 * The messages on the channels of `node:diagnostics_channel`, by the names of the channels. Without a subscriber
 * nothing is published, and messages are not even created.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import type { DiagnosticsChannels } from 'posthog-node-native'
 *
 * subscribe('posthog-node-native:unresolved', (message) => {
 *   const { key, reason } = message as DiagnosticsChannels['posthog-node-native:unresolved']
 *   console.log(`${key} is left to PostHog: ${reason}`)
 * })
 * ```
 */
export interface DiagnosticsChannels {
  /** A load is over. */
  'posthog-node-native:load': {
    readonly client: PostHog
    readonly outcome: 'changed' | 'unchanged' | 'failed'
    /** Where the definitions in use come from. */
    readonly source: LocalEvaluationStatus['source']
    /** How many flags there are now. */
    readonly flags: number
    /** How many bytes of documents were received. */
    readonly bytes: number
    /** Why it failed. */
    readonly cause?: string | undefined
    /** The flags that it changed, as in the event `definitionsChanged`. */
    readonly changes?: DefinitionsChanges | undefined
  }
  /** An `error` event of the client about flags: loading their definitions, or evaluating one of them. */
  'posthog-node-native:error': { readonly client: PostHog; readonly error: Error }
  /** A flag was unresolved in a call. Unless evaluation is local only, the client asks PostHog for it. */
  'posthog-node-native:unresolved': {
    readonly client: PostHog
    readonly key: string
    readonly reason: UnresolvedFlagReason
  }
}

/** The state of local evaluation, by {@link PostHog.localEvaluationStatus}. Times are milliseconds since 1970. */
export interface LocalEvaluationStatus {
  /** As {@link PostHog.localEvaluationEngine}. */
  readonly engine: 'native' | 'javascript' | undefined
  /**
   * - `'loading'`: there are no definitions yet, and they may still come.
   * - `'ready'`: flags are evaluated with current definitions.
   * - `'stale'`: flags are evaluated, but nobody has confirmed the definitions for three polling intervals.
   * - `'empty'`: there is no flag: the document has none, the quota is used up, or the first load failed and there
   *   will be no other.
   * - `'stopped'`: the client was shut down.
   */
  readonly state: 'loading' | 'ready' | 'stale' | 'empty' | 'stopped'
  /** Where the definitions come from; `undefined` if there are none. */
  readonly source: 'network' | 'cache' | 'file' | 'bootstrap' | undefined
  /** How many flags there are. */
  readonly flags: number
  /** When the definitions last changed. */
  readonly changedAt: number | undefined
  /** When the definitions were last confirmed: PostHog sent or confirmed them, or they were read from a cache. */
  readonly confirmedAt: number | undefined
  /**
   * Whether this client asks PostHog for all clients that share definitions; `undefined` if it does not share them.
   */
  readonly role: 'leader' | 'follower' | undefined
  /**
   * Loads that are over: `changed` loads found new definitions, `unchanged` loads found the same definitions or none,
   * `failed` loads had an error. `bytes` is the size of all received documents, after decompression.
   */
  readonly loads: {
    readonly attempts: number
    readonly changed: number
    readonly unchanged: number
    readonly failed: number
    readonly bytes: number
  }
  /**
   * Calls of the `flagDefinitionCacheProvider`, calls that failed or were given up, and the duration of the last
   * call.
   */
  readonly provider?: { readonly calls: number; readonly failures: number; readonly lastMs: number | undefined }
  /**
   * How many flags had a value locally, and how many were unresolved, by reason. Each flag of each call counts, also
   * of {@link PostHog.localEvaluator}. These do not count: a key that is not defined, a flag that a test overrides,
   * the payload of a value, and a flag that raised an `error` event.
   */
  readonly evaluations: {
    readonly local: number
    readonly unresolved: Readonly<Record<UnresolvedFlagReason, number>>
  }
  /**
   * The 100 flags that were unresolved most often, by key, with the most frequent reason. Unless evaluation is local
   * only, each time was a request to PostHog.
   */
  readonly unresolvedFlags: Readonly<Record<string, { readonly reason: UnresolvedFlagReason; readonly count: number }>>
  /** The last error of loading definitions. */
  readonly lastError?: { readonly at: number; readonly message: string }
}

/** A flag's value: `true` or `false`, or the key of a variant. */
export type FeatureFlagValue = NonNullable<Awaited<ReturnType<StockPostHog['getFeatureFlag']>>>

/** Values and payloads by flag key, as posthog-node's `getAllFlagsAndPayloads` answers. */
export type FlagsAndPayloads = Awaited<ReturnType<StockPostHog['getAllFlagsAndPayloads']>>

/**
 * A flag definitions document as an object: the body of PostHog's `/flags/definitions`, or what a cache provider
 * stores. Names may be in snake_case or in the older camelCase. If both exist, snake_case counts.
 */
export type FlagDefinitionsDocument =
  FlagDefinitionCacheInput | { readonly flags: readonly object[]; readonly [field: string]: unknown }

/** Options of a {@link LocalEvaluator}. */
export interface LocalEvaluatorOptions {
  /**
   * Keep only flags without evaluation contexts, or with at least one of these, like the client's option of this
   * name. Default: keep every flag.
   */
  evaluationContexts?: readonly string[]
  /** Whose decisions the answers are; see {@link NativeOptions.semantics}. Default: `'posthog-node'`. */
  semantics?: NativeOptions['semantics']
  /** The IANA name of the project's time zone, for the semantics of the server; see {@link NativeOptions.timezone}. */
  timezone?: string
  /** Whether calls that do not say give all properties; see {@link NativeOptions.propertiesAreComplete}. Default: `false`. */
  propertiesAreComplete?: boolean
}

/** Groups and properties for an evaluation, with the names of posthog-node's own calls. */
export type LocalEvaluationOptions = Pick<
  BaseFlagEvaluationOptions,
  'groups' | 'personProperties' | 'groupProperties'
> &
  Completeness

/** {@link LocalEvaluationOptions} of a call that evaluates many flags. */
export type LocalEvaluationAllOptions = LocalEvaluationOptions & Pick<AllFlagsOptions, 'flagKeys'>

/** The inputs that a flag reads: names of the person's properties, and names of group properties by group type. */
export interface FlagInputs {
  /** Properties of the person; the distinct id is not among them. */
  readonly personProperties: readonly string[]
  /** By group type: the key of that group, and these of its properties. */
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** A code by which PostHog says why a flag has its value. New ones may come. */
export type FlagReasonCode =
  | 'condition_match'
  | 'no_condition_match'
  | 'out_of_rollout_bound'
  | 'no_group_type'
  | 'holdout_condition_value'
  | 'super_condition_value'
  | 'missing_dependency'
  | 'flag_disabled'
  | (string & {})

/** A filter of a condition or a cohort, and what it comes to. */
export interface PropertyExplanation {
  /** `'cohort'` and `'flag'` for filters on these; nothing for one on a property. */
  readonly type?: 'cohort' | 'flag'
  /** The property, or the key of the flag; `undefined` in a filter that is broken. */
  readonly key: any
  /** The operator, `'exact'`, `'in'` or `'flag_evaluates_to'` where the definition names none. */
  readonly operator: any
  /** The value that the definition compares with: the id of a cohort, or the value of a flag. */
  readonly value: any
  /** What the call brings: `undefined` if it brings nothing; of a filter on a flag, the value of that flag. */
  readonly given: unknown
  /** Whether it matches; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
  /** Set if the answer is turned round, which `matches` takes into account. */
  readonly negation?: true
  /** The group type, for a property of a group. */
  readonly group?: string
  /** What the cohort consists of; `undefined` if it is not in the definitions, or if it has been told of at another place. */
  readonly cohort?: CohortExplanation
  /** The flags that a filter on a flag evaluates. */
  readonly dependencies?: readonly DependencyExplanation[]
}

/** A cohort, or a part of one. */
export interface CohortExplanation {
  /** Whether all of the parts have to match, or one; `undefined` for one without parts, or of a kind that is not known. */
  readonly type: 'AND' | 'OR' | undefined
  /** Whether it matches; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
  /** Its parts, in stored order. */
  readonly values: ReadonlyArray<CohortExplanation | PropertyExplanation>
}

/** A release condition, and what it comes to. */
export interface ConditionExplanation {
  /**
   * Whether it matches, with its rollout; `undefined` if that cannot be told. A condition behind the one that decides is told of
   * as if it had been tried.
   */
  readonly matches: boolean | undefined
  /** Whether the filters match and only the rollout excludes. */
  readonly outOfRollout: boolean
  /** The share of those whom the filters match that it is for, from 0 to 100; `undefined` if the definition has no number. */
  readonly rollout: number | undefined
  /** Where the person or group falls, from 0 to 100: up to `rollout` is in. `undefined` if there is nobody to hash. */
  readonly bucket: number | undefined
  /** The variant for those whom it matches: the one that it names, or the one that the person or group falls in. */
  readonly variant: string | undefined
  /** Its filters in stored order, all of which have to match. */
  readonly properties: readonly PropertyExplanation[]
}

/** The holdout of a flag. */
export interface HoldoutExplanation {
  /** The value of those whom it takes in. */
  readonly value: FeatureFlagValue | undefined
  /** The share that it takes in, from 0 to 100. */
  readonly exclusion: number
  /** Where the person or group falls, from 0 to 100: up to `exclusion` is in. */
  readonly bucket: number | undefined
  /** Whether it takes the person or group in; `undefined` if that cannot be told. */
  readonly matches: boolean | undefined
}

/** How a flag comes to its value, without what the call lacks. */
export interface DependencyExplanation {
  /** The flag's key. */
  readonly key: string
  /** Its value, or `undefined` if it cannot be decided locally. */
  readonly value: FeatureFlagValue | undefined
  /** As in {@link FlagExplanation}. */
  readonly unresolvedReason: UnresolvedFlagReason | undefined
  /** As in {@link FlagExplanation}. */
  readonly reasonCode: FlagReasonCode | undefined
  /** As in {@link FlagExplanation}. */
  readonly conditionIndex: number | undefined
  /** As in {@link FlagExplanation}. */
  readonly holdout: HoldoutExplanation | undefined
  /** As in {@link FlagExplanation}; `undefined` if they have been told of at another place. */
  readonly conditions: readonly ConditionExplanation[] | undefined
}

/** How a flag comes out for somebody, how it comes to that, and what it depends on. */
export interface FlagExplanation {
  /** The flag's key. */
  readonly key: string
  /** Its value, or `undefined` if it cannot be decided locally. */
  readonly value: FeatureFlagValue | undefined
  /** The payload of that value, or `undefined` if it has none. */
  readonly payload: FeatureFlagResult['payload']
  /**
   * Why there is no value. `undefined` if there is a value, if the definition is broken, or if the native evaluator
   * failed (a bug, which a warning reports).
   */
  readonly unresolvedReason: UnresolvedFlagReason | undefined
  /**
   * Why it has its value, in PostHog's own words; of several conditions the most telling one counts, and of equals the last. Without
   * a value there is none, but `'missing_dependency'` if a flag is missing that it depends on, or if it depends on itself.
   */
  readonly reasonCode: FlagReasonCode | undefined
  /** The condition that the reason is about, by its place; `undefined` if it is about none. */
  readonly conditionIndex: number | undefined
  /** The holdout, if the flag has one. */
  readonly holdout: HoldoutExplanation | undefined
  /** Its conditions in stored order; none if they are not looked at, as those of a flag that is switched off. */
  readonly conditions: readonly ConditionExplanation[]
  /** Whether all is told. Of flags and cohorts within each other at most 10,000 parts are, to a depth of about 30. */
  readonly isWhole: boolean
  /** All inputs that the flag may read, including its cohorts and the flags it depends on. */
  readonly reads: FlagInputs
  /** Which of these the call did not pass. Some may not be needed: an earlier condition may decide. */
  readonly missing: FlagInputs
}

/**
 * Evaluates a flag definitions document synchronously, without a client and without network. The constructor reads
 * the document once. Later changes to the object have no effect.
 *
 * The answers are those of posthog-node's local evaluation. A flag that cannot be decided with the document and the
 * given properties has no answer; a client would ask the server. The evaluator reads only properties that the
 * definitions use. If the native code ever panics (a bug of this package), the flags of that call have no answer, and
 * one warning says so; a client raises an `error` event.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { LocalEvaluator } from 'posthog-node-native'
 *
 * const evaluator = new LocalEvaluator(readFileSync('definitions.json'))
 * evaluator.getFeatureFlag('checkout-layout', 'user-17', { personProperties: { plan: 'pro' } })
 * ```
 */
export class LocalEvaluator {
  /**
   * Compiles a document.
   *
   * @param definitions an object, its JSON text, or that text as UTF-8 bytes
   * @param options which flags to keep
   * @throws {TypeError} if the text is not JSON or the document has no `flags` array; the message says what was
   * expected and where
   * @throws {Error} with the code `'ERR_POSTHOG_NATIVE_ADDON'` if the addon cannot be loaded; the message says why
   */
  constructor(definitions: FlagDefinitionsDocument | string | Uint8Array, options?: LocalEvaluatorOptions)

  /**
   * The value of one flag, or `undefined` if no such flag is defined or it cannot be decided locally.
   *
   * @param key the flag's key
   * @param distinctId who it is evaluated for
   * @param options groups and properties it may depend on
   */
  getFeatureFlag(key: string, distinctId: string, options?: LocalEvaluationOptions): FeatureFlagValue | undefined

  /**
   * Value, variant and payload of one flag, or `undefined` if no such flag is defined or it cannot be decided locally.
   *
   * @param key the flag's key
   * @param distinctId who it is evaluated for
   * @param options groups and properties it may depend on
   */
  getFeatureFlagResult(key: string, distinctId: string, options?: LocalEvaluationOptions): FeatureFlagResult | undefined

  /**
   * The values of all flags, or of those in `flagKeys`, by key. Flags that cannot be decided locally are absent.
   *
   * @param distinctId who they are evaluated for
   * @param options groups and properties they may depend on, and the keys wanted
   */
  getAllFlags(distinctId: string, options?: LocalEvaluationAllOptions): Record<string, FeatureFlagValue>

  /**
   * Values and payloads of all flags, or of those in `flagKeys`, by key. Flags that cannot be decided locally are
   * absent, and so are payloads of flags that have none for their value.
   *
   * @param distinctId who they are evaluated for
   * @param options groups and properties they may depend on, and the keys wanted
   */
  getAllFlagsAndPayloads(distinctId: string, options?: LocalEvaluationAllOptions): FlagsAndPayloads

  /**
   * The value of one flag with all that it comes from: each condition and filter, the cohorts and flags that it refers to, and
   * what the call lacks; `undefined` if no such flag is defined. The evaluation itself tells it. It costs far more than an ordinary
   * one, and is not counted.
   *
   * @example
   * ```ts
   * import { readFileSync } from 'node:fs'
   * import { LocalEvaluator } from 'posthog-node-native'
   *
   * const evaluator = new LocalEvaluator(readFileSync('definitions.json'))
   * const { value, reasonCode, conditions } = evaluator.explain('new-checkout', 'user-17', { personProperties: { plan: 'pro' } })!
   * // false 'out_of_rollout_bound' [{ matches: false, outOfRollout: true, rollout: 20, bucket: 63.4, properties: [...] }]
   * ```
   *
   * @param key the flag's key
   * @param distinctId who it is evaluated for
   * @param options groups and properties it may depend on
   */
  explain(key: string, distinctId: string, options?: LocalEvaluationOptions): FlagExplanation | undefined

  /**
   * Frees the definitions at once. Without it, they are freed by garbage collection. A program that makes very many
   * evaluators needs less memory with it. Calling it again does nothing.
   *
   * Afterwards every other method throws an `Error` with the code `'ERR_POSTHOG_NATIVE_DISPOSED'`. On {@link
   * PostHog.localEvaluator} it has no effect, because the client needs the definitions. `[Symbol.dispose]` is the
   * same, for `using`.
   */
  dispose(): void
}
/** With `[Symbol.dispose]`, where TypeScript knows it. */
export interface LocalEvaluator extends DisposableWhereKnown {}

/** `[Symbol.dispose]`, where TypeScript's library has that symbol: from its version 5.2 on, or with `@types/node`. */
type DisposableWhereKnown = SymbolConstructor extends { readonly dispose: infer Dispose extends symbol }
  ? { [Method in Dispose]: () => void }
  : {}
