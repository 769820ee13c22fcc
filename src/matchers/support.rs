//! Whether a filter is one that JavaScript has to be asked about.

/// Whether a filter can be used at all: posthog-node's `assertFeatureFlagFilterSupported`.
#[derive(Debug, Clone, PartialEq)]
pub enum Support {
    /// It can.
    Supported,
    /// It needs the server.
    Unsupported,
    /// It can if JavaScript reads this text as a date.
    IfDate(Box<str>),
    /// Looking throws.
    Throws(Box<str>),
}
