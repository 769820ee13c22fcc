// Whole, so that an export which another version lacks is found missing by us and not by the linker.
import * as posthogNode from 'posthog-node'

import localEvaluator from './lib/local-evaluator.js'
import posthog from './lib/posthog.js'

export * from 'posthog-node'
export const PostHog = posthog.definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations)
export const LocalEvaluator = localEvaluator.LocalEvaluator
