//! One evaluation: what it works on, and the memory that evaluations share.

use std::collections::HashMap;

use super::answers::Answers;
use super::asked::Asked;
use super::call::CallInputs;
use super::hashes::Hashes;
use super::ledger::{Ledger, Place};
use super::property_holder::PropertyHolder;
use super::row::Row;
use super::visitor::Visitor;
use crate::compiled::{CompiledDefinitions, DefinitionReason, GroupSlots, Slot};
use crate::js::host::Host;
use crate::js::value::Value;
use crate::matchers::server::Answer;
use crate::outcome::{Fallback, Outcome, UnresolvedReason};

/// Memory that evaluations share, one after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) flags: Ledger<Outcome>,
    pub(super) cohorts: Ledger<Result<bool, Fallback>>,
    /// Flags whose value a dependency chain has asked for.
    pub(super) linked: Ledger<()>,
    /// For filters on a flag outside their chain, by their address: whether `linked` had the flag when the evaluation first
    /// came to the filter.
    pub(super) was_linked: HashMap<usize, bool>,
    pub(super) row: Row,
    pub(super) hashes: Hashes,
    pub(super) answers: Answers,
}

impl Scratch {
    /// Forgets the results of an evaluation: a message may quote what a caller's value threw, which may be long.
    #[inline]
    pub fn end(&mut self) {
        self.flags.forget();
        self.cohorts.forget();
        self.linked.forget();
        self.was_linked.clear();
    }
}

/// The evaluation of some flags for one call.
pub struct Evaluation<'a, V = ()> {
    pub(super) definitions: &'a CompiledDefinitions,
    /// Inputs that no evaluated flag reads may hold any value.
    pub(super) inputs: &'a CallInputs,
    pub(super) host: Asked<'a>,
    pub(super) scratch: &'a mut Scratch,
    /// The place of the next flag or cohort in the row of those that are being evaluated.
    pub(super) place: Place,
    /// How many flags, cohorts and groups of cohorts are on the stack.
    pub(super) levels: usize,
    /// The answers of cohorts by the server's rules; empty until one is asked for.
    pub(super) server_cohorts: Vec<Option<Answer>>,
    /// Learns what is found out on the way.
    pub(super) visitor: V,
}

impl<'a> Evaluation<'a> {
    /// Begins an evaluation. `inputs` are those of `definitions.inputs`, as far as an evaluated flag reads them.
    pub fn new(
        definitions: &'a CompiledDefinitions,
        inputs: &'a CallInputs,
        host: &'a dyn Host,
        scratch: &'a mut Scratch,
    ) -> Self {
        Self::visited(definitions, inputs, host, scratch, ())
    }
}

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// Begins an evaluation of which somebody learns.
    pub fn visited(
        definitions: &'a CompiledDefinitions,
        inputs: &'a CallInputs,
        host: &'a dyn Host,
        scratch: &'a mut Scratch,
        visitor: V,
    ) -> Self {
        scratch.flags.begin(definitions.flags.len());
        scratch.cohorts.begin(definitions.cohorts.len());
        scratch.linked.begin(definitions.flags.len());
        scratch.was_linked.clear();
        scratch.row.begin();
        scratch.hashes.clear();
        scratch.answers.forget();
        Self {
            definitions,
            inputs,
            host: Asked::new(host),
            scratch,
            place: Place::default(),
            levels: 0,
            server_cohorts: Vec::new(),
            visitor,
        }
    }

    pub(super) fn definition_reason<'r>(
        &self,
        reason: &'r DefinitionReason,
    ) -> Result<Option<UnresolvedReason>, &'r str> {
        reason.resolve(|text| !self.host.parse_date(text).is_nan())
    }

    pub(super) fn value(&self, slot: Slot) -> Value<'a> {
        self.inputs.value(slot)
    }

    /// The key of a group, missing if the call names none.
    pub(super) fn group_key(&self, group: GroupSlots) -> Result<Value<'a>, Fallback> {
        match self.value(group.key) {
            Value::Exotic(exotic) => match exotic.unreadable() {
                Some(message) => Err(Fallback::thrown(message)),
                None => Ok(Value::Exotic(exotic)),
            },
            key => Ok(key),
        }
    }

    pub(super) fn group_holder(&self, group: GroupSlots) -> PropertyHolder {
        PropertyHolder {
            absent: matches!(self.value(group.given), Value::Missing | Value::Null),
        }
    }
}
