//! What compiling for the server keeps beside the rest.

use std::collections::HashMap;

use indexmap::IndexSet;
use serde_json::value::RawValue;

use crate::compile::document::Document;
use crate::compile::semantics::Semantics;
use crate::compiled::server::CohortTree;
use crate::matchers::server::PatternBudget;

/// A definition that only the server can read, or decide.
pub struct OnlyServer;

/// What is compiled, unless only the server can read it.
pub type Compiled<T> = Result<T, OnlyServer>;

/// What compiling for the server keeps beside the rest.
#[derive(Default)]
pub struct ServerParts<'d> {
    /// The cohorts of the document.
    pub cohorts: ServerCohorts<'d>,
    /// What is left for the patterns of the document.
    pub budget: PatternBudget,
    /// The flags that the flag which is being compiled depends on.
    pub flags: Vec<usize>,
}

impl<'d> ServerParts<'d> {
    /// What is needed of a document, which is nothing unless the server's decisions are wanted.
    pub fn of(document: &Document<'d>, semantics: Semantics) -> Self {
        let mut parts = Self::default();
        if let (true, Some(text)) = (semantics.is_server(), document.cohorts_text) {
            parts.cohorts = ServerCohorts::read(text);
        }
        parts
    }
}

/// The cohorts of a document, as far as they have been compiled.
#[derive(Default)]
pub struct ServerCohorts<'d> {
    /// Their definitions by id.
    pub stored: HashMap<String, &'d RawValue>,
    /// The ids that are referred to. Those past the end of `trees` are still to be compiled.
    pub ids: IndexSet<String>,
    /// The compiled ones; nothing if only the server can tell.
    pub trees: Vec<Option<CohortTree>>,
}

impl<'d> ServerCohorts<'d> {
    /// The cohorts in this text. What cannot be read is not there.
    pub fn read(text: &'d str) -> Self {
        Self {
            stored: serde_json::from_str(text).unwrap_or_default(),
            ..Self::default()
        }
    }
}
