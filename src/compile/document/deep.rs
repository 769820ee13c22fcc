//! Parts of a document that nest too deeply to be read. Only such a part is lost: its end is found without recursion, which
//! also checks that it is JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::js::json::{Fields, Json, Key, UNREADABLE, is_too_deep};

/// Why a part of a document cannot be read, if it cannot.
pub fn why_unreadable(part: &Json) -> Option<Box<str>> {
    match part.get(UNREADABLE)? {
        Json::String(reason) => Some(reason.as_ref().into()),
        _ => Some("it cannot be read".into()),
    }
}

/// Marks a part as one that nests too deeply.
pub fn mark_as_too_deep(part: &mut Json) {
    if let Json::Object(fields) = part {
        fields.insert(UNREADABLE.into(), Json::String(TOO_DEEP.into()));
    }
}

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

/// The cohorts of a document, an object or a list of them; anything else is no cohorts. Those that are not read are marked.
#[derive(Debug)]
pub struct Cohorts<'d>(pub Json<'d>);

impl<'d> Cohorts<'d> {
    /// Reads JSON text.
    pub fn parse(text: &'d str) -> Result<Self, serde_json::Error> {
        match read(text)? {
            Some(all) => Ok(Self(all)),
            None => serde_json::from_str(text),
        }
    }
}

fn read_cohort(text: &RawValue) -> Result<Json<'_>, serde_json::Error> {
    Ok(read(text.get())?.unwrap_or_else(|| {
        let mut cohort = Json::Object(Fields::default());
        mark_as_too_deep(&mut cohort);
        cohort
    }))
}

impl<'de> Deserialize<'de> for Cohorts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CohortsVisitor)
    }
}

/// Reads the cohorts one by one.
struct CohortsVisitor;

impl<'de> Visitor<'de> for CohortsVisitor {
    type Value = Cohorts<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list of cohorts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Cohorts<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(text) = access.next_element::<&'de RawValue>()? {
            items.push(read_cohort(text).map_err(serde::de::Error::custom)?);
        }
        Ok(Cohorts(Json::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Cohorts<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some((Key(id), text)) = access.next_entry::<Key<'de>, &'de RawValue>()? {
            let cohort = read_cohort(text).map_err(serde::de::Error::custom)?;
            fields.insert(id, cohort);
        }
        Ok(Cohorts(Json::Object(fields)))
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
        assert_eq!(Caller::new("{}").ask(&definitions, "deep"), "[unreadable]");
        assert_eq!(Caller::new("{}").ask(&definitions, "beside"), "true");
        assert_eq!(Caller::new("{}").ask(&definitions, "name"), "[unreadable]");
        assert!(definitions.description.overview.contains("127"));
    }

    #[test]
    fn what_cannot_be_read_leaves_nothing_decided_that_asks_for_it() {
        let depends = |key: &str, on: &str| {
            format!(
                r#"{{"key":"{key}","active":true,"filters":{{"groups":[{{"properties":[
                    {{"type":"flag","key":"{on}","value":true,"dependency_chain":["{on}"]}}]}},{{}}]}}}}"#
            )
        };
        let cohort = r#"{"key":"member","active":true,"filters":{"groups":[
            {"properties":[{"type":"cohort","value":1}]},{}]}}"#;
        let unreadable = "{\"key\":\"flag\",\"active\":true,\"\u{fdd0}unreadable\":\"why\"}";
        let flags = [
            unreadable.to_owned(),
            cohort.to_owned(),
            depends("first", "flag"),
            depends("second", "first"),
            depends("third", "member"),
            r#"{"key":"beside","active":true,"filters":{"groups":[{}]}}"#.to_owned(),
        ];
        let definitions = definitions(&format!(
            "{{\"flags\":[{}],\"cohorts\":{{\"1\":{{\"\u{fdd0}unreadable\":\"why\"}}}}}}",
            flags.join(",")
        ));
        for key in ["flag", "member", "first", "second", "third"] {
            assert_eq!(
                Caller::new("{}").ask(&definitions, key),
                "[unreadable]",
                "{key}"
            );
        }
        assert_eq!(Caller::new("{}").ask(&definitions, "beside"), "true");
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
            assert_eq!(Caller::new("{}").ask(&definitions, "deep"), "[unreadable]");
            assert_eq!(Caller::new("{}").ask(&definitions, "flat"), "true");
            assert_eq!(Caller::new("{}").ask(&definitions, "again"), "true");
        }
    }
}
