//! JSON text as a value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::repair::repair;
use super::tree::{Fields, Json};

impl Json<'static> {
    /// Reads a document from bytes, which are decoded as `Response.json()` decodes them: as UTF-8, leniently.
    pub fn parse(document: &[u8]) -> Result<Self, serde_json::Error> {
        let text = decode(document);
        match serde_json::from_str::<Json>(&text) {
            Ok(value) => Ok(value.into_owned()),
            Err(error) => match repair(&text) {
                Some(repaired) => serde_json::from_str::<Json>(&repaired).map(Json::into_owned),
                None => Err(error),
            },
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
    // Nearly every document is UTF-8, which this finds out faster.
    std::str::from_utf8(document).map_or_else(|_| String::from_utf8_lossy(document), Cow::Borrowed)
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// Reads any JSON value.
pub struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    // Integers round to the nearest double, as JavaScript's do.
    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(text_or_number(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(text_or_number(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some((Key(key), value)) = access.next_entry()? {
            fields.insert(key, value);
        }
        Ok(Json::Object(fields))
    }
}

/// A string, or a number beyond the range of a double, as a repaired document has it.
pub(super) fn text_or_number(text: Cow<'_, str>) -> Json<'_> {
    match text.strip_prefix('\u{fdd0}') {
        Some("Infinity") => Json::Number(f64::INFINITY),
        Some("-Infinity") => Json::Number(f64::NEG_INFINITY),
        _ => Json::String(text),
    }
}

/// The key of a field, that of the document where it stands there as it is. (serde copies each text that is read as a `Cow`.)
pub struct Key<'d>(pub Cow<'d, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the key of a field")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}
