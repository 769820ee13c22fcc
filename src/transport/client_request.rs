//! Requests that posthog-node's client makes: batches of events, `/flags` and whatever else.

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, Version};

use super::body::{ACCEPT_ENCODING, Body};
use super::client::client;
use super::exchange::{Exchange, LONGEST_SILENCE, header_map, latin1_text, parse_address};
use super::failure::{Failure, failure};
use super::keep_alive;
use super::native::ReqwestTransport;
use super::request::TransportError;

/// A request as the client hands it to `fetch`. It has no `Debug`: all of it may be secret.
pub struct ClientRequest {
    /// `GET`, `POST` or another.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent, if anything is.
    pub body: Option<Vec<u8>>,
    /// The largest body of an answer that is read, in bytes after decompression.
    pub max_body_bytes: usize,
}

/// The head of an answer.
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// What HTTP calls the status.
    pub status_text: &'static str,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// Where the answer comes from, if the request was redirected.
    pub redirected_to: Option<String>,
}

/// The body of an answer while it is read. Dropping it closes the connection, unless all was read.
pub struct AnswerBody {
    response: Response,
    /// What decodes it; nothing once it was read.
    decoder: Option<Body>,
    /// How many bytes have come, before decompression.
    size: usize,
}

impl ReqwestTransport {
    /// Makes a request. Dropping the future aborts it.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn ask(&self, request: ClientRequest) -> Result<(Head, AnswerBody), Failure> {
        let url = parse_address(&request.url)?;
        let client = client(
            self.proxy.as_deref(),
            &self.trust,
            keep_alive::idle_time(&url),
        )
        // Node's `fetch` has authorities of its own.
        .map_err(|error| TransportError::Unreadable(error.to_string()))?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| TransportError::Failed("the method of the request is none".into()))?;
        let exchange = Exchange {
            method,
            url,
            headers: with_defaults(header_map(&request.headers)?),
            body: request.body.map(Into::into),
        };
        let answer = exchange.send(&client).await?;
        let response = answer.response;
        let head = Head {
            status: response.status().as_u16(),
            status_text: reason(&response),
            headers: texts(response.headers()),
            redirected_to: answer
                .is_redirected
                .then(|| response.url().as_str().to_owned()),
        };
        let codings = response.headers().get_all(header::CONTENT_ENCODING);
        let codings: Vec<String> = codings.iter().map(latin1_text).collect();
        let decoder = Body::new(&codings.join(", "), request.max_body_bytes)?;
        let body = AnswerBody {
            response,
            decoder: Some(decoder),
            size: 0,
        };
        Ok((head, body))
    }
}

impl AnswerBody {
    /// Reads on, and returns the whole body once its end has come; nothing if more than `most` bytes of it have come before.
    /// If the future is dropped, what has come stays.
    ///
    /// # Errors
    /// If the body breaks off, is too large or cannot be decoded.
    pub async fn read(&mut self, most: usize) -> Result<Option<Vec<u8>>, Failure> {
        while self.size <= most {
            let chunk = tokio::time::timeout(LONGEST_SILENCE, self.response.chunk())
                .await
                .map_err(|_| Failure::silence("UND_ERR_BODY_TIMEOUT"))?
                .map_err(failure)?;
            match chunk {
                Some(chunk) => {
                    self.size += chunk.len();
                    if let Some(decoder) = &mut self.decoder {
                        decoder.push(&chunk)?;
                    }
                }
                // A decoder misses its end where there is no body, as in the answer to `HEAD`.
                None if self.size == 0 => return Ok(Some(Vec::new())),
                None => {
                    let decoder = self.decoder.take();
                    return Ok(Some(decoder.map_or(Ok(Vec::new()), Body::finish)?));
                }
            }
        }
        Ok(None)
    }
}

/// HTTP/2 has no words for a status.
fn reason(response: &Response) -> &'static str {
    let is_told = response.version() < Version::HTTP_2;
    let reason = response.status().canonical_reason().filter(|_| is_told);
    reason.unwrap_or_default()
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&header::HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), latin1_text(value))
    };
    headers.iter().map(text).collect()
}

/// What Node's `fetch` adds. Servers judge by these whether a browser asks.
fn with_defaults(mut headers: HeaderMap) -> HeaderMap {
    let mut add = |name: header::HeaderName, value| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    add(header::ACCEPT_LANGUAGE, "*");
    add(header::HeaderName::from_static("sec-fetch-mode"), "cors");
    add(header::USER_AGENT, "node");
    add(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
    headers
}
