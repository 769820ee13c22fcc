/** What a client tells of local evaluation. */

import type { PostHog } from '../../index.js'
import type { UnresolvedFlagReason } from '../posthog-node.js'

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
   * - `'empty'`: there is no flag: the document has none, the quota is used up, the key is refused, or the first load
   *   failed and there will be no other.
   * - `'stopped'`: the client was shut down.
   */
  readonly state: 'loading' | 'ready' | 'stale' | 'empty' | 'stopped'
  /**
   * Where the definitions come from; `undefined` if there are none. Those that a client started from are `'file'` until
   * PostHog has confirmed them to it.
   */
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
