//! A definitions document as a whole. Its flags are still text, because they are read one at a time: the tree of a large
//! document would take ten times the memory of its text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::deep::Cohorts;
use crate::js::json::{Fields, Key};

/// The fields that are read, apart from the flags and the cohorts.
pub(super) const FIELDS: [&str; 6] = [
    "group_type_mapping",
    "groupTypeMapping",
    "property_matching_version",
    "propertyMatchingVersion",
    "minimal_flag_called_events",
    "minimalFlagCalledEvents",
];

/// The document. What is no object has no fields.
#[derive(Debug, Default)]
pub struct Root<'d> {
    /// The field `flags`.
    pub flags: Option<Flags<'d>>,
    /// The field `cohorts`.
    pub cohorts: Option<Cohorts<'d>>,
    /// The text of that field.
    pub cohorts_text: Option<&'d str>,
    /// The other fields that are read.
    pub fields: Fields<'d>,
}

/// What a document has as its flags.
#[derive(Debug)]
pub enum Flags<'d> {
    /// A list of values.
    List(Vec<FlagText<'d>>),
    /// `null`.
    Null,
    /// Something else: what, in the words of an error message.
    Other(&'static str),
}

/// One entry of the list of flags.
#[derive(Debug, Clone, Copy)]
pub struct FlagText<'d> {
    /// Its text.
    pub text: &'d str,
    /// Its key, if it is an object and the key a string that stands there as it is.
    pub key: Option<&'d str>,
}

impl<'de> Deserialize<'de> for Root<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RootVisitor)
    }
}

struct RootVisitor;

impl<'de> Visitor<'de> for RootVisitor {
    type Value = Root<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Root::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Root::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut root = Root::default();
        while let Some(Key(key)) = access.next_key()? {
            if key == "flags" {
                root.flags = Some(access.next_value()?);
            } else if key == "cohorts" {
                let text: &'de RawValue = access.next_value()?;
                root.cohorts_text = Some(text.get());
                root.cohorts = Some(Cohorts::parse(text.get()).map_err(Error::custom)?);
            } else if FIELDS.contains(&&*key) {
                root.fields.insert(key, access.next_value()?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(root)
    }
}

impl<'de> Deserialize<'de> for Flags<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagsVisitor)
    }
}

struct FlagsVisitor;

impl<'de> Visitor<'de> for FlagsVisitor {
    type Value = Flags<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Flags::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Flags::Other("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Flags::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Flags::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Flags::Other("a number"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Flags::Other("a string"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut flags = Vec::new();
        while let Some(flag) = access.next_element::<&RawValue>()? {
            flags.push(FlagText {
                text: flag.get(),
                key: None,
            });
        }
        Ok(Flags::List(flags))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Flags::Other("an object"))
    }
}
