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

use std::time::Duration;

use super::failures::{FailureKind, Failures};
use super::kept::Publication;
use super::refusal::refusal_message;
pub use super::steps::{Answer, Effect, Event, LoadDecision, Next, Settings, Step};
use crate::compile::DocumentSource;
use crate::provider::ProviderError;
use crate::transport::TransportError;

/// The longest wait that repeated refusals lead to.
const LONGEST_BACKOFF_MS: f64 = 60_000.0;
/// The interval that backoff doubles when polling is off.
const DEFAULT_INTERVAL_MS: f64 = 30_000.0;
/// The shortest interval, posthog-node's `MINIMUM_POLLING_INTERVAL`.
const SHORTEST_INTERVAL_MS: f64 = 100.0;
/// The longest delay a timer is asked for: a year.
const LONGEST_DELAY_MS: f64 = 31_536_000_000.0;

/// What is known about the load under way.
#[derive(Debug, Clone, Default)]
struct Load {
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
    refusals: u32,
    blocked_until: Option<Duration>,
    failures: Failures,
    /// Belongs to the definitions held, and moves only with them.
    etag: Option<String>,
    publication: Publication,
    load: Option<Load>,
    next_poll: Option<Duration>,
    stopped: bool,
}

impl Schedule {
    /// A poller that has not loaded yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            loaded: false,
            refusals: 0,
            blocked_until: None,
            failures: Failures::default(),
            etag: None,
            publication: Publication::default(),
            load: None,
            next_poll: None,
            stopped: false,
        }
    }

    /// A wish to load: from an evaluation before the first success, or with `force` from `reloadFeatureFlags`.
    pub fn request_load(&mut self, force: bool, now: Duration) -> LoadDecision {
        if self.stopped {
            return LoadDecision::Stopped;
        }
        if !force && self.blocked_until.is_some_and(|until| now < until) {
            return LoadDecision::Blocked;
        }
        if self.load.is_some() {
            return LoadDecision::Joined;
        }
        self.open_load();
        LoadDecision::Started
    }

    /// Begins a load if its time has come. True if a load is under way, however it began.
    pub fn poll_if_due(&mut self, now: Duration) -> bool {
        if self.load.is_none()
            && !self.stopped
            && self.next_poll.is_some_and(|moment| moment <= now)
        {
            self.open_load();
        }
        self.load.is_some()
    }

    /// When the next load begins by itself.
    pub fn next_poll(&self) -> Option<Duration> {
        self.next_poll
    }

    /// The first step of the load under way.
    pub fn begin(&mut self) -> Step {
        if self.stopped || self.load.is_none() {
            return Step::Finish;
        }
        if !self.settings.has_provider {
            return self.request();
        }
        if self.settings.has_key {
            Step::ShouldFetch
        } else {
            // A reader without a key must not take the lead from processes that can fetch.
            Step::ReadCache
        }
    }

    /// What follows on the outcome of a step.
    pub fn advance(&mut self, event: Event, now: Duration) -> Next {
        if self.stopped {
            return Next::step(Step::Finish);
        }
        match event {
            Event::ShouldFetch(Ok(false)) => {
                self.with_load(|load| load.publish = false);
                Next::step(Step::ReadCache)
            }
            Event::ShouldFetch(Ok(true)) => Next::step(self.request()),
            Event::ShouldFetch(Err(error)) => Next::after(
                Effect::Report(format!("Error in shouldFetchFlagDefinitions: {error}")),
                self.request(),
            ),
            Event::CacheRead(Ok(true)) => {
                self.with_load(|load| load.source = Some(DocumentSource::Cache));
                Next::step(Step::Compile(DocumentSource::Cache))
            }
            Event::CacheRead(Ok(false)) => Next::step(self.without_cache()),
            Event::CacheRead(Err(error)) => Next::after(
                Effect::Report(format!("Failed to load from cache: {error}")),
                self.without_cache(),
            ),
            Event::Responded(Ok(answer)) => self.responded(answer, now),
            Event::Responded(Err(error)) => {
                let kind = match error {
                    TransportError::Timeout => FailureKind::Timeout,
                    TransportError::BodyTooLarge(_) => FailureKind::TooLarge,
                    TransportError::Failed(_) => FailureKind::Connection,
                };
                self.failed(kind, &error.to_string(), now)
            }
            Event::Compiled(result) => self.compiled(result, now),
            Event::Published(result) => self.published(result, now),
        }
    }

    /// Ends the load under way and sets the time of the next. `random` is a number from 0 up to 1.
    pub fn finish(&mut self, now: Duration, random: f64) {
        if self.load.take().is_some()
            && !self.stopped
            && self.settings.polling_interval_ms.is_some()
        {
            let interval = self.interval_ms();
            let early = interval * self.settings.polling_jitter * random;
            let wait = (interval - early).max(interval.min(SHORTEST_INTERVAL_MS));
            let moment = now + delay(wait);
            // While the server wants to be left alone, and then not with everybody else at once.
            let blocked = self.blocked_until.filter(|until| *until > moment);
            self.next_poll = Some(blocked.map_or(moment, |until| until + delay(early)));
        }
    }

    /// No load begins any more, and the one under way leads to nothing.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.next_poll = None;
        self.load = None;
    }

    fn open_load(&mut self) {
        self.next_poll = None;
        self.load = Some(Load {
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

    /// The cache had nothing to give: what is held stays, unless there is nothing yet and a key to fetch it with.
    fn without_cache(&self) -> Step {
        if self.settings.has_key && !self.loaded {
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
                self.succeeded(now);
                Next::after(Effect::NotModified, self.after_unchanged(now))
            }
            402 => {
                // The tag goes with the definitions. posthog-node keeps it, is answered 304 once the quota is back,
                // and stays without flags until somebody changes one.
                self.etag = None;
                self.publication.dropped();
                self.failures.emptied();
                Next::after(Effect::Clear, Step::Finish)
            }
            401 | 403 | 429 => self.refused(&answer, now),
            status => {
                if let Some(wait) = answer.retry_after {
                    self.blocked_until = Some(now + wait);
                }
                let cause = format!("HTTP status {status}");
                self.failed(FailureKind::Status(status), &cause, now)
            }
        }
    }

    fn failed(&mut self, kind: FailureKind, cause: &str, now: Duration) -> Next {
        Next {
            effects: self.failures.effects(kind, cause, now),
            step: Step::Finish,
        }
    }

    fn refused(&mut self, answer: &Answer, now: Duration) -> Next {
        self.refusals = self.refusals.saturating_add(1);
        let wait = delay(self.interval_ms()).max(answer.retry_after.unwrap_or_default());
        self.blocked_until = Some(now + wait);
        let interval = wait.as_secs_f64() * 1000.0;
        let text = refusal_message(answer.status, ryu_js::Buffer::new().format(interval));
        Next {
            effects: text.map(Effect::ReportClientError).into_iter().collect(),
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
                self.succeeded(now);
                let install = Effect::Install(source);
                if publish {
                    Next::after(install, Step::Publish)
                } else {
                    Next {
                        effects: vec![install, Effect::Announce(None)],
                        step: Step::Finish,
                    }
                }
            }
            (DocumentSource::Cache, Ok(())) => {
                // A tag of what was fetched earlier says nothing about this document.
                self.etag = None;
                self.publication.dropped();
                self.loaded = true;
                // Reading the cache costs PostHog nothing: a process that was refused while it led, and follows now,
                // reads at the usual interval.
                self.succeeded(now);
                let origin = if self.settings.has_key {
                    "Loaded flags from cache (skipped fetch)"
                } else {
                    "Loaded flags from cache (cache-only reader)"
                };
                Next {
                    effects: vec![Effect::Install(source), Effect::Announce(Some(origin))],
                    step: Step::Finish,
                }
            }
            (DocumentSource::Network, Err(reason)) => {
                let report = self.failures.count(FailureKind::Body, &reason, now);
                Next::after(Effect::RejectBody { reason, report }, Step::Finish)
            }
            (DocumentSource::Cache, Err(reason)) => Next::after(
                Effect::Report(format!("Failed to load from cache: TypeError: {reason}")),
                self.without_cache(),
            ),
        }
    }

    /// While this process leads, nobody else gives the provider what the server only confirms.
    fn after_unchanged(&self, now: Duration) -> Step {
        let leads = self.load.as_ref().is_some_and(|load| load.publish);
        let interval = self
            .settings
            .polling_interval_ms
            .map_or(Duration::ZERO, delay);
        if leads && self.publication.is_due(now, interval) {
            Step::Republish
        } else {
            Step::Finish
        }
    }

    fn published(&mut self, result: Result<(), ProviderError>, now: Duration) -> Next {
        self.publication.given(result.is_ok(), now);
        let mut effects = Vec::new();
        if let Err(error) = result {
            effects.push(Effect::Report(format!("Failed to store in cache: {error}")));
        }
        // A document that was only confirmed is no news.
        if self.load.as_ref().is_some_and(|load| load.source.is_some()) {
            effects.push(Effect::Announce(None));
        }
        Next {
            effects,
            step: Step::Finish,
        }
    }

    /// The definitions held are current.
    fn succeeded(&mut self, now: Duration) {
        self.failures.over(now);
        self.refusals = 0;
        self.blocked_until = None;
    }

    /// posthog-node's `getPollingInterval`: the interval, doubled for each refusal in a row, at most a minute. Failures
    /// that persist double it once, so that a recovery is seen soon.
    fn interval_ms(&self) -> f64 {
        let interval = self
            .settings
            .polling_interval_ms
            .unwrap_or(DEFAULT_INTERVAL_MS);
        if self.refusals > 0 {
            let doublings = i32::try_from(self.refusals).unwrap_or(i32::MAX);
            (interval * 2f64.powi(doublings)).min(LONGEST_BACKOFF_MS)
        } else if self.failures.persist() {
            (interval * 2.0).min(LONGEST_BACKOFF_MS.max(interval))
        } else {
            interval
        }
    }
}

/// A delay that a timer can take; not a number becomes the shortest.
fn delay(ms: f64) -> Duration {
    let ms = if ms.is_nan() {
        SHORTEST_INTERVAL_MS
    } else {
        ms.clamp(0.0, LONGEST_DELAY_MS)
    };
    Duration::from_micros((ms * 1000.0) as u64)
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
#[path = "property_tests.rs"]
mod property_tests;
