/**
 * Clients for tests.
 *
 * @module posthog-node-native/testing
 */

import type { FlagDefinitionCacheInput } from '../lib/posthog-node.js'
import type { FlagDefinitionsDocument, PostHog, PostHogOptions } from '../index.js'

/** A value that JSON knows. */
export type TestPayload =
  string | number | boolean | null | readonly TestPayload[] | { readonly [key: string]: TestPayload | undefined }

/**
 * What a flag is for everybody: on or off, the key of its variant, or an object that also says its payload.
 *
 * @example
 * ```ts
 * const flags: TestFlags = {
 *   'beta-search': true,
 *   'old-menu': false,
 *   layout: 'b',
 *   banner: { payload: { text: 'Hello' } },
 *   prices: { variant: 'high', payload: { monthly: 12 } },
 * }
 * ```
 */
export type TestFlag =
  | boolean
  | string
  | {
      /** Default: `true`. */
      readonly enabled?: boolean | undefined
      /** The key of the variant. */
      readonly variant?: string | undefined
      /** The payload of that value. */
      readonly payload?: TestPayload | undefined
    }

/** Flags by their keys. */
export type TestFlags = { readonly [key: string]: TestFlag }

/** Flags, or a definitions document: an object, JSON text, or that text as bytes. */
export type TestDefinitions = TestFlags | FlagDefinitionsDocument | string | Uint8Array

/** What a client would have sent to PostHog. */
export interface TestEvent {
  /** Its name, as given to `capture()`; posthog-node's own begin with `$`. */
  readonly event: string
  /** Whose event it is. */
  readonly distinctId: string
  /** All its properties: those that were given, and those that posthog-node adds. */
  readonly properties: { readonly [name: string]: any }
  /** When it happened. */
  readonly timestamp?: string | Date | undefined
  /** Its own id. */
  readonly uuid?: string | undefined
}

/** posthog-node's options, apart from those about requests, keys and polling: a test client makes none, and needs none. */
export type TestClientOptions = Omit<
  PostHogOptions,
  | 'enableLocalEvaluation'
  | 'featureFlagsPollingInterval'
  | 'fetch'
  | 'fetchRetryCount'
  | 'flagDefinitionCacheProvider'
  | 'flushAt'
  | 'flushInterval'
  | 'personalApiKey'
  | 'secretKey'
>

/** A client for tests, made by {@link testClient}. */
export interface TestClient extends PostHog {
  /**
   * What it would have sent, oldest first. posthog-node prepares events in the background: `await posthog.flush()` before you
   * look. Empty it with `posthog.events.length = 0`.
   */
  readonly events: TestEvent[]

  /**
   * Replaces all flags. From then on everybody gets the new values. Where posthog-node evaluates flags, because there is no
   * addon for this machine, only after the promise.
   */
  setFlags(flags: TestDefinitions): Promise<void>
}

/**
 * A real client, with the flags that you give it. It makes no requests and no timers, and keeps no process alive. What it would
 * send is in `events`. A flag that you do not give has no value (`undefined`).
 *
 * @example
 * ```ts
 * import { testClient } from 'posthog-node-native/testing'
 *
 * const posthog = testClient({ 'beta-search': true, layout: { variant: 'b', payload: { columns: 3 } } })
 * const flags = await posthog.evaluateFlags('user-17')
 * flags.isEnabled('beta-search') // true
 * ```
 *
 * @param flags by key, or a definitions document. Default: none.
 * @param options posthog-node's
 * @throws {TypeError} if a flag is none of the forms, or the document is not one
 */
export function testClient(flags?: TestDefinitions, options?: TestClientOptions): TestClient

/**
 * The definitions document in which each flag has the same value for everybody: for `LocalEvaluator`, or for a cache provider.
 *
 * @example
 * ```ts
 * import { LocalEvaluator } from 'posthog-node-native'
 * import { definitionsOf } from 'posthog-node-native/testing'
 *
 * const evaluator = new LocalEvaluator(definitionsOf({ 'beta-search': true }))
 * ```
 *
 * @param flags by key
 * @throws {TypeError} if a flag is none of the forms
 */
export function definitionsOf(flags: TestFlags): FlagDefinitionCacheInput
