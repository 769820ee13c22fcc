//! The words of failures: of a key that is refused as posthog-node has them, and of what posthog-node passes over in silence,
//! which are requests that brought nothing and calls of a provider that hang.

use std::time::Duration;

use super::provider::{Method, ProviderError};
use super::steps::Effect;

/// A failure of one kind is reported once in this time; in between it is only traced.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// What failed, as far as reports are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The server answered with this status.
    Status(u16),
    /// No complete answer came in time.
    Timeout,
    /// The connection failed.
    Connection,
    /// The answer was larger than the limit.
    TooLarge,
    /// The body was no definitions document.
    Body,
    /// A method of the provider did not settle.
    Unsettled(Method),
}

/// What was said about failures, and how old what is held is.
#[derive(Debug, Default)]
pub struct Failures {
    reported: Vec<(FailureKind, Duration)>,
    /// When the definitions held were last known to be current.
    confirmed_at: Option<Duration>,
}

impl Failures {
    /// The definitions held are current now.
    pub fn over(&mut self, now: Duration) {
        self.confirmed_at = Some(now);
    }

    /// There are no definitions any more, which is no failure.
    pub fn emptied(&mut self) {
        self.confirmed_at = None;
    }

    /// Takes note of a failure; says whether it is to be reported.
    pub fn is_due(&mut self, kind: FailureKind, now: Duration) -> bool {
        self.reported
            .retain(|(_, moment)| now.saturating_sub(*moment) < REPORT_INTERVAL);
        let is_due = !self.reported.iter().any(|(other, _)| *other == kind);
        if is_due {
            self.reported.push((kind, now));
        }
        is_due
    }

    /// Takes note of a failure to load; hands back what to report about it, if that is due.
    pub fn count(&mut self, kind: FailureKind, cause: &str, now: Duration) -> Option<String> {
        if !self.is_due(kind, now) {
            return None;
        }
        let consequence = match self.confirmed_at {
            Some(moment) => format!(
                "The definitions that were current {} ago stay in use.",
                describe(now.saturating_sub(moment))
            ),
            None => "There are no definitions to use.".to_owned(),
        };
        Some(format!("{}. {consequence}", trace(cause)))
    }

    /// What to tell of a call of the provider that failed: each time, as posthog-node does, but that it hangs only now and
    /// then.
    pub fn of_provider(&mut self, method: Method, error: &ProviderError, now: Duration) -> Effect {
        let failed = match method {
            Method::ShouldFetch => "Error in shouldFetchFlagDefinitions",
            Method::Read => "Failed to load from cache",
            Method::Store => "Failed to store in cache",
        };
        let text = format!("{failed}: {error}");
        let hangs = matches!(error, ProviderError::Unsettled(..));
        if hangs && !self.is_due(FailureKind::Unsettled(method), now) {
            Effect::Trace(text)
        } else {
            Effect::Error(text)
        }
    }

    /// [`Failures::count`] as effects.
    pub fn effects(&mut self, kind: FailureKind, cause: &str, now: Duration) -> Vec<Effect> {
        let report = self.count(kind, cause, now).map(Effect::Error);
        std::iter::once(Effect::Trace(trace(cause)))
            .chain(report)
            .collect()
    }
}

/// What posthog-node says when the server refuses the key with this status; nothing of other statuses. `interval` is in
/// milliseconds.
pub fn refusal_message(status: u16, interval: &str) -> Option<String> {
    Some(match status {
        401 => format!(
            "Your project key or secret key is invalid. Setting next polling interval to {interval}ms. More \
             information: https://posthog.com/docs/api#rate-limiting"
        ),
        403 => format!(
            "Your secret key does not have permission to fetch feature flag definitions for local evaluation. Setting \
             next polling interval to {interval}ms. Are you sure you're using the correct secret and Project API key \
             pair? More information: https://posthog.com/docs/api/overview"
        ),
        429 => format!(
            "You are being rate limited. Setting next polling interval to {interval}ms. More information: \
             https://posthog.com/docs/api#rate-limiting"
        ),
        _ => return None,
    })
}

fn trace(cause: &str) -> String {
    format!("Failed to load feature flags: {cause}")
}

/// An age in the largest unit that leaves at least two of it.
fn describe(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_report_names_the_cause_and_the_age_of_what_is_in_use() {
        let mut failures = Failures::default();
        let kind = FailureKind::Timeout;
        assert_eq!(
            failures
                .count(kind, "the request timed out", SECOND)
                .unwrap(),
            "Failed to load feature flags: the request timed out. There are no definitions to use."
        );
        failures.over(10 * SECOND);
        for (seconds, age) in [(100, "90 s"), (1210, "20 min"), (36_010, "10 h")] {
            assert_eq!(
                failures.count(kind, "x", seconds * SECOND).unwrap(),
                format!(
                    "Failed to load feature flags: x. The definitions that were current {age} ago stay in use."
                )
            );
        }
    }

    #[test]
    fn each_kind_is_reported_once_a_minute_whatever_succeeds_in_between() {
        let mut failures = Failures::default();
        let mut reports = Vec::new();
        for second in 0..130 {
            for status in [500, 503] {
                if failures
                    .count(FailureKind::Status(status), "x", second * SECOND)
                    .is_some()
                {
                    reports.push((status, second));
                }
            }
            failures.over(second * SECOND);
        }
        assert_eq!(
            reports,
            [
                (500, 0),
                (503, 0),
                (500, 60),
                (503, 60),
                (500, 120),
                (503, 120)
            ]
        );
    }
}
