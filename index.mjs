import { PostHog as PostHogNode } from 'posthog-node'

import localEvaluator from './lib/local-evaluator.js'
import posthog from './lib/posthog.js'

export * from 'posthog-node'
export const PostHog = posthog.definePostHog(PostHogNode)
export const LocalEvaluator = localEvaluator.LocalEvaluator
