//! Carries out what [`Schedule`](super::schedule::Schedule) decides.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sha1::{Digest as _, Sha1};

use super::aside::aside;
pub use super::config::PollerConfig;
pub use super::control::PollerControl;
use super::kept_document::KeptDocument;
use super::schedule::{Answer, Effect, Event, Step};
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource, compile};
use crate::panics::{self, Panic};
use crate::poller::provider::{FlagDefinitionCacheProvider, Method, ProviderError, bounded};
use crate::transport::DefinitionsTransport;

/// How often definitions that were replaced are looked at, until nobody uses them.
const FREE_INTERVAL: Duration = Duration::from_secs(1);

/// The pause after a failure that no load accounts for, so that one which lasts does not keep the thread busy.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// Learns what the poller finds. Calls come in the order of posthog-node's effects, from the background thread.
pub trait PollerHost: Send + Sync {
    /// `definitions` are the current ones from now on.
    fn install(&self, definitions: Arc<CompiledDefinitions>, source: DocumentSource);
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

/// What a load has in hand between two steps, and the document held between two loads.
#[derive(Default)]
struct InHand {
    document: Vec<u8>,
    compiled: Option<(Arc<CompiledDefinitions>, HeldDocument)>,
    installed: Option<Arc<CompiledDefinitions>>,
    held: HeldDocument,
}

/// What is remembered of the document that the definitions in use were compiled from.
#[derive(Default)]
enum HeldDocument {
    /// Nothing: there is no such document, or no provider.
    #[default]
    Unknown,
    /// It is the server's, and may have to be given to the provider again.
    FromServer(KeptDocument),
    /// It is the provider's, which mostly returns the same one.
    FromProvider(Digest),
}

/// Tells documents apart.
type Digest = [u8; 20];

/// What was installed and may still be in use. Taking definitions of many megabytes apart takes a while, so the last
/// hold on them must not be JavaScript's, whose thread would do it during garbage collection.
#[derive(Default)]
struct Held {
    definitions: Vec<Arc<CompiledDefinitions>>,
    /// How many bytes were freed that nobody has been told of.
    freed: usize,
}

impl Held {
    /// Frees what nobody else holds, again and again while something old is left. Never returns.
    async fn free_unused(&mut self, host: &impl PollerHost) {
        while self.definitions.len() > 1 {
            tokio::time::sleep(FREE_INTERVAL).await;
            host.memory_freed(self.free_now().await);
        }
        std::future::pending().await
    }

    /// How many bytes that frees.
    async fn free_now(&mut self) -> usize {
        let is_unused = |definitions: &mut Arc<_>| Arc::strong_count(definitions) == 1;
        let unused: Vec<_> = self.definitions.extract_if(.., is_unused).collect();
        let bytes = unused.iter().map(|definitions| definitions.size).sum();
        self.freed += bytes;
        aside(bytes, || drop(unused)).await;
        std::mem::take(&mut self.freed)
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
        let mut in_hand = InHand::default();
        loop {
            if let Err(panic) = guarded(self.take_turn(&mut held, &mut in_hand)).await {
                self.host.report(Report::Error(format!(
                    "posthog-node-native {panic} while polling for flag definitions; it goes on. \
                     This is a bug, please report it."
                )));
                tokio::time::sleep(FAILURE_PAUSE).await;
            }
        }
    }

    /// Waits until it is time for a load, and loads.
    async fn take_turn(&self, held: &mut Held, in_hand: &mut InHand) {
        tokio::select! {
            () = self.control.until_load() => {}
            () = held.free_unused(&self.host) => {}
        }
        self.host.memory_freed(held.free_now().await);
        let mut freed = 0;
        match guarded(self.load(in_hand)).await {
            Ok(installed) => {
                // Compiling takes as much again for a while.
                freed = installed.as_ref().map_or(0, |definitions| definitions.size);
                held.definitions.extend(installed);
            }
            Err(panic) => {
                self.control.forget();
                self.host.report(Report::Error(format!(
                    "posthog-node-native {panic} while loading flag definitions; the definitions it has stay in use. \
                     This is a bug, please report it."
                )));
            }
        }
        self.host.finish().await;
        panics::injected("poll");
        // By now JavaScript has let go of what this load replaced.
        self.host.memory_freed(freed + held.free_now().await);
    }

    /// Hands back what it installed.
    async fn load(&self, in_hand: &mut InHand) -> Option<Arc<CompiledDefinitions>> {
        let held = std::mem::take(&mut in_hand.held);
        *in_hand = InHand::default();
        if !self.control.take_forgotten() {
            in_hand.held = held;
        }
        let mut step = self.control.begin();
        while let Some(event) = self.perform(step, in_hand).await {
            let next = self.control.advance(event);
            for effect in next.effects {
                self.apply(effect, in_hand);
            }
            step = next.step;
        }
        // Nothing of a load but what is kept stays in memory until the next.
        in_hand.document = Vec::new();
        in_hand.installed.take()
    }

    async fn perform(&self, step: Step, in_hand: &mut InHand) -> Option<Event> {
        let limit = self.config.provider_timeout;
        Some(match (step, &self.provider) {
            (Step::ShouldFetch, Some(provider)) => {
                let answer = provider.should_fetch_flag_definitions();
                Event::ShouldFetch(bounded(limit, Method::ShouldFetch, answer).await)
            }
            (Step::ReadCache, Some(provider)) => {
                let answer = provider.get_flag_definitions();
                let read = bounded(limit, Method::Read, answer).await;
                Event::CacheRead(read.and_then(|document| self.take_cached(document, in_hand)))
            }
            (Step::Publish, Some(provider)) => {
                let document = std::mem::take(&mut in_hand.document);
                let answer = provider.on_flag_definitions_received(document);
                Event::Published(bounded(limit, Method::Store, answer).await)
            }
            (Step::Republish, Some(provider)) => {
                let document = match &in_hand.held {
                    HeldDocument::FromServer(kept) => kept.document(),
                    _ => Err(io::Error::other("the document was not kept")),
                };
                Event::Published(match document {
                    Ok(document) => {
                        let answer = provider.on_flag_definitions_received(document);
                        bounded(limit, Method::Store, answer).await
                    }
                    Err(error) => Err(ProviderError::new(format!("Error: {error}"))),
                })
            }
            (Step::Request { if_none_match }, _) => {
                let request = self.config.request(if_none_match);
                let answer = self.transport.fetch(request).await;
                Event::Responded(
                    answer
                        .map(|response| {
                            in_hand.document = response.body;
                            Answer {
                                status: response.status,
                                etag: response.etag,
                                retry_after: response.retry_after,
                            }
                        })
                        .map_err(|error| self.config.redact(error)),
                )
            }
            (Step::Compile(source), _) => Event::Compiled(self.compile(source, in_hand).await),
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
        in_hand: &mut InHand,
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
        in_hand.document = document;
        Ok(true)
    }

    async fn compile(&self, source: DocumentSource, in_hand: &mut InHand) -> Result<(), String> {
        let document = std::mem::take(&mut in_hand.document);
        let size = document.len();
        let cached = match in_hand.held {
            HeldDocument::FromProvider(digest) => Some(digest),
            _ => None,
        };
        let has_provider = self.provider.is_some();
        let options = CompileOptions {
            source,
            evaluation_contexts: self.config.evaluation_contexts.clone(),
        };
        let compile = move || {
            let result = compile_unless_held(&document, &options, cached, has_provider);
            (document, result)
        };
        let (document, result) = aside(size, compile).await;
        in_hand.document = document;
        // Of the document that is held there is nothing new.
        if let Some(compiled) = result? {
            in_hand.compiled = Some(compiled);
        }
        Ok(())
    }

    fn apply(&self, effect: Effect, in_hand: &mut InHand) {
        match effect {
            Effect::ReportClientError(text) => self.host.report(Report::Client(text)),
            Effect::Report(text) => self.host.report(Report::Error(text)),
            Effect::RejectBody { reason, report } => {
                let body = std::mem::take(&mut in_hand.document);
                self.host.reject_body(body, reason, report);
            }
            Effect::Install(source) => {
                if let Some((definitions, document)) = in_hand.compiled.take() {
                    in_hand.installed = Some(Arc::clone(&definitions));
                    in_hand.held = document;
                    self.host.install(definitions, source);
                }
            }
            Effect::Clear => {
                in_hand.held = HeldDocument::Unknown;
                self.host.clear();
            }
            Effect::NotModified => self.host.not_modified(),
            Effect::Announce(origin) => self.host.announce(origin),
            Effect::Trace(line) => self.host.trace(line),
        }
    }
}

/// Compiles nothing if the document is the one held: a provider is read twice a minute, and mostly returns the same.
fn compile_unless_held(
    document: &[u8],
    options: &CompileOptions,
    cached: Option<Digest>,
    has_provider: bool,
) -> Result<Option<(Arc<CompiledDefinitions>, HeldDocument)>, String> {
    let digest =
        (options.source == DocumentSource::Cache).then(|| Digest::from(Sha1::digest(document)));
    if digest.is_some() && digest == cached {
        return Ok(None);
    }
    panics::injected("load");
    let compiled =
        compile(&as_fetch_decodes(document), options).map_err(|error| error.to_string())?;
    let held = match digest {
        Some(digest) => HeldDocument::FromProvider(digest),
        None if has_provider => {
            KeptDocument::new(document).map_or(HeldDocument::Unknown, HeldDocument::FromServer)
        }
        None => HeldDocument::Unknown,
    };
    Ok(Some((Arc::new(compiled), held)))
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
