//! Requests without JavaScript.

use std::fmt;
use std::time::SystemTime;

use reqwest::header::{self, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Response, Url};

use super::body::{ACCEPT_ENCODING, Body};
use super::client::client;
use super::failure::failure;
use super::request::{
    DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError,
};
use super::retry_after::parse_retry_after;
use super::strictness::check;
use super::trust::Trust;

/// Redirects followed, as many as `fetch` does.
const MAX_REDIRECTS: usize = 20;

/// A request with more headers than this is left to `fetch`: a `HeaderMap` panics beyond some 24,000.
const MAX_HEADERS: usize = 16_000;

/// What `fetch` takes out of a request that is redirected to another origin.
const SECRET_HEADERS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::HOST,
];

/// Requests over reqwest and rustls. Its `Debug` does not show the proxy, whose address may carry a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReqwestTransport {
    /// The address of the proxy that all requests go through.
    pub proxy: Option<String>,
    /// Whom it trusts.
    pub trust: Trust,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

impl ReqwestTransport {
    /// Whether it can work on this machine, which takes authorities to trust. Finding out reads their files.
    pub fn is_available(&self) -> bool {
        client(None, &self.trust).is_ok()
    }

    async fn exchange(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        let client = client(self.proxy.as_deref(), &self.trust)?;
        let mut url = parse_host(&request.url)?;
        let mut headers = with_defaults(header_map(&request.headers)?);
        for _ in 0..=MAX_REDIRECTS {
            let exchange = client.get(url.clone()).headers(headers.clone()).send();
            let response = exchange.await.map_err(failure)?;
            check(&response).map_err(|cause| TransportError::Unreadable(cause.into()))?;
            let Some(target) = redirect(&response)? else {
                return read(response, request.max_body_bytes).await;
            };
            if target.origin() != url.origin() {
                for name in &SECRET_HEADERS {
                    headers.remove(name);
                }
            }
            url = target;
        }
        Err(TransportError::Failed(format!(
            "the request was redirected more than {MAX_REDIRECTS} times"
        )))
    }
}

impl DefinitionsTransport for ReqwestTransport {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        match request.timeout {
            None => self.exchange(request).await,
            Some(limit) => tokio::time::timeout(limit, self.exchange(request))
                .await
                .unwrap_or(Err(TransportError::Timeout)),
        }
    }
}

/// As `fetch` does, refuses an address with a password, which would be sent to the server.
fn parse_host(url: &str) -> Result<Url, TransportError> {
    let url = Url::parse(url)
        .map_err(|error| TransportError::Failed(format!("the host is no address: {error}")))?;
    if !is_http(&url) {
        // `fetch` knows others, such as `data`.
        return Err(TransportError::Unreadable(format!(
            "the host has the protocol {:?}, expected http or https",
            url.scheme()
        )));
    }
    if has_credentials(&url) {
        return Err(TransportError::Failed(
            "the host includes a user name or a password, which fetch does not send".into(),
        ));
    }
    Ok(url)
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Where the response sends the request, if it does.
fn redirect(response: &Response) -> Result<Option<Url>, TransportError> {
    let location = response.headers().get(header::LOCATION);
    let (301 | 302 | 303 | 307 | 308, Some(location)) = (response.status().as_u16(), location)
    else {
        return Ok(None);
    };
    let target = std::str::from_utf8(location.as_bytes())
        .ok()
        .and_then(|location| response.url().join(location).ok())
        .filter(|target| is_http(target) && !has_credentials(target));
    // What is quoted might hold the token.
    target.map(Some).ok_or_else(|| {
        TransportError::Unreadable("the request was redirected to no usable address".into())
    })
}

async fn read(mut response: Response, limit: usize) -> Result<DefinitionsResponse, TransportError> {
    let headers = response.headers();
    let etag = headers
        .get(ETAG)
        .map(latin1_text)
        .filter(|etag| !etag.is_empty());
    let retry_after = headers
        .get(RETRY_AFTER)
        .and_then(|value| parse_retry_after(value.to_str().ok()?, SystemTime::now()));
    let codings = headers.get_all(header::CONTENT_ENCODING);
    let codings: Vec<String> = codings.iter().map(latin1_text).collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    if status == 200 {
        let codings = codings.join(", ");
        // The length is that of what is sent, which may be larger than what it decodes to only by a little.
        if codings.is_empty() && response.content_length() > Some(limit as u64) {
            return Err(TransportError::BodyTooLarge(limit));
        }
        let mut decoded = Body::new(&codings, limit)?;
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            decoded.push(&chunk)?;
        }
        body = decoded.finish()?;
    }
    Ok(DefinitionsResponse {
        status,
        etag,
        retry_after,
        body,
    })
}

/// HTTP headers are Latin-1; `fetch` decodes them so, and sends them back so.
fn latin1_text(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, TransportError> {
    if headers.len() > MAX_HEADERS {
        return Err(TransportError::Unreadable(format!(
            "a request of {} headers cannot be sent, {MAX_HEADERS} is the limit",
            headers.len()
        )));
    }
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

/// What `fetch` adds: the codings it decodes, and to a conditional request that a tag of one's own is a question to the
/// server, not to a cache on the way.
fn with_defaults(mut headers: HeaderMap) -> HeaderMap {
    let is_conditional = headers.contains_key(header::IF_NONE_MATCH);
    let mut add = |name, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    add(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
    if is_conditional {
        add(header::CACHE_CONTROL, "no-cache");
        add(header::PRAGMA, "no-cache");
    }
    headers
}

fn latin1(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
