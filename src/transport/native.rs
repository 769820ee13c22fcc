//! Requests without JavaScript.

use std::fmt;
use std::time::SystemTime;

use reqwest::header::{self, ETAG, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::client::{client, failure};
use super::{DefinitionsRequest, DefinitionsResponse, DefinitionsTransport, TransportError};
use crate::retry_after::parse_retry_after;

/// Requests over reqwest and rustls, with the trust roots of the operating system and of `NODE_EXTRA_CA_CERTS`. Its
/// `Debug` does not show the proxy, whose address may carry a password.
#[derive(Clone, Default)]
pub struct ReqwestTransport {
    /// The address of the proxy that all requests go through.
    pub proxy: Option<String>,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

impl DefinitionsTransport for ReqwestTransport {
    async fn fetch(
        &self,
        request: DefinitionsRequest,
    ) -> Result<DefinitionsResponse, TransportError> {
        let mut builder = client(self.proxy.as_deref())?
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
    client(None).is_ok()
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

#[cfg(test)]
#[path = "native_tests.rs"]
mod tests;
