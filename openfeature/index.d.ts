/**
 * A provider for the server SDK of OpenFeature.
 *
 * @module posthog-node-native/openfeature
 */

import type {
  EvaluationContext,
  JsonValue,
  OpenFeatureEventEmitter,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from '@openfeature/server-sdk'
import type { PostHog } from 'posthog-node'

/** Options of a {@link PostHogProvider}. */
export interface PostHogProviderOptions {
  /**
   * The distinct id if the evaluation context has no `targetingKey`. Default: none. Then the flag has its default
   * value, with the error `TARGETING_KEY_MISSING`.
   */
  readonly defaultDistinctId?: string | undefined
  /** Whether `$feature_flag_called` events are captured. Default: as the client's option of this name says. */
  readonly sendFeatureFlagEvents?: boolean | undefined
  /** How long `OpenFeature.setProviderAndWait()` waits for definitions, in milliseconds. Default: 30 000. */
  readonly readyTimeoutMs?: number | undefined
}

/**
 * Evaluates flags for OpenFeature with a PostHog client.
 *
 * - The `targetingKey` is the distinct id; `groups` and `groupProperties` of the context are those of posthog-node's calls, and
 *   everything else is a property of the person.
 * - A boolean is whether the flag is on. A string or a number is its variant, or else its payload. An object is its payload. A
 *   flag that is off has the default value, unless a boolean is asked for.
 * - `reason` is `TARGETING_MATCH`, `SPLIT`, `DISABLED` or `DEFAULT`, as far as PostHog says why. `flagMetadata` has
 *   `locallyEvaluated`, PostHog's own `reason` and `reasonCode`, `evaluationRuntime` and `definitionsConfirmedAt`.
 * - `PROVIDER_READY`, `PROVIDER_CONFIGURATION_CHANGED` with `flagsChanged`, `PROVIDER_STALE` and `PROVIDER_ERROR` are
 *   raised when the definitions of the client are loaded, change, are not confirmed for three polling intervals, or
 *   are lost.
 * - `track` captures an event.
 *
 * With posthog-node's own client it works too, and raises no events.
 *
 * @example
 * ```ts
 * import { OpenFeature } from '@openfeature/server-sdk'
 * import { PostHog } from 'posthog-node-native'
 * import { PostHogProvider } from 'posthog-node-native/openfeature'
 *
 * const posthog = new PostHog('phc_…', { secretKey: process.env.POSTHOG_SECRET_KEY })
 * await OpenFeature.setProviderAndWait(new PostHogProvider(posthog))
 * const flags = OpenFeature.getClient()
 * const layout = await flags.getStringValue('checkout-layout', 'old', { targetingKey: 'user-17', plan: 'pro' })
 * ```
 */
export class PostHogProvider implements Provider {
  /**
   * @param client the PostHog client; shut it down yourself, after `OpenFeature.close()`
   * @param options who is asked for, and how long to wait
   * @throws {TypeError} if the client is none
   * @throws {Error} if `@openfeature/server-sdk` is not installed
   */
  constructor(client: PostHog, options?: PostHogProviderOptions)

  /** The name of the provider. */
  readonly metadata: { readonly name: 'posthog-node-native' }
  /** It is for servers. */
  readonly runsOn: 'server'
  /** Raises the events of the provider; the SDK listens. */
  readonly events: OpenFeatureEventEmitter

  /** Waits for definitions; the SDK calls this. */
  initialize(): Promise<void>
  /** Ends what the provider does and sends the events captured so far; the SDK calls this. The client goes on. */
  onClose(): Promise<void>

  /** Whether a flag is on. */
  resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext
  ): Promise<ResolutionDetails<boolean>>
  /** The variant of a flag, or its payload. */
  resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context: EvaluationContext
  ): Promise<ResolutionDetails<string>>
  /** The variant of a flag as a number, or its payload. */
  resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context: EvaluationContext
  ): Promise<ResolutionDetails<number>>
  /** The payload of a flag. */
  resolveObjectEvaluation<T extends JsonValue>(
    flagKey: string,
    defaultValue: T,
    context: EvaluationContext
  ): Promise<ResolutionDetails<T>>
  /** Captures an event of the person that the context names. */
  track(trackingEventName: string, context?: EvaluationContext, trackingEventDetails?: TrackingEventDetails): void
}
