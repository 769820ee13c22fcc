//! Which flags are kept.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::compiler::{Compiler, KeptFlag};
use super::document::head::Head;
use super::document::root::FlagText;
use super::document::{Document, deep};
use super::messages::expected;
use super::options::CompileOptions;
use super::server::parts::ServerParts;
use crate::compiled::{Input, TextSet};
use crate::js;
use crate::js::json::Json;
use crate::matchers::RegexBudget;

impl<'d> Compiler<'d> {
    /// Begins to compile a document, with the flags that are kept for these evaluation contexts.
    pub(super) fn new(
        document: &'d Document<'d>,
        options: &CompileOptions,
    ) -> Result<Self, serde_json::Error> {
        let evaluation_contexts = &options.evaluation_contexts;
        let mut compiler = Self {
            semantics: options.semantics,
            server: ServerParts::of(document, options.semantics),
            document,
            kept: Vec::with_capacity(document.flags.len()),
            keys: TextSet::with_capacity(document.flags.len()),
            last: Vec::with_capacity(document.flags.len()),
            dropped: HashSet::new(),
            // The distinct id is slot 0.
            inputs: IndexSet::from([Input::DistinctId]),
            person_slots: HashMap::new(),
            conditions: Vec::new(),
            condition_filters: Vec::new(),
            filters: Vec::new(),
            tests: TextSet::default(),
            test: String::new(),
            wordings: TextSet::default(),
            regex_budget: RegexBudget::default(),
            cohort_ids: IndexSet::new(),
            cohorts: Vec::new(),
            dependencies: HashSet::new(),
            problems: Vec::new(),
        };
        let contexts: HashSet<&str> = evaluation_contexts.iter().map(String::as_str).collect();
        let mut kept = HashSet::new();
        for (position, FlagText { text, key }) in document.flags.iter().enumerate() {
            if let (Some(key), true) = (key, contexts.is_empty()) {
                compiler.keep(text, key, false, None);
                continue;
            }
            let Some(head) = deep::read::<Head>(text)? else {
                compiler.problems.push(format!(
                    "Invalid feature flag definition at flags[{position}]: {}. \
                     The flag is left out; correct the definitions at their source.",
                    deep::TOO_DEEP
                ));
                continue;
            };
            let definition = &head.fields;
            if *definition == Json::Null {
                compiler.problems.push(format!(
                    "Invalid feature flag definition at flags[{position}]: expected an object but received null. \
                     The flag is left out; correct the definitions at their source."
                ));
                continue;
            }
            let key = definition.get("key");
            let malformed = match shares_context(definition, &contexts) {
                Ok(false) => {
                    compiler.dropped.extend(js::identity(key));
                    continue;
                }
                Ok(true) => None,
                Err(message) => Some(message),
            };
            let Ok(name) = js::to_text(key) else {
                compiler.problems.push(
                    "Invalid feature flag definition: expected `key` to be a string but received an object. \
                     The flag is left out; correct the definitions at their source."
                        .to_owned(),
                );
                continue;
            };
            compiler.keep(text, &name, !js::truthy(Some(definition)), malformed);
            if !contexts.is_empty() {
                kept.extend(js::identity(key));
            }
        }
        compiler.dropped.retain(|key| !kept.contains(key));
        Ok(compiler)
    }

    fn keep(&mut self, text: &'d str, key: &str, is_falsy: bool, malformed: Option<Box<str>>) {
        let index = self.keys.add(key);
        match self.last.get_mut(index) {
            Some(last) => *last = self.kept.len(),
            None => self.last.push(self.kept.len()),
        }
        self.kept.push(KeptFlag {
            text,
            index,
            is_falsy,
            malformed,
        });
    }
}

/// Whether a flag is kept: it has no evaluation contexts, or shares one. `Err` where posthog-node throws.
fn shares_context(flag: &Json, evaluation_contexts: &HashSet<&str>) -> Result<bool, Box<str>> {
    if evaluation_contexts.is_empty() {
        return Ok(true);
    }
    let name = match flag.get("evaluation_contexts") {
        None | Some(Json::Null) => "evaluation_tags",
        Some(_) => "evaluation_contexts",
    };
    match flag.get(name) {
        falsy if !js::truthy(falsy) => Ok(true),
        Some(Json::Array(tags)) => {
            let shared = |tag: &Json| matches!(tag, Json::String(tag) if evaluation_contexts.contains(&**tag));
            Ok(tags.is_empty() || tags.iter().any(shared))
        }
        other => Err(expected(name, "a list of strings", other)),
    }
}
