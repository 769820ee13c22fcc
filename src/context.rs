//! What an evaluation is told: who is asked about, and the little it needs of JavaScript.

use std::borrow::Cow;

use crate::outcome::Fallback;
use crate::{js, text};

/// One value that a definition reads from the call, as JavaScript holds it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// There is no such own property.
    Missing,
    /// The property is there and `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(&'a str),
    /// A string with lone surrogates, which are stored as in [`crate::text`].
    IllFormed(&'a str),
    /// Anything else: an array, an object, a `Date`, a function, a symbol, a bigint.
    Exotic(&'a Exotic),
}

/// What the matchers may want to know of a value that is no primitive JSON value, worked out by JavaScript beforehand.
#[derive(Debug, Clone)]
pub struct Exotic {
    /// `String(x)`, or what it throws.
    pub text: Result<Box<str>, Box<str>>,
    /// `` `${x}` ``, or what it throws; differs from `text` for symbols.
    pub template: Result<Box<str>, Box<str>>,
    /// The canonical JSON text that `exact` compares.
    pub canonical: Description<Box<str>>,
    /// Whether JSON can represent the value.
    pub representable: Description<()>,
    /// Whether it is an array of nothing but true values.
    pub truthy: Result<bool, Box<str>>,
    /// The time of a `Date`, in ms since the epoch, NaN if invalid; or what reading it throws.
    pub date: Result<Option<f64>, Box<str>>,
    /// Set if what should hold the value is no object, so that even looking for the value throws.
    pub unreadable: Option<Box<str>>,
}

/// Something that can be said of an exotic value.
#[derive(Debug, Clone)]
pub enum Description<T> {
    /// It is so.
    Is(T),
    /// posthog-node leaves it to the server.
    Inconclusive,
    /// Looking throws.
    Throws(Box<str>),
}

impl<T> Description<T> {
    /// The description as the result of a match.
    pub fn as_result(&self) -> Result<&T, Fallback> {
        match self {
            Self::Is(value) => Ok(value),
            Self::Inconclusive => Err(Fallback::MISSING_CONTEXT),
            Self::Throws(message) => Err(Fallback::Thrown(message.clone())),
        }
    }
}

impl<'a> Value<'a> {
    /// `String(x)`.
    pub fn to_text(self) -> Result<Cow<'a, str>, Fallback> {
        Ok(match self {
            Self::Missing | Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(js::number_to_string(number)),
            Self::Text(text) | Self::IllFormed(text) => Cow::Borrowed(text),
            Self::Exotic(exotic) => match &exotic.text {
                Ok(text) => Cow::Borrowed(text),
                Err(message) => return Err(Fallback::Thrown(message.clone())),
            },
        })
    }

    /// `` `${x}` ``, as it is hashed: UTF-8 with lone surrogates replaced.
    #[inline]
    pub fn to_hashed_text(self) -> Result<Cow<'a, str>, Fallback> {
        match self {
            Self::Text(text) => Ok(Cow::Borrowed(text)),
            other => other.to_unusual_hashed_text(),
        }
    }

    #[cold]
    fn to_unusual_hashed_text(self) -> Result<Cow<'a, str>, Fallback> {
        match self {
            Self::IllFormed(text) => Ok(text::well_formed(text)),
            Self::Exotic(exotic) => match &exotic.template {
                Ok(text) => Ok(text::well_formed(text)),
                Err(message) => Err(Fallback::Thrown(message.clone())),
            },
            other => other.to_text(),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_text_that_javascript_gives_them() {
        for (value, text) in [
            (Value::Missing, "undefined"),
            (Value::Undefined, "undefined"),
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Number(-0.0), "0"),
            (Value::Number(1e21), "1e+21"),
            (Value::Text("é"), "é"),
        ] {
            assert_eq!(value.to_text().unwrap(), text);
            assert_eq!(value.to_hashed_text().unwrap(), text);
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_before_hashing_and_kept_elsewhere() {
        let text = text::from_utf16(&[0x61, 0xD800]);
        let value = Value::IllFormed(&text);
        assert_eq!(value.to_text().unwrap(), text);
        assert_eq!(value.to_hashed_text().unwrap(), "a\u{fffd}");
    }

    #[test]
    fn a_symbol_has_a_text_but_cannot_be_hashed() {
        let symbol = Exotic {
            text: Ok("Symbol()".into()),
            template: Err("TypeError: no".into()),
            canonical: Description::Inconclusive,
            representable: Description::Inconclusive,
            truthy: Ok(false),
            date: Ok(None),
            unreadable: None,
        };
        assert_eq!(Value::Exotic(&symbol).to_text().unwrap(), "Symbol()");
        assert_eq!(
            Value::Exotic(&symbol).to_hashed_text(),
            Err(Fallback::thrown("TypeError: no"))
        );
    }
}
