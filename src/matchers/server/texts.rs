//! Texts of values as the server writes them, and the operators that compare texts.

use std::borrow::Cow;

use serde_json::Value;

use crate::footprint::{boxed, list};
use crate::js::text::fold_ascii;

/// From here on the text of a double depends on the server's version of its JSON library.
const FIRST_UNKNOWN: f64 = 1e16;

/// The text of a value: JSON without spaces, a text as it is. `None` if it is not known here.
pub fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => (!text.contains('\u{fdd0}')).then_some(Cow::Borrowed(text.as_str())),
        value => is_certain(value).then(|| Cow::Owned(value.to_string())),
    }
}

fn is_certain(value: &Value) -> bool {
    match value {
        Value::Number(number) if number.is_i64() => true,
        Value::Number(number) => number
            .as_f64()
            .is_some_and(|number| number.abs() < FIRST_UNKNOWN),
        Value::String(text) => !text.contains('\u{fdd0}'),
        Value::Array(items) => items.iter().all(is_certain),
        Value::Object(fields) => fields.values().all(is_certain),
        Value::Null | Value::Bool(_) => true,
    }
}

/// A test of the text of a property.
#[derive(Debug)]
pub enum TextTest {
    /// One of these texts, all in lower case.
    OneOf(Box<[Box<str>]>),
    /// True, or false, as the server understands truth.
    Truth(bool),
    /// Contains one of these texts, all in ASCII lower case.
    Contains(Box<[Box<str>]>),
    /// Starts with this text.
    Starts(Box<str>),
    /// Ends with this text.
    Ends(Box<str>),
}

impl TextTest {
    /// `exact`. `None` if the text of the value is not known here; so for the others.
    pub fn exact(value: &Value, is_version_2: bool) -> Option<Self> {
        if !is_version_2 && is_boolean(value) {
            return Some(Self::Truth(truthy(value)));
        }
        match value {
            Value::Array(entries) if entries.is_empty() => Some(Self::Truth(true)),
            Value::Array(entries) => {
                let texts: Option<Vec<_>> = entries.iter().map(lower).collect();
                Some(Self::OneOf(texts?.into()))
            }
            value => Some(Self::OneOf([lower(value)?].into())),
        }
    }

    /// `icontains`.
    pub fn contains(value: &Value) -> Option<Self> {
        Some(Self::Contains([folded(value)?].into()))
    }

    /// `icontains_multi`.
    pub fn contains_any(value: &Value) -> Option<Self> {
        let Value::Array(entries) = value else {
            return Self::contains(value);
        };
        let texts: Option<Vec<_>> = entries.iter().map(folded).collect();
        Some(Self::Contains(texts?.into()))
    }

    /// `starts_with`.
    pub fn starts(value: &Value) -> Option<Self> {
        Some(Self::Starts(folded(value)?))
    }

    /// `ends_with`.
    pub fn ends(value: &Value) -> Option<Self> {
        Some(Self::Ends(folded(value)?))
    }

    /// Whether a property's value passes; `None` if its text is not known here.
    pub fn matches(&self, value: &Value) -> Option<bool> {
        if let Self::Truth(expected) = self {
            return Some(truthy(value) == *expected);
        }
        let text = text(value)?;
        Some(match self {
            Self::OneOf(texts) if text.is_ascii() => {
                texts.iter().any(|known| text.eq_ignore_ascii_case(known))
            }
            Self::OneOf(texts) => {
                let text = text.to_lowercase();
                texts.iter().any(|known| **known == *text)
            }
            Self::Contains(texts) => fold_ascii(&text, |text| {
                let mut parts = texts.iter();
                parts.any(|part| text.contains(&**part))
            }),
            Self::Starts(start) => fold_ascii(&text, |text| text.starts_with(&**start)),
            Self::Ends(end) => fold_ascii(&text, |text| text.ends_with(&**end)),
            Self::Truth(_) => false,
        })
    }
}

impl TextTest {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        match self {
            Self::OneOf(texts) | Self::Contains(texts) => list(texts, |text| boxed(&**text)),
            Self::Starts(text) | Self::Ends(text) => boxed(&**text),
            Self::Truth(_) => 0,
        }
    }
}

fn lower(value: &Value) -> Option<Box<str>> {
    Some(text(value)?.to_lowercase().into())
}

fn folded(value: &Value) -> Option<Box<str>> {
    Some(text(value)?.to_ascii_lowercase().into())
}

/// A boolean, a text that says one, or a list of nothing else.
fn is_boolean(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::String(text) => ["true", "false"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word)),
        Value::Array(entries) => entries.iter().all(is_boolean),
        _ => false,
    }
}

/// What the server takes for true.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Array(entries) => entries.iter().all(truthy),
        _ => false,
    }
}
