//! What is asked of PostHog, what it answers, and what a transport has to do.

use std::fmt;
use std::future::Future;
use std::time::Duration;

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
    /// The server is there, but this transport cannot speak with it, does not trust it or cannot read its answer. Another
    /// transport may.
    Unreadable(String),
}

impl TransportError {
    /// What is said where the machine has no memory for a document of this many bytes.
    pub fn no_memory(bytes: usize) -> Self {
        Self::Failed(format!(
            "there is not enough memory for a document of {bytes} bytes or more"
        ))
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("the request timed out"),
            Self::BodyTooLarge(limit) => write!(
                f,
                "the response is larger than native.maxDocumentBytes, {limit} bytes"
            ),
            Self::Failed(cause) | Self::Unreadable(cause) => f.write_str(cause),
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
