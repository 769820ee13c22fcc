'use strict'

const posthogNode = require('posthog-node')
const { LocalEvaluator } = require('./lib/local-evaluator')
const { definePostHog } = require('./lib/posthog')

Object.defineProperty(exports, '__esModule', { value: true })
Object.assign(exports, posthogNode, {
  PostHog: definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations),
  LocalEvaluator,
})
