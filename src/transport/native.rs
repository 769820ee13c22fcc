//! Requests without JavaScript.

use std::fmt;
use std::time::SystemTime;

use reqwest::header::{self, ETAG, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response};

use super::body::{ACCEPT_ENCODING, Body};
use super::client::client;
use super::exchange::{Exchange, header_map, latin1_text, parse_address};
use super::failure::failure;
use super::keep_alive;
use super::request::{
    DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError,
};
use super::retry_after::parse_retry_after;
use super::trust::Trust;

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
        client(None, &self.trust, keep_alive::LONGEST).is_ok()
    }

    async fn exchange(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        let url = parse_address(&request.url)?;
        let client = client(
            self.proxy.as_deref(),
            &self.trust,
            keep_alive::idle_time(&url),
        )?;
        let exchange = Exchange {
            method: Method::GET,
            url,
            headers: with_defaults(header_map(&request.headers)?),
            body: None,
        };
        let answer = exchange
            .send(&client)
            .await
            .map_err(|failed| failed.error)?;
        read(answer.response, request.max_body_bytes).await
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
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failure(error).error)?
        {
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

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
