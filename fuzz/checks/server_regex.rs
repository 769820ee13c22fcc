//! Patterns as the server reads them: what is decided here is what its engine says, within the same limit of steps back.

use posthog_node_native::js::host::FixedHost;
use posthog_node_native::js::text;
use posthog_node_native::matchers::server::dates::Clock;
use posthog_node_native::matchers::server::{Answer, PatternBudget, ServerTest};
use serde_json::Value;

use super::generate::bytes::Bytes;

const CLOCK: Clock<'static> = Clock {
    host: &FixedHost { now_ms: 0.0 },
    zone: None,
};

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let pattern = Value::from(text::from_utf16(&bytes.utf16()));
    let property = Value::from(text::from_utf16(&bytes.utf16()));
    let ask = |operator: &str| {
        let operator = Value::from(operator);
        let mut budget = PatternBudget::default();
        let test = ServerTest::compile(Some(&operator), Some(&pattern), false, &mut budget);
        let test = test.unwrap();
        let first = test.matches(&property, &CLOCK);
        // A search leaves nothing behind that the next one would see.
        assert_eq!(test.matches(&property, &CLOCK), first, "{pattern}");
        first
    };
    match (ask("regex"), ask("not_regex")) {
        (Answer::Yes, Answer::No) | (Answer::No, Answer::Yes) => {}
        // A bad pattern, one that the server gives up on, and one that only the server can tell.
        (Answer::No, Answer::No) | (Answer::Error, Answer::Error) => {}
        (Answer::Open, Answer::Open) => {}
        answers => panic!("{pattern} {property}: {answers:?}"),
    }
}
