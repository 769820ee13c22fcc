//! JSON text as a value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::repair::repair;
use super::tree::{Fields, Json};

impl Json {
    /// Reads a document from bytes, which are decoded as `Response.json()` decodes them: as UTF-8, leniently.
    pub fn parse(document: &[u8]) -> Result<Json, serde_json::Error> {
        let text = decode(document);
        serde_json::from_str(&text).or_else(|error| match repair(&text) {
            Some(repaired) => serde_json::from_str(&repaired),
            None => Err(error),
        })
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
