//! Two transports, of which the second is asked where the first cannot speak with a server.

use parking_lot::Mutex;
use serde::de::IgnoredAny;

use super::request::{
    DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError,
};
use crate::js::json;

/// While the second transport makes the requests, the first one is tried again each so many loads: what it could not read
/// may have been a passing thing.
const LOADS_UNTIL_FIRST: u32 = 100;

/// While neither transport can speak with the server and the cause stays the same, the second one is tried each so many
/// loads, so that most of them are one request.
const LOADS_UNTIL_SECOND: u32 = 8;

/// Requests through `first`. Where that is [`TransportError::Unreadable`], the request is repeated through `second`, and if
/// it can be answered there, `second` makes the requests from then on.
pub struct Fallback<A, B, N> {
    first: A,
    second: B,
    /// Told once why `second` makes the requests.
    notify: N,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Loads that `second` makes alone before `first` is tried again.
    second_alone: u32,
    /// Loads that `first` makes alone while it fails for the reason in `cause`.
    first_alone: u32,
    cause: Option<String>,
    has_notified: bool,
}

impl<A, B, N> Fallback<A, B, N> {
    /// Nothing was tried yet.
    pub fn new(first: A, second: B, notify: N) -> Self {
        Self {
            first,
            second,
            notify,
            state: Mutex::default(),
        }
    }

    fn is_turn_of_second(&self) -> bool {
        let mut state = self.state.lock();
        let is_turn = state.second_alone > 0;
        state.second_alone = state.second_alone.saturating_sub(1);
        is_turn
    }

    /// Whether `second` is to be tried after `first` failed for this reason.
    fn may_try_second(&self, cause: &str) -> bool {
        let mut state = self.state.lock();
        let is_known = state.cause.as_deref() == Some(cause);
        if is_known && state.first_alone > 0 {
            state.first_alone -= 1;
            return false;
        }
        true
    }

    fn second_failed(&self, cause: String) {
        let mut state = self.state.lock();
        state.first_alone = LOADS_UNTIL_SECOND - 1;
        state.cause = Some(cause);
    }
}

impl<A, B, N: Fn(String)> Fallback<A, B, N> {
    fn second_answered(&self, cause: String) {
        let is_news = {
            let mut state = self.state.lock();
            state.second_alone = LOADS_UNTIL_FIRST - 1;
            state.cause = None;
            !std::mem::replace(&mut state.has_notified, true)
        };
        if is_news {
            (self.notify)(cause);
        }
    }
}

impl<A, B, N> DefinitionsTransport for Fallback<A, B, N>
where
    A: DefinitionsTransport,
    B: DefinitionsTransport,
    N: Fn(String) + Send + Sync,
{
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        if self.is_turn_of_second() {
            let answer = self.second.fetch(request).await;
            if answer.is_err() {
                // Something has changed: next time the first one may be able to.
                self.state.lock().second_alone = 0;
            }
            return answer;
        }
        let cause = match self.first.fetch(request.clone()).await {
            Err(TransportError::Unreadable(cause)) => cause,
            other => return other,
        };
        if !self.may_try_second(&cause) {
            return Err(TransportError::Failed(cause));
        }
        match self.second.fetch(request).await {
            Ok(response) => {
                if is_of_use(&response) {
                    self.second_answered(cause);
                } else {
                    self.second_failed(cause);
                }
                Ok(response)
            }
            Err(TransportError::BodyTooLarge(limit)) => Err(TransportError::BodyTooLarge(limit)),
            Err(error) => {
                let both = format!("{cause}. Node's fetch cannot either: {error}");
                self.second_failed(cause);
                Err(TransportError::Failed(both))
            }
        }
    }
}

/// Whether the second transport brought more than the first: `fetch` takes a body that was cut short for a whole one.
fn is_of_use(response: &DefinitionsResponse) -> bool {
    let read = serde_json::from_str::<IgnoredAny>(&json::decode(&response.body));
    response.status != 200 || read.err().is_none_or(|error| json::is_too_deep(&error))
}

#[cfg(test)]
#[path = "fallback_tests.rs"]
mod tests;
