//! The `Retry-After` header.

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;

/// A server that asks for more is asked again after this time: a mistake there must not silence a client for a day.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How long to wait from `now` on, at most 5 minutes; `None` if the header says nothing that is known. It holds either
/// seconds or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`. Of several that were joined, as in `60, 120`, the first counts.
pub fn parse_retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let wait = match seconds(header) {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            let moment = parse_http_date(header).ok()?;
            moment.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_WAIT))
}

fn seconds(header: &str) -> Option<u64> {
    // A date has a comma too, but no digits before it.
    let first = header.split(',').next()?.trim_end();
    let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for the type is too long for any server.
    is_number.then(|| first.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

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
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
    }

    #[test]
    fn a_date_may_have_the_older_forms_of_http() {
        assert_eq!(wait("Sunday, 06-Nov-94 08:50:07 GMT"), Some(30));
        assert_eq!(wait("Sun Nov  6 08:50:07 1994"), Some(30));
    }

    #[test]
    fn the_first_of_joined_headers_counts() {
        assert_eq!(wait("60, 120"), Some(60));
        assert_eq!(wait("60 ,120"), Some(60));
        assert_eq!(wait("86400,1"), Some(300));
    }

    #[test]
    fn anything_else_says_nothing() {
        for header in [
            "",
            "-1",
            "1.5",
            "soon",
            "soon, 60",
            ", 60",
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
