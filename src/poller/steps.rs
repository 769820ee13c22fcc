//! The words in which [`Schedule`](super::schedule::Schedule) and its driver talk.

use std::time::Duration;

use super::provider::ProviderError;
use crate::compile::DocumentSource;
use crate::transport::TransportError;

/// What a poller is made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// A secret key is configured, so definitions can be requested.
    pub has_key: bool,
    /// A flag definition cache provider is configured.
    pub has_provider: bool,
    /// That provider is one of this package's, by which all who share it learn of definitions: a follower does not ask
    /// PostHog because there are none yet, and the leader has each answer noted.
    pub is_shared_by_us: bool,
    /// Milliseconds between loads; `None` loads only when asked.
    pub polling_interval_ms: Option<f64>,
    /// The share of the interval, from 0 to 1, by which a poll may come early, so that many processes spread out. Unless
    /// it is 0, retries after a failure spread over half of their wait at least.
    pub polling_jitter: f64,
}

/// What to do with a wish to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadDecision {
    /// A load begins now.
    Started,
    /// A load is under way; its end answers the wish.
    Joined,
    /// The server refused a moment ago; nothing is asked until the backoff is over.
    Blocked,
    /// The poller was stopped.
    Stopped,
}

/// One thing to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask the provider whether to fetch.
    ShouldFetch,
    /// Ask the provider for its document.
    ReadCache,
    /// Request the definitions.
    Request {
        /// The `ETag` of the definitions held.
        if_none_match: Option<String>,
    },
    /// Compile the document that was received.
    Compile(DocumentSource),
    /// Hand the document that was received to the provider.
    Publish,
    /// Hand the document that was received last to the provider once more.
    Republish,
    /// The load is over.
    Finish,
}

/// How a step came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The provider decided.
    ShouldFetch(Result<bool, ProviderError>),
    /// The provider was read: whether it had a document.
    CacheRead(Result<bool, ProviderError>),
    /// The provider was read, and says that the quota is used up.
    CacheEmptied,
    /// The server answered.
    Responded(Result<Answer, TransportError>),
    /// The document compiled, or why not.
    Compiled(Result<(), String>),
    /// The provider stored the document.
    Published(Result<(), ProviderError>),
}

/// What decides about a response, apart from its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a load has found out, to be told at once and in order: as [`News`](super::listener::News) of the same name, to which
/// the driver adds what it has in hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The compiled definitions are the current ones.
    NewDefinitions(DocumentSource),
    /// Definitions were loaded and stored; the text is a debug line about where from.
    Loaded(Option<&'static str>),
    /// The definitions held are still the current ones.
    NotModified,
    /// The quota is used up: there are no definitions any more.
    QuotaExceeded,
    /// The body that was received cannot be used.
    InvalidBody {
        /// Why not.
        reason: String,
        /// What to raise, unless posthog-node has something to say about the body.
        report: Option<String>,
    },
    /// The server refuses the key.
    ClientError(String),
    /// Any other failure to raise.
    Error(String),
    /// A line for `debug`.
    Trace(String),
}

/// The answer to an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// To be told first, in order.
    pub effects: Vec<Effect>,
    /// To be waited for afterwards.
    pub step: Step,
}

impl Next {
    pub(super) fn step(step: Step) -> Self {
        Self {
            effects: Vec::new(),
            step,
        }
    }

    pub(super) fn after(effect: Effect, step: Step) -> Self {
        Self {
            effects: vec![effect],
            step,
        }
    }
}
