/**
 * What is to be tested: a banner that some visitors see, and an event that says so.
 *
 * @param {import('posthog-node-native').PostHog} posthog
 * @param {string} visitor
 */
export async function showBanner(posthog, visitor) {
  const flags = await posthog.evaluateFlags(visitor)
  if (!flags.isEnabled('spring-banner')) {
    return 'no banner'
  }
  const { text } = flags.getFlagPayload('spring-banner')
  posthog.capture({ distinctId: visitor, event: 'banner shown', flags })
  return text
}
