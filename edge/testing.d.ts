import type { PostHog, PostHogOptions } from 'posthog-node/edge'
import type { TestClientOptions as NativeOptions, TestDefinitions, TestEvent } from '../testing/index.js'

export { definitionsOf } from '../testing/index.js'
export type { TestDefinitions, TestEvent, TestFlag, TestFlags, TestPayload } from '../testing/index.js'

/** posthog-node's options, apart from those about requests, keys and polling. */
export type TestClientOptions = Pick<PostHogOptions, keyof PostHogOptions & keyof NativeOptions>

/** A client for tests on top of posthog-node's edge build, which evaluates flags there. */
export interface TestClient extends PostHog {
  readonly events: TestEvent[]
  setFlags(flags: TestDefinitions): Promise<void>
}

/** As under Node: a real client, with the flags that you give it. */
export function testClient(flags?: TestDefinitions, options?: TestClientOptions): TestClient
