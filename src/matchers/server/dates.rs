//! Dates as the server reads them, in the time zone of the project. Without that zone a date is decided only where it is the
//! same from UTC-12 to UTC+14.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

use super::answer::Answer;
use super::numbers::number;
use super::zones::{Zone, is_skipped_somewhere};
use crate::js::host::Host;

/// The time of a call, and the zone of the project if it is known.
pub struct Clock<'a> {
    /// Who knows the time.
    pub host: &'a dyn Host,
    /// The zone.
    pub zone: Option<Zone>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOperator {
    /// `is_date_before`
    Before,
    /// `is_date_after`
    After,
    /// `is_date_exact`
    Exact,
}

/// A date that has been read as far as the zone and the time do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// It is no date.
    None,
    /// Only the server can read it.
    Open,
    /// An instant.
    At(DateTime<Utc>),
    /// A wall clock in the zone of the project.
    Wall(NaiveDateTime),
    /// So long before now.
    Relative(u32, char),
}

/// Instants that a date may stand for, the first and the last.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// A date operator with the filter's date.
#[derive(Debug)]
pub struct DateTest {
    operator: DateOperator,
    filter: Read,
}

impl DateTest {
    /// The test of an operator and the filter's value.
    pub fn new(operator: DateOperator, value: &Value) -> Self {
        Self {
            operator,
            filter: read_filter(value),
        }
    }

    /// Whether a property's value passes.
    pub fn matches(&self, value: &Value, clock: &Clock<'_>) -> Answer {
        let property = read_property(value);
        let both_relative = matches!(
            (property, self.filter),
            (Read::Relative(..), Read::Relative(..))
        );
        // What is no date on either side decides, whatever the other is.
        let (left, right) = match (property.resolve(clock), self.filter.resolve(clock)) {
            (Resolved::None, _) | (_, Resolved::None) => return Answer::Error,
            (Resolved::Span(left), Resolved::Span(right)) => (left, right),
            _ => return Answer::Open,
        };
        // The server reads its clock twice.
        let apart = (left.0 - right.0).abs();
        if both_relative && apart < Duration::seconds(60) {
            return Answer::Open;
        }
        let (all, none) = match self.operator {
            DateOperator::Before => (left.1 < right.0, left.0 >= right.1),
            DateOperator::After => (left.0 > right.1, left.1 <= right.0),
            DateOperator::Exact => (
                left.0 == left.1 && left == right,
                left.1 < right.0 || left.0 > right.1,
            ),
        };
        match (all, none) {
            (_, true) => Answer::No,
            (true, _) if property.may_be_skipped(clock) || self.filter.may_be_skipped(clock) => {
                Answer::Open
            }
            (true, _) => Answer::Yes,
            _ if self.same_in_every_zone(property) => match property.may_be_skipped(clock) {
                true if self.operator == DateOperator::Exact => Answer::Open,
                _ => (self.operator == DateOperator::Exact).into(),
            },
            _ => Answer::Open,
        }
    }

    /// Two wall clocks compare as they stand wherever they are read, unless they are so near that a change of the clock may
    /// lie between them.
    fn same_in_every_zone(&self, property: Read) -> bool {
        matches!((property, self.filter), (Read::Wall(a), Read::Wall(b)) if a == b)
    }
}

enum Resolved {
    None,
    Open,
    Span(Span),
}

impl Read {
    /// The instant, nothing in it if it is no date; nothing if that is not known here.
    #[cfg(test)]
    pub fn instant(self, clock: &Clock<'_>) -> Option<Option<DateTime<Utc>>> {
        match self.resolve(clock) {
            Resolved::None => Some(None),
            Resolved::Open => None,
            Resolved::Span((at, _)) => Some(Some(at)),
        }
    }

    fn resolve(self, clock: &Clock<'_>) -> Resolved {
        let exactly =
            |at: Option<DateTime<Utc>>| at.map_or(Resolved::None, |at| Resolved::Span((at, at)));
        match (self, clock.zone) {
            (Self::None, _) => Resolved::None,
            (Self::Open, _) => Resolved::Open,
            (Self::At(at), _) => Resolved::Span((at, at)),
            (Self::Wall(wall), Some(zone)) => exactly(zone.instant(wall)),
            (Self::Wall(wall), None) => around(wall.and_utc(), 14, 12),
            (Self::Relative(count, unit), Some(zone)) => {
                let Some(now) = now(clock) else {
                    return Resolved::None;
                };
                let wall = zone.wall_clock(now);
                let wall = wall.and_then(|wall| before(wall, count, unit));
                exactly(wall.and_then(|wall| zone.instant(wall)))
            }
            (Self::Relative(count, unit), None) => {
                let Some(now) = now(clock) else {
                    return Resolved::None;
                };
                let shifted = |hours: i64| {
                    let wall = now.checked_add_signed(Duration::hours(hours))?.naive_utc();
                    let wall = before(wall, count, unit)?;
                    wall.and_utc().checked_sub_signed(Duration::hours(hours))
                };
                let all: Option<Vec<_>> = (-12..=14).map(shifted).collect();
                let Some(all) = all else {
                    return Resolved::Open;
                };
                match (all.iter().min(), all.iter().max()) {
                    // The zone may have changed its offset since.
                    (Some(first), Some(last)) => {
                        Resolved::Span((*first - Duration::hours(3), *last + Duration::hours(3)))
                    }
                    _ => Resolved::Open,
                }
            }
        }
    }
}

impl Read {
    /// Whether clocks in the zone, which is not known, may never show this. Then it stands for nothing.
    fn may_be_skipped(self, clock: &Clock<'_>) -> bool {
        if clock.zone.is_some() {
            return false;
        }
        match self {
            Self::Wall(wall) => is_skipped_somewhere(wall),
            Self::Relative(count, unit) => {
                // Every zone is some quarters of an hour away from UTC.
                let quarters = -12 * 4..=14 * 4;
                let mut walls = quarters.map(|quarter| {
                    let wall = now(clock)?.checked_add_signed(Duration::minutes(15 * quarter))?;
                    before(wall.naive_utc(), count, unit)
                });
                walls.any(|wall| wall.is_none_or(is_skipped_somewhere))
            }
            Self::None | Self::Open | Self::At(_) => false,
        }
    }
}

fn around(at: DateTime<Utc>, before: i64, after: i64) -> Resolved {
    let first = at.checked_sub_signed(Duration::hours(before));
    let last = at.checked_add_signed(Duration::hours(after));
    match (first, last) {
        (Some(first), Some(last)) => Resolved::Span((first, last)),
        _ => Resolved::Open,
    }
}

fn now(clock: &Clock<'_>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(clock.host.now_ms() as i64)
}

fn before(wall: NaiveDateTime, count: u32, unit: char) -> Option<NaiveDateTime> {
    let count = i64::from(count);
    match unit {
        'h' => wall.checked_sub_signed(Duration::hours(count)),
        'd' => wall.checked_sub_signed(Duration::days(count)),
        'w' => wall.checked_sub_signed(Duration::weeks(count)),
        'm' => month_by_month(wall, count, 1),
        _ => month_by_month(wall, count, 12),
    }
}

/// So many times some months earlier. The day is cut to the last of the month at each step, until steps make no difference any
/// more: every month has 28 days, and every month but February as many in all years.
fn month_by_month(mut wall: NaiveDateTime, count: i64, months: u32) -> Option<NaiveDateTime> {
    for step in 0..count {
        if wall.day() <= 28 || months == 12 && wall.month() != 2 {
            let left = u32::try_from(count - step).ok()?.checked_mul(months)?;
            return wall.checked_sub_months(Months::new(left));
        }
        wall = wall.checked_sub_months(Months::new(months))?;
    }
    Some(wall)
}

/// Reads the date of a filter.
pub fn read_filter(value: &Value) -> Read {
    let Value::String(text) = value else {
        return Read::None;
    };
    if let Some(read) = relative(text).or_else(|| absolute(text)) {
        return read;
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number = text.parse::<i64>().ok();
        let read = match (text.len(), number) {
            (10, Some(seconds)) => DateTime::from_timestamp(seconds, 0),
            (13, Some(millis)) => DateTime::from_timestamp_millis(millis),
            (19, Some(nanos)) => Some(DateTime::from_timestamp_nanos(nanos)),
            _ => return Read::Open,
        };
        return read.map_or(Read::None, Read::At);
    }
    rest(text)
}

/// Reads a property as a date.
pub fn read_property(value: &Value) -> Read {
    if let Some(seconds) = number(value) {
        return from_seconds(seconds).map_or(Read::None, Read::At);
    }
    let Value::String(text) = value else {
        return Read::None;
    };
    relative(text)
        .or_else(|| absolute(text))
        .unwrap_or_else(|| rest(text))
}

/// Below zero the rest of a second does not count.
fn from_seconds(seconds: f64) -> Option<DateTime<Utc>> {
    if seconds.is_infinite() {
        return None;
    }
    // A rest below zero becomes 0.
    let nanos = (seconds.fract() * 1e9) as u32;
    DateTime::from_timestamp(seconds.floor() as i64, nanos)
}

fn relative(text: &str) -> Option<Read> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let unit = text.chars().last().filter(|unit| "hdwmy".contains(*unit))?;
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().ok().filter(|count| *count < 10_000)?;
    Some(Read::Relative(count, unit))
}

fn absolute(text: &str) -> Option<Read> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Read::At(at.with_timezone(&Utc)));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Read::Wall(date.and_time(NaiveTime::MIN)));
    }
    [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    .map(Read::Wall)
}

/// What the server leaves to its parser of all sorts of dates.
fn rest(text: &str) -> Read {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) && text.is_ascii() {
        return Read::None;
    }
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Read::At(at.with_timezone(&Utc));
    }
    if is_hopeless(text) {
        return Read::None;
    }
    Read::Open
}

/// Whether not even the parser of all sorts of dates reads a text.
fn is_hopeless(text: &str) -> bool {
    if !text.is_ascii() {
        return false;
    }
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return !(10..=19).contains(&text.len());
    }
    if !text.contains(['-', '/', ':', '.', ' ', ',']) {
        return true;
    }
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    // A day that the calendar does not have, or a time behind a `T` that is not written as RFC 3339 has it.
    if shape == "0000-00-00" || shape.starts_with("0000-00-00T00:00") {
        return true;
    }
    // A number with one letter, such as `1.5d`.
    let unsigned = text.trim_start_matches(['+', '-']);
    let Some(number) = unsigned.strip_suffix(|letter: char| letter.is_ascii_alphabetic()) else {
        return false;
    };
    let number = number.strip_suffix(' ').unwrap_or(number);
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
