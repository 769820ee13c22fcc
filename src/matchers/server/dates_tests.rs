use serde_json::json;

use super::*;
use crate::js::host::FixedHost;

const NOW_MS: f64 = 1_718_452_800_000.0; // 2024-06-15T12:00:00Z

fn ask(operator: DateOperator, filter: &str, property: &str, zone: Option<&str>) -> Answer {
    let clock = Clock {
        host: &FixedHost { now_ms: NOW_MS },
        zone: zone.and_then(Zone::of_name),
    };
    DateTest::new(operator, &json!(filter)).matches(&json!(property), &clock)
}

#[test]
fn without_a_zone_what_some_zone_skips_is_open() {
    use DateOperator::{After, Before, Exact};
    // It is skipped in Berlin, and midnight of that day in Beirut.
    let (night, day) = ("2024-03-31T02:30:00", "2024-03-31");
    assert_eq!(
        ask(After, "2024-01-01", night, Some("Europe/Berlin")),
        Answer::Error
    );
    assert_eq!(ask(After, "2024-01-01", night, Some("UTC")), Answer::Yes);
    assert_eq!(ask(After, "2024-01-01", night, None), Answer::Open);
    assert_eq!(
        ask(After, "2024-01-01", day, Some("Asia/Beirut")),
        Answer::Error
    );
    assert_eq!(ask(After, "2024-01-01", day, None), Answer::Open);
    assert_eq!(ask(Exact, night, night, None), Answer::Open);
    // No zone makes a match of these.
    assert_eq!(ask(Before, "2024-01-01", night, None), Answer::No);
    assert_eq!(ask(After, night, night, None), Answer::No);
    // Nobody skips these.
    assert_eq!(ask(After, "2024-01-01", "2024-06-01", None), Answer::Yes);
    assert_eq!(ask(Exact, "2024-06-01", "2024-06-01", None), Answer::Yes);
    assert_eq!(ask(After, "-3d", "2024-06-15", None), Answer::Yes);
    assert_eq!(ask(After, "-3d", "2024-06-12", None), Answer::Open);
}

#[test]
fn months_and_years_are_taken_away_one_by_one() {
    let before = |text: &str, count, unit| {
        let wall = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        before(wall, count, unit).map(|wall| wall.format("%Y-%m-%d %H:%M").to_string())
    };
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(before("2024-05-31 10:00", 1, 'm'), at("2024-04-30 10:00"));
    assert_eq!(before("2024-05-31 10:00", 2, 'm'), at("2024-03-30 10:00"));
    assert_eq!(before("2024-05-31 10:00", 3, 'm'), at("2024-02-29 10:00"));
    assert_eq!(before("2024-05-31 10:00", 15, 'm'), at("2023-02-28 10:00"));
    assert_eq!(
        before("2024-05-31 10:00", 9999, 'm'),
        at("1191-02-28 10:00")
    );
    assert_eq!(before("2024-02-29 10:00", 4, 'y'), at("2020-02-28 10:00"));
    assert_eq!(before("2024-02-29 10:00", 0, 'y'), at("2024-02-29 10:00"));
    assert_eq!(
        before("2024-05-31 10:00", 9999, 'y'),
        at("-7975-05-31 10:00")
    );
    assert_eq!(before("2024-05-31 10:00", 10, 'h'), at("2024-05-31 00:00"));
    assert_eq!(before("2024-05-31 10:00", 1, 'w'), at("2024-05-24 10:00"));
}
