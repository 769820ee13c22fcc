//! Parts of a document that nest more deeply than is read: each costs itself alone. Whether they are JSON is known by then,
//! for finding the end of a value takes no recursion.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{Fields, Json, is_too_deep};

/// Why a flag or a cohort is not read.
pub const TOO_DEEP: &str = "expected JSON that nests no more than 127 levels";

/// Reads one part. `None` if it nests too deeply.
pub fn read<'d, T: Deserialize<'d>>(text: &'d str) -> Result<Option<T>, serde_json::Error> {
    unless_too_deep(serde_json::from_str(text))
}

/// What was read. `None` if it nests too deeply.
pub fn unless_too_deep<T>(
    read: Result<T, serde_json::Error>,
) -> Result<Option<T>, serde_json::Error> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_too_deep(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The cohorts of a document, an object or a list of them; anything else is no cohorts.
#[derive(Debug)]
pub struct Cohorts {
    /// Those that are not read are null.
    pub all: Json,
    /// The ids of those.
    too_deep: Vec<Box<str>>,
}

impl Cohorts {
    /// Reads JSON text.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        match read(text)? {
            Some(all) => Ok(Self {
                all,
                too_deep: Vec::new(),
            }),
            None => serde_json::from_str(text),
        }
    }

    /// Whether this cohort is not read.
    pub fn is_too_deep(&self, id: &str) -> bool {
        self.too_deep.iter().any(|other| **other == *id)
    }

    fn read(&mut self, id: &str, text: &RawValue) -> Result<Json, serde_json::Error> {
        // Of cohorts with the same id the last one counts.
        self.too_deep.retain(|other| **other != *id);
        Ok(read(text.get())?.unwrap_or_else(|| {
            self.too_deep.push(id.into());
            Json::Null
        }))
    }
}

impl<'de> Deserialize<'de> for Cohorts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CohortsVisitor)
    }
}

/// Reads the cohorts one by one.
struct CohortsVisitor;

impl<'de> Visitor<'de> for CohortsVisitor {
    type Value = Cohorts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list of cohorts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Cohorts, A::Error> {
        let mut cohorts = Cohorts {
            all: Json::Null,
            too_deep: Vec::new(),
        };
        let mut items = Vec::new();
        while let Some(text) = access.next_element::<&RawValue>()? {
            let id = items.len().to_string();
            items.push(cohorts.read(&id, text).map_err(serde::de::Error::custom)?);
        }
        cohorts.all = Json::Array(items);
        Ok(cohorts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Cohorts, A::Error> {
        let mut cohorts = Cohorts {
            all: Json::Null,
            too_deep: Vec::new(),
        };
        let mut fields = Fields::default();
        while let Some((id, text)) = access.next_entry::<Cow<'de, str>, &RawValue>()? {
            let cohort = cohorts.read(&id, text).map_err(serde::de::Error::custom)?;
            fields.insert(id.into(), cohort);
        }
        cohorts.all = Json::Object(fields);
        Ok(cohorts)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Caller, definitions};

    const DEPTH: usize = 100_000;

    fn nested() -> String {
        "[".repeat(DEPTH) + &"]".repeat(DEPTH)
    }

    #[test]
    fn a_flag_that_nests_too_deeply_costs_itself_alone() {
        let deep = nested();
        let definitions = definitions(&format!(
            r#"{{"flags":[
                {{"key":"deep","active":true,"filters":{{"groups":[{{"properties":{deep}}}]}}}},
                {{"key":"beside","active":true,"filters":{{"groups":[{{}}]}}}},
                {{"key":{deep},"active":true}},
                {{"key":"name","active":true,"name":{deep},"filters":{{"groups":[{{}}]}}}}]}}"#
        ));
        assert_eq!(
            definitions.description.keys(),
            r#"["deep","beside","name"]"#
        );
        assert_eq!(Caller::new("{}").ask(&definitions, "deep"), "[thrown]");
        assert_eq!(Caller::new("{}").ask(&definitions, "beside"), "true");
        assert_eq!(Caller::new("{}").ask(&definitions, "name"), "[thrown]");
        assert!(definitions.description.take_overview().contains("127"));
    }

    #[test]
    fn a_cohort_that_nests_too_deeply_costs_those_who_ask_for_it_alone() {
        let deep = nested();
        let asks = |key: &str, id: &str| {
            format!(
                r#"{{"key":"{key}","active":true,"filters":{{"groups":[{{"properties":[{{"type":"cohort","value":{id}}}]}}]}}}}"#
            )
        };
        let flags = [asks("deep", "1"), asks("flat", "2"), asks("again", "3")].join(",");
        for cohorts in [
            format!(r#"{{"1":{deep},"2":{{}},"3":{deep},"3":{{}}}}"#),
            format!(r#"[null,{deep},{{}},{{}}]"#),
        ] {
            let definitions = definitions(&format!(r#"{{"flags":[{flags}],"cohorts":{cohorts}}}"#));
            assert_eq!(Caller::new("{}").ask(&definitions, "deep"), "[thrown]");
            assert_eq!(Caller::new("{}").ask(&definitions, "flat"), "true");
            assert_eq!(Caller::new("{}").ask(&definitions, "again"), "true");
        }
    }
}
