//! Methods of the provider that do not settle, and when they are called again.
//!
//! A library that lost one reply settles the next call, so a method that was given up must be called again. But while the
//! cache is away for long, each call that hangs may hold on to a whole document, so the calls become rarer and rarer.

use std::time::Duration;

use super::provider::{Method, ProviderError};
use super::steps::Event;

/// A method that hangs is called again within this time, or within its limit if that is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which methods hang. Times are durations since any fixed moment.
#[derive(Debug, Default)]
pub struct Hanging {
    calls: [Hang; Method::ALL.len()],
}

/// What is known of one method.
#[derive(Debug, Default)]
struct Hang {
    /// How many calls in a row did not settle in time.
    count: u32,
    /// It is not called before.
    until: Duration,
}

impl Hanging {
    /// Whether the method may be called now.
    pub fn may_call(&self, method: Method, now: Duration) -> bool {
        now >= self.calls[method as usize].until
    }

    /// Takes note of how a call came out, if the event is one.
    pub fn note(&mut self, event: &Event, now: Duration) {
        let (method, error) = match event {
            Event::ShouldFetch(result) => (Method::ShouldFetch, result.as_ref().err()),
            Event::CacheRead(result) => (Method::Read, result.as_ref().err()),
            Event::CacheEmptied => (Method::Read, None),
            Event::Published(result) => (Method::Store, result.as_ref().err()),
            Event::Responded(_) | Event::Compiled(_) => return,
        };
        match error {
            Some(ProviderError::Unsettled(_, limit)) => self.gave_up(method, *limit, now),
            _ => self.settled(method),
        }
    }

    /// A call did not settle within `limit`. The first is followed by a wait as long as that, and each further one by a
    /// wait twice as long as the one before.
    fn gave_up(&mut self, method: Method, limit: Duration, now: Duration) {
        let hang = &mut self.calls[method as usize];
        let wait = limit.saturating_mul(2u32.saturating_pow(hang.count));
        hang.until = now.saturating_add(wait.min(LONGEST_WAIT.max(limit)));
        hang.count = hang.count.saturating_add(1);
    }

    /// The last call settled, perhaps after it was given up.
    pub fn settled(&mut self, method: Method) {
        self.calls[method as usize] = Hang::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The seconds at which a method is called that is asked for each second, hangs and is given up after `limit` seconds.
    fn calls(limit: u64) -> Vec<u64> {
        let mut hanging = Hanging::default();
        let mut calls = Vec::new();
        let mut now = 0;
        while now < 400 {
            if hanging.may_call(Method::Store, Duration::from_secs(now)) {
                calls.push(now);
                now += limit;
                hanging.gave_up(
                    Method::Store,
                    Duration::from_secs(limit),
                    Duration::from_secs(now),
                );
            }
            now += 1;
        }
        calls
    }

    #[test]
    fn a_method_that_hangs_is_called_more_and_more_rarely_but_at_least_about_once_a_minute() {
        assert_eq!(calls(10), [0, 20, 50, 100, 170, 240, 310, 380]);
        // A limit over a minute is the longest wait itself.
        assert_eq!(calls(90), [0, 180, 360]);
    }

    #[test]
    fn a_method_that_settled_may_be_called_at_once_and_starts_over() {
        let mut hanging = Hanging::default();
        for _ in 0..3 {
            hanging.gave_up(Method::Read, SECOND, Duration::ZERO);
        }
        hanging.settled(Method::Read);
        assert!(hanging.may_call(Method::Read, Duration::ZERO));
        hanging.gave_up(Method::Read, SECOND, Duration::ZERO);
        assert!(!hanging.may_call(Method::Read, SECOND / 2));
        assert!(hanging.may_call(Method::Read, SECOND));
    }

    #[test]
    fn each_method_hangs_by_itself() {
        let mut hanging = Hanging::default();
        hanging.gave_up(Method::Store, SECOND, Duration::ZERO);
        assert!(hanging.may_call(Method::ShouldFetch, Duration::ZERO));
        assert!(hanging.may_call(Method::Read, Duration::ZERO));
        hanging.settled(Method::Read);
        assert!(!hanging.may_call(Method::Store, Duration::ZERO));
    }

    #[test]
    fn no_limit_and_no_number_of_calls_is_too_large() {
        let mut hanging = Hanging::default();
        for _ in 0..100 {
            hanging.gave_up(Method::Store, SECOND, SECOND);
        }
        assert!(hanging.may_call(Method::Store, 61 * SECOND));
        hanging.gave_up(Method::Read, Duration::MAX, SECOND);
        assert!(!hanging.may_call(Method::Read, 1000 * SECOND));
    }
}
