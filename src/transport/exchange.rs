//! One request and the head of its answer, redirects followed as `fetch` follows them.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::failure::{Failure, failure};
use super::keep_alive;
use super::request::TransportError;
use super::strictness::check;

/// Redirects followed, as many as `fetch` does.
const MAX_REDIRECTS: usize = 20;

/// A request with more headers than this is left to `fetch`: a `HeaderMap` panics beyond some 24,000.
pub const MAX_HEADERS: usize = 16_000;

/// As long does Node's `fetch` wait for the head of an answer, and for each piece of its body.
pub const LONGEST_SILENCE: Duration = Duration::from_secs(300);

/// What `fetch` takes out of a request that is redirected to another origin.
const SECRET_HEADERS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::HOST,
];

/// What `fetch` takes out of a request that loses its body by a redirect.
const BODY_HEADERS: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
];

/// A request that is ready to be sent.
pub struct Exchange {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
}

/// The head of an answer, whose body is still to be read.
pub struct Answer {
    pub response: Response,
    /// Whether the answer is another address's than the one that was asked.
    pub is_redirected: bool,
}

impl Exchange {
    /// Sends the request and follows redirects.
    ///
    /// # Errors
    /// If no answer comes, or none that Node would accept.
    pub async fn send(mut self, client: &Client) -> Result<Answer, Failure> {
        for redirects in 0..=MAX_REDIRECTS {
            let mut request = client.request(self.method.clone(), self.url.clone());
            if let Some(body) = &self.body {
                request = request.body(body.clone());
            }
            let exchange = request.headers(self.headers.clone()).send();
            let response = tokio::time::timeout(LONGEST_SILENCE, exchange)
                .await
                .map_err(|_| Failure::silence("UND_ERR_HEADERS_TIMEOUT"))?
                .map_err(failure)?;
            keep_alive::note(&response);
            check(&response).map_err(|cause| TransportError::Unreadable(cause.into()))?;
            let Some(target) = redirect(&response)? else {
                return Ok(Answer {
                    response,
                    is_redirected: redirects > 0,
                });
            };
            self.redirect_to(target, response.status());
        }
        Err(TransportError::Failed(format!(
            "the request was redirected more than {MAX_REDIRECTS} times"
        ))
        .into())
    }

    fn redirect_to(&mut self, target: Url, status: StatusCode) {
        let becomes_get = match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            StatusCode::SEE_OTHER => self.method != Method::GET && self.method != Method::HEAD,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            remove(&mut self.headers, &BODY_HEADERS);
        }
        if target.origin() != self.url.origin() {
            remove(&mut self.headers, &SECRET_HEADERS);
        }
        self.url = target;
    }
}

fn remove(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

/// As `fetch` does, refuses an address with a password, which would be sent to the server.
pub fn parse_address(url: &str) -> Result<Url, TransportError> {
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

/// HTTP headers are Latin-1; `fetch` decodes them so, and sends them back so.
pub fn latin1_text(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

/// # Errors
/// If a header cannot be sent, or there are too many.
pub fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, TransportError> {
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

fn latin1(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}
