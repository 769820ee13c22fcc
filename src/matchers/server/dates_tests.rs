use serde_json::json;

use super::*;
use crate::js::host::FixedHost;

const NOW_MS: f64 = 1_718_452_800_000.0; // 2024-06-15T12:00:00Z

fn ask(operator: DateOperator, filter: &str, property: &str, zone: Option<&str>) -> Answer {
    ask_at(NOW_MS, operator, filter, property, zone)
}

fn ask_at(
    now_ms: f64,
    operator: DateOperator,
    filter: &str,
    property: &str,
    zone: Option<&str>,
) -> Answer {
    let clock = Clock {
        host: &FixedHost { now_ms },
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

#[test]
fn two_relative_dates_are_compared_unless_they_are_the_same() {
    use DateOperator::{After, Before, Exact};
    for operator in [After, Before, Exact] {
        assert_eq!(ask(operator, "-3d", "-72h", Some("UTC")), Answer::Open);
    }
    assert_eq!(ask(After, "-4d", "-3d", Some("UTC")), Answer::Yes);
    assert_eq!(ask(Before, "-4d", "-3d", Some("UTC")), Answer::No);
    assert_eq!(ask(Exact, "-4d", "-3d", Some("UTC")), Answer::No);
}

#[test]
fn without_a_zone_the_last_and_the_first_instant_count_too() {
    use DateOperator::{After, Before, Exact};
    let day = "2024-06-15";
    assert_eq!(ask(Before, "2024-06-15T12:00:00Z", day, None), Answer::Open);
    assert_eq!(ask(Before, "2024-06-15T12:00:01Z", day, None), Answer::Yes);
    assert_eq!(ask(After, "2024-06-14T10:00:00Z", day, None), Answer::Open);
    assert_eq!(ask(After, "2024-06-14T09:59:59Z", day, None), Answer::Yes);
    let (noon, wall) = ("2024-06-15T12:00:00Z", "2024-06-15T12:00:00");
    assert_eq!(ask(Exact, noon, noon, None), Answer::Yes);
    assert_eq!(ask(Exact, noon, wall, None), Answer::Open);
    assert_eq!(ask(Exact, wall, noon, None), Answer::Open);
    // The zone may have changed its offset since.
    assert_eq!(
        ask(After, "-3d", "2024-06-12T14:00:00Z", None),
        Answer::Open
    );
    assert_eq!(ask(After, "-3d", "2024-06-12T16:00:00Z", None), Answer::Yes);
}

#[test]
fn without_a_zone_months_are_counted_from_each_day_that_it_may_be() {
    // In the west it is 30 March still, and 29 February is the day a month before either.
    let now = 1_711_845_000_000.0; // 2024-03-31T00:30:00Z
    let evening = "2024-02-29T20:00:00Z";
    assert_eq!(
        ask_at(now, DateOperator::After, "-1m", evening, None),
        Answer::Open
    );
    assert_eq!(
        ask_at(now, DateOperator::After, "-1m", evening, Some("UTC")),
        Answer::Yes
    );
}

#[test]
fn without_a_zone_a_relative_date_that_some_zone_skips_is_open() {
    let later = "2025-01-01T00:00:00Z";
    let after = |now_ms| ask_at(now_ms, DateOperator::After, "-3d", later, None);
    assert_eq!(after(1_710_311_400_000.0), Answer::Open); // 2024-03-13T06:30:00Z, 02:30 in New York
    assert_eq!(after(1_728_401_400_000.0), Answer::Open); // 2024-10-08T15:30:00Z, 02:30 in Sydney
    assert_eq!(after(NOW_MS), Answer::Yes);
    // New York goes on from 02:00 to 03:00.
    let since = |wall| ask(DateOperator::After, "2024-01-01", wall, None);
    assert_eq!(since("2024-03-10T02:00:00"), Answer::Open);
    assert_eq!(since("2024-03-10T02:59:59"), Answer::Open);
    assert_eq!(since("2024-03-10T03:00:00"), Answer::Yes);
}

#[test]
fn digits_alone_are_an_instant_in_a_filter_by_how_many_they_are() {
    let is_midnight = |filter| {
        ask(
            DateOperator::Exact,
            filter,
            "2024-06-15T00:00:00Z",
            Some("UTC"),
        )
    };
    assert_eq!(is_midnight("1718409600"), Answer::Yes);
    assert_eq!(is_midnight("1718409600000"), Answer::Yes);
    assert_eq!(is_midnight("1718409600000000000"), Answer::Yes);
    assert_eq!(is_midnight("17184096000"), Answer::Open);
    assert_eq!(is_midnight("9999999999999999999"), Answer::Open);
}

#[test]
fn seconds_below_zero_are_rounded_down() {
    let read = |seconds: f64| match read_property(&json!(seconds)) {
        Read::At(at) => Some((at.timestamp(), at.timestamp_subsec_nanos())),
        _ => None,
    };
    assert_eq!(read(1.5), Some((1, 500_000_000)));
    assert_eq!(read(-1.5), Some((-2, 0)));
    assert_eq!(read(-1.0), Some((-1, 0)));
    assert_eq!(read(1e300), None);
    assert_eq!(read_property(&json!("-inf")), Read::None);
    assert_eq!(read_property(&json!("nan")), Read::At(DateTime::UNIX_EPOCH));
}

#[test]
fn what_no_parser_reads_is_no_date_and_what_one_may_read_is_open() {
    for text in [
        "soon",
        "abc1",
        "2024-04-31",
        "2024-04-31T00:00:00",
        "1.5d",
        "-1.5d",
        "1.5 d",
        "10000d",
        " 123456789 ",
        " 12345678901234567890 ",
    ] {
        assert_eq!(read_filter(&json!(text)), Read::None, "{text}");
    }
    for text in [
        "14 May 2019 19:11",
        "5 mai à 10:00",
        "3/31/2024 14:30",
        " 1234567890 ",
        " 1234567890123456789 ",
    ] {
        assert_eq!(read_filter(&json!(text)), Read::Open, "{text}");
        assert_eq!(read_property(&json!(text)), Read::Open, "{text}");
    }
}
