//! What the engine asks of JavaScript itself.

/// What the engine asks of JavaScript, on rare paths.
pub trait Host {
    /// `Date.now()`, read when a relative date is evaluated.
    fn now_ms(&self) -> f64;
    /// `Date.parse(text)` for a text that is not in the ISO form read here; NaN if it is no date.
    fn parse_date(&self, text: &str) -> f64;
    /// `text.toLowerCase()` for a text whose case mapping may depend on V8's version of Unicode; `None` if JavaScript
    /// cannot be asked, because its thread is being ended.
    fn to_lower_case(&self, text: &str) -> Option<String>;
}

/// A host without JavaScript: a fixed clock, ISO dates alone and Rust's Unicode tables.
#[derive(Debug, Clone, Copy)]
pub struct FixedHost {
    /// The time, in ms since the epoch.
    pub now_ms: f64,
}

impl Host for FixedHost {
    fn now_ms(&self) -> f64 {
        self.now_ms
    }

    fn parse_date(&self, _text: &str) -> f64 {
        f64::NAN
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        Some(text.to_lowercase())
    }
}
