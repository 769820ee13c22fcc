//! One flag definition. Nobody but JavaScript looks into its payloads, so that they may nest as deeply as they like.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::deep;
use crate::json::{Fields, Json, JsonVisitor};
use crate::text;

/// Where the payloads are.
const PAYLOADS: [&str; 2] = ["filters", "payloads"];

/// A flag definition as stored.
#[derive(Debug)]
pub struct Definition<'d> {
    /// All but the payloads.
    pub fields: Json,
    /// The payloads of the flag's values, as JSON text.
    pub payloads: Option<Cow<'d, str>>,
}

impl<'d> Definition<'d> {
    /// Reads JSON text. `None` if it nests too deeply.
    pub fn read(text: &'d str) -> Result<Option<Self>, serde_json::Error> {
        let mut raw = None;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let part = Part {
            path: &PAYLOADS,
            found: &mut raw,
        };
        let Some(fields) = deep::unless_too_deep(part.deserialize(&mut deserializer))? else {
            return Ok(None);
        };
        let payloads = match raw.map(payloads_of).transpose()? {
            None => None,
            Some(Some(payloads)) => Some(payloads),
            Some(None) => return Ok(None),
        };
        Ok(Some(Self { fields, payloads }))
    }

    /// Whether posthog-node looks into the payloads.
    pub fn has_payloads(&self) -> bool {
        let payloads = self.payloads.as_deref();
        payloads.is_some_and(|text| !matches!(text, "null" | "false" | "0" | "-0" | "\"\""))
    }
}

/// Payloads as JSON text. `None` if they cannot be written.
fn payloads_of(text: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    if let Some(payloads) = deep::read::<Json>(text)? {
        let mut out = String::new();
        payloads.write(&mut out);
        return Ok(Some(Cow::Owned(out)));
    }
    // What nests too deeply to be read may go to JavaScript as it is, unless `json::repair` has written something into it.
    let is_repaired = text.contains('\u{fdd0}') || text::has_lone_surrogate(text);
    Ok((!is_repaired).then_some(Cow::Borrowed(text)))
}

/// Reads a value without the field at the end of the path, whose text it finds.
struct Part<'p, 'd> {
    path: &'static [&'static str],
    found: &'p mut Option<&'d str>,
}

impl<'d> DeserializeSeed<'d> for Part<'_, 'd> {
    type Value = Json;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Json, D::Error> {
        // Of fields that come twice the last one counts.
        *self.found = None;
        deserializer.deserialize_any(self)
    }
}

impl<'d> Visitor<'d> for Part<'_, 'd> {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        JsonVisitor.expecting(formatter)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Json, E> {
        JsonVisitor.visit_unit()
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Json, E> {
        JsonVisitor.visit_bool(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Json, E> {
        JsonVisitor.visit_i64(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        JsonVisitor.visit_u64(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        JsonVisitor.visit_f64(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Json, E> {
        JsonVisitor.visit_str(value)
    }

    fn visit_seq<A: SeqAccess<'d>>(self, access: A) -> Result<Json, A::Error> {
        JsonVisitor.visit_seq(access)
    }

    fn visit_map<A: MapAccess<'d>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = access.next_key::<Box<str>>()? {
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

    fn read(text: &str) -> (String, Option<String>) {
        let definition = Definition::read(text).unwrap().unwrap();
        let mut fields = String::new();
        definition.fields.write(&mut fields);
        (fields, definition.payloads.map(Cow::into_owned))
    }

    #[test]
    fn payloads_are_found_wherever_they_are_the_payloads_of_the_flag() {
        for (text, fields, payloads) in [
            (
                r#"{"key":"a","filters":{"groups":[],"payloads":{"true": [-0, 1 ]},"x":1}}"#,
                r#"{"key":"a","filters":{"groups":[],"x":1}}"#,
                Some(r#"{"true":[-0,1]}"#),
            ),
            (
                r#"{"payloads":{"a":1},"filters":{"groups":[{"payloads":2}]}}"#,
                r#"{"payloads":{"a":1},"filters":{"groups":[{"payloads":2}]}}"#,
                None,
            ),
            // Fields that come twice.
            (
                r#"{"filters":{"payloads":{"a":1},"payloads":"b"}}"#,
                r#"{"filters":{}}"#,
                Some(r#""b""#),
            ),
            (
                r#"{"filters":{"payloads":{"a":1}},"filters":{"b":1}}"#,
                r#"{"filters":{"b":1}}"#,
                None,
            ),
            (
                r#"{"filters":{"payloads":{"a":1}},"filters":[{"payloads":1}]}"#,
                r#"{"filters":[{"payloads":1}]}"#,
                None,
            ),
            // No objects.
            (r#"["filters"]"#, r#"["filters"]"#, None),
            ("5", "5", None),
            ("null", "null", None),
            (r#"{"filters":null}"#, r#"{"filters":null}"#, None),
        ] {
            let expected = (fields.to_owned(), payloads.map(str::to_owned));
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_was_repaired_in_payloads_is_written_as_json_again() {
        let text =
            "{\"filters\":{\"payloads\":{\"a\":\"\u{fdd0}-Infinity\",\"b\":\"\u{10f800}\"}}}";
        let payloads = r#"{"a":-1e400,"b":"\ud800"}"#;
        assert_eq!(read(text).1.as_deref(), Some(payloads));
    }

    #[test]
    fn payloads_nest_as_deeply_as_they_like() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let (_, payloads) = read(&format!(r#"{{"filters":{{"payloads":{deep}}}}}"#));
        assert_eq!(payloads.as_deref(), Some(&*deep));
        let elsewhere = format!(r#"{{"filters":{{"groups":{deep}}}}}"#);
        assert!(Definition::read(&elsewhere).unwrap().is_none());
    }

    #[test]
    fn payloads_that_are_falsy_are_none() {
        let has_payloads = |payloads: &str| {
            let text = format!(r#"{{"filters":{{"payloads":{payloads}}}}}"#);
            Definition::read(&text).unwrap().unwrap().has_payloads()
        };
        for truthy in ["{}", "[]", "true", "5", "\"x\"", "-1", "\"0\""] {
            assert!(has_payloads(truthy), "{truthy}");
        }
        for falsy in ["null", "false", "0", "-0", "0.0", "\"\""] {
            assert!(!has_payloads(falsy), "{falsy}");
        }
    }
}
