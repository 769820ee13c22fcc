//! What a poller asks for, and with which limits.

use std::fmt;
use std::time::Duration;

use crate::compile::Semantics;
use crate::transport::{DefinitionsRequest, TransportError};

/// Where and how definitions are requested. Its `Debug` shows no credentials.
#[derive(Clone)]
pub struct PollerConfig {
    /// PostHog's address without a trailing slash.
    pub host: String,
    /// The project token.
    pub project_api_key: String,
    /// The secret key.
    pub secret_key: Option<String>,
    /// Headers of the client, sent before our own.
    pub custom_headers: Vec<(String, String)>,
    /// The limit on a request, its body included.
    pub request_timeout: Option<Duration>,
    /// The limit on each call of the provider.
    pub provider_timeout: Duration,
    /// The largest document that is taken from a response or from the provider, in bytes after decompression.
    pub max_document_bytes: usize,
    /// Keeps only flags of these contexts; empty keeps all.
    pub evaluation_contexts: Vec<String>,
    /// Whose decisions the answers are.
    pub semantics: Semantics,
}

impl fmt::Debug for PollerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollerConfig")
            .field("request_timeout", &self.request_timeout)
            .field("provider_timeout", &self.provider_timeout)
            .finish_non_exhaustive()
    }
}

impl PollerConfig {
    /// The error of a user's `fetch` may quote what it was called with.
    pub(super) fn redact(&self, error: TransportError) -> TransportError {
        let (TransportError::Failed(mut text) | TransportError::Unreadable(mut text)) = error
        else {
            return error;
        };
        let key = self.secret_key.as_deref().unwrap_or_default();
        for secret in [key, &self.project_api_key, &self.host] {
            if !secret.is_empty() {
                text = text.replace(secret, "[redacted]");
            }
        }
        TransportError::Failed(text)
    }

    /// The request for definitions.
    pub fn request(&self, if_none_match: Option<String>) -> DefinitionsRequest {
        let mut headers = self.custom_headers.clone();
        headers.push(("Content-Type".into(), "application/json".into()));
        let key = self.secret_key.as_deref().unwrap_or_default();
        headers.push(("Authorization".into(), format!("Bearer {key}")));
        headers.extend(if_none_match.map(|etag| ("If-None-Match".into(), etag)));
        DefinitionsRequest {
            url: format!(
                "{}/flags/definitions?token={}&send_cohorts",
                self.host, self.project_api_key
            ),
            headers,
            timeout: self.request_timeout,
            max_body_bytes: self.max_document_bytes,
        }
    }
}
