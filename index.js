'use strict'

const posthogNode = require('posthog-node')
const { LocalEvaluator, definePostHog } = require('./lib/entry')

Object.defineProperty(exports, '__esModule', { value: true })
Object.assign(exports, posthogNode, {
  PostHog: definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations),
  LocalEvaluator,
})
