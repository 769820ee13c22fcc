//! Turns a definitions document into [`CompiledDefinitions`].
//!
//! The document is untrusted. Compiling is total: whatever stands in place of a flag, a condition, a filter or a cohort,
//! the result says what posthog-node does on reaching it, which may be to throw. One bad part never sinks the rest.

mod cohorts;
mod document;
mod filters;
mod flags;
mod plan;
mod reason;
mod values;

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};
use parking_lot::Mutex;

pub use crate::compiled::CompiledDefinitions;
pub use document::{DefinitionsError, DocumentSource};

use crate::compiled::{
    CompiledCohort, CompiledFlag, DefinitionReason, GroupSlots, Input, Rules, Slot,
};
use crate::description::{Description, ListedFlag};
use crate::json::Json;
use crate::{js, json};
use cohorts::CohortId;
use document::Document;

/// How to compile a document.
#[derive(Debug, Clone)]
pub struct CompileOptions {
    /// Where the document comes from.
    pub source: DocumentSource,
    /// posthog-node's `evaluationContexts`; empty keeps every flag.
    pub evaluation_contexts: Vec<String>,
}

/// Compiles a document, which is JSON text.
///
/// # Errors
///
/// If it is no JSON, or no object with a list of `flags`.
pub fn compile(
    document: &[u8],
    options: &CompileOptions,
) -> Result<CompiledDefinitions, DefinitionsError> {
    let root =
        Json::parse(document).map_err(|error| DefinitionsError::InvalidJson(error.to_string()))?;
    let document = Document::read(&root, options.source)?;
    Ok(Compiler::new(&document, &options.evaluation_contexts).run())
}

/// Whose properties a filter reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Scope {
    Person,
    Group(Box<str>),
}

struct Compiler<'d> {
    document: &'d Document<'d>,
    /// The flags that are kept, in stored order.
    kept: Vec<KeptFlag<'d>>,
    /// The last kept definition of each key.
    by_key: IndexMap<String, usize>,
    /// Keys of flags that evaluation-context filtering dropped, by [`identity`].
    dropped: HashSet<String>,
    inputs: IndexSet<Input>,
    /// Cohorts that are referred to; those past the end of `cohorts` are still to be compiled.
    cohort_ids: IndexSet<CohortId>,
    cohorts: Vec<CompiledCohort>,
    /// Flags that other flags refer to.
    dependencies: HashSet<usize>,
    problems: Vec<String>,
}

struct KeptFlag<'d> {
    definition: &'d Json,
    reason: DefinitionReason,
    /// posthog-node would throw on filtering it.
    malformed: Option<Box<str>>,
}

impl<'d> Compiler<'d> {
    fn new(document: &'d Document<'d>, evaluation_contexts: &[String]) -> Self {
        let mut compiler = Self {
            document,
            kept: Vec::with_capacity(document.flags.len()),
            by_key: IndexMap::new(),
            dropped: HashSet::new(),
            // The distinct id is slot 0.
            inputs: IndexSet::from([Input::DistinctId]),
            cohort_ids: IndexSet::new(),
            cohorts: Vec::new(),
            dependencies: HashSet::new(),
            problems: Vec::new(),
        };
        let mut dropped = Vec::new();
        for (position, flag) in document.flags.iter().enumerate() {
            if *flag == Json::Null {
                compiler.problems.push(format!(
                    "Invalid feature flag definition at flags[{position}]: expected an object but received null. \
                     The flag is left out; correct the definitions at their source."
                ));
                continue;
            }
            match flags::shares_context(flag, evaluation_contexts) {
                Ok(false) => dropped.push(flag),
                Ok(true) => compiler.keep(flag, None),
                Err(message) => compiler.keep(flag, Some(message)),
            }
        }
        let kept: Vec<String> = compiler
            .kept
            .iter()
            .filter_map(|flag| identity(flag.definition.get("key")))
            .collect();
        let dropped = dropped
            .into_iter()
            .filter_map(|flag| identity(flag.get("key")));
        compiler.dropped = dropped.collect();
        for key in kept {
            compiler.dropped.remove(&key);
        }
        compiler
    }

    fn keep(&mut self, definition: &'d Json, malformed: Option<Box<str>>) {
        match js::to_text(definition.get("key")) {
            Ok(key) => {
                self.by_key.insert(key, self.kept.len());
                let reason = DefinitionReason { known: Ok(None), dates: Vec::new() };
                self.kept.push(KeptFlag { definition, reason, malformed });
            }
            Err(js::NoText) => self.problems.push(
                "Invalid feature flag definition: expected `key` to be a string but received an object. \
                 The flag is left out; correct the definitions at their source."
                    .to_owned(),
            ),
        }
    }

    fn run(mut self) -> CompiledDefinitions {
        // Known before any flag is compiled, but not before all keys are.
        let reasons: Vec<_> = self
            .kept
            .iter()
            .map(|flag| self.definition_reason(flag.definition))
            .collect();
        for (flag, reason) in self.kept.iter_mut().zip(reasons) {
            flag.reason = reason;
        }
        let mut flags: Vec<_> = (0..self.by_key.len())
            .map(|index| self.compile_flag(index))
            .collect();
        while self.cohorts.len() < self.cohort_ids.len() {
            let cohort = self.compile_cohort(self.cohorts.len());
            self.cohorts.push(cohort);
        }
        for flag in &self.dependencies {
            flags[*flag].is_dependency = true;
        }
        let hashes = plan::gather_hashes(&mut flags);
        let shortcuts = flags.iter().map(plan::shortcut).collect();
        let listed: Vec<_> = self
            .kept
            .iter()
            .map(|flag| self.list(flag, &flags))
            .collect();
        let inputs: Vec<_> = self.inputs.iter().cloned().collect();
        let gate = self.document.minimal_flag_called_events;
        let description = Description::of(&listed, &inputs, &self.problems, gate);
        CompiledDefinitions {
            flags,
            cohorts: self.cohorts,
            inputs,
            hashes,
            shortcuts,
            description: Mutex::new(description),
        }
    }

    fn list<'a>(&'a self, flag: &'a KeptFlag<'d>, flags: &'a [CompiledFlag]) -> ListedFlag<'a> {
        let key = js::to_text(flag.definition.get("key")).unwrap_or_default();
        let (decided_by, _, deciding) = self.by_key.get_full(&key).unwrap_or((0, &key, &0));
        let filters = self.kept[*deciding].definition.get("filters");
        ListedFlag {
            definition: flag.definition,
            is_falsy: !js::truthy(Some(flag.definition)),
            decided_by,
            values: &flags[decided_by].values,
            payloads: filters.and_then(|filters| filters.get("payloads")),
            reason: &flag.reason,
        }
    }

    /// The index of the flag with this key, as posthog-node finds it in its map by key.
    fn flag_index(&self, key: &str) -> Option<usize> {
        let (index, _, kept) = self.by_key.get_full(key)?;
        js::truthy(Some(self.kept[*kept].definition)).then_some(index)
    }

    fn slot(&mut self, input: Input) -> Slot {
        self.inputs.insert_full(input).0
    }

    fn property_slot(&mut self, scope: &Scope, key: String) -> Slot {
        self.slot(match scope {
            Scope::Person => Input::Person(key.into()),
            Scope::Group(group) => Input::Group(group.clone(), key.into()),
        })
    }

    fn group_slots(&mut self, group: &str) -> GroupSlots {
        GroupSlots {
            key: self.slot(Input::GroupKey(group.into())),
            given: self.slot(Input::GroupGiven(group.into())),
        }
    }

    /// The rules of a flag that posthog-node throws on, whatever the call.
    fn malformed(message: impl Into<Box<str>>) -> Rules {
        Rules::Malformed(message.into())
    }
}

/// What a `Set` tells values apart by: type and text. `None` for composites, which equal nothing.
fn identity(value: Option<&Json>) -> Option<String> {
    match value {
        Some(Json::Array(_) | Json::Object(_)) => None,
        Some(Json::String(text)) => Some(format!("\"{text}")),
        other => js::to_text(other).ok(),
    }
}

/// `expected … but received …`, for a part of a definition.
fn expected(what: &str, wanted: &str, found: Option<&Json>) -> Box<str> {
    let found = found.map_or("undefined", Json::kind);
    format!("expected {what} to be {wanted} but received {found}").into()
}

/// A text in quotes, for messages.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    json::write_string(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Caller, definitions};

    #[test]
    fn one_bad_flag_never_sinks_the_rest() {
        let definitions = definitions(
            r#"{"flags":[null,{"key":"good","active":true,"filters":{"groups":[{}]}},5]}"#,
        );
        let overview = definitions.take_description().overview;
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
        assert_eq!(definitions.take_description().ends.len(), 2);
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
        };
        let definitions = compile(document, &options).unwrap();
        let keys: Vec<_> = definitions.flags.iter().map(|flag| &*flag.key).collect();
        assert_eq!(keys, ["a", "c", "d", "e", "on-a"]);
        // A flag that was dropped counts as off, not as missing.
        assert_eq!(Caller::new("{}").ask(&definitions, "on-a"), "true");
        assert_eq!(Caller::new("{}").ask(&definitions, "e"), "[thrown]");
    }

    #[test]
    fn reasons_in_the_definition_are_known_at_load() {
        let unresolvable = |properties: &str| {
            let document = format!(
                r#"{{"flags":[{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{properties}]}}]}}}}],
                    "cohorts":{{"1":{{"type":"OR","values":[{{"key":"x","value":5}}]}},"2":{{"values":[{{"type":"cohort","value":2}}]}}}}}}"#
            );
            let overview = definitions(&document).take_description().overview;
            Json::parse(overview.as_bytes())
                .unwrap()
                .get("unresolvable")
                .cloned()
                .unwrap()
        };
        let reason = |properties: &str| match unresolvable(properties) {
            Json::Array(flags) => flags
                .first()
                .map(|flag| js::to_text(flag.get("reason")).unwrap()),
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
        assert!(format!("{:?}", unresolvable(dated)).contains("next week"));
    }
}
