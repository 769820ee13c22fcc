//! Who learns what the poller finds out.

use std::future::Future;
use std::sync::Arc;

use super::load_report::LoadReport;
use crate::compile::{CompiledDefinitions, DocumentSource};

/// Learns what the poller finds out. All calls come from the background thread.
pub trait DefinitionListener: Send + Sync {
    /// Takes a piece of news. They come in the order of posthog-node's effects.
    fn tell(&self, news: News);
    /// Compiled definitions or what compiling them took were freed.
    fn memory_freed(&self, bytes: usize);
    /// The load is over. Must call [`PollerControl::finish`](super::driver::PollerControl::finish) before it tells anybody,
    /// so that a wish to load that this provokes begins a new load instead of joining the one that is over.
    fn finish(&self, report: LoadReport) -> impl Future<Output = ()> + Send;
}

/// What the poller finds out. Each has the same name in JavaScript, in camel case.
#[derive(Debug)]
pub enum News {
    /// These definitions are the current ones.
    NewDefinitions {
        /// The definitions.
        definitions: Arc<CompiledDefinitions>,
        /// Where they come from.
        source: DocumentSource,
        /// When they were PostHog's current ones, if that is known not to be now, in milliseconds since 1970.
        confirmed_at: Option<f64>,
    },
    /// Whether this client asks PostHog on behalf of those with whom it shares definitions.
    Role {
        /// It does, or another does; nothing if each is on its own.
        leads: Option<bool>,
    },
    /// The definitions held were PostHog's current ones at this time, in milliseconds since 1970.
    Confirmed {
        /// The time.
        at: f64,
    },
    /// Something that is to be printed, because nobody need listen for errors.
    Warning(String),
    /// Definitions were loaded and stored; the text is a debug line about where from.
    Loaded(Option<&'static str>),
    /// The server confirmed the definitions held.
    NotModified,
    /// The quota is used up: there are no definitions any more.
    QuotaExceeded,
    /// The body of a response cannot be used as definitions.
    InvalidBody {
        /// The body.
        body: Vec<u8>,
        /// Why not.
        reason: String,
        /// What to raise, unless posthog-node has something to say about the body.
        report: Option<String>,
    },
    /// The server refuses the key: posthog-node's `ClientError`, to raise as an `error` event.
    ClientError(String),
    /// The key was refused to another client that asks for this one, too.
    KeyRefused,
    /// Any other failure to raise as an `error` event.
    Error(String),
    /// The native transport cannot make the requests, for this reason; JavaScript's `fetch` makes them from now on.
    FellBack(String),
    /// A line for `debug`.
    Trace(String),
}
