//! The HTTP clients of the process.

use std::time::Duration;

use parking_lot::Mutex;

use super::request::TransportError;
use super::trust::Trust;

/// More than this many headers are hardly ever within the limit that there is on their length.
const MAX_HEADERS: usize = 4096;

/// As long does Node's `fetch` wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection of HTTP/2 outlives a request that times out, and the next one would be sent on it too. So one on which
/// nothing comes is asked for a sign of life after the first of these times, and given up after the second.
const PING_AFTER: Duration = Duration::from_secs(2);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

type Built = Result<reqwest::Client, TransportError>;

/// A client and what it was built from.
struct Shared {
    proxy: Option<String>,
    trust: Trust,
    idle: Duration,
    client: Built,
}

/// The one client of the process that uses this proxy, trusts these authorities and keeps connections idle for so long. All
/// pollers share it and its connections.
pub fn client(proxy: Option<&str>, trust: &Trust, idle: Duration) -> Built {
    static CLIENTS: Mutex<Vec<Shared>> = Mutex::new(Vec::new());
    let mut clients = CLIENTS.lock();
    let known = clients.iter().find(|shared| {
        shared.proxy.as_deref() == proxy && shared.trust == *trust && shared.idle == idle
    });
    if let Some(shared) = known {
        return shared.client.clone();
    }
    let client = build(proxy, trust, idle);
    clients.push(Shared {
        proxy: proxy.map(str::to_owned),
        trust: trust.clone(),
        idle,
        client: client.clone(),
    });
    client
}

fn build(proxy: Option<&str>, trust: &Trust, idle: Duration) -> Built {
    // reqwest is built without a crypto provider of its own and panics if there is none. It fails only if one is
    // installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    trust.build(builder(proxy, idle)?)
}

fn builder(proxy: Option<&str>, idle: Duration) -> Result<reqwest::ClientBuilder, TransportError> {
    let builder = reqwest::Client::builder()
        // Redirects are followed as `fetch` follows them, see the transport.
        .redirect(reqwest::redirect::Policy::none())
        // What the environment says about proxies is for Node to interpret.
        .no_proxy()
        // As Node's parser, which is lenient in these.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_max_headers(MAX_HEADERS)
        .pool_idle_timeout(idle)
        .pool_max_idle_per_host(if idle.is_zero() { 0 } else { usize::MAX })
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        // Between two requests there is no request under way.
        .http2_keep_alive_while_idle(true);
    Ok(match proxy {
        None => builder,
        Some(address) => builder.proxy(reqwest::Proxy::all(address).map_err(|_| {
            // The cause quotes the address, which may carry a password.
            TransportError::Failed(
                "the proxy that the environment names has no usable address: expected one such as \
                 http://proxy.example:3128"
                    .into(),
            )
        })?),
    })
}
