//! Carries out what [`Schedule`](super::schedule::Schedule) decides.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::aside::aside;
pub use super::config::PollerConfig;
pub use super::control::PollerControl;
use super::held::HeldDefinitions;
use super::kept_document::KeptDocument;
use super::listener::{DefinitionListener, News};
use super::load_report::{LoadEnd, LoadReport};
use super::provider::{Cached, FlagDefinitionCacheProvider, Method, ProviderError, bounded};
use super::schedule::{Answer, Effect, Event, Step};
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource};
use crate::copies::{Digest, compile_once_as, digest_of};
use crate::panics::{self, Panic};
use crate::transport::DefinitionsTransport;

/// The pause after a failure that no load accounts for, so that one which lasts does not keep the thread busy.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);

/// One client's poller.
#[derive(Debug)]
pub struct Poller<T, P, L> {
    /// Shared with whoever asks for loads.
    pub control: Arc<PollerControl>,
    /// What to request.
    pub config: PollerConfig,
    /// Makes the requests.
    pub transport: T,
    /// The user's cache, if there is one.
    pub provider: Option<P>,
    /// Learns what is found out.
    pub listener: L,
}

/// What a load has in hand between two steps. Only `held` stays between two loads.
#[derive(Default)]
struct InHand {
    /// What was received.
    document: Vec<u8>,
    /// The cache has not handed its document over: it is the one held, or compiled already.
    is_held: bool,
    /// When it was the current one, if a cache says so.
    confirmed_at: Option<f64>,
    /// What it was compiled to, before the listener is told.
    compiled: Option<(Arc<CompiledDefinitions>, HeldDocument)>,
    /// What the listener was told of.
    told: Option<Arc<CompiledDefinitions>>,
    /// What became of the load so far.
    report: LoadReport,
    /// The document of the definitions in use.
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

impl<T, P, L> Poller<T, P, L>
where
    T: DefinitionsTransport,
    P: FlagDefinitionCacheProvider,
    L: DefinitionListener,
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
        let mut held = HeldDefinitions::default();
        let mut in_hand = InHand::default();
        loop {
            if let Err(panic) = guarded(self.take_turn(&mut held, &mut in_hand)).await {
                self.listener.tell(News::Error(format!(
                    "posthog-node-native {panic} while polling for flag definitions; it goes on. \
                     This is a bug, please report it."
                )));
                tokio::time::sleep(FAILURE_PAUSE).await;
            }
        }
    }

    /// Waits until it is time for a load, and loads.
    async fn take_turn(&self, held: &mut HeldDefinitions, in_hand: &mut InHand) {
        tokio::select! {
            () = self.control.until_load() => {}
            () = self.until_changed() => {
                self.control.poll_now();
                return;
            }
            () = held.free_unused(&self.listener) => {}
        }
        self.listener.memory_freed(held.free_now().await);
        let mut freed = 0;
        match guarded(self.load(in_hand)).await {
            Ok(told) => {
                // Compiling takes as much again for a while.
                freed = told.as_ref().map_or(0, |definitions| definitions.size);
                if let Some(definitions) = told {
                    held.hold(definitions);
                }
            }
            Err(panic) => {
                self.control.forget();
                in_hand.report.end = LoadEnd::Failed(format!("posthog-node-native {panic}"));
                self.listener.tell(News::Error(format!(
                    "posthog-node-native {panic} while loading flag definitions; the definitions it has stay in use. \
                     This is a bug, please report it."
                )));
            }
        }
        let report = std::mem::take(&mut in_hand.report);
        self.listener.finish(report).await;
        if let Some(provider) = &self.provider {
            provider.load_ended();
            if !self.control.polls() {
                provider.release();
            }
        }
        panics::injected("poll");
        // By now JavaScript has let go of what this load replaced.
        self.listener.memory_freed(freed + held.free_now().await);
    }

    /// Returns when the cache has something new to read.
    async fn until_changed(&self) {
        match &self.provider {
            Some(provider) if self.control.polls() => provider.changed().await,
            _ => std::future::pending().await,
        }
    }

    /// Hands back the definitions that the listener was told of.
    async fn load(&self, in_hand: &mut InHand) -> Option<Arc<CompiledDefinitions>> {
        let held = std::mem::take(&mut in_hand.held);
        *in_hand = InHand::default();
        if !self.control.take_forgotten() {
            in_hand.held = held;
        }
        let mut step = self.control.begin();
        while let Some(event) = self.perform(step, in_hand).await {
            let is_new = in_hand.compiled.is_some();
            in_hand.report.note(&event, in_hand.document.len(), is_new);
            let next = self.control.advance(event);
            for effect in next.effects {
                self.tell(effect, in_hand);
            }
            step = next.step;
        }
        // The document need not stay in memory until the next load.
        in_hand.document = Vec::new();
        in_hand.told.take()
    }

    async fn perform(&self, step: Step, in_hand: &mut InHand) -> Option<Event> {
        let limit = self.config.provider_timeout;
        Some(match (step, &self.provider) {
            (Step::ShouldFetch, Some(provider)) => {
                let answer = provider.should_fetch_flag_definitions();
                Event::ShouldFetch(bounded(limit, Method::ShouldFetch, answer).await)
            }
            (Step::ReadCache, Some(provider)) => {
                let held = match in_hand.held {
                    HeldDocument::FromProvider(digest) => Some(digest),
                    _ => None,
                };
                let answer = provider.get_flag_definitions(held);
                let read = bounded(limit, Method::Read, answer).await;
                if matches!(read, Ok(Cached::QuotaExceeded)) {
                    return Some(Event::CacheEmptied);
                }
                self.control.found_in_cache(provider.etag());
                Event::CacheRead(read.and_then(|cached| self.take_cached(cached, in_hand)))
            }
            (Step::Publish, Some(provider)) => {
                let document = std::mem::take(&mut in_hand.document);
                let answer = provider.on_flag_definitions_received(document, self.control.etag());
                Event::Published(bounded(limit, Method::Store, answer).await)
            }
            (Step::Republish, Some(provider)) => {
                let document = match &in_hand.held {
                    HeldDocument::FromServer(kept) => kept.document(),
                    _ => Err(io::Error::other("the document was not kept")),
                };
                Event::Published(match document {
                    _ if provider.confirm().await => Ok(()),
                    Ok(document) => {
                        let etag = self.control.etag();
                        let answer = provider.on_flag_definitions_received(document, etag);
                        bounded(limit, Method::Store, answer).await
                    }
                    Err(error) => Err(ProviderError::new(format!("Error: {error}"))),
                })
            }
            (Step::Request { if_none_match }, _) => {
                let request = self.config.request(if_none_match);
                let answer = self.transport.fetch(request).await;
                if let (Some(provider), Ok(response)) = (&self.provider, &answer) {
                    match response.status {
                        401 | 403 => provider.key_refused().await,
                        402 => provider.quota_exceeded().await,
                        _ => {}
                    }
                }
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
    fn take_cached(&self, cached: Cached, in_hand: &mut InHand) -> Result<bool, ProviderError> {
        let (document, confirmed_at) = match cached {
            Cached::Nothing | Cached::QuotaExceeded => return Ok(false),
            Cached::Held => {
                in_hand.is_held = true;
                return Ok(true);
            }
            Cached::Compiled {
                definitions,
                digest,
                confirmed_at,
            } => {
                in_hand.is_held = true;
                in_hand.confirmed_at = confirmed_at;
                in_hand.compiled = Some((definitions, HeldDocument::FromProvider(digest)));
                return Ok(true);
            }
            Cached::Document {
                document,
                confirmed_at,
            } => (document, confirmed_at),
        };
        let limit = self.config.max_document_bytes;
        if document.len() > limit {
            return Err(ProviderError::new(format!(
                "Error: the document is larger than native.maxDocumentBytes, {limit} bytes"
            )));
        }
        in_hand.document = document;
        in_hand.confirmed_at = confirmed_at;
        Ok(true)
    }

    async fn compile(&self, source: DocumentSource, in_hand: &mut InHand) -> Result<(), String> {
        if in_hand.is_held {
            return Ok(());
        }
        let document = std::mem::take(&mut in_hand.document);
        let size = document.len();
        let cached = match in_hand.held {
            HeldDocument::FromProvider(digest) => Some(digest),
            _ => None,
        };
        let has_provider = self.provider.is_some();
        let is_cached = source == DocumentSource::Cache;
        let options = CompileOptions {
            source: match &self.provider {
                Some(provider) if is_cached => provider.documents(),
                _ => source,
            },
            evaluation_contexts: self.config.evaluation_contexts.clone(),
            semantics: self.config.semantics,
        };
        let watches_changes = self.control.watches_changes();
        let compile = move || {
            let result = compile_unless_held(&document, &options, is_cached, cached, has_provider);
            if let (true, Ok(Some((definitions, _)))) = (watches_changes, &result) {
                // So that JavaScript's thread need not do it.
                definitions.digests();
            }
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

    /// Tells an effect, with what is in hand.
    fn tell(&self, effect: Effect, in_hand: &mut InHand) {
        self.listener.tell(match effect {
            Effect::NewDefinitions(source) => {
                let Some((definitions, document)) = in_hand.compiled.take() else {
                    // The document is the one held.
                    return;
                };
                in_hand.told = Some(Arc::clone(&definitions));
                in_hand.held = document;
                News::NewDefinitions {
                    definitions,
                    source,
                    confirmed_at: in_hand.confirmed_at.take(),
                }
            }
            Effect::Loaded(origin) => News::Loaded(origin),
            Effect::NotModified => News::NotModified,
            Effect::QuotaExceeded => {
                in_hand.held = HeldDocument::Unknown;
                News::QuotaExceeded
            }
            Effect::InvalidBody { reason, report } => News::InvalidBody {
                body: std::mem::take(&mut in_hand.document),
                reason,
                report,
            },
            Effect::ClientError(text) => News::ClientError(text),
            Effect::Error(text) => News::Error(text),
            Effect::Trace(line) => News::Trace(line),
        });
    }
}

/// Compiles nothing if the document is the one held: a provider is read twice a minute, and mostly returns the same.
fn compile_unless_held(
    document: &[u8],
    options: &CompileOptions,
    is_cached: bool,
    cached: Option<Digest>,
    has_provider: bool,
) -> Result<Option<(Arc<CompiledDefinitions>, HeldDocument)>, String> {
    let digest = digest_of(document);
    if is_cached && cached == Some(digest) {
        return Ok(None);
    }
    panics::injected("load");
    let compiled = compile_once_as(digest, document, options).map_err(|error| error.to_string())?;
    let held = if is_cached {
        HeldDocument::FromProvider(digest)
    } else if has_provider {
        KeptDocument::new(document).map_or(HeldDocument::Unknown, HeldDocument::FromServer)
    } else {
        HeldDocument::Unknown
    };
    Ok(Some((compiled, held)))
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
