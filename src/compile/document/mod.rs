//! The top level of a definitions document, in either spelling.

pub(super) mod deep;
pub(super) mod definition;
pub(super) mod head;
pub(super) mod outline;
pub(super) mod root;

use std::fmt;

use crate::js;
use crate::js::json::Json;
use crate::js::text;
use root::{FlagText, Flags, Root};

/// Where a definitions document comes from; decides which spellings and defaults apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentSource {
    /// The body of `GET /flags/definitions`.
    Network,
    /// What a cache provider returned, or a user's own document: both spellings are read, snake_case first.
    Cache,
}

/// Why a document as a whole cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefinitionsError {
    /// The text is no JSON; says where.
    InvalidJson(String),
    /// The document has no `flags`.
    NoFlags,
    /// `flags` is no list. Holds what it is.
    FlagsNotAList(&'static str),
    /// `flags` holds nothing but nulls.
    NullFlags,
}

impl fmt::Display for DefinitionsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidJson(place) => write!(formatter, "flag definitions are not valid JSON: {place}"),
            Self::NoFlags => formatter.write_str(
                "expected flag definitions, an object with a list `flags` at its top level, but received none; \
                 pass the document that PostHog's flag definitions endpoint returns",
            ),
            Self::NullFlags => formatter.write_str(
                "expected flag definitions with objects in the list at `flags` but received nothing but null there; \
                 correct the definitions at their source",
            ),
            Self::FlagsNotAList(found) => write!(
                formatter,
                "expected flag definitions with a list at `flags` but received {found} there; \
                 pass the document that PostHog's flag definitions endpoint returns"
            ),
        }
    }
}

impl std::error::Error for DefinitionsError {}

/// The parts of a document.
pub struct Document<'d> {
    pub flags: &'d [FlagText<'d>],
    pub group_type_mapping: Option<&'d Json<'d>>,
    /// `None` if the document has none, and posthog-node throws on looking into them.
    pub cohorts: Option<&'d Json<'d>>,
    pub property_matching_version: Option<&'d Json<'d>>,
    pub minimal_flag_called_events: bool,
    /// The cohorts as text.
    pub cohorts_text: Option<&'d str>,
}

static NO_COHORTS: std::sync::LazyLock<Json<'static>> =
    std::sync::LazyLock::new(|| Json::Object(Default::default()));

impl<'d> Document<'d> {
    /// Finds the parts.
    pub fn read(root: &'d Root<'d>, source: DocumentSource) -> Result<Self, DefinitionsError> {
        let fields = &root.fields;
        let field = |name: &str| fields.get(name).filter(|value| **value != Json::Null);
        let flags = match (&root.flags, source) {
            (Some(Flags::List(flags)), _) => flags.as_slice(),
            (Some(Flags::Null), DocumentSource::Network) => &[],
            (Some(Flags::Null), _) => return Err(DefinitionsError::FlagsNotAList("null")),
            (Some(Flags::Other(found)), _) => return Err(DefinitionsError::FlagsNotAList(found)),
            (None, _) => return Err(DefinitionsError::NoFlags),
        };
        if !flags.is_empty() && flags.iter().all(|flag| flag.text == "null") {
            return Err(DefinitionsError::NullFlags);
        }
        let cohorts = root.cohorts.as_ref().map(|cohorts| &cohorts.0);
        let cohorts_text = root.cohorts_text;
        let is_true = |value: Option<&Json>| value == Some(&Json::Bool(true));
        Ok(match source {
            DocumentSource::Network => Self {
                flags,
                cohorts_text,
                group_type_mapping: field("group_type_mapping"),
                cohorts: cohorts
                    .filter(|cohorts| js::truthy(Some(cohorts)))
                    .or(Some(&NO_COHORTS)),
                property_matching_version: field("property_matching_version"),
                minimal_flag_called_events: is_true(field("minimal_flag_called_events")),
            },
            DocumentSource::Cache => Self {
                flags,
                cohorts_text,
                group_type_mapping: field("group_type_mapping")
                    .or_else(|| field("groupTypeMapping")),
                cohorts,
                property_matching_version: field("property_matching_version")
                    .or_else(|| field("propertyMatchingVersion")),
                minimal_flag_called_events: is_true(
                    field("minimal_flag_called_events")
                        .or_else(|| field("minimalFlagCalledEvents")),
                ),
            },
        })
    }

    /// The name of the group type with this index: `group_type_mapping[String(index)]`, if it is truthy.
    pub fn group_name(&self, index: &Json) -> Result<Option<Box<str>>, js::NoText> {
        let index = js::to_text(Some(index))?;
        if let Some(Json::String(letters)) = self.group_type_mapping {
            // A text is indexed by code unit.
            let unit = index
                .parse::<usize>()
                .ok()
                .filter(|unit| unit.to_string() == index);
            let unit = unit.and_then(|unit| text::utf16(letters).nth(unit));
            return Ok(unit.map(|unit| text::from_utf16(&[unit]).into()));
        }
        let name = self
            .group_type_mapping
            .and_then(|mapping| element(mapping, &index));
        match name {
            Some(name) if js::truthy(Some(name)) => Ok(Some(js::to_text(Some(name))?.into())),
            _ => Ok(None),
        }
    }

    /// The ids of all cohorts.
    pub fn cohort_ids(&self) -> Vec<Box<str>> {
        match self.cohorts {
            Some(Json::Object(fields)) => fields.iter().map(|(id, _)| id.into()).collect(),
            Some(Json::Array(items)) => (0..items.len()).map(|id| id.to_string().into()).collect(),
            _ => Vec::new(),
        }
    }

    /// The cohort with this id. `Err` if there is nothing to look in.
    pub fn cohort(&self, id: &str) -> Result<Option<&'d Json<'d>>, &'static str> {
        match self.cohorts {
            Some(cohorts @ (Json::Object(_) | Json::Array(_))) => Ok(element(cohorts, id)),
            _ => Err(
                "expected the definitions to have an object `cohorts`, which a filter refers to",
            ),
        }
    }
}

/// An own property of an object or an element of a list.
fn element<'a>(container: &'a Json<'a>, key: &str) -> Option<&'a Json<'a>> {
    match container {
        Json::Array(items) => {
            let index = key
                .parse::<usize>()
                .ok()
                .filter(|index| index.to_string() == key)?;
            items.get(index)
        }
        object => object.get(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(document: &str) -> Root<'_> {
        outline::read(document).unwrap()
    }

    #[test]
    fn snake_case_comes_before_camel_case_in_cached_documents() {
        let root = root(
            r#"{"flags":[],"group_type_mapping":{"0":"a"},"groupTypeMapping":{"0":"b"},"propertyMatchingVersion":2}"#,
        );
        let cached = Document::read(&root, DocumentSource::Cache).unwrap();
        assert_eq!(
            cached.group_name(&Json::Number(0.0)).unwrap().as_deref(),
            Some("a")
        );
        assert_eq!(cached.property_matching_version, Some(&Json::Number(2.0)));
        assert_eq!(
            Document::read(&root, DocumentSource::Network)
                .unwrap()
                .property_matching_version,
            None
        );
    }

    #[test]
    fn a_document_without_flags_is_refused_with_the_place() {
        let number = root(r#"{"flags":5}"#);
        let Err(error) = Document::read(&number, DocumentSource::Cache) else {
            panic!("taken")
        };
        assert!(error.to_string().contains("a number there"));
        assert!(Document::read(&root("[]"), DocumentSource::Network).is_err());
        assert!(Document::read(&root(r#"{"flags":null}"#), DocumentSource::Network).is_ok());
        assert!(Document::read(&root(r#"{"flags":[null]}"#), DocumentSource::Network).is_err());
    }
}
