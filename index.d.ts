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
} from './lib/posthog-node.js'
import { PostHog as StockPostHog } from './lib/posthog-node.js'
import type { FlagExplanation } from './lib/types/explanation.js'
import type { FlagDefinitionTextProvider, NativeOptions } from './lib/types/native-options.js'
import type { DefinitionsChanges, LocalEvaluationStatus } from './lib/types/status.js'

export * from './lib/posthog-node.js'
export * from './lib/types/explanation.js'
export * from './lib/types/native-options.js'
export * from './lib/types/status.js'

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
   * is no `flagDefinitionCacheProvider`, or the first load has failed and the client does not poll, or it loads nothing,
   * or it was shut down. It continues to wait as long as the client will try again. `localEvaluationStatus().lastError` says
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
