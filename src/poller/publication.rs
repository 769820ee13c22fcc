//! When a provider is given an unchanged document again.

use std::time::Duration;

/// A provider is given an unchanged document again within this time, or at each poll if polls are rarer. The lock and
/// the data of posthog-node's own example live for 60 s and 300 s. The 5 s beyond the minute are for polls that come a
/// little late: at the default interval every second one republishes.
const REPUBLISH_WITHIN: Duration = Duration::from_secs(65);

/// What the provider has of the document held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Publication {
    /// The document held came from the server, and is kept.
    kept: bool,
    /// When the provider stored it, if it did.
    stored_at: Option<Duration>,
}

impl Publication {
    /// A document came from the server.
    pub fn received(&mut self) {
        *self = Self {
            kept: true,
            stored_at: None,
        };
    }

    /// The provider was given the document, and stored it or not.
    pub fn given(&mut self, stored: bool, now: Duration) {
        self.stored_at = stored.then_some(now);
    }

    /// The document of the server is not the one held any more.
    pub fn dropped(&mut self) {
        *self = Self::default();
    }

    /// Whether the document held came from the server.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// Whether the provider is to be given the unchanged document now; the next chance comes after `interval`.
    pub fn is_due(&self, now: Duration, interval: Duration) -> bool {
        let expires = |stored_at| now.saturating_sub(stored_at) + interval > REPUBLISH_WITHIN;
        self.kept && self.stored_at.is_none_or(expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_document_is_due_about_once_a_minute_or_at_each_poll_if_polls_are_rarer() {
        let due_at = |seconds: u64, interval| {
            let mut publication = Publication::default();
            publication.received();
            publication.given(true, Duration::ZERO);
            publication.is_due(Duration::from_secs(seconds), Duration::from_secs(interval))
        };
        assert!(!due_at(30, 30));
        assert!(due_at(60, 30));
        assert!(!due_at(10, 10));
        assert!(due_at(56, 10));
        assert!(due_at(40, 40));
        assert!(due_at(300, 300));
    }
}
