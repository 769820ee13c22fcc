import { FeatureFlagEvaluations, PostHog as PostHogNode } from 'posthog-node'

import entry from './lib/entry.js'

export * from 'posthog-node'
export const PostHog = entry.definePostHog(PostHogNode, FeatureFlagEvaluations)
export const LocalEvaluator = entry.LocalEvaluator
