//! Turns a definitions document into [`CompiledDefinitions`].
//!
//! The document is untrusted. Compiling is total: if something else stands where a flag, a condition, a filter or a cohort
//! should be, the result says what posthog-node does when it comes to it, which may be to throw. A bad part affects no other.

mod cohorts;
mod compiler;
mod conditions;
mod dependencies;
mod description;
mod document;
mod filters;
mod flags;
mod hashes;
mod messages;
mod options;
mod reason;
mod scope;
mod search;
mod selection;
mod semantics;
mod server;
mod shortcuts;
mod usable;
mod values;
mod variants;

use std::sync::OnceLock;

pub use crate::compiled::CompiledDefinitions;
pub use document::{DefinitionsError, DocumentSource};
pub use options::CompileOptions;
pub use semantics::Semantics;

use std::sync::atomic::AtomicUsize;

use crate::compiled::{CompiledFlag, Condition, ConditionFilter, Input, PropertyFilter};
use crate::compiled::{DefinitionReason, References, Referring, Rules, digests};
use crate::js::json::{self, PlainReader};
use compiler::{Compiler, KeptFlag};
use description::{DescriptionWriter, ListedFlag};
use document::definition::Definition;
use document::head::Head;
use document::outline;
use document::{Document, deep};
use serde::de::IgnoredAny;
use usable::UsableCohorts;

/// Compiles a document, which is JSON text.
///
/// # Errors
///
/// If it is no JSON, or no object with a list of `flags`.
pub fn compile(
    document: &[u8],
    options: &CompileOptions,
) -> Result<CompiledDefinitions, DefinitionsError> {
    let text = json::decode(document);
    match compile_text(&text, options) {
        Err(DefinitionsError::InvalidJson(place)) => match json::repair(&text) {
            Some(repaired) => compile_text(&repaired, options),
            None => Err(DefinitionsError::InvalidJson(place)),
        },
        result => result,
    }
}

fn compile_text(
    text: &str,
    options: &CompileOptions,
) -> Result<CompiledDefinitions, DefinitionsError> {
    let invalid = |error: serde_json::Error| DefinitionsError::InvalidJson(error.to_string());
    let root = outline::read(text).map_err(invalid)?;
    let document = Document::read(&root, options.source)?;
    let compiled = Compiler::new(&document, options).and_then(Compiler::run);
    compiled.map_err(|error| {
        // The place is to be one in the document, not in a flag.
        let whole = serde_json::from_str::<IgnoredAny>(text);
        invalid(whole.err().unwrap_or(error))
    })
}

impl<'d> Compiler<'d> {
    /// Compiles the flags that are kept, and the cohorts that they refer to.
    fn run(mut self) -> Result<CompiledDefinitions, serde_json::Error> {
        let mut description = DescriptionWriter::new(self.kept.len());
        let mut flags: Vec<CompiledFlag> = Vec::with_capacity(self.keys.len());
        let mut usable = UsableCohorts::of(&self);
        let mut reader = PlainReader::default();
        for position in 0..self.kept.len() {
            let KeptFlag {
                index, is_falsy, ..
            } = self.kept[position];
            let definition = self.read(position, &mut reader)?;
            let decides = self.last[index] == position;
            let malformed = self.kept[position].malformed.take();
            let mut reason = match self.semantics {
                Semantics::PosthogNode => self.definition_reason(&definition.fields, &mut usable),
                Semantics::Server(_) => DefinitionReason::none(),
            };
            let flag = decides.then(|| self.compile_flag(index, &definition, &reason, malformed));
            if self.semantics.is_server()
                && let Some(Rules::Undecided(why)) = flag.as_ref().map(|flag| &flag.rules)
            {
                reason.known = Ok(Some(*why));
            }
            description.add(&ListedFlag {
                definition: &definition.fields,
                deep_payloads: definition.deep_payloads,
                is_falsy,
                decided_by: index,
                values: flag.as_ref().map(|flag| &*flag.values),
                reason: &reason,
            });
            if let Some(flag) = flag {
                if index >= flags.len() {
                    flags.resize_with(index + 1, CompiledFlag::vacant);
                }
                flags[index] = flag;
            }
        }
        while self.cohorts.len() < self.cohort_ids.len() {
            let cohort = self.compile_cohort(self.cohorts.len());
            self.cohorts.push(cohort);
        }
        let mut flags = flags.into_boxed_slice();
        for flag in &self.dependencies {
            flags[*flag].is_dependency = true;
        }
        let server_cohorts = self.finish_cohorts(&mut flags);
        if self.semantics.is_server() {
            server::settle_dependencies(&mut flags);
        }
        let hashes = hashes::gather_hashes(&mut flags, &self.conditions);
        let shortcuts = flags
            .iter()
            .map(|flag| shortcuts::shortcut(flag, &self.conditions))
            .collect();
        let filters: Box<[PropertyFilter]> = self.filters.into();
        let conditions: Box<[Condition]> = self.conditions.into();
        let condition_filters: Box<[ConditionFilter]> = self.condition_filters.into();
        let references = References::of(&Referring {
            flags: &flags,
            cohorts: &self.cohorts,
            server_cohorts: &server_cohorts,
            conditions: &conditions,
            condition_filters: &condition_filters,
            filters: &filters,
        });
        let inputs: Box<[Input]> = self.inputs.into_iter().collect();
        let patterns = self.regex_budget.largest_size() + self.server.budget.largest_size();
        let version = self.document.property_matching_version;
        let test_digests = digests::of_tests(&self.tests, &filters, &inputs, version);
        let gate = self.document.minimal_flag_called_events;
        let mut definitions = CompiledDefinitions {
            description: description
                .finish(self.keys, &inputs, &self.problems, gate)
                .into(),
            flags,
            cohorts: self.cohorts.into(),
            server_cohorts,
            zone: self.semantics.zone(),
            conditions,
            condition_filters,
            filters,
            references,
            inputs,
            hashes,
            shortcuts,
            test_digests,
            tests: self.tests.into_texts(),
            wordings: self.wordings.into_texts(),
            digests: OnceLock::new(),
            size: 0,
            held: AtomicUsize::new(0),
        };
        definitions.size = definitions.footprint() + patterns;
        Ok(definitions)
    }

    /// The definition of the flag at this position. One that cannot be read has nothing but its key.
    fn read(
        &self,
        position: usize,
        reader: &mut PlainReader<'d>,
    ) -> Result<Definition<'d>, serde_json::Error> {
        let text = self.kept[position].text;
        if let Some(definition) = Definition::read(text, reader)? {
            return Ok(definition);
        }
        let Head { mut fields } = serde_json::from_str(text)?;
        deep::mark_as_too_deep(&mut fields);
        Ok(Definition {
            fields,
            deep_payloads: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::js;
    use crate::js::json::Json;
    use crate::testing::{Caller, definitions};

    #[test]
    fn one_bad_flag_never_sinks_the_rest() {
        let definitions = definitions(
            r#"{"flags":[null,{"key":"good","active":true,"filters":{"groups":[{}]}},5]}"#,
        );
        let overview = &definitions.description.overview;
        assert!(
            overview.contains("Invalid feature flag definition at flags[0]"),
            "{overview}"
        );
        assert_eq!(Caller::new("{}").ask(&definitions, "good"), "true");
        assert_eq!(Caller::new("{}").ask(&definitions, "undefined"), "false");
    }

    #[test]
    fn the_last_definition_of_a_key_decides_and_each_is_listed() {
        let definitions = definitions(
            r#"{"flags":[{"key":"f","active":true,"filters":{"groups":[{}]}},{"key":"f"}]}"#,
        );
        assert_eq!(definitions.flags.len(), 1);
        assert_eq!(definitions.description.keys(), r#"["f","f"]"#);
        assert_eq!(Caller::new("{}").ask(&definitions, "f"), "false");
    }

    #[test]
    fn evaluation_contexts_drop_flags_that_share_none() {
        let document = br#"{"flags":[
            {"key":"a","evaluation_contexts":["web"]},{"key":"b","evaluation_tags":["worker"]},{"key":"c"},
            {"key":"d","evaluation_contexts":[]},{"key":"e","active":true,"evaluation_contexts":7},
            {"key":"on-a","active":true,"filters":{"groups":[{"properties":[
                {"type":"flag","key":"b","value":false,"dependency_chain":["b"]}]}]}}]}"#;
        let options = CompileOptions {
            source: DocumentSource::Cache,
            evaluation_contexts: vec!["web".to_owned()],
            semantics: Semantics::PosthogNode,
        };
        let definitions = compile(document, &options).unwrap();
        let keys: Vec<_> = (0..definitions.flags.len())
            .map(|index| definitions.description.key(index))
            .collect();
        assert_eq!(keys, ["a", "c", "d", "e", "on-a"]);
        // A flag that was dropped counts as off, not as missing.
        assert_eq!(Caller::new("{}").ask(&definitions, "on-a"), "true");
        assert_eq!(Caller::new("{}").ask(&definitions, "e"), "[thrown]");
    }

    #[test]
    fn reasons_in_the_definition_are_known_at_load() {
        let part = |properties: &str, name: &str| {
            let document = format!(
                r#"{{"flags":[{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{properties}]}}]}}}}],
                    "cohorts":{{"1":{{"type":"OR","values":[{{"key":"x","value":5}}]}},"2":{{"values":[{{"type":"cohort","value":2}}]}}}}}}"#
            );
            let overview = definitions(&document).description.overview.clone();
            Json::parse(overview.as_bytes())
                .unwrap()
                .get(name)
                .cloned()
                .unwrap()
        };
        let reason = |properties: &str| match part(properties, "unresolvable") {
            Json::Array(flags) => flags
                .first()
                .map(|flag| js::to_text(flag.get("reason")).unwrap().into_owned()),
            other => panic!("{other:?}"),
        };
        let unsupported = Some("unsupported_definition".to_owned());
        assert_eq!(reason(r#"{"type":"cohort","value":1}"#), unsupported);
        assert_eq!(reason(r#"{"type":"cohort","value":2}"#), None);
        assert_eq!(reason(r#"{"type":"cohort","value":3}"#), unsupported);
        assert_eq!(reason(r#"{"key":"x","value":"y"}"#), None);
        // Only JavaScript can tell whether this is a date.
        let dated = r#"{"key":"x","operator":"is_date_before","value":"next week"}"#;
        assert_eq!(reason(dated), Some("undefined".to_owned()));
        assert!(format!("{:?}", part(dated, "dateLists")).contains("next week"));
    }

    #[test]
    fn the_size_takes_in_what_patterns_may_come_to_keep() {
        let size = |operator: &str| {
            let filter =
                format!(r#"{{"key":"text","value":"[ab]*a[ab]{{12}}x","operator":"{operator}"}}"#);
            let document = format!(
                r#"{{"flags":[{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{filter}]}}]}}}}]}}"#
            );
            definitions(&document).size
        };
        let table = 256 * 1024;
        assert!(size("regex") > size("exact") + 2 * table);
    }
}
