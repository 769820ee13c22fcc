//! Whether local evaluation can use a filter.

/// Whether a filter can be used at all: posthog-node's `assertFeatureFlagFilterSupported`.
#[derive(Debug, Clone, PartialEq)]
pub enum Support {
    /// The filter can be used.
    Supported,
    /// The filter needs the server.
    Unsupported,
    /// The filter can be used if JavaScript reads this text as a date.
    IfDate(Box<str>),
    /// posthog-node throws when it looks at the filter; the text is the message.
    Throws(Box<str>),
}
