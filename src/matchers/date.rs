//! `is_date_before`, `is_date_after`: instants as JavaScript's `Date` has them, and dates relative to now.

use crate::compiled::Support;
use crate::context::{Host, Value};
use crate::js;
use crate::json::Json;
use crate::outcome::Fallback;

const MS_PER_HOUR: f64 = 3_600_000.0;
const MS_PER_DAY: f64 = 86_400_000.0;
/// The furthest time a `Date` can hold, on both sides of the epoch.
const MAX_TIME_MS: f64 = 8.64e15;
/// posthog-node takes no larger count in a relative date.
const RELATIVE_COUNT_LIMIT: u32 = 10_000;

/// A test against a date.
#[derive(Debug)]
pub struct DateTest {
    before: bool,
    filter: Filter,
}

#[derive(Debug)]
enum Filter {
    /// So much before now.
    Relative(u32, Unit),
    /// ms since the epoch.
    Instant(f64),
    /// A text in a form that only JavaScript reads; asked anew each time, for the local time zone may change.
    Foreign(Box<str>),
    Unsupported,
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl DateTest {
    /// Prepares the test.
    pub fn compile(value: Option<&Json>, before: bool) -> Result<Self, js::NoText> {
        if matches!(value, Some(Json::Bool(_))) {
            return Ok(Self {
                before,
                filter: Filter::Unsupported,
            });
        }
        let filter = match parse_relative(&js::to_text(value)?) {
            Some((count, unit)) => Filter::Relative(count, unit),
            None => match value {
                Some(Json::String(text)) => {
                    parse_iso(text).map_or_else(|| Filter::Foreign(text.clone()), Filter::Instant)
                }
                Some(Json::Number(number)) => {
                    time_clip(*number).map_or(Filter::Unsupported, Filter::Instant)
                }
                _ => Filter::Unsupported,
            },
        };
        Ok(Self { before, filter })
    }

    /// Whether the filter holds a date.
    pub fn support(&self) -> Support {
        match &self.filter {
            Filter::Unsupported => Support::Unsupported,
            Filter::Foreign(text) => Support::IfDate(text.clone()),
            _ => Support::Supported,
        }
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
        let filter = match &self.filter {
            Filter::Unsupported => return Err(Fallback::UNSUPPORTED),
            Filter::Instant(time) => *time,
            Filter::Relative(count, unit) => before(host.now_ms(), *count, *unit),
            Filter::Foreign(text) => match host.parse_date(text) {
                time if time.is_nan() => return Err(Fallback::UNSUPPORTED),
                time => time,
            },
        };
        let time = to_time(value, host)?;
        Ok(if self.before {
            time < filter
        } else {
            time > filter
        })
    }
}

/// posthog-node's `convertToDateTime`, of a property. NaN is an invalid `Date` object, which no comparison holds for.
fn to_time(value: Value<'_>, host: &dyn Host) -> Result<f64, Fallback> {
    match value {
        Value::Text(text) | Value::IllFormed(text) => {
            match parse_iso(text).unwrap_or_else(|| host.parse_date(text)) {
                time if time.is_nan() => Err(Fallback::MISSING_CONTEXT),
                time => Ok(time),
            }
        }
        Value::Number(number) => time_clip(number).ok_or(Fallback::MISSING_CONTEXT),
        Value::Exotic(exotic) => match (&exotic.date, &exotic.template) {
            (Ok(Some(time)), _) => Ok(*time),
            (Ok(None), Ok(_)) => Err(Fallback::MISSING_CONTEXT),
            (Err(message), _) | (_, Err(message)) => Err(Fallback::Thrown(message.clone())),
        },
        _ => Err(Fallback::MISSING_CONTEXT),
    }
}

/// ECMAScript's `TimeClip`.
fn time_clip(time: f64) -> Option<f64> {
    (time.abs() <= MAX_TIME_MS).then(|| time.trunc())
}

/// `-7d`, `3m`: the sign makes no difference.
fn parse_relative(text: &str) -> Option<(u32, Unit)> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let unit = match text.bytes().last()? {
        b'h' => Unit::Hours,
        b'd' => Unit::Days,
        b'w' => Unit::Weeks,
        b'm' => Unit::Months,
        b'y' => Unit::Years,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a u32 holds are beyond the limit anyway, leading zeros aside.
    let digits = digits.trim_start_matches('0');
    let count = if digits.is_empty() {
        0
    } else {
        digits.parse().ok()?
    };
    (count < RELATIVE_COUNT_LIMIT).then_some((count, unit))
}

/// The time that lies so much before `now`, in UTC. Months and years clamp to the last day of the month reached.
fn before(now: f64, count: u32, unit: Unit) -> f64 {
    let amount = f64::from(count);
    let Some(now) = time_clip(now) else {
        return f64::NAN;
    };
    match unit {
        Unit::Hours => now - amount * MS_PER_HOUR,
        Unit::Days => now - amount * MS_PER_DAY,
        Unit::Weeks => now - amount * 7.0 * MS_PER_DAY,
        Unit::Months => months_before(now, i64::from(count), ClampEach::Step),
        Unit::Years => months_before(now, 12 * i64::from(count), ClampEach::Year),
    }
}

#[derive(PartialEq)]
enum ClampEach {
    /// Every month passed on the way clamps the day.
    Step,
    /// Only the year before clamps, and only 29 February.
    Year,
}

fn months_before(now: f64, months: i64, clamp: ClampEach) -> f64 {
    let days = (now / MS_PER_DAY).floor();
    let (year, month, mut day) = civil_from_days(days as i64);
    match clamp {
        ClampEach::Step => {
            // Every month has 28 days, so nothing clamps further below that.
            for step in 1..=months {
                if day <= 28 {
                    break;
                }
                let (year, month) = shift_months(year, month, -step);
                day = day.min(days_in_month(year, month));
            }
        }
        ClampEach::Year => {
            if months > 0 && month == 2 && day == 29 {
                day = 28;
            }
        }
    }
    let (year, month) = shift_months(year, month, -months);
    days_from_civil(year, month, day) as f64 * MS_PER_DAY + (now - days * MS_PER_DAY)
}

/// Months count from 1.
fn shift_months(year: i64, month: i64, by: i64) -> (i64, i64) {
    let months = year * 12 + (month - 1) + by;
    (months.div_euclid(12), months.rem_euclid(12) + 1)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from the epoch to a date of the proleptic Gregorian calendar, in years that start in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Reads `YYYY-MM-DD`, or that with a time and a zone. `None` leaves the text to JavaScript, which reads many more forms.
fn parse_iso(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| {
            digits
                .iter()
                .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let literal = |at: usize, byte: u8| (bytes.get(at) == Some(&byte)).then_some(());

    let year = number(0, 4)?;
    literal(4, b'-')?;
    let month = number(5, 7).filter(|month| (1..=12).contains(month))?;
    literal(7, b'-')?;
    let day = number(8, 10).filter(|day| (1..=days_in_month(year, month)).contains(day))?;
    let midnight = days_from_civil(year, month, day) as f64 * MS_PER_DAY;
    if bytes.len() == 10 {
        return Some(midnight);
    }

    literal(10, b'T')?;
    let hour = number(11, 13).filter(|hour| *hour < 24)?;
    literal(13, b':')?;
    let minute = number(14, 16).filter(|minute| *minute < 60)?;
    let (second, ms, zone) = if bytes.get(16) == Some(&b':') {
        let second = number(17, 19).filter(|second| *second < 60)?;
        if bytes.get(19) == Some(&b'.') {
            let digits = bytes[20..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let ms = match digits {
                1 => number(20, 21)? * 100,
                2 => number(20, 22)? * 10,
                3..=9 => number(20, 23)?,
                _ => return None,
            };
            (second, ms, 20 + digits)
        } else {
            (second, 0, 19)
        }
    } else {
        (0, 0, 16)
    };
    let offset_minutes = match &bytes[zone..] {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), ..] if bytes.len() == zone + 6 => {
            let hours = number(zone + 1, zone + 3).filter(|hours| *hours < 24)?;
            literal(zone + 3, b':')?;
            let minutes = number(zone + 4, zone + 6).filter(|minutes| *minutes < 60)?;
            let offset = hours * 60 + minutes;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let ms_of_day = ((hour * 60 + minute - offset_minutes) * 60 + second) * 1000 + ms;
    Some(midnight + ms_of_day as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Exotic;
    use crate::matchers::testing::*;

    fn iso(text: &str) -> f64 {
        parse_iso(text).unwrap()
    }

    #[test]
    fn iso_dates_are_read_here_and_all_else_is_left_to_javascript() {
        assert_eq!(iso("1970-01-02"), 86_400_000.0);
        assert_eq!(iso("2024-03-31T12:00:00Z"), HOST.now_ms);
        assert_eq!(iso("2024-03-31T14:30:00.5+02:30"), HOST.now_ms + 500.0);
        assert_eq!(iso("2024-03-31T12:00:00.123456Z"), HOST.now_ms + 123.0);
        for text in [
            "2024-02-30",
            "2024-03-31T12:00:00",
            "2024-3-31",
            "24:00",
            "2024-03-31T24:00:00Z",
            "+002024-01-01",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn months_clamp_at_every_step_on_the_way() {
        assert_eq!(
            before(HOST.now_ms, 1, Unit::Months),
            iso("2024-02-29T12:00:00Z")
        );
        assert_eq!(
            before(HOST.now_ms, 2, Unit::Months),
            iso("2024-01-29T12:00:00Z")
        );
        assert_eq!(
            before(iso("2023-03-31"), 2, Unit::Months),
            iso("2023-01-28")
        );
        assert_eq!(before(iso("2024-02-29"), 4, Unit::Years), iso("2020-02-28"));
        assert_eq!(
            before(iso("2024-01-15"), 13, Unit::Months),
            iso("2022-12-15")
        );
    }

    #[test]
    fn relative_dates_need_a_small_count_and_a_known_unit() {
        assert_eq!(
            check("is_date_after", "\"-7d\"", Value::Text("2024-03-25")),
            Ok(true)
        );
        assert_eq!(
            check("is_date_before", "\"0d\"", Value::Number(HOST.now_ms - 1.0)),
            Ok(true)
        );
        assert!(parse_relative("0009999d").is_some());
        for text in ["10000d", "7x", "d", "--7d", "7d\n", "-", ""] {
            assert!(parse_relative(text).is_none(), "{text}");
        }
    }

    #[test]
    fn days_and_dates_convert_both_ways() {
        for days in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn what_is_no_date_is_inconclusive() {
        assert_eq!(
            check("is_date_after", "true", Value::Text("2024-03-25")),
            Err(Fallback::UNSUPPORTED)
        );
        assert_eq!(
            check("is_date_after", "\"junk\"", Value::Text("x")),
            Err(Fallback::UNSUPPORTED)
        );
        assert_eq!(
            check("is_date_after", "\"-1d\"", Value::Bool(true)),
            Err(Fallback::MISSING_CONTEXT)
        );
        assert_eq!(
            check("is_date_after", "\"-1d\"", Value::Number(9e15)),
            Err(Fallback::MISSING_CONTEXT)
        );
    }

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        // Counted on from 1 January of the year -400, which is as many days before 2000 as 2400 years have.
        let mut days = 10_957 - 6 * 146_097;
        for year in -400..=800 {
            for month in 1..=12 {
                let length = days_in_month(year, month);
                for day in [1, 2, 28, length] {
                    assert_eq!(days_from_civil(year, month, day), days + day - 1);
                    assert_eq!(civil_from_days(days + day - 1), (year, month, day));
                }
                days += length;
            }
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(-1), (1969, 12, 31));
        assert_eq!(civil_from_days(11_016), (2000, 2, 29));
        assert_eq!(civil_from_days(2_932_896), (9999, 12, 31));
        let lengths =
            |year| -> Vec<_> { (1..=12).map(|month| days_in_month(year, month)).collect() };
        for (year, february) in [(2023, 28), (2024, 29), (1900, 28), (2000, 29)] {
            assert_eq!(
                lengths(year),
                [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            );
        }
    }

    #[test]
    fn relative_dates_go_back_by_their_unit() {
        let now = iso("2024-03-31T12:34:56.789Z");
        for (count, unit, expected) in [
            (0, Unit::Hours, "2024-03-31T12:34:56.789Z"),
            (30, Unit::Hours, "2024-03-30T06:34:56.789Z"),
            (31, Unit::Days, "2024-02-29T12:34:56.789Z"),
            (2, Unit::Weeks, "2024-03-17T12:34:56.789Z"),
            (3, Unit::Months, "2023-12-29T12:34:56.789Z"),
            (12, Unit::Months, "2023-03-29T12:34:56.789Z"),
            (1, Unit::Years, "2023-03-31T12:34:56.789Z"),
            (2024, Unit::Years, "0000-03-31T12:34:56.789Z"),
        ] {
            assert_eq!(before(now, count, unit), iso(expected), "{count} {unit:?}");
        }
        // Before the epoch, days begin at midnight as well.
        let old = iso("1969-07-31T20:17:40Z");
        assert_eq!(before(old, 1, Unit::Months), iso("1969-06-30T20:17:40Z"));
        assert_eq!(before(old, 5, Unit::Months), iso("1969-02-28T20:17:40Z"));
        // A leap day stays one where no year goes back.
        let leap = iso("2024-02-29T10:00:00Z");
        assert_eq!(before(leap, 0, Unit::Years), leap);
        assert_eq!(before(leap, 4, Unit::Years), iso("2020-02-28T10:00:00Z"));
        assert_eq!(before(iso("2024-03-29"), 1, Unit::Years), iso("2023-03-29"));
        assert_eq!(before(iso("2024-02-28"), 1, Unit::Years), iso("2023-02-28"));
        assert!(before(f64::NAN, 1, Unit::Days).is_nan());
    }

    #[test]
    fn relative_dates_are_a_count_and_one_of_five_units() {
        for (text, count) in [
            ("5h", 5),
            ("-6d", 6),
            ("7w", 7),
            ("-8m", 8),
            ("9y", 9),
            ("0d", 0),
            ("000h", 0),
            ("9999d", 9999),
        ] {
            let (parsed, unit) = parse_relative(text).unwrap();
            assert_eq!(parsed, count, "{text}");
            let letter = text.chars().last().unwrap();
            let name = format!("{unit:?}").to_lowercase();
            assert!(name.starts_with(letter), "{text} {name}");
        }
        for text in [
            "10000h",
            "99999999999h",
            "h",
            "1.5d",
            "+1d",
            "1d ",
            "\u{967}d",
        ] {
            assert!(parse_relative(text).is_none(), "{text}");
        }
        // What has the text of a relative date is one.
        assert_eq!(
            check("is_date_after", "[\"-7d\"]", Value::Text("2024-03-25")),
            Ok(true)
        );
    }

    #[test]
    fn each_part_of_an_iso_date_counts() {
        let midnight = iso("2024-03-31");
        for (text, minutes, ms) in [
            ("2024-03-31T00:00Z", 0, 0),
            ("2024-03-31T00:01:00Z", 1, 0),
            ("2024-03-31T23:59:59.999Z", 1439, 59_999),
            ("2024-03-31T01:02:03Z", 62, 3000),
            ("2024-03-31T01:02:03.4Z", 62, 3400),
            ("2024-03-31T01:02:03.45Z", 62, 3450),
            ("2024-03-31T01:02:03.456Z", 62, 3456),
            ("2024-03-31T01:02:03.456789012Z", 62, 3456),
            ("2024-03-31T01:02+00:00", 62, 0),
            ("2024-03-31T01:02-23:59", 62 + 1439, 0),
            ("2024-03-31T01:02:03+05:45", 62 - 345, 3000),
            ("2024-03-31T01:02:03.456-00:01", 63, 3456),
        ] {
            let expected = midnight + f64::from(minutes * 60_000 + ms);
            assert_eq!(parse_iso(text), Some(expected), "{text}");
        }
        assert_eq!(iso("0000-01-01"), -62_167_219_200_000.0);
        assert_eq!(iso("2024-12-31") - iso("2024-01-01"), 365.0 * MS_PER_DAY);
        assert_eq!(iso("2023-12-31") - iso("2023-01-01"), 364.0 * MS_PER_DAY);
    }

    #[test]
    fn what_is_not_quite_an_iso_date_is_left_to_javascript() {
        for text in [
            "",
            "2024",
            "2024-03",
            "202x-03-31",
            "2024/03-31",
            "2024-03/31",
            "2024-00-31",
            "2024-13-31",
            "2024-03-00",
            "2024-03-32",
            "2024-04-31",
            "2023-02-29",
            "2024-03-31 12:00:00Z",
            "2024-03-31T",
            "2024-03-31T12",
            "2024-03-31T1200Z",
            "2024-03-31T24:00Z",
            "2024-03-31T12:60Z",
            "2024-03-31T12:00",
            "2024-03-31T12:00:60Z",
            "2024-03-31T12:00:00,5Z",
            "2024-03-31T12:00:00.Z",
            "2024-03-31T12:00:00.1234567890Z",
            "2024-03-31T12:00:00z",
            "2024-03-31T12:00:00Zx",
            "2024-03-31T12:00:00 +00:00",
            "2024-03-31T12:00:00+24:00",
            "2024-03-31T12:00:00+00:60",
            "2024-03-31T12:00:00+0000",
            "2024-03-31T12:00:00+00-00",
            "2024-03-31T12:00:00+00:000",
            "2024-03-31T12:00:00*00:00",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_neither_before_nor_after_itself() {
        for operator in ["is_date_before", "is_date_after"] {
            for value in ["2024-03-31T12:00:00Z", "2024-03-31T14:00:00+02:00"] {
                let filter = "\"2024-03-31T12:00:00.000Z\"";
                assert_eq!(check(operator, filter, Value::Text(value)), Ok(false));
                assert_eq!(check(operator, "\"0d\"", Value::Text(value)), Ok(false));
            }
        }
    }

    #[test]
    fn numbers_are_times_as_far_as_a_date_can_hold_them() {
        let filter = "8640000000000000";
        assert_eq!(
            check("is_date_before", filter, Value::Number(-8.64e15)),
            Ok(true)
        );
        assert_eq!(
            check("is_date_before", filter, Value::Number(8.64e15)),
            Ok(false)
        );
        for number in [8.64e15 + 1.0, -8.64e15 - 1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(
                check("is_date_before", filter, Value::Number(number)),
                Err(Fallback::MISSING_CONTEXT)
            );
        }
        // Fractions of a millisecond are cut off.
        assert_eq!(check("is_date_after", "5", Value::Number(5.9)), Ok(false));
        assert_eq!(check("is_date_after", "5", Value::Number(6.0)), Ok(true));
        assert_eq!(
            check("is_date_after", "8640000000000001", Value::Number(5.0)),
            Err(Fallback::UNSUPPORTED)
        );
    }

    #[test]
    fn date_objects_count_by_their_time_and_other_objects_not_at_all() {
        let test =
            |exotic: Exotic| check("is_date_after", "\"2024-03-31\"", Value::Exotic(&exotic));
        let date = |date| exotic(|exotic| exotic.date = date);
        assert_eq!(test(date(Ok(Some(HOST.now_ms)))), Ok(true));
        assert_eq!(test(date(Ok(Some(0.0)))), Ok(false));
        assert_eq!(test(date(Ok(Some(f64::NAN)))), Ok(false));
        assert_eq!(test(date(Ok(None))), Err(Fallback::MISSING_CONTEXT));
        assert_eq!(
            test(date(Err("no time".into()))),
            Err(Fallback::thrown("no time"))
        );
        // posthog-node writes what is no date into its message.
        let no_text = exotic(|exotic| exotic.template = Err("no text".into()));
        assert_eq!(test(no_text), Err(Fallback::thrown("no text")));
    }
}
