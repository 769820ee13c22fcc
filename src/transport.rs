//! How definitions are requested from PostHog.
//!
//! [`DefinitionsTransport`] is what the poller needs; [`ReqwestTransport`] is the one that needs no JavaScript.

use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use reqwest::header::{self, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::retry_after::parse_retry_after;

/// Redirects followed, as many as `fetch` does.
const MAX_REDIRECTS: usize = 20;

/// Idle connections are kept as long as Node's `fetch` keeps them: longer ones race with the server closing them.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// `GET /flags/definitions`. Its `Debug` shows neither the URL nor the headers: both carry credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct DefinitionsRequest {
    /// The whole URL, project token included.
    pub url: String,
    /// Header names and values, in the order posthog-node sets them.
    pub headers: Vec<(String, String)>,
    /// The limit on the exchange, the body included; `None` is no limit.
    pub timeout: Option<Duration>,
    /// The largest body that is read, in bytes after decompression.
    pub max_body_bytes: usize,
}

impl fmt::Debug for DefinitionsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefinitionsRequest")
            .field("timeout", &self.timeout)
            .field("max_body_bytes", &self.max_body_bytes)
            .finish_non_exhaustive()
    }
}

/// The answer to a [`DefinitionsRequest`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefinitionsResponse {
    /// The HTTP status.
    pub status: u16,
    /// The `ETag` header, if it is there and not empty.
    pub etag: Option<String>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The decoded body of a 200; empty otherwise.
    pub body: Vec<u8>,
}

/// Why no answer came. Displays without URL, token or header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportError {
    /// The answer was not complete within the request timeout.
    Timeout,
    /// The body is larger than this many bytes, the limit of the request.
    BodyTooLarge(usize),
    /// The request could not be made, or broke off.
    Failed(String),
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("the request timed out"),
            Self::BodyTooLarge(limit) => write!(
                f,
                "the response is larger than native.maxDocumentBytes, {limit} bytes"
            ),
            Self::Failed(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for TransportError {}

/// Fetches definitions.
pub trait DefinitionsTransport: Send + Sync {
    /// Makes one request. Dropping the future aborts it.
    fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> impl Future<Output = Result<DefinitionsResponse, TransportError>> + Send;
}

/// Requests over reqwest and rustls, with the trust roots of the operating system and of `NODE_EXTRA_CA_CERTS`.
#[derive(Debug, Clone, Default)]
pub struct ReqwestTransport;

impl DefinitionsTransport for ReqwestTransport {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        let mut builder = client()?
            .get(&request.url)
            .headers(with_cache_bypass(header_map(&request.headers)?));
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        let mut response = builder.send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let etag = response
            .headers()
            .get(ETAG)
            // HTTP headers are Latin-1; `fetch` decodes them so, and sends them back so.
            .map(|value| value.as_bytes().iter().copied().map(char::from).collect())
            .filter(|etag: &String| !etag.is_empty());
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| parse_retry_after(value.to_str().ok()?, SystemTime::now()));
        let limit = request.max_body_bytes;
        let mut body = Vec::new();
        if status == 200 {
            if let Some(length) = response.content_length() {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if length > limit {
                    return Err(TransportError::BodyTooLarge(limit));
                }
                body.reserve_exact(length);
            }
            while let Some(chunk) = response.chunk().await.map_err(failure)? {
                if body.len() + chunk.len() > limit {
                    return Err(TransportError::BodyTooLarge(limit));
                }
                body.extend_from_slice(&chunk);
            }
        }
        Ok(DefinitionsResponse {
            status,
            etag,
            retry_after,
            body,
        })
    }
}

/// Whether the transport can work on this machine; building it reads the operating system's trust roots.
pub fn is_available() -> bool {
    client().is_ok()
}

/// The one HTTP client of the process.
fn client() -> Result<&'static reqwest::Client, TransportError> {
    static CLIENT: OnceLock<Result<reqwest::Client, TransportError>> = OnceLock::new();
    CLIENT
        .get_or_init(|| {
            // reqwest is built without a crypto provider of its own and panics if there is none. It fails only if
            // one is installed already, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
            // Alone first, which fails where the machine has no roots: the extra ones would hide that.
            let client = builder().build().map_err(failure)?;
            let extra = extra_certificates();
            if extra.is_empty() {
                return Ok(client);
            }
            builder().tls_certs_merge(extra).build().map_err(failure)
        })
        .as_ref()
        .map_err(Clone::clone)
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        // The URL carries the project token; another host must not see it.
        .referer(false)
        // Node's `fetch` uses no proxy unless it is told to.
        .no_proxy()
        .pool_idle_timeout(POOL_IDLE)
}

/// The certificates of `NODE_EXTRA_CA_CERTS`, which Node trusts beside its own. Node warns about a file it cannot use.
fn extra_certificates() -> Vec<reqwest::Certificate> {
    std::env::var_os("NODE_EXTRA_CA_CERTS")
        .and_then(|path| std::fs::read(path).ok())
        .and_then(|pem| reqwest::Certificate::from_pem_bundle(&pem).ok())
        .unwrap_or_default()
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(latin1(value));
        let Some((name, value)) = parsed else {
            // The value may be a secret, the name is not.
            return Err(TransportError::Failed(format!(
                "the header {name:?} cannot be sent"
            )));
        };
        map.insert(name, value);
    }
    Ok(map)
}

/// What `fetch` adds to a conditional request: a tag of one's own is a question to the server, not to a cache on the way.
fn with_cache_bypass(mut headers: HeaderMap) -> HeaderMap {
    if headers.contains_key(header::IF_NONE_MATCH) {
        for name in [header::CACHE_CONTROL, header::PRAGMA] {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static("no-cache"));
        }
    }
    headers
}

fn latin1(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

fn failure(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    TransportError::Failed(text)
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
