//! One flag definition. Only JavaScript looks into its payloads, so they may nest more deeply than other parts.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::deep;
use crate::js;
use crate::js::json::{Fields, Json, JsonVisitor, Key, PlainReader};
use crate::js::text;

/// Where the payloads are.
const PAYLOADS: [&str; 2] = ["filters", "payloads"];

/// A flag definition as stored.
#[derive(Debug)]
pub struct Definition<'d> {
    /// Its fields.
    pub fields: Json<'d>,
    /// Payloads that nest too deeply to be among the fields, as JSON text.
    pub deep_payloads: Option<&'d str>,
}

impl<'d> Definition<'d> {
    /// Reads JSON text. `None` if anything but the payloads nests too deeply.
    pub fn read(
        text: &'d str,
        reader: &mut PlainReader<'d>,
    ) -> Result<Option<Self>, serde_json::Error> {
        let plain = reader.read(text);
        if let Some(fields) = plain.map_or_else(|| deep::read(text), |fields| Ok(Some(fields)))? {
            return Ok(Some(Self {
                fields,
                deep_payloads: None,
            }));
        }
        let mut deep_payloads = None;
        let part = Part {
            path: &PAYLOADS,
            found: &mut deep_payloads,
        };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let fields = deep::unless_too_deep(part.deserialize(&mut deserializer))?;
        // JavaScript must not see what `json::repair` has written.
        let is_repaired = |text: &str| text.contains('\u{fdd0}') || text::has_lone_surrogate(text);
        Ok(match (fields, deep_payloads) {
            (None, _) => None,
            (Some(_), Some(payloads)) if is_repaired(payloads) => None,
            (Some(fields), deep_payloads) => Some(Self {
                fields,
                deep_payloads,
            }),
        })
    }

    /// Whether posthog-node looks into the payloads.
    pub fn has_payloads(&self) -> bool {
        let filters = self.fields.get("filters");
        let payloads = filters.and_then(|filters| filters.get("payloads"));
        self.deep_payloads.is_some() || js::truthy(payloads)
    }
}

/// Reads a value without the field at the end of the path, whose text it finds.
struct Part<'p, 'd> {
    path: &'static [&'static str],
    found: &'p mut Option<&'d str>,
}

impl<'d> DeserializeSeed<'d> for Part<'_, 'd> {
    type Value = Json<'d>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Json<'d>, D::Error> {
        // What was found in a field of the same name does not count.
        *self.found = None;
        deserializer.deserialize_any(self)
    }
}

impl<'d> Visitor<'d> for Part<'_, 'd> {
    type Value = Json<'d>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        JsonVisitor.expecting(formatter)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Json<'d>, E> {
        JsonVisitor.visit_unit()
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Json<'d>, E> {
        JsonVisitor.visit_bool(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Json<'d>, E> {
        JsonVisitor.visit_i64(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json<'d>, E> {
        JsonVisitor.visit_u64(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json<'d>, E> {
        JsonVisitor.visit_f64(value)
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'d str) -> Result<Json<'d>, E> {
        JsonVisitor.visit_borrowed_str(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Json<'d>, E> {
        JsonVisitor.visit_str(value)
    }

    fn visit_seq<A: SeqAccess<'d>>(self, access: A) -> Result<Json<'d>, A::Error> {
        JsonVisitor.visit_seq(access)
    }

    fn visit_map<A: MapAccess<'d>>(self, mut access: A) -> Result<Json<'d>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Key(key)) = access.next_key()? {
            match self.path {
                [name] if **name == *key => {
                    *self.found = Some(access.next_value::<&'d RawValue>()?.get());
                }
                [name, path @ ..] if **name == *key => {
                    let found = &mut *self.found;
                    fields.insert(key, access.next_value_seed(Part { path, found })?);
                }
                _ => fields.insert(key, access.next_value()?),
            }
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        "[".repeat(depth) + &"]".repeat(depth)
    }

    /// The fields and the payloads that are not among them.
    fn read(text: &str) -> Option<(String, Option<String>)> {
        let definition = Definition::read(text, &mut PlainReader::default()).unwrap()?;
        let mut fields = String::new();
        definition.fields.write(&mut fields);
        Some((fields, definition.deep_payloads.map(str::to_owned)))
    }

    #[test]
    fn ordinary_payloads_are_fields_like_others() {
        for text in [
            r#"{"key":"a","filters":{"payloads":{"true":[1]},"x":1}}"#,
            r#"["filters"]"#,
            "5",
            "null",
        ] {
            assert_eq!(read(text), Some((text.to_owned(), None)), "{text}");
        }
    }

    #[test]
    fn payloads_that_nest_deeply_are_found_wherever_they_are_the_payloads_of_the_flag() {
        for depth in [126, 1000, 100_000] {
            let deep = nested(depth);
            for (text, fields) in [
                (
                    format!(r#"{{"key":"a","filters":{{"payloads":{{"a": {deep}}},"x":1}}}}"#),
                    r#"{"key":"a","filters":{"x":1}}"#,
                ),
                // Of fields that come twice the last one counts.
                (
                    format!(r#"{{"filters":{{"payloads":5,"payloads":{{"a": {deep}}}}}}}"#),
                    r#"{"filters":{}}"#,
                ),
                (
                    format!(r#"{{"filters":[1],"filters":{{"payloads":{{"a": {deep}}}}}}}"#),
                    r#"{"filters":{}}"#,
                ),
            ] {
                let payloads = format!(r#"{{"a": {deep}}}"#);
                assert_eq!(read(&text), Some((fields.to_owned(), Some(payloads))));
                let definition = Definition::read(&text, &mut PlainReader::default());
                assert!(definition.unwrap().unwrap().has_payloads());
            }
            let replaced = format!(r#"{{"filters":{{"payloads":{deep}}},"filters":{{"b":1}}}}"#);
            let fields = r#"{"filters":{"b":1}}"#.to_owned();
            assert_eq!(read(&replaced), Some((fields, None)));
        }
    }

    #[test]
    fn nothing_else_may_nest_so_deeply() {
        let deep = nested(1000);
        for text in [
            format!(r#"{{"payloads":{deep}}}"#),
            format!(r#"{{"filters":{{"groups":{deep},"payloads":{deep}}}}}"#),
            format!(r#"{{"filters":{{"groups":[{{"payloads":{deep}}}]}}}}"#),
            format!(r#"{{"filters":[{{"payloads":{deep}}}]}}"#),
            deep.clone(),
        ] {
            assert_eq!(read(&text), None);
        }
    }

    #[test]
    fn what_was_repaired_is_not_handed_on_as_text() {
        for repaired in ["\u{fdd0}-Infinity", "\u{10f800}"] {
            let deep = nested(1000);
            let text = format!(r#"{{"filters":{{"payloads":["{repaired}",{deep}]}}}}"#);
            assert_eq!(read(&text), None);
        }
    }
}
