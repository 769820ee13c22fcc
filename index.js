'use strict'

const { LocalEvaluator, definePostHog } = require('./lib/entry')

Object.defineProperty(exports, '__esModule', { value: true })
// First, for by this the package knows itself where it has the name of posthog-node.
exports.LocalEvaluator = LocalEvaluator

const { originalOf } = require('./lib/original')

const posthogNode = originalOf(require('posthog-node'))

Object.assign(exports, posthogNode, {
  PostHog: definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations),
})
