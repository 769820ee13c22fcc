//! Carries out what [`Schedule`](super::schedule::Schedule) decides.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sha1::{Digest as _, Sha1};

pub use super::config::PollerConfig;
pub use super::control::PollerControl;
use super::kept::KeptDocument;
use super::schedule::{Answer, Effect, Event, Step};
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource, compile};
use crate::panics::{self, Panic};
use crate::provider::{FlagDefinitionCacheProvider, Method, ProviderError, bounded};
use crate::transport::DefinitionsTransport;

/// How often definitions that were replaced are looked at, until nobody uses them.
const FREE_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure that no load accounts for, so that one which lasts does not keep the thread busy.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// Learns what the poller finds. Calls come in the order of posthog-node's effects, from the background thread.
pub trait PollerHost: Send + Sync {
    /// `definitions` are the current ones from now on.
    fn install(&self, definitions: Installable, source: DocumentSource);
    /// Definitions were loaded and stored; `origin` is a debug line about where from.
    fn announce(&self, origin: Option<&'static str>);
    /// The quota is used up: there are no definitions from now on.
    fn clear(&self);
    /// The server confirmed the definitions held.
    fn not_modified(&self);
    /// Something to raise as an `error` event.
    fn report(&self, report: Report);
    /// The body of a response cannot be used as definitions.
    /// `report` is to be raised unless posthog-node has something to say about it.
    fn reject_body(&self, body: Vec<u8>, reason: String, report: Option<String>);
    /// A line for `debug`.
    fn trace(&self, line: String);
    /// Compiled definitions or what compiling them took were freed.
    fn memory_freed(&self, bytes: usize);
    /// The load is over. Must call [`PollerControl::finish`] before it tells anybody, so that a wish to load that this
    /// provokes begins a new load instead of joining the one that is over.
    fn finish(&self) -> impl Future<Output = ()> + Send;
}

/// Definitions, and what they were compiled from if that could be kept.
#[derive(Debug, Clone)]
pub struct Installable {
    /// The definitions.
    pub compiled: Arc<CompiledDefinitions>,
    /// Their document.
    pub document: Option<Arc<KeptDocument>>,
}

/// An `error` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// posthog-node's `ClientError`: the key is refused.
    Client(String),
    /// Any other.
    Error(String),
}

/// One client's poller.
#[derive(Debug)]
pub struct Poller<T, P, H> {
    /// Shared with whoever asks for loads.
    pub control: Arc<PollerControl>,
    /// What to request.
    pub config: PollerConfig,
    /// Makes the requests.
    pub transport: T,
    /// The user's cache, if there is one.
    pub provider: Option<P>,
    /// Learns what is found.
    pub host: H,
}

/// What a load has in hand between two steps, and `kept` between two loads.
#[derive(Default)]
struct Luggage {
    document: Vec<u8>,
    compiled: Option<(Installable, Option<Digest>)>,
    installed: Option<Arc<CompiledDefinitions>>,
    /// For the provider: the document of the server, while it is the one held.
    kept: Option<Arc<KeptDocument>>,
    /// The provider's document, while it is the one held.
    cached: Option<Digest>,
}

/// Tells documents apart.
type Digest = [u8; 20];

/// What was installed and may still be in use. Taking definitions of many megabytes apart takes a while, so the last
/// hold on them must not be JavaScript's, whose thread would do it during garbage collection.
#[derive(Default)]
struct Held(Vec<Arc<CompiledDefinitions>>);

impl Held {
    /// Frees what nobody else holds, again and again while something old is left. Never returns.
    async fn free_unused(&mut self, host: &impl PollerHost) {
        while self.0.len() > 1 {
            tokio::time::sleep(FREE_INTERVAL).await;
            host.memory_freed(self.free_now());
        }
        std::future::pending().await
    }

    /// How many bytes that frees.
    fn free_now(&mut self) -> usize {
        let mut freed = 0;
        self.0.retain(|definitions| {
            let in_use = Arc::strong_count(definitions) > 1;
            if !in_use {
                freed += definitions.size;
            }
            in_use
        });
        freed
    }
}

impl<T, P, H> Poller<T, P, H>
where
    T: DefinitionsTransport,
    P: FlagDefinitionCacheProvider,
    H: PollerHost,
{
    /// Loads whenever it is time, until [`PollerControl::stop`], which drops what is under way.
    pub async fn run(self) {
        tokio::select! {
            biased;
            () = self.control.until_stopped() => {}
            () = self.poll() => {}
        }
    }

    async fn poll(&self) {
        let mut held = Held::default();
        let mut luggage = Luggage::default();
        loop {
            if let Err(panic) = guarded(self.take_turn(&mut held, &mut luggage)).await {
                self.host.report(Report::Error(format!(
                    "posthog-node-native {panic} while polling for flag definitions; it goes on. \
                     This is a bug, please report it."
                )));
                tokio::time::sleep(FAILURE_PAUSE).await;
            }
        }
    }

    /// Waits until it is time for a load, and loads.
    async fn take_turn(&self, held: &mut Held, luggage: &mut Luggage) {
        tokio::select! {
            () = self.control.until_load() => {}
            () = held.free_unused(&self.host) => {}
        }
        self.host.memory_freed(held.free_now());
        let mut freed = 0;
        match guarded(self.load(luggage)).await {
            Ok(installed) => {
                // Compiling takes as much again for a while.
                freed = installed.as_ref().map_or(0, |definitions| definitions.size);
                held.0.extend(installed);
            }
            Err(panic) => self.host.report(Report::Error(format!(
                "posthog-node-native {panic} while loading flag definitions; the definitions it has stay in use. \
                 This is a bug, please report it."
            ))),
        }
        self.host.finish().await;
        panics::injected("poll");
        // By now JavaScript has let go of what this load replaced.
        self.host.memory_freed(freed + held.free_now());
    }

    /// Hands back what it installed.
    async fn load(&self, luggage: &mut Luggage) -> Option<Arc<CompiledDefinitions>> {
        *luggage = Luggage {
            kept: luggage.kept.take(),
            cached: luggage.cached.take(),
            ..Luggage::default()
        };
        let mut step = self.control.begin();
        while let Some(event) = self.perform(step, luggage).await {
            let next = self.control.advance(event);
            for effect in next.effects {
                self.apply(effect, luggage);
            }
            step = next.step;
        }
        // Nothing of a load but what is kept stays in memory until the next.
        luggage.document = Vec::new();
        luggage.installed.take()
    }

    async fn perform(&self, step: Step, luggage: &mut Luggage) -> Option<Event> {
        let limit = self.config.provider_timeout;
        Some(match (step, &self.provider) {
            (Step::ShouldFetch, Some(provider)) => {
                let answer = provider.should_fetch_flag_definitions();
                Event::ShouldFetch(bounded(limit, Method::ShouldFetch, answer).await)
            }
            (Step::ReadCache, Some(provider)) => {
                let answer = provider.get_flag_definitions();
                let read = bounded(limit, Method::Read, answer).await;
                Event::CacheRead(read.and_then(|document| self.take_cached(document, luggage)))
            }
            (Step::Publish, Some(provider)) => {
                let document = std::mem::take(&mut luggage.document);
                let answer = provider.on_flag_definitions_received(document);
                Event::Published(bounded(limit, Method::Store, answer).await)
            }
            (Step::Republish, Some(provider)) => {
                let given = match luggage.kept.as_ref().map(|kept| kept.document()) {
                    Some(Ok(document)) => {
                        let answer = provider.on_flag_definitions_received(document);
                        bounded(limit, Method::Store, answer).await
                    }
                    Some(Err(error)) => Err(ProviderError::new(format!("Error: {error}"))),
                    None => Err(ProviderError::new("Error: the document was not kept")),
                };
                Event::Published(given)
            }
            (Step::Request { if_none_match }, _) => {
                let request = self.config.request(if_none_match);
                let answer = self.transport.fetch(request).await;
                Event::Responded(
                    answer
                        .map(|response| {
                            luggage.document = response.body;
                            Answer {
                                status: response.status,
                                etag: response.etag,
                                retry_after: response.retry_after,
                            }
                        })
                        .map_err(|error| self.config.redact(error)),
                )
            }
            (Step::Compile(source), _) => Event::Compiled(self.compile(source, luggage)),
            (Step::Finish, _)
            | (Step::ShouldFetch | Step::ReadCache | Step::Publish | Step::Republish, None) => {
                return None;
            }
        })
    }

    /// Whether there is a document.
    fn take_cached(
        &self,
        document: Option<Vec<u8>>,
        luggage: &mut Luggage,
    ) -> Result<bool, ProviderError> {
        let Some(document) = document else {
            return Ok(false);
        };
        let limit = self.config.max_document_bytes;
        if document.len() > limit {
            return Err(ProviderError::new(format!(
                "Error: the document is larger than native.maxDocumentBytes, {limit} bytes"
            )));
        }
        luggage.document = document;
        Ok(true)
    }

    /// Compiles nothing if the document is the one held: a provider is read twice a minute, and mostly returns the same.
    fn compile(&self, source: DocumentSource, luggage: &mut Luggage) -> Result<(), String> {
        let digest = (source == DocumentSource::Cache)
            .then(|| Digest::from(Sha1::digest(&luggage.document)));
        if digest.is_some() && digest == luggage.cached {
            return Ok(());
        }
        let options = CompileOptions {
            source,
            evaluation_contexts: self.config.evaluation_contexts.clone(),
        };
        panics::injected("load");
        match compile(&as_fetch_decodes(&luggage.document), &options) {
            Ok(compiled) => {
                let installable = Installable {
                    compiled: Arc::new(compiled),
                    document: KeptDocument::new(&luggage.document).ok().map(Arc::new),
                };
                luggage.compiled = Some((installable, digest));
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn apply(&self, effect: Effect, luggage: &mut Luggage) {
        match effect {
            Effect::ReportClientError(text) => self.host.report(Report::Client(text)),
            Effect::Report(text) => self.host.report(Report::Error(text)),
            Effect::RejectBody { reason, report } => {
                let body = std::mem::take(&mut luggage.document);
                self.host.reject_body(body, reason, report);
            }
            Effect::Install(source) => {
                if let Some((installable, digest)) = luggage.compiled.take() {
                    luggage.installed = Some(Arc::clone(&installable.compiled));
                    luggage.cached = digest;
                    luggage.kept = match source {
                        DocumentSource::Network if self.provider.is_some() => {
                            installable.document.clone()
                        }
                        _ => None,
                    };
                    self.host.install(installable, source);
                }
            }
            Effect::Clear => {
                luggage.kept = None;
                luggage.cached = None;
                self.host.clear();
            }
            Effect::NotModified => self.host.not_modified(),
            Effect::Announce(origin) => self.host.announce(origin),
            Effect::Trace(line) => self.host.trace(line),
        }
    }
}

/// The text of a body as `Response.json()` reads it: without a byte order mark, broken UTF-8 replaced.
fn as_fetch_decodes(body: &[u8]) -> Cow<'_, [u8]> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(_) => Cow::Borrowed(body),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The panic that ended the future, if one did: one client's trouble must not end the background thread of all.
async fn guarded<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    poll_fn(
        |context| match panics::catch(|| future.as_mut().poll(context)) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(panic)),
        },
    )
    .await
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
