//! What the poller does next, decided without I/O.
//!
//! Mirrors posthog-node's `loadFeatureFlags` and `_loadFeatureFlags`. A load is a conversation: [`Schedule::begin`]
//! gives the first [`Step`], each outcome goes in as an [`Event`], and [`Schedule::advance`] answers with effects to
//! perform at once and the step to wait for, until [`Step::Finish`].
//!
//! ```text
//! begin ─► ShouldFetch ─► Request ─► Compile(Network) ─► Publish ─► Finish
//!             │              └─► Republish ─► Finish       (a 304, if the provider needs the document)
//!             └─► ReadCache ─► Compile(Cache) ─► Finish     (a miss goes to Request or Finish)
//! ```
//!
//! Without a provider a load begins with `Request`; without a key, or while the server wants to be left alone, with
//! `ReadCache`.

use std::time::Duration;

use super::failures::{FailureKind, Failures, refusal_message};
use super::hanging::Hanging;
use super::pace::Pace;
use super::provider::{Method, ProviderError};
use super::publication::Publication;
pub use super::steps::{Answer, Effect, Event, LoadDecision, Next, Settings, Step};
use crate::compile::DocumentSource;
use crate::transport::TransportError;

/// What is known about the load under way.
#[derive(Debug, Clone, Default)]
struct Load {
    /// The server may be asked: it does not want to be left alone, or somebody insists.
    may_request: bool,
    /// The provider expects the document that comes. Not so when the load only fetches because the cache was empty.
    publish: bool,
    /// The `ETag` of the document that was received.
    etag: Option<String>,
    /// Where that document comes from.
    source: Option<DocumentSource>,
}

/// The state of one poller. Times are durations since any fixed moment.
#[derive(Debug)]
pub struct Schedule {
    settings: Settings,
    loaded: bool,
    pace: Pace,
    failures: Failures,
    hanging: Hanging,
    /// Belongs to the definitions held, and moves only with them.
    etag: Option<String>,
    publication: Publication,
    /// The document held is not to be taken for known, see [`forget`](Self::forget).
    forgotten: bool,
    load: Option<Load>,
    next_poll: Option<Duration>,
    /// Loads begin by themselves too.
    polls: bool,
    /// They do not for now, because nobody evaluates.
    rests: bool,
    stopped: bool,
}

impl Schedule {
    /// A poller that has not loaded yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            loaded: false,
            pace: Pace::new(
                settings.polling_interval_ms,
                settings.polling_jitter,
                settings.has_provider,
            ),
            failures: Failures::default(),
            hanging: Hanging::default(),
            etag: None,
            publication: Publication::default(),
            forgotten: false,
            load: None,
            next_poll: None,
            polls: true,
            rests: false,
            stopped: false,
        }
    }

    /// A wish to load: from an evaluation before the first success, or with `force` from `reloadFeatureFlags`.
    pub fn request_load(&mut self, force: bool, now: Duration) -> LoadDecision {
        if self.stopped {
            return LoadDecision::Stopped;
        }
        if !force && self.pace.is_blocked(now) {
            return LoadDecision::Blocked;
        }
        if self.load.is_some() {
            return LoadDecision::Joined;
        }
        self.open_load(true, now);
        LoadDecision::Started
    }

    /// Begins a load if its time has come. True if a load is under way, however it began.
    pub fn poll_if_due(&mut self, now: Duration) -> bool {
        if self.load.is_none()
            && !self.stopped
            && !self.rests
            && self.next_poll.is_some_and(|moment| moment <= now)
        {
            self.open_load(!self.pace.is_blocked(now), now);
        }
        self.load.is_some()
    }

    /// Has the load that would begin by itself begin now.
    pub fn poll_now(&mut self, now: Duration) {
        if self.polls() && self.next_poll.is_some() {
            self.next_poll = Some(now);
        }
    }

    /// Whether loads begin by themselves.
    pub fn polls(&self) -> bool {
        self.polls && !self.rests && self.settings.polling_interval_ms.is_some()
    }

    /// When the next load begins by itself.
    pub fn next_poll(&self) -> Option<Duration> {
        self.next_poll.filter(|_| !self.rests)
    }

    /// Loads begin only when asked for until [`wake`](Self::wake). True if none is under way.
    pub fn rest(&mut self) -> bool {
        self.rests = true;
        self.load.is_none()
    }

    /// Loads begin by themselves again: at once if one would have begun meanwhile.
    pub fn wake(&mut self) {
        self.rests = false;
    }

    /// The first step of the load under way.
    pub fn begin(&mut self, now: Duration) -> Step {
        let Some(load) = self.load.as_mut().filter(|_| !self.stopped) else {
            return Step::Finish;
        };
        if !self.settings.has_provider {
            return self.request();
        }
        if !self.settings.has_key || !load.may_request {
            // Who cannot fetch, or not now, must not take the lead from processes that can.
            load.publish = false;
            return self.read_cache(now);
        }
        if self.hanging.may_call(Method::ShouldFetch, now) {
            Step::ShouldFetch
        } else {
            // As when the provider fails to decide.
            self.request()
        }
    }

    /// What follows on the outcome of a step.
    pub fn advance(&mut self, event: Event, now: Duration) -> Next {
        if self.stopped {
            return Next::step(Step::Finish);
        }
        self.hanging.note(&event, now);
        match event {
            Event::ShouldFetch(Ok(false)) => {
                self.with_load(|load| load.publish = false);
                Next::step(self.read_cache(now))
            }
            Event::ShouldFetch(Ok(true)) => Next::step(self.request()),
            Event::ShouldFetch(Err(error)) => Next::after(
                self.failures.of_provider(Method::ShouldFetch, &error, now),
                self.request(),
            ),
            Event::CacheRead(Ok(true)) => {
                self.with_load(|load| load.source = Some(DocumentSource::Cache));
                Next::step(Step::Compile(DocumentSource::Cache))
            }
            Event::CacheRead(Ok(false)) => Next::step(self.without_cache()),
            Event::CacheEmptied => self.emptied(),
            Event::CacheRead(Err(error)) => Next::after(
                self.failures.of_provider(Method::Read, &error, now),
                self.without_cache(),
            ),
            Event::Responded(Ok(answer)) => self.responded(answer, now),
            Event::Responded(Err(error)) => {
                let kind = match error {
                    TransportError::Timeout => FailureKind::Timeout,
                    TransportError::BodyTooLarge(_) => FailureKind::TooLarge,
                    TransportError::Failed(_) | TransportError::Unreadable(_) => {
                        FailureKind::Connection
                    }
                };
                self.pace.failed(None, now);
                self.failed(kind, &error.to_string(), now)
            }
            Event::Compiled(result) => self.compiled(result, now),
            Event::Published(result) => self.published(result, now),
        }
    }

    /// Ends the load under way and sets the time of the next. `random` is a number from 0 up to 1.
    pub fn finish(&mut self, now: Duration, random: f64) {
        if self.load.take().is_some() && self.polls {
            self.next_poll = self.pace.next_poll(now, random);
        }
    }

    /// Loads begin only when asked for from now on. True if none is under way.
    pub fn stop_polling(&mut self) -> bool {
        self.polls = false;
        self.next_poll = None;
        self.load.is_none()
    }

    /// No load begins any more, and the one under way leads to nothing.
    pub fn stop(&mut self) {
        self.stop_polling();
        self.stopped = true;
        self.load = None;
    }

    /// The definitions that were installed last did not come into use, because of a fault of this package. What was held
    /// before them still is, but the next load takes any document for a new one.
    pub fn forget(&mut self) {
        self.loaded = false;
        self.etag = None;
        self.publication.dropped();
        self.forgotten = true;
    }

    /// Whether [`forget`](Self::forget) was called since this was asked last.
    pub fn take_forgotten(&mut self) -> bool {
        std::mem::take(&mut self.forgotten)
    }

    /// The last call of a method settled after it was given up.
    pub fn settled_late(&mut self, method: Method) {
        self.hanging.settled(method);
    }

    /// The `ETag` of the definitions held.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// The definitions that there are before the first load have this `ETag`.
    pub fn start_from(&mut self, etag: Option<String>) {
        self.etag = etag;
    }

    /// The document that the load under way has found in the cache has this `ETag`.
    pub fn found_in_cache(&mut self, etag: Option<String>) {
        self.with_load(|load| load.etag = etag);
    }

    fn open_load(&mut self, may_request: bool, now: Duration) {
        self.next_poll = None;
        self.pace.begun(now);
        self.load = Some(Load {
            may_request,
            publish: self.settings.has_provider,
            ..Load::default()
        });
    }

    fn with_load(&mut self, change: impl FnOnce(&mut Load)) {
        if let Some(load) = &mut self.load {
            change(load);
        }
    }

    fn request(&self) -> Step {
        Step::Request {
            if_none_match: self.etag.clone(),
        }
    }

    /// A cache that hangs is as good as one that fails.
    fn read_cache(&self, now: Duration) -> Step {
        if self.hanging.may_call(Method::Read, now) {
            Step::ReadCache
        } else {
            self.without_cache()
        }
    }

    /// The cache had nothing to give: what is held stays, unless there is nothing yet and it may be fetched.
    fn without_cache(&self) -> Step {
        let may_request = self.load.as_ref().is_some_and(|load| load.may_request)
            && !self.settings.is_shared_by_us;
        if self.settings.has_key && may_request && !self.loaded {
            self.request()
        } else {
            Step::Finish
        }
    }

    fn responded(&mut self, answer: Answer, now: Duration) -> Next {
        match answer.status {
            200 => {
                self.with_load(|load| {
                    load.etag = answer.etag;
                    load.source = Some(DocumentSource::Network);
                });
                Next::step(Step::Compile(DocumentSource::Network))
            }
            304 => {
                // A 304 may name a newer tag for the same document.
                if answer.etag.is_some() {
                    self.etag = answer.etag;
                }
                self.loaded = true;
                self.answered(now);
                Next::after(Effect::NotModified, self.after_unchanged(now))
            }
            402 => self.emptied(),
            401 | 403 | 429 => self.refused(&answer, now),
            status => {
                self.pace.failed(answer.retry_after, now);
                let cause = format!("HTTP status {status}");
                self.failed(FailureKind::Status(status), &cause, now)
            }
        }
    }

    /// The quota is used up, as PostHog says to this process or to the one that it follows.
    fn emptied(&mut self) -> Next {
        // The tag goes with the definitions. posthog-node keeps it, is answered 304 once the quota is back, and stays
        // without flags until somebody changes one.
        self.etag = None;
        self.publication.dropped();
        self.failures.emptied();
        self.pace.emptied();
        Next::after(Effect::QuotaExceeded, Step::Finish)
    }

    fn failed(&mut self, kind: FailureKind, cause: &str, now: Duration) -> Next {
        Next {
            effects: self.failures.effects(kind, cause, now),
            step: Step::Finish,
        }
    }

    fn refused(&mut self, answer: &Answer, now: Duration) -> Next {
        let wait = self.pace.refused(answer.retry_after, now);
        let interval = wait.as_secs_f64() * 1000.0;
        let text = refusal_message(answer.status, ryu_js::Buffer::new().format(interval));
        Next {
            effects: text.map(Effect::ClientError).into_iter().collect(),
            step: Step::Finish,
        }
    }

    fn compiled(&mut self, result: Result<(), String>, now: Duration) -> Next {
        let Some((source, load)) = self
            .load
            .as_mut()
            .and_then(|load| load.source.map(|source| (source, load)))
        else {
            return Next::step(Step::Finish);
        };
        let (publish, etag) = (load.publish, load.etag.take());
        match (source, result) {
            (DocumentSource::Network, Ok(())) => {
                self.etag = etag;
                self.publication.received();
                self.loaded = true;
                self.answered(now);
                let install = Effect::NewDefinitions(source);
                if publish && self.hanging.may_call(Method::Store, now) {
                    Next::after(install, Step::Publish)
                } else {
                    Next {
                        effects: vec![install, Effect::Loaded(None)],
                        step: Step::Finish,
                    }
                }
            }
            (DocumentSource::Cache, Ok(())) => {
                // A tag of what was fetched earlier says nothing about this document, which may have one of its own.
                self.etag = etag;
                self.publication.dropped();
                self.loaded = true;
                self.failures.over(now);
                self.pace.read_cache(now);
                let origin = if self.settings.is_shared_by_us {
                    "Loaded flags that another client asked for"
                } else if self.settings.has_key {
                    "Loaded flags from cache (skipped fetch)"
                } else {
                    "Loaded flags from cache (cache-only reader)"
                };
                Next {
                    effects: vec![Effect::NewDefinitions(source), Effect::Loaded(Some(origin))],
                    step: Step::Finish,
                }
            }
            (DocumentSource::Network, Err(reason)) => {
                self.pace.failed(None, now);
                let report = self.failures.count(FailureKind::Body, &reason, now);
                Next::after(Effect::InvalidBody { reason, report }, Step::Finish)
            }
            (DocumentSource::Cache, Err(reason)) => {
                // What is confirmed would be confirmed to others too, who cannot use it either.
                self.etag = self.etag.take().filter(|_| !self.settings.is_shared_by_us);
                Next::after(
                    Effect::Error(format!("Failed to load from cache: TypeError: {reason}")),
                    self.without_cache(),
                )
            }
        }
    }

    /// While this process leads, nobody else gives the provider what the server only confirms.
    fn after_unchanged(&self, now: Duration) -> Step {
        let leads = self.load.as_ref().is_some_and(|load| load.publish);
        let may_store = leads && self.hanging.may_call(Method::Store, now);
        let is_due = self.publication.is_due(now, self.pace.interval())
            || (self.settings.is_shared_by_us
                && (self.publication.is_kept() || self.etag.is_some()));
        if may_store && is_due {
            Step::Republish
        } else {
            Step::Finish
        }
    }

    fn published(&mut self, result: Result<(), ProviderError>, now: Duration) -> Next {
        self.publication.given(result.is_ok(), now);
        let mut effects = Vec::new();
        match result {
            Ok(()) => {}
            // There is nothing to store until the document is received again, whole.
            Err(_) if self.settings.is_shared_by_us && !self.publication.is_kept() => {
                self.etag = None;
            }
            Err(error) => effects.push(self.failures.of_provider(Method::Store, &error, now)),
        }
        // A document that was only confirmed is no news.
        if self.load.as_ref().is_some_and(|load| load.source.is_some()) {
            effects.push(Effect::Loaded(None));
        }
        Next {
            effects,
            step: Step::Finish,
        }
    }

    /// The server said what the definitions are.
    fn answered(&mut self, now: Duration) {
        self.failures.over(now);
        self.pace.answered();
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "leading_tests.rs"]
mod leading_tests;

#[cfg(test)]
#[path = "failing_tests.rs"]
mod failing_tests;

#[cfg(test)]
#[path = "unsettled_tests.rs"]
mod unsettled_tests;

#[cfg(test)]
#[path = "property_tests.rs"]
mod property_tests;

#[cfg(test)]
#[path = "convergence_tests.rs"]
mod convergence_tests;

#[cfg(test)]
#[path = "leader_loss_tests.rs"]
mod leader_loss_tests;
