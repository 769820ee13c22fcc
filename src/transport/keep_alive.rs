//! How long servers keep idle connections open, as they say in `Keep-Alive: timeout=5`.
//!
//! A request that goes out while the server closes the connection fails, and with it a batch of events whose retries are used up.
//! So a connection is not used any more a while before its time is over. Node's `fetch` does the same.

use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::HeaderMap;
use reqwest::{Response, Url, Version};

/// Idle connections are kept as long as Node's `fetch` keeps them where the server says nothing: longer ones race with the
/// server closing them.
pub const LONGEST: Duration = Duration::from_secs(4);

/// For so long before the server closes a connection it is not used any more.
const MARGIN: Duration = Duration::from_secs(1);

/// So many servers are remembered.
const MOST_SERVERS: usize = 100;

/// The servers that keep connections for less than [`LONGEST`].
static SERVERS: Mutex<Vec<(String, Duration)>> = Mutex::new(Vec::new());

/// How long an idle connection to this server may be used.
pub fn idle_time(url: &Url) -> Duration {
    let servers = SERVERS.lock();
    if servers.is_empty() {
        return LONGEST;
    }
    let name = url.origin().ascii_serialization();
    let known = servers.iter().find(|(other, _)| *other == name);
    known.map_or(LONGEST, |(_, idle)| *idle)
}

/// Takes note of what a server says of its connections.
pub fn note(response: &Response) {
    // A connection of HTTP/2 is closed in another way.
    if response.version() > Version::HTTP_11 {
        return;
    }
    let idle = promised(response.headers()).map_or(LONGEST, |time| time.saturating_sub(MARGIN));
    let mut servers = SERVERS.lock();
    if idle >= LONGEST && servers.is_empty() {
        return;
    }
    let name = response.url().origin().ascii_serialization();
    servers.retain(|(other, _)| *other != name);
    if idle < LONGEST {
        if servers.len() >= MOST_SERVERS {
            servers.remove(0);
        }
        servers.push((name, idle));
    }
}

fn promised(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all("keep-alive").iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.find_map(|word| {
        let (name, seconds) = word.split_once('=')?;
        let seconds = seconds.trim().parse().ok()?;
        name.trim()
            .eq_ignore_ascii_case("timeout")
            .then(|| Duration::from_secs(seconds))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_among_what_servers_say() {
        let promised = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("keep-alive", text.parse().unwrap());
            promised(&headers).map(|time| time.as_secs())
        };
        assert_eq!(promised("timeout=5"), Some(5));
        assert_eq!(promised("max=100, Timeout = 2"), Some(2));
        for nothing in [
            "",
            "max=100",
            "timeout",
            "timeout=",
            "timeout=-1",
            "timeout=soon",
        ] {
            assert_eq!(promised(nothing), None, "{nothing}");
        }
        assert_eq!(promised("timeout=18446744073709551615"), Some(u64::MAX));
    }
}
