//! What has to be known of all flags before the first is compiled.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::js::json::{Fields, Json, Key};

/// The fields that decide whether a flag is kept, and what it is called.
const FIELDS: [&str; 3] = ["key", "evaluation_contexts", "evaluation_tags"];

/// A flag definition with no more than these fields.
#[derive(Debug)]
pub struct Head<'d> {
    pub fields: Json<'d>,
}

impl<'de> Deserialize<'de> for Head<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HeadVisitor)
    }
}

/// Reads any value; an object's other fields and a list's items are left out.
struct HeadVisitor;

impl HeadVisitor {
    fn scalar<E: serde::de::Error>(
        value: impl serde::de::IntoDeserializer<'static, E>,
    ) -> Result<Head<'static>, E> {
        let fields = Json::deserialize(value.into_deserializer())?;
        Ok(Head {
            fields: fields.into_owned(),
        })
    }
}

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Head<'de>, E> {
        Self::scalar(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Head<'de>, E> {
        Self::scalar(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Head<'de>, E> {
        Self::scalar(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Head<'de>, E> {
        Self::scalar(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Head<'de>, E> {
        Self::scalar(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Head<'de>, E> {
        Self::scalar(value.to_owned())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Head<'de>, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Head {
            fields: Json::Array(Vec::new()),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Head<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Key(key)) = access.next_key()? {
            if FIELDS.contains(&&*key) {
                fields.insert(key, access.next_value()?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Head {
            fields: Json::Object(fields),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_the_fields_that_are_asked_for_and_the_kind_of_the_whole() {
        let head = |text: &str| {
            let mut out = String::new();
            serde_json::from_str::<Head>(text)
                .unwrap()
                .fields
                .write(&mut out);
            out
        };
        assert_eq!(
            head(r#"{"id":1,"key":"a","filters":{"key":"b"},"evaluation_tags":["x"],"key":[1]}"#),
            r#"{"key":[1],"evaluation_tags":["x"]}"#
        );
        for scalar in ["null", "false", "0", "-1", "1.5", "\"\"", "[]", "{}"] {
            assert_eq!(head(scalar), scalar);
        }
        assert_eq!(head(r#"[{"key":"a"}]"#), "[]");
    }
}
