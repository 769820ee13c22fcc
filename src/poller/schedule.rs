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

use super::kept::Publication;
use super::refusal::refusal_message;
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

/// What a poller is made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// A secret key is configured, so definitions can be requested.
    pub has_key: bool,
    /// A flag definition cache provider is configured.
    pub has_provider: bool,
    /// Milliseconds between loads; `None` loads only when asked.
    pub polling_interval_ms: Option<f64>,
    /// The share of the interval, from 0 to 1, by which a poll may come early, so that many processes spread out.
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
}

/// Something to do at once, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Raise an `error` event with posthog-node's `ClientError`.
    ReportClientError(String),
    /// Raise an `error` event.
    Report(String),
    /// The body that was received cannot be used, for this reason; report it as posthog-node does.
    RejectBody(String),
    /// Make the compiled definitions the current ones.
    Install(DocumentSource),
    /// Forget the definitions: the quota is used up.
    Clear,
    /// The definitions held are still the current ones.
    NotModified,
    /// Tell listeners that definitions were loaded; the text is a debug line about where from.
    Announce(Option<&'static str>),
    /// A line for `debug`.
    Trace(String),
}

/// The answer to an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// To be performed first, in order.
    pub effects: Vec<Effect>,
    /// To be waited for afterwards.
    pub step: Step,
}

impl Next {
    fn step(step: Step) -> Self {
        Self {
            effects: Vec::new(),
            step,
        }
    }

    fn after(effect: Effect, step: Step) -> Self {
        Self {
            effects: vec![effect],
            step,
        }
    }
}

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
                let effect = match error {
                    // posthog-node has no limit, so it has no silence about one either.
                    TransportError::BodyTooLarge(_) => {
                        Effect::Report(format!("Failed to load feature flags: {error}"))
                    }
                    error => Effect::Trace(format!("Failed to load feature flags: {error}")),
                };
                Next::after(effect, Step::Finish)
            }
            Event::Compiled(result) => self.compiled(result),
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
            self.next_poll = Some(now + delay(wait));
        }
    }

    /// No load begins any more, and the one under way leads to nothing.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.next_poll = None;
        self.load = None;
    }

    /// True once [`Schedule::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped
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
                self.clear_backoff();
                Next::after(Effect::NotModified, self.after_unchanged(now))
            }
            402 => {
                // The tag goes with the definitions. posthog-node keeps it, is answered 304 once the quota is back,
                // and stays without flags until somebody changes one.
                self.etag = None;
                self.publication.dropped();
                Next::after(Effect::Clear, Step::Finish)
            }
            401 | 403 | 429 => self.refused(answer.status, now),
            status => Next::after(
                Effect::Trace(format!(
                    "Failed to load feature flags: HTTP status {status}"
                )),
                Step::Finish,
            ),
        }
    }

    fn refused(&mut self, status: u16, now: Duration) -> Next {
        self.refusals = self.refusals.saturating_add(1);
        let interval = self.interval_ms();
        self.blocked_until = Some(now + delay(interval));
        let text = refusal_message(status, ryu_js::Buffer::new().format(interval));
        Next {
            effects: text.map(Effect::ReportClientError).into_iter().collect(),
            step: Step::Finish,
        }
    }

    fn compiled(&mut self, result: Result<(), String>) -> Next {
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
                self.clear_backoff();
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
                self.clear_backoff();
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
                Next::after(Effect::RejectBody(reason), Step::Finish)
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

    fn clear_backoff(&mut self) {
        self.refusals = 0;
        self.blocked_until = None;
    }

    /// posthog-node's `getPollingInterval`: the interval, doubled for each refusal in a row, at most a minute.
    fn interval_ms(&self) -> f64 {
        let interval = self
            .settings
            .polling_interval_ms
            .unwrap_or(DEFAULT_INTERVAL_MS);
        if self.refusals == 0 {
            return interval;
        }
        let doublings = i32::try_from(self.refusals).unwrap_or(i32::MAX);
        (interval * 2f64.powi(doublings)).min(LONGEST_BACKOFF_MS)
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
