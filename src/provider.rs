//! The user's flag definition cache, as the poller sees it.
//!
//! Mirrors posthog-node's `FlagDefinitionCacheProvider`, without `shutdown`: posthog-node calls that one synchronously
//! from the client's own shutdown, and so does the JavaScript side of this package.

use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A cache shared by several processes that evaluate the same flags.
///
/// Each wait on it is bounded by [`bounded`], so an implementation may take as long as it likes.
pub trait FlagDefinitionCacheProvider: Send + Sync {
    /// Whether this process should ask PostHog for the definitions; `false` reads the cache instead.
    fn should_fetch_flag_definitions(
        &self,
    ) -> impl Future<Output = Result<bool, ProviderError>> + Send;

    /// The stored document as JSON text, or `None` when the cache holds nothing.
    fn get_flag_definitions(
        &self,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, ProviderError>> + Send;

    /// Stores the body of a successful response.
    fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;
}

/// What went wrong in a provider, as JavaScript prints it (`${error}`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderError(String);

impl ProviderError {
    /// An error that reads as `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ProviderError {}

/// Waits for a provider, but no longer than `limit`.
pub async fn bounded<T>(
    limit: Duration,
    method: &str,
    answer: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(ProviderError(format!(
            "Error: {method} did not settle within {}ms",
            limit.as_millis()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_provider_that_answers_in_time_is_passed_through() {
        let answer = run(bounded(
            Duration::from_secs(5),
            "shouldFetchFlagDefinitions",
            async { Ok(true) },
        ));
        assert_eq!(answer, Ok(true));
    }

    #[test]
    fn a_provider_that_never_settles_becomes_an_error_that_names_the_method_and_the_limit() {
        let answer = run(bounded::<bool>(
            Duration::from_millis(5),
            "getFlagDefinitions",
            std::future::pending(),
        ));
        assert_eq!(
            answer.unwrap_err().to_string(),
            "Error: getFlagDefinitions did not settle within 5ms"
        );
    }
}
