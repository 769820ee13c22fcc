//! Dates: any text, dates that were printed from a known time, and times before now.

use posthog_node_native::js::host::Host;
use posthog_node_native::js::json::Json;
use posthog_node_native::js::text;
use posthog_node_native::js::value::Value;
use posthog_node_native::matchers::Support;
use posthog_node_native::outcome::Fallback;

use super::filter::{ask, support};
use super::generate::bytes::Bytes;
use super::generate::call::Call;
use super::generate::filter::DATE;
use super::generate::given::Given;
use super::generate::values::text as json_text;

const MS_PER_DAY: f64 = 86_400_000.0;
/// The furthest time that JavaScript knows.
const MAX_TIME_MS: f64 = 8.64e15;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut host = Call::of(vec![Given::Null]);
    match bytes.below(4) {
        0 => printed(&mut bytes, &host),
        1 => relative(&mut bytes, &mut host),
        _ => {
            host.now_ms = bytes.number();
            let filter = text::from_utf16(&bytes.utf16());
            let value = text::from_utf16(&bytes.utf16());
            any_text(&filter, Value::Text(&value), &host);
            any_text(&filter, Value::Number(bytes.number()), &host);
        }
    }
}

fn any_text(filter: &str, value: Value<'_>, host: &Call) {
    let filter = json_text(filter);
    let [before, after] = DATE.map(|operator| ask(operator, &filter, value, host));
    let usable = match support(DATE[0], &filter) {
        Support::Supported => true,
        Support::IfDate(text) => !host.parse_date(&text).is_nan(),
        _ => false,
    };
    assert_eq!(before == Err(Fallback::UNSUPPORTED), !usable, "{filter:?}");
    match (before, after) {
        (Ok(before), Ok(after)) => assert!(!(before && after), "{filter:?} {value:?}"),
        (before, after) => assert_eq!(before, after, "{filter:?} {value:?}"),
    }
}

/// A date that was printed in any of the forms stands for its time.
fn printed(bytes: &mut Bytes<'_>, host: &Call) {
    let year = bytes.below(10_000) as i64;
    let month = 1 + bytes.below(12) as i64;
    let day = 1 + bytes.below(days_in(year, month) as usize) as i64;
    let midnight =
        days_before_year(year) + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day
            - 1;
    let [hour, minute, second] = [24, 60, 60].map(|limit| bytes.below(limit) as i64);
    let ms = bytes.below(1000) as i64;
    let offset = match bytes.below(3) {
        0 => None,
        1 => Some((true, bytes.below(24) as i64, bytes.below(60) as i64)),
        _ => Some((false, bytes.below(24) as i64, bytes.below(60) as i64)),
    };
    let zone = offset.map_or("Z".to_owned(), |(east, hours, minutes)| {
        format!("{}{hours:02}:{minutes:02}", if east { '+' } else { '-' })
    });
    let shift = offset.map_or(0, |(east, hours, minutes)| {
        (hours * 60 + minutes) * if east { -1 } else { 1 }
    });
    let date = format!("{year:04}-{month:02}-{day:02}");
    let ms_of_day = |second, ms| ((hour * 60 + minute + shift) * 60 + second) * 1000 + ms;
    let (text, time) = match bytes.below(6) {
        0 => (date, 0),
        1 => (
            format!("{date}T{hour:02}:{minute:02}{zone}"),
            ms_of_day(0, 0),
        ),
        2 => (
            format!("{date}T{hour:02}:{minute:02}:{second:02}{zone}"),
            ms_of_day(second, 0),
        ),
        3 => (
            format!(
                "{date}T{hour:02}:{minute:02}:{second:02}.{}{zone}",
                ms / 100
            ),
            ms_of_day(second, ms / 100 * 100),
        ),
        4 => (
            format!(
                "{date}T{hour:02}:{minute:02}:{second:02}.{:02}{zone}",
                ms / 10
            ),
            ms_of_day(second, ms / 10 * 10),
        ),
        // What is finer than a millisecond is cut off.
        _ => (
            format!("{date}T{hour:02}:{minute:02}:{second:02}.{ms:03}999{zone}"),
            ms_of_day(second, ms),
        ),
    };
    let time = midnight as f64 * MS_PER_DAY + time as f64;
    assert_eq!(threshold(&json_text(&text), host), time, "{text}");
    // The same text as a property.
    let filter = Json::Number(time);
    for operator in DATE {
        assert_eq!(
            ask(operator, &filter, Value::Text(&text), host),
            Ok(false),
            "{operator} {text}"
        );
    }
    let later = Json::Number(time + 1.0);
    assert_eq!(
        ask("is_date_before", &later, Value::Text(&text), host),
        Ok(true),
        "{text}"
    );
}

/// So many days, months or years before any time.
fn relative(bytes: &mut Bytes<'_>, host: &mut Call) {
    host.now_ms = match bytes.below(3) {
        0 => bytes.number(),
        1 => (bytes.u64() % 4_000_000_000_000) as f64,
        _ => ((bytes.u16() as f64) * 37.0 - 700_000.0) * MS_PER_DAY,
    };
    let now = host.now_ms.trunc();
    let count = bytes.below(10_000);
    let sign = bytes.choose(&["", "-"]);
    let filter = |count: usize, unit: char| json_text(&format!("{sign}{count}{unit}"));
    let at = |count: usize, unit: char, host: &Call| threshold(&filter(count, unit), host);
    if now.is_nan() || now.abs() > MAX_TIME_MS - 400.0 * 10_000.0 * MS_PER_DAY {
        // Out of what a date can hold: no answer is right, but there is one.
        for operator in DATE {
            let outcome = ask(operator, &filter(count, 'y'), Value::Number(0.0), host);
            assert!(outcome.is_ok());
        }
        return;
    }
    for (unit, length) in [
        ('h', MS_PER_DAY / 24.0),
        ('d', MS_PER_DAY),
        ('w', 7.0 * MS_PER_DAY),
    ] {
        assert_eq!(
            at(count, unit, host),
            now - count as f64 * length,
            "{count}{unit} before {now}"
        );
    }
    let months = at(count, 'm', host);
    let years = at(count, 'y', host);
    // A month has 28 to 31 days, and the day of the month may move by 3.
    let days = (now - months) / MS_PER_DAY;
    let count_of_days = count as f64;
    assert!(
        days >= count_of_days * 30.43 - 4.0 && days <= count_of_days * 30.44 + 8.0,
        "{count}m before {now}: {days}"
    );
    let days = (now - years) / MS_PER_DAY;
    assert!(
        (days - count_of_days * 365.2425).abs() < 3.0,
        "{count}y before {now}: {days}"
    );
    if count > 0 {
        assert!(months < at(count - 1, 'm', host), "{count}m before {now}");
        assert!(years < at(count - 1, 'y', host), "{count}y before {now}");
    }
    if count < 800 {
        // They differ in where the day is clamped, by three days at most.
        let apart = (years - at(count * 12, 'm', host)) / MS_PER_DAY;
        assert!(
            (0.0..=3.0).contains(&apart),
            "{count}y before {now}: {apart} days apart"
        );
    }
}

/// The time that a filter stands for: the one that is neither before nor after it.
fn threshold(filter: &Json, host: &Call) -> f64 {
    let [is_before, is_after] = DATE.map(|operator| super::filter::matcher(operator, filter));
    let (mut low, mut high) = (-MAX_TIME_MS, MAX_TIME_MS);
    while low < high {
        let middle = ((low + high) / 2.0).floor();
        match is_before.matches(Value::Number(middle), host) {
            Ok(true) => low = middle + 1.0,
            Ok(false) => high = middle,
            Err(fallback) => panic!("{filter:?} has no time: {fallback:?}"),
        }
    }
    assert_eq!(
        is_after.matches(Value::Number(low), host),
        Ok(false),
        "{filter:?}"
    );
    assert_eq!(
        is_after.matches(Value::Number(low + 1.0), host),
        Ok(true),
        "{filter:?}"
    );
    low
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to a year, one year after the other.
fn days_before_year(year: i64) -> i64 {
    let length = |year: i64| if is_leap(year) { 366 } else { 365 };
    match year >= 1970 {
        true => (1970..year).map(length).sum(),
        false => -(year..1970).map(length).sum::<i64>(),
    }
}
