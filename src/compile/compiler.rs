//! What the parts of compiling share.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::document::Document;
use super::messages::expected;
use super::scope::{CohortId, Scope};
use super::semantics::Semantics;
use super::server::parts::ServerParts;
use crate::compiled::{
    CompiledCohort, Condition, ConditionFilter, GroupSlots, Input, PropertyFilter, Slot, TextSet,
};
use crate::js::json::Json;
use crate::matchers::RegexBudget;

/// A document that is being compiled, and what has been compiled of it so far.
pub struct Compiler<'d> {
    /// What is compiled.
    pub document: &'d Document<'d>,
    /// The flags that are kept, in stored order.
    pub kept: Vec<KeptFlag<'d>>,
    /// The keys of the flags that are kept.
    pub keys: TextSet,
    /// The last kept definition of each of these keys.
    pub last: Vec<usize>,
    /// Keys of flags that evaluation-context filtering dropped, by [`js::identity`](crate::js::identity).
    pub dropped: HashSet<String>,
    /// What the flags read from a call; a slot is an index into this.
    pub inputs: IndexSet<Input>,
    /// The slot of each property of the person. Nearly every filter reads one.
    pub person_slots: HashMap<Box<str>, Slot>,
    /// The conditions of the flags compiled so far.
    pub conditions: Vec<Condition>,
    /// The filters of these conditions.
    pub condition_filters: Vec<ConditionFilter>,
    /// Tests of properties compiled so far.
    pub filters: Vec<PropertyFilter>,
    /// The text of each of them that tells them apart.
    pub tests: TextSet,
    /// Such a text, while it is written.
    pub test: String,
    /// How the document puts filters on cohorts and on flags.
    pub wordings: TextSet,
    /// Whose decisions the answers are.
    pub semantics: Semantics,
    /// What compiling for the server needs.
    pub server: ServerParts<'d>,
    /// What is left for the patterns of the document.
    pub regex_budget: RegexBudget,
    /// Cohorts that are referred to; those past the end of `cohorts` are still to be compiled.
    pub cohort_ids: IndexSet<CohortId>,
    /// The cohorts compiled so far.
    pub cohorts: Vec<CompiledCohort>,
    /// Flags that other flags refer to.
    pub dependencies: HashSet<usize>,
    /// What is to be reported of flags that are left out.
    pub problems: Vec<String>,
}

/// A flag that is kept.
pub struct KeptFlag<'d> {
    /// The definition as JSON text.
    pub text: &'d str,
    /// The index of its key in `keys`.
    pub index: usize,
    /// It is `false`, `0` or an empty text.
    pub is_falsy: bool,
    /// posthog-node would throw on filtering it.
    pub malformed: Option<Box<str>>,
}

impl Compiler<'_> {
    /// The index of the flag with this key, as posthog-node finds it in its map by key.
    pub fn flag_index(&self, key: &str) -> Option<usize> {
        let index = self.keys.find(key)?;
        (!self.kept[self.last[index]].is_falsy).then_some(index)
    }

    /// The slot of an input.
    pub fn slot(&mut self, input: Input) -> Slot {
        self.inputs.insert_full(input).0
    }

    /// The slot of a property.
    pub fn property_slot(&mut self, scope: &Scope, key: &str) -> Slot {
        let known = match scope {
            Scope::Person => self.person_slots.get(key),
            Scope::Group(_) => None,
        };
        if let Some(slot) = known {
            return *slot;
        }
        match scope {
            Scope::Person => {
                let slot = self.slot(Input::Person(key.into()));
                self.person_slots.insert(key.into(), slot);
                slot
            }
            Scope::Group(group) => self.slot(Input::Group(group.clone(), key.into())),
        }
    }

    /// The slots of a group.
    pub fn group_slots(&mut self, group: &str) -> GroupSlots {
        GroupSlots {
            key: self.slot(Input::GroupKey(group.into())),
            given: self.slot(Input::GroupGiven(group.into())),
        }
    }

    /// The name of a group type, by its index; `None` if there is no such type.
    pub fn group_name(&self, index: &Json) -> Result<Option<Box<str>>, Box<str>> {
        let refuse = |_| {
            expected(
                "aggregation_group_type_index",
                "the index of a group type",
                Some(index),
            )
        };
        self.document.group_name(index).map_err(refuse)
    }
}
