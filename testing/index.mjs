import { PostHog } from '../index.mjs'
import flagDefinitions from '../lib/testing/flag-definitions.js'
import testing from '../lib/testing/test-client.js'

export const definitionsOf = flagDefinitions.definitionsOf
export const testClient = testing.defineTestClient(PostHog)
