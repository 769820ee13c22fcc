//! The `Retry-After` header.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A server that asks for more is asked again after this time: a mistake there must not silence a client for a day.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// How long to wait from `now` on, at most 5 minutes; `None` if the header says nothing that is known. It holds either
/// seconds or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn parse_retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(header.parse().unwrap_or(u64::MAX))
    } else {
        let moment = UNIX_EPOCH + Duration::from_secs(parse_http_date(header)?);
        moment.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Seconds since 1970.
fn parse_http_date(text: &str) -> Option<u64> {
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day: u64 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = parts.next()?.parse().ok()?;
    let mut clock = parts.next()?.split(':').map(str::parse::<u64>);
    // What no clock shows would overflow below.
    let mut unit = || clock.next()?.ok().filter(|unit| *unit < 100);
    let seconds = unit()? * 3600 + unit()? * 60 + unit()?;
    if parts.next() != Some("GMT")
        || !(1970..10_000).contains(&year)
        || !(1..=31).contains(&day)
        || seconds > 90_000
    {
        return None;
    }
    // Years that begin in March, so that a leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    days.checked_sub(719_469)
        .map(|days| days * 86_400 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(header: &str) -> Option<u64> {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        parse_retry_after(header, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        assert_eq!(wait("0"), Some(0));
        assert_eq!(wait(" 120 "), Some(120));
        assert_eq!(wait("86400"), Some(300));
        assert_eq!(wait("99999999999999999999999"), Some(300));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:00 GMT"),
            Some(0),
            "in the past"
        );
        assert_eq!(wait("Tue, 29 Feb 2028 00:00:00 GMT"), Some(300));
        assert_eq!(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(
            parse_http_date("Tue, 29 Feb 2028 12:00:00 GMT"),
            Some(1_835_438_400)
        );
    }

    #[test]
    fn anything_else_says_nothing() {
        for header in [
            "",
            "-1",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "a, b c d e f",
            "Sun, 06 Nov 1994 5124095576030432:00:00 GMT",
            "Sun, 06 Nov 18446744073709551615 08:49:37 GMT",
        ] {
            assert_eq!(wait(header), None, "{header}");
        }
    }
}
