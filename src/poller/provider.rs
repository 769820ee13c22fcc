//! The user's flag definition cache, as the poller sees it.
//!
//! Mirrors posthog-node's `FlagDefinitionCacheProvider`, without `shutdown`: posthog-node calls that one synchronously
//! from the client's own shutdown, and so does the JavaScript side of this package.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::compile::{CompiledDefinitions, DocumentSource};
use crate::copies::Digest;

/// A cache shared by several processes that evaluate the same flags.
///
/// Each wait on it is bounded by [`bounded`], so an implementation may take as long as it likes.
pub trait FlagDefinitionCacheProvider: Send + Sync {
    /// Whether this process should ask PostHog for the definitions; `false` reads the cache instead.
    fn should_fetch_flag_definitions(
        &self,
    ) -> impl Future<Output = Result<bool, ProviderError>> + Send;

    /// The stored document as JSON text. One that knows documents by their digest need not hand over the one held.
    fn get_flag_definitions(
        &self,
        held: Option<Digest>,
    ) -> impl Future<Output = Result<Cached, ProviderError>> + Send;

    /// Stores the body of a successful response, and its `ETag` if it can.
    fn on_flag_definitions_received(
        &self,
        document: Vec<u8>,
        etag: Option<String>,
    ) -> impl Future<Output = Result<(), ProviderError>> + Send;

    /// The `ETag` of the document that was handed over last, if that is known.
    fn etag(&self) -> Option<String> {
        None
    }

    /// PostHog says that the quota is used up: there are no definitions any more.
    fn quota_exceeded(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Which spellings and defaults the documents have that it hands over.
    fn documents(&self) -> DocumentSource {
        DocumentSource::Cache
    }

    /// Notes that the server has confirmed the document stored last. False if it has to be stored again.
    fn confirm(&self) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }

    /// Returns when there is something new to read.
    fn changed(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// PostHog refuses this client's key. Others may have another one.
    fn key_refused(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// A load is over.
    fn load_ended(&self) {}

    /// This client does not poll any more, so that another may lead.
    fn release(&self) {}
}

/// What a cache has.
#[derive(Debug)]
pub enum Cached {
    /// Nothing.
    Nothing,
    /// The document that is held.
    Held,
    /// There are no definitions any more: PostHog says that the quota is used up.
    QuotaExceeded,
    /// A document.
    Document {
        /// Its JSON text.
        document: Vec<u8>,
        /// When it was PostHog's current one, if that is known, in milliseconds since 1970.
        confirmed_at: Option<f64>,
    },
    /// A document that somebody in this process has compiled already.
    Compiled {
        /// What it was compiled to.
        definitions: Arc<CompiledDefinitions>,
        /// Tells the document apart.
        digest: Digest,
        /// As of a document.
        confirmed_at: Option<f64>,
    },
}

impl PartialEq for Cached {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing)
            | (Self::Held, Self::Held)
            | (Self::QuotaExceeded, Self::QuotaExceeded) => true,
            (Self::Document { document: one, .. }, Self::Document { document: two, .. }) => {
                one == two
            }
            (Self::Compiled { digest: one, .. }, Self::Compiled { digest: two, .. }) => one == two,
            _ => false,
        }
    }
}

/// A method of the provider that the poller calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `shouldFetchFlagDefinitions`
    ShouldFetch,
    /// `getFlagDefinitions`
    Read,
    /// `onFlagDefinitionsReceived`
    Store,
}

impl Method {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::ShouldFetch, Self::Read, Self::Store];

    fn name(self) -> &'static str {
        match self {
            Self::ShouldFetch => "shouldFetchFlagDefinitions",
            Self::Read => "getFlagDefinitions",
            Self::Store => "onFlagDefinitionsReceived",
        }
    }
}

/// What went wrong in a provider, as JavaScript prints it (`${error}`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderError {
    /// It failed, with an error that reads so.
    Failed(String),
    /// The method did not settle within this time, and may never.
    Unsettled(Method, Duration),
}

impl ProviderError {
    /// An error that reads as `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) => f.write_str(text),
            Self::Unsettled(method, limit) => write!(
                f,
                "Error: {} did not settle within {}ms",
                method.name(),
                limit.as_millis()
            ),
        }
    }
}

impl std::error::Error for ProviderError {}

/// Waits for a provider, but no longer than `limit`.
pub async fn bounded<T>(
    limit: Duration,
    method: Method,
    answer: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(ProviderError::Unsettled(method, limit)),
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
            Method::ShouldFetch,
            async { Ok(true) },
        ));
        assert_eq!(answer, Ok(true));
    }

    #[test]
    fn a_provider_that_never_settles_becomes_an_error_that_names_the_method_and_the_limit() {
        let answer = run(bounded::<bool>(
            Duration::from_millis(5),
            Method::Read,
            std::future::pending(),
        ));
        assert_eq!(
            answer.unwrap_err().to_string(),
            "Error: getFlagDefinitions did not settle within 5ms"
        );
    }
}
