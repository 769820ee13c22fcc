//! `JSON.parse`: a definitions document as a tree of JavaScript values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::js::text;

mod fields;
pub(crate) mod positions;

pub use fields::Fields;

/// A JSON value as JavaScript holds it: every number a double, the last of duplicate keys wins.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string; lone surrogates as in [`crate::js::text`].
    String(Box<str>),
    /// An array.
    Array(Vec<Json>),
    /// An object, in order of first appearance.
    Object(Fields),
}

impl Json {
    /// Reads a document from bytes, which are decoded as `Response.json()` decodes them: as UTF-8, leniently.
    pub fn parse(document: &[u8]) -> Result<Json, serde_json::Error> {
        let text = decode(document);
        serde_json::from_str(&text).or_else(|error| match repair(&text) {
            Some(repaired) => serde_json::from_str(&repaired),
            None => Err(error),
        })
    }

    /// The own property `key` of an object; `None` stands for JavaScript's `undefined`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// What the value is, in the words of an error message.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// Appends the value as JSON text.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            // What JavaScript's own JSON has no text for, its JSON.parse reads all the same.
            Json::Number(value) if *value == 0.0 && value.is_sign_negative() => out.push_str("-0"),
            Json::Number(value) if value.is_infinite() => {
                out.push_str(if *value > 0.0 { "1e400" } else { "-1e400" })
            }
            Json::Number(value) => out.push_str(ryu_js::Buffer::new().format(*value)),
            Json::String(value) => write_string(value, out),
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Whether a text was not read because it nests more than 127 levels, which bounds the stack. It may be JSON all the same.
pub fn is_too_deep(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("recursion limit exceeded")
}

/// The text of a document, as `Response.json()` decodes it.
pub fn decode(document: &[u8]) -> Cow<'_, str> {
    let document = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
    String::from_utf8_lossy(document)
}

/// Appends text as a JSON string, as `JSON.stringify` writes it.
pub fn write_string(value: &str, out: &mut String) {
    out.push('"');
    if value
        .bytes()
        .all(|byte| byte.is_ascii() && byte >= b' ' && !matches!(byte, b'"' | b'\\'))
    {
        out.push_str(value);
        out.push('"');
        return;
    }
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => match text::as_lone_surrogate(other) {
                Some(unit) => out.push_str(&format!("\\u{unit:04x}")),
                None => out.push(other),
            },
        }
    }
    out.push('"');
}

/// The field of a flag or a cohort that cannot be read, which says why. `lib/document/definition-text.js` writes it.
pub const UNREADABLE: &str = "\u{fdd0}unreadable";

/// How a repaired document writes a number beyond the range of a double: a string that starts with a character which
/// Unicode reserves for uses like this.
const INFINITY: &str = "\"\u{fdd0}Infinity\"";
const NEGATIVE_INFINITY: &str = "\"\u{fdd0}-Infinity\"";

/// Rewrites the two things that `JSON.parse` takes and serde_json does not: escaped lone surrogates and numbers beyond
/// the range of a double. `None` if the document holds neither.
pub fn repair(document: &str) -> Option<String> {
    let bytes = document.as_bytes();
    let mut out = String::with_capacity(document.len() + 16);
    let mut copied = 0;
    let mut at = 0;
    let mut in_string = false;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                in_string = !in_string;
                at += 1;
            }
            b'\\' if in_string => {
                let (length, replacement) = escape(document, at);
                if let Some(character) = replacement {
                    out.push_str(&document[copied..at]);
                    out.push(character);
                    copied = at + length;
                }
                at += length;
            }
            b'-' | b'0'..=b'9' if !in_string => {
                let end = at
                    + bytes[at..]
                        .iter()
                        .take_while(|byte| {
                            matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
                        })
                        .count();
                if document[at..end].parse::<f64>().is_ok_and(f64::is_infinite) {
                    out.push_str(&document[copied..at]);
                    out.push_str(if bytes[at] == b'-' {
                        NEGATIVE_INFINITY
                    } else {
                        INFINITY
                    });
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    (copied > 0).then(|| {
        out.push_str(&document[copied..]);
        out
    })
}

/// The length of the escape sequence at `at`, and what to write in its place if it is a lone surrogate.
fn escape(document: &str, at: usize) -> (usize, Option<char>) {
    let Some(unit) = unicode_escape(document, at) else {
        return (2, None);
    };
    match unit {
        0xD800..=0xDBFF => match unicode_escape(document, at + 6) {
            Some(0xDC00..=0xDFFF) => (12, None),
            _ => (6, Some(text::lone_surrogate(unit))),
        },
        0xDC00..=0xDFFF => (6, Some(text::lone_surrogate(unit))),
        _ => (6, None),
    }
}

fn unicode_escape(document: &str, at: usize) -> Option<u16> {
    let digits = document.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// Reads any JSON value.
pub struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    // Integers round to the nearest double, as JavaScript's do.
    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(match value.strip_prefix('\u{fdd0}') {
            Some("Infinity") => Json::Number(f64::INFINITY),
            Some("-Infinity") => Json::Number(f64::NEG_INFINITY),
            _ => Json::String(value.into()),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut fields = Fields::default();
        while let Some((key, value)) = access.next_entry::<Box<str>, Json>()? {
            fields.insert(key, value);
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(document: &str) -> Json {
        Json::parse(document.as_bytes()).unwrap()
    }

    #[test]
    fn the_last_of_duplicate_keys_wins_in_the_place_of_the_first() {
        let mut out = String::new();
        parse(r#"{"a":1,"b":2,"a":3}"#).write(&mut out);
        assert_eq!(out, r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn only_what_nests_too_deeply_is_told_so() {
        let error = |document: String| Json::parse(document.as_bytes()).unwrap_err();
        assert!(is_too_deep(&error("[".repeat(128) + &"]".repeat(128))));
        assert!(!is_too_deep(&error("[".repeat(100))));
        assert!(Json::parse(("[".repeat(127) + &"]".repeat(127)).as_bytes()).is_ok());
    }

    #[test]
    fn numbers_are_doubles() {
        assert_eq!(parse("9007199254740993"), Json::Number(9007199254740992.0));
        assert_eq!(parse("0.1"), Json::Number(0.1));
        assert_eq!(parse("1e400"), Json::Number(f64::INFINITY));
        assert_eq!(
            parse("[-1e400]"),
            Json::Array(vec![Json::Number(f64::NEG_INFINITY)])
        );
        assert!(matches!(parse("-0"), Json::Number(zero) if zero.is_sign_negative()));
    }

    #[test]
    fn lone_surrogates_are_kept_and_written_back() {
        let document = r#"["\ud800","x\udc00y","\ud83d\ude00","\\ud800"]"#;
        let mut out = String::new();
        parse(document).write(&mut out);
        assert_eq!(
            out,
            "[\"\\ud800\",\"x\\udc00y\",\"\u{1f600}\",\"\\\\ud800\"]"
        );
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for document in ["", "{", "[1,]", "{\"a\":1e}", "\"\\ud800", "nul"] {
            assert!(Json::parse(document.as_bytes()).is_err(), "{document}");
        }
    }
}
