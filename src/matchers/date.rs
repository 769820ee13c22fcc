//! `is_date_before`, `is_date_after`: instants as JavaScript's `Date` has them, and dates relative to now.

use super::support::Support;
use crate::footprint;
use crate::js;
use crate::js::host::Host;
use crate::js::json::Json;
use crate::js::value::Value;
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
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        match &self.filter {
            Filter::Foreign(text) => footprint::boxed(&**text),
            _ => 0,
        }
    }

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
                Some(Json::String(text)) => parse_iso(text)
                    .map_or_else(|| Filter::Foreign(text.as_ref().into()), Filter::Instant),
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
            known(parse_iso(text).unwrap_or_else(|| host.parse_date(text)))
        }
        // None of the forms read here is so long.
        Value::Long(text) => known(text.time()),
        Value::Number(number) => time_clip(number).ok_or(Fallback::MISSING_CONTEXT),
        Value::Exotic(exotic) => exotic.date()?.ok_or(Fallback::MISSING_CONTEXT),
        _ => Err(Fallback::MISSING_CONTEXT),
    }
}

/// A time, unless there is none.
fn known(time: f64) -> Result<f64, Fallback> {
    match time.is_nan() {
        true => Err(Fallback::MISSING_CONTEXT),
        false => Ok(time),
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
#[path = "date_tests.rs"]
mod tests;
