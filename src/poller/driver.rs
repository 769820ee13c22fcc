//! Carries out what [`Schedule`] decides.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::kept::KeptDocument;
use super::schedule::{Answer, Effect, Event, LoadDecision, Schedule, Settings, Step};
use crate::compile::{CompileOptions, CompiledDefinitions, DocumentSource, compile};
use crate::provider::{FlagDefinitionCacheProvider, ProviderError, bounded};
use crate::transport::{DefinitionsRequest, DefinitionsTransport, TransportError};

/// How often definitions that were replaced are looked at, until nobody uses them.
const FREE_INTERVAL: Duration = Duration::from_secs(1);

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

/// Where and how definitions are requested. Its `Debug` shows no credentials.
#[derive(Clone)]
pub struct PollerConfig {
    /// PostHog's address without a trailing slash.
    pub host: String,
    /// The project token.
    pub project_api_key: String,
    /// The secret key.
    pub secret_key: Option<String>,
    /// Headers of the client, sent before our own.
    pub custom_headers: Vec<(String, String)>,
    /// The limit on a request, its body included.
    pub request_timeout: Option<Duration>,
    /// The limit on each call of the provider.
    pub provider_timeout: Duration,
    /// The largest response that is read, in bytes after decompression.
    pub max_document_bytes: usize,
    /// Keeps only flags of these contexts; empty keeps all.
    pub evaluation_contexts: Vec<String>,
}

impl fmt::Debug for PollerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollerConfig")
            .field("request_timeout", &self.request_timeout)
            .field("provider_timeout", &self.provider_timeout)
            .finish_non_exhaustive()
    }
}

impl PollerConfig {
    /// The error of a user's `fetch` may quote what it was called with.
    fn redact(&self, error: TransportError) -> TransportError {
        let TransportError::Failed(mut text) = error else {
            return error;
        };
        let key = self.secret_key.as_deref().unwrap_or_default();
        for secret in [key, &self.project_api_key, &self.host] {
            if !secret.is_empty() {
                text = text.replace(secret, "[redacted]");
            }
        }
        TransportError::Failed(text)
    }

    fn request(&self, if_none_match: Option<String>) -> DefinitionsRequest {
        let mut headers = self.custom_headers.clone();
        headers.push(("Content-Type".into(), "application/json".into()));
        let key = self.secret_key.as_deref().unwrap_or_default();
        headers.push(("Authorization".into(), format!("Bearer {key}")));
        headers.extend(if_none_match.map(|etag| ("If-None-Match".into(), etag)));
        DefinitionsRequest {
            url: format!(
                "{}/flags/definitions?token={}&send_cohorts",
                self.host, self.project_api_key
            ),
            headers,
            timeout: self.request_timeout,
            max_body_bytes: self.max_document_bytes,
        }
    }
}

/// The shared end of a poller: any thread may ask for a load or stop it. No lock is held across a wait.
#[derive(Debug)]
pub struct PollerControl {
    schedule: Mutex<Schedule>,
    created: Instant,
    wake: Notify,
    stopped: watch::Sender<bool>,
}

impl PollerControl {
    /// The control of a poller that is yet to run.
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            schedule: Mutex::new(Schedule::new(settings)),
            created: Instant::now(),
            wake: Notify::new(),
            stopped: watch::Sender::new(false),
        })
    }

    /// Asks for a load; see [`LoadDecision`].
    pub fn load(&self, force: bool) -> LoadDecision {
        let decision = self.schedule.lock().request_load(force, self.now());
        if decision == LoadDecision::Started {
            self.wake.notify_one();
        }
        decision
    }

    /// Ends the load under way.
    pub fn finish(&self) {
        self.schedule.lock().finish(self.now(), random_fraction());
    }

    /// Aborts the load under way and lets none begin.
    pub fn stop(&self) {
        self.schedule.lock().stop();
        self.stopped.send_replace(true);
    }

    fn now(&self) -> Duration {
        self.created.elapsed()
    }

    async fn until_stopped(&self) {
        // Fails only when the sender is gone, and that is `self`.
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Returns when a load is to be carried out.
    async fn until_load(&self) {
        loop {
            let next_poll = {
                let mut schedule = self.schedule.lock();
                if schedule.poll_if_due(self.now()) {
                    return;
                }
                schedule.next_poll()
            };
            match next_poll {
                Some(moment) => tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(moment.saturating_sub(self.now())) => {}
                },
                None => self.wake.notified().await,
            }
        }
    }
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
    compiled: Option<Arc<CompiledDefinitions>>,
    installed: Option<Arc<CompiledDefinitions>>,
    /// For the provider: the document of the server, while it is the one held.
    kept: Option<KeptDocument>,
}

/// What was installed and may still be in use. Taking definitions of many megabytes apart takes a while, so the last
/// hold on them must not be JavaScript's, whose thread would do it during garbage collection.
#[derive(Default)]
struct Held(Vec<Arc<CompiledDefinitions>>);

impl Held {
    /// Frees what nobody else holds, again and again while something old is left. Never returns.
    async fn free_unused(&mut self) {
        while self.0.len() > 1 {
            tokio::time::sleep(FREE_INTERVAL).await;
            self.free_now();
        }
        std::future::pending().await
    }

    fn free_now(&mut self) {
        self.0
            .retain(|definitions| Arc::strong_count(definitions) > 1);
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
            tokio::select! {
                () = self.control.until_load() => {}
                () = held.free_unused() => {}
            }
            held.free_now();
            if let Some(installed) = guarded(self.load(&mut luggage)).await {
                held.0.extend(installed);
            } else {
                self.host.report(Report::Error(
                    "posthog-node-native failed while loading flag definitions; the definitions it has stay in use. \
                     This is a bug, please report it."
                        .into(),
                ));
            }
            self.host.finish().await;
        }
    }

    /// Hands back what it installed.
    async fn load(&self, luggage: &mut Luggage) -> Option<Arc<CompiledDefinitions>> {
        *luggage = Luggage {
            kept: luggage.kept.take(),
            ..Luggage::default()
        };
        let mut step = self.control.schedule.lock().begin();
        while let Some(event) = self.perform(step, luggage).await {
            let next = self
                .control
                .schedule
                .lock()
                .advance(event, self.control.now());
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
                Event::ShouldFetch(bounded(limit, "shouldFetchFlagDefinitions", answer).await)
            }
            (Step::ReadCache, Some(provider)) => {
                let answer = provider.get_flag_definitions();
                let read = bounded(limit, "getFlagDefinitions", answer).await;
                Event::CacheRead(read.map(|document| match document {
                    Some(document) => {
                        luggage.document = document;
                        true
                    }
                    None => false,
                }))
            }
            (Step::Publish, Some(provider)) => {
                let document = std::mem::take(&mut luggage.document);
                let answer = provider.on_flag_definitions_received(document);
                Event::Published(bounded(limit, "onFlagDefinitionsReceived", answer).await)
            }
            (Step::Republish, Some(provider)) => {
                let given = match luggage.kept.as_ref().map(KeptDocument::document) {
                    Some(Ok(document)) => {
                        let answer = provider.on_flag_definitions_received(document);
                        bounded(limit, "onFlagDefinitionsReceived", answer).await
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

    fn compile(&self, source: DocumentSource, luggage: &mut Luggage) -> Result<(), String> {
        let options = CompileOptions {
            source,
            evaluation_contexts: self.config.evaluation_contexts.clone(),
        };
        match compile(&as_fetch_decodes(&luggage.document), &options) {
            Ok(compiled) => {
                luggage.compiled = Some(Arc::new(compiled));
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
                if let Some(compiled) = luggage.compiled.take() {
                    luggage.installed = Some(Arc::clone(&compiled));
                    luggage.kept = match source {
                        DocumentSource::Network if self.provider.is_some() => {
                            KeptDocument::new(&luggage.document).ok()
                        }
                        _ => None,
                    };
                    self.host.install(compiled, source);
                }
            }
            Effect::Clear => {
                luggage.kept = None;
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

/// From 0 up to 1. The standard library seeds its hash maps with it; that is random enough to spread polls.
fn random_fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// `None` if the future panics: one client's trouble must not end the background thread of all.
async fn guarded<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
