// Whole, so that an export which another version lacks is found missing by us and not by the linker.
import * as found from 'posthog-node'

import entry from './lib/entry.js'

const posthogNode = entry.originalOf(found)

export const PostHog = entry.definePostHog(posthogNode.PostHog, posthogNode.FeatureFlagEvaluations)
export const LocalEvaluator = entry.LocalEvaluator

export * from 'posthog-node'
// Where this package has the name posthog-node, the line above exports nothing. These are all that posthog-node 5.70.0 has; one
// that another version lacks is undefined.
export const {
  EmailError,
  FeatureFlagError,
  FeatureFlagEvaluations,
  HTTP_SERVER_REQUEST_COUNT_METRIC,
  HTTP_SERVER_REQUEST_DURATION_METRIC,
  PostHogSentryIntegration,
  cookieStateToProperties,
  cookieStoreFromHeader,
  createEventProcessor,
  enrichCurrentSpan,
  getPostHogCookieName,
  instrumentRequest,
  parsePostHogCookie,
  posthogHonoMiddleware,
  readPostHogCookie,
  sentryIntegration,
  serializePostHogCookie,
  setupExpressErrorHandler,
  setupExpressRequestContext,
  uuidv7,
} = posthogNode
