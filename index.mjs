// Whole, so that an export which another version lacks is found missing by us and not by the linker.
import * as posthogNode from 'posthog-node'

import entry from './lib/entry.js'

export * from 'posthog-node'
export const PostHog = entry.definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations)
export const LocalEvaluator = entry.LocalEvaluator
