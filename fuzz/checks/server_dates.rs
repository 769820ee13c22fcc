//! Dates as the server reads them: any text, in any zone. What is decided without a zone is decided so in each.

use std::sync::LazyLock;

use posthog_node_native::js::host::FixedHost;
use posthog_node_native::js::text;
use posthog_node_native::matchers::server::dates::Clock;
use posthog_node_native::matchers::server::zones::Zone;
use posthog_node_native::matchers::server::{Answer, PatternBudget, ServerTest};
use serde_json::Value;

use super::generate::bytes::Bytes;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
];
const OPERATORS: [&str; 3] = ["is_date_before", "is_date_after", "is_date_exact"];

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let now_ms = match bytes.chance(200) {
        true => (bytes.u64() % 4_000_000_000_000) as f64,
        false => bytes.number(),
    };
    let (filter, property) = (date(&mut bytes), date(&mut bytes));
    if filter.is_null() {
        // A filter without a value never matches.
        return;
    }
    let ask = |zone: Option<Zone>| {
        let clock = Clock {
            host: &FixedHost { now_ms },
            zone,
        };
        OPERATORS.map(|operator| {
            let operator = Value::from(operator);
            let mut budget = PatternBudget::default();
            let test = ServerTest::compile(Some(&operator), Some(&filter), false, &mut budget);
            test.unwrap().matches(&property, &clock)
        })
    };
    let without = ask(None);
    static KNOWN: LazyLock<[Option<Zone>; 8]> = LazyLock::new(|| ZONES.map(Zone::of_name));
    for (name, zone) in ZONES.iter().zip(*KNOWN) {
        let answers = ask(zone);
        let matching = answers.iter().filter(|answer| **answer == Answer::Yes);
        let is_decided = !answers.contains(&Answer::Open);
        let is_one = matching.count() == usize::from(!answers.contains(&Answer::Error));
        assert!(
            !is_decided || is_one,
            "{filter} {property} {name}: {answers:?}"
        );
        for (known, answer) in without.iter().zip(answers) {
            let is_same = (*known == Answer::Yes) == (answer == Answer::Yes);
            let may_differ = *known == Answer::Open || answer == Answer::Open;
            assert!(
                is_same || may_differ,
                "{filter} {property} {name}: {answers:?}, {without:?}"
            );
        }
    }
}

fn date(bytes: &mut Bytes<'_>) -> Value {
    let [year, month, day] = [
        1900 + bytes.below(250),
        1 + bytes.below(12),
        1 + bytes.below(31),
    ];
    let [hour, minute, second] = [25, 61, 61].map(|limit| bytes.below(limit));
    match bytes.below(8) {
        0 => Value::from(format!("{year}-{month:02}-{day:02}")),
        1 => Value::from(format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )),
        2 => Value::from(format!("{year}-{month}-{day} {hour}:{minute}")),
        3 => Value::from(format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )),
        4 => {
            let unit = bytes.choose(&['h', 'd', 'w', 'm', 'y']);
            Value::from(format!("-{}{unit}", bytes.below(10_001)))
        }
        5 => Value::from(bytes.number()),
        _ => Value::from(text::from_utf16(&bytes.utf16())),
    }
}
