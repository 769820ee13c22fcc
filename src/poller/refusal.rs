//! posthog-node's words for a key that is refused.

/// The message of the `error` event for this status, if it is a refusal; `interval` is in milliseconds.
pub fn refusal_message(status: u16, interval: &str) -> Option<String> {
    Some(match status {
        401 => format!(
            "Your project key or secret key is invalid. Setting next polling interval to {interval}ms. More \
             information: https://posthog.com/docs/api#rate-limiting"
        ),
        403 => format!(
            "Your secret key does not have permission to fetch feature flag definitions for local evaluation. Setting \
             next polling interval to {interval}ms. Are you sure you're using the correct secret and Project API key \
             pair? More information: https://posthog.com/docs/api/overview"
        ),
        429 => format!(
            "You are being rate limited. Setting next polling interval to {interval}ms. More information: \
             https://posthog.com/docs/api#rate-limiting"
        ),
        _ => return None,
    })
}
