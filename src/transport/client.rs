//! The HTTP clients of the process, and what goes wrong with them in words.

use std::error::Error;
use std::time::Duration;

use parking_lot::Mutex;

use super::TransportError;

/// Redirects followed, as many as `fetch` does.
const MAX_REDIRECTS: usize = 20;

/// Idle connections are kept as long as Node's `fetch` keeps them: longer ones race with the server closing them.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// A connection of HTTP/2 outlives a request that times out, and the next one would be sent on it too. So one on which
/// nothing comes is asked for a sign of life after the first of these times, and given up after the second.
const PING_AFTER: Duration = Duration::from_secs(2);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

type Built = Result<reqwest::Client, TransportError>;

/// The one client of the process for this proxy, or for none. All pollers share it and its connections.
pub fn client(proxy: Option<&str>) -> Built {
    static CLIENTS: Mutex<Vec<(Option<String>, Built)>> = Mutex::new(Vec::new());
    let mut clients = CLIENTS.lock();
    if let Some((_, built)) = clients.iter().find(|(other, _)| other.as_deref() == proxy) {
        return built.clone();
    }
    let built = build(proxy);
    clients.push((proxy.map(str::to_owned), built.clone()));
    built
}

fn build(proxy: Option<&str>) -> Built {
    // reqwest is built without a crypto provider of its own and panics if there is none. It fails only if one is
    // installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Alone first, which fails where the machine has no roots: the extra ones would hide that.
    let client = builder(proxy)?.build().map_err(failure)?;
    let extra = extra_certificates();
    if extra.is_empty() {
        return Ok(client);
    }
    builder(proxy)?
        .tls_certs_merge(extra)
        .build()
        .map_err(failure)
}

fn builder(proxy: Option<&str>) -> Result<reqwest::ClientBuilder, TransportError> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        // The URL carries the project token; another host must not see it.
        .referer(false)
        // What the environment says about proxies is for Node to interpret.
        .no_proxy()
        .pool_idle_timeout(POOL_IDLE)
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

/// The certificates of `NODE_EXTRA_CA_CERTS`, which Node trusts beside its own. Node warns about a file it cannot use.
fn extra_certificates() -> Vec<reqwest::Certificate> {
    std::env::var_os("NODE_EXTRA_CA_CERTS")
        .and_then(|path| std::fs::read(path).ok())
        .and_then(|pem| reqwest::Certificate::from_pem_bundle(&pem).ok())
        .unwrap_or_default()
}

/// The whole chain of causes, without the URL.
pub fn failure(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    if text.contains("UnknownIssuer") {
        text.push_str(
            " (trusted are the authorities of the operating system, or of SSL_CERT_FILE in their place, and those of \
             NODE_EXTRA_CA_CERTS)",
        );
    }
    TransportError::Failed(text)
}
