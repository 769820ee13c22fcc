//! Versions as the server reads them: any text, in any order.

use posthog_node_native::js::host::FixedHost;
use posthog_node_native::js::text;
use posthog_node_native::matchers::server::dates::Clock;
use posthog_node_native::matchers::server::{Answer, PatternBudget, ServerTest};
use serde_json::Value;

use super::generate::bytes::Bytes;
use super::generate::version::version;

const CLOCK: Clock<'static> = Clock {
    host: &FixedHost { now_ms: 0.0 },
    zone: None,
};

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let [filter, property] = [(); 2].map(|()| match bytes.chance(128) {
        true => text::from_utf16(&bytes.utf16()),
        false => version(&mut bytes).1,
    });
    let [filter, property] = [Value::from(filter), Value::from(property)];
    let ask = |operator: &str, filter: &Value, property: &Value| {
        let operator = Value::from(format!("semver_{operator}"));
        let mut budget = PatternBudget::default();
        let test = ServerTest::compile(Some(&operator), Some(filter), false, &mut budget);
        test.unwrap().matches(property, &CLOCK)
    };
    let names = ["eq", "neq", "gt", "gte", "lt", "lte"];
    let answers = names.map(|name| ask(name, &filter, &property));
    let is = answers.map(|answer| answer == Answer::Yes);
    if is == [false; 6] {
        // One of both is no version, so it is none the other way round either.
        let back = names.map(|name| ask(name, &property, &filter) == Answer::Yes);
        assert_eq!(back, [false; 6], "{filter} {property}");
        return;
    }
    let [eq, neq, gt, gte, lt, lte] = is;
    let counted = [eq, gt, lt].iter().filter(|holds| **holds).count();
    assert_eq!(counted, 1, "{filter} {property}");
    assert_eq!(
        (neq, gte, lte),
        (!eq, gt || eq, lt || eq),
        "{filter} {property}"
    );
    assert_eq!(
        ask("lt", &property, &filter) == Answer::Yes,
        gt,
        "{filter} {property}"
    );
    for name in ["tilde", "caret", "wildcard"] {
        // It has an answer, whichever.
        assert_ne!(
            ask(name, &filter, &property),
            Answer::Open,
            "{filter} {property}"
        );
    }
}
