//! When the next load begins, and when the server may be asked.
//!
//! Two promises hold together. Once PostHog answers again, every process has its definitions within two intervals: the
//! one that asks begins within an interval, and those that read the cache do so once an interval, whatever the server
//! said. And a server in trouble is not asked by everybody at once, again and again: what backs off is the retry, which
//! comes soon after a first failure, then later and later, until the usual interval is reached.

use std::time::Duration;

/// The longest wait that repeated refusals lead to.
const LONGEST_BACKOFF_MS: f64 = 60_000.0;
/// The interval that backoff doubles when polling is off.
const DEFAULT_INTERVAL_MS: f64 = 30_000.0;
/// The shortest interval, posthog-node's `MINIMUM_POLLING_INTERVAL`.
const SHORTEST_INTERVAL_MS: f64 = 100.0;
/// The longest delay a timer is asked for: a year.
const LONGEST_DELAY_MS: f64 = 31_536_000_000.0;
/// The failure from which on polls come at the usual interval again; each one before waits half as long as the next.
const LAST_RETRY: u32 = 4;
/// How much of a retry's wait is left to chance. Many processes see a failure at once, so it is more than for a poll.
const RETRY_JITTER: f64 = 0.5;

/// The pace of one poller. Times are durations since any fixed moment.
#[derive(Debug)]
pub struct Pace {
    interval_ms: Option<f64>,
    jitter: f64,
    /// A load is of use although the server may not be asked.
    reads_cache: bool,
    load_began: Duration,
    refusals: u32,
    failures: u32,
    blocked_until: Option<Duration>,
}

impl Pace {
    /// The pace of a poller that has not loaded yet; see [`Settings`](super::steps::Settings).
    pub fn new(interval_ms: Option<f64>, jitter: f64, reads_cache: bool) -> Self {
        Self {
            interval_ms,
            jitter,
            reads_cache,
            load_began: Duration::ZERO,
            refusals: 0,
            failures: 0,
            blocked_until: None,
        }
    }

    /// The usual interval; none without polling.
    pub fn interval(&self) -> Duration {
        self.interval_ms.map_or(Duration::ZERO, delay)
    }

    /// The server wants to be left alone.
    pub fn is_blocked(&self, now: Duration) -> bool {
        self.blocked_until.is_some_and(|until| now < until)
    }

    /// A load begins.
    pub fn begun(&mut self, now: Duration) {
        self.load_began = now;
    }

    /// The server answered as it should.
    pub fn answered(&mut self) {
        self.failures = 0;
        self.refusals = 0;
        self.blocked_until = None;
    }

    /// The quota is used up, which is neither a failure nor the end of a refusal.
    pub fn emptied(&mut self) {
        self.failures = 0;
    }

    /// The cache was read in place of the server, which says nothing about whether that may be asked.
    pub fn read_cache(&mut self, now: Duration) {
        self.failures = 0;
        if !self.is_blocked(now) {
            self.refusals = 0;
        }
    }

    /// The request failed. The server may have named a time for which it wants to be left alone.
    pub fn failed(&mut self, retry_after: Option<Duration>, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        if let Some(wait) = retry_after {
            self.blocked_until = Some(now + wait);
        }
    }

    /// The key was refused. Hands back for how long the server is left alone: posthog-node's `getPollingInterval`, which
    /// is the interval doubled for each refusal in a row, at most a minute; or longer if the server asks for it.
    pub fn refused(&mut self, retry_after: Option<Duration>, now: Duration) -> Duration {
        self.refusals = self.refusals.saturating_add(1);
        let interval = self.interval_ms.unwrap_or(DEFAULT_INTERVAL_MS);
        let doublings = i32::try_from(self.refusals).unwrap_or(i32::MAX);
        let backoff = (interval * 2f64.powi(doublings)).min(LONGEST_BACKOFF_MS);
        let wait = delay(backoff).max(retry_after.unwrap_or_default());
        self.blocked_until = Some(now + wait);
        wait
    }

    /// When the load after the one that ends now begins by itself. `random` is a number from 0 up to 1.
    pub fn next_poll(&self, now: Duration, random: f64) -> Option<Duration> {
        let interval = self.interval_ms?;
        let (wait, jitter) = self.wait(interval, now);
        let early = wait * jitter * random;
        let moment = now + delay((wait - early).max(interval.min(SHORTEST_INTERVAL_MS)));
        Some(match self.blocked_until {
            Some(until) if until > moment && self.reads_cache => {
                // The cache is read meanwhile.
                if until <= now + delay(interval) {
                    until
                } else {
                    now + delay(interval - interval * self.jitter * random)
                }
            }
            // Afterwards, and then not with everybody else at once.
            Some(until) if until > moment => until + delay(early),
            _ => moment,
        })
    }

    /// How long to wait at most, and the share of it by which a poll may come early.
    fn wait(&self, interval: f64, now: Duration) -> (f64, f64) {
        if self.failures == 0 {
            return (interval, self.jitter);
        }
        let shortest = backoff(interval, 1);
        // The time that the failed request took counts, or a timeout would add to the interval.
        let took = now.saturating_sub(self.load_began).as_secs_f64() * 1000.0;
        let rest = (interval - took).max(shortest);
        if self.failures < LAST_RETRY {
            let jitter = if self.jitter == 0.0 {
                0.0
            } else {
                self.jitter.max(RETRY_JITTER)
            };
            (backoff(interval, self.failures).min(rest), jitter)
        } else {
            (rest, self.jitter)
        }
    }
}

/// The wait after this many failures in a row: an eighth of the interval, a quarter, a half, the whole.
fn backoff(interval: f64, failures: u32) -> f64 {
    let halvings = LAST_RETRY.saturating_sub(failures);
    (interval / f64::from(1u32 << halvings)).max(interval.min(SHORTEST_INTERVAL_MS))
}

/// A delay that a timer can take; not a number becomes the shortest.
pub fn delay(ms: f64) -> Duration {
    let ms = if ms.is_nan() {
        SHORTEST_INTERVAL_MS
    } else {
        ms.clamp(0.0, LONGEST_DELAY_MS)
    };
    Duration::from_micros((ms * 1000.0) as u64)
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
