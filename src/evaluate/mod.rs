//! Evaluates flags of one snapshot for one call. Pure but for what it asks of its [`Host`]; it never panics.
//!
//! An [`Evaluation`] is one posthog-node "evaluation snapshot": each flag that others depend on, and each cohort, is
//! evaluated at most once in it.

mod answers;
mod asked;
pub mod call;
mod cohorts;
mod conditions;
mod dependencies;
mod depth;
mod hashes;
mod ledger;
mod shortcuts;

use std::collections::HashMap;

use crate::compiled::{
    CompiledDefinitions, DefinitionReason, GroupSlots, Rules, Slot, Subject, Targeting,
};
use crate::evaluate::call::CallInputs;
use crate::js::host::Host;
use crate::js::value::Value;
use crate::outcome::{Fallback, UnresolvedReason, ValueCode};

use answers::Answers;
use asked::Asked;
use depth::Row;
use hashes::Hashes;
use ledger::{Ledger, Place};

/// The result of one flag.
pub type Outcome = Result<ValueCode, Fallback>;

/// Memory that evaluations share, one after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    flags: Ledger<Outcome>,
    cohorts: Ledger<Result<bool, Fallback>>,
    /// Flags whose value a dependency chain has asked for.
    linked: Ledger<()>,
    /// Whether that was so when a filter with another flag in its chain was reached for the first time; by its address.
    was_linked: HashMap<usize, bool>,
    row: Row,
    hashes: Hashes,
    answers: Answers,
}

impl Scratch {
    /// Forgets what was found out: a message may quote what a caller's value threw, however long that is.
    #[inline]
    pub fn end(&mut self) {
        self.flags.forget();
        self.cohorts.forget();
        self.linked.forget();
        self.was_linked.clear();
    }
}

/// The evaluation of some flags for one call.
pub struct Evaluation<'a> {
    definitions: &'a CompiledDefinitions,
    /// Those that no evaluated flag reads may hold anything.
    inputs: &'a CallInputs,
    host: Asked<'a>,
    scratch: &'a mut Scratch,
    /// Where in a row of flags and cohorts the next one that is asked for stands.
    place: Place,
    /// How many flags, cohorts and groups of cohorts are on the stack.
    levels: usize,
}

/// Whose properties the filters at hand read.
#[derive(Debug, Clone, Copy)]
struct Properties {
    /// A group without properties: posthog-node throws on looking for one.
    absent: bool,
}

impl<'a> Evaluation<'a> {
    /// Begins an evaluation. `inputs` are those of `definitions.inputs`, as far as an evaluated flag reads them.
    pub fn new(
        definitions: &'a CompiledDefinitions,
        inputs: &'a CallInputs,
        host: &'a dyn Host,
        scratch: &'a mut Scratch,
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
        }
    }

    /// posthog-node's `computeFlagValueLocally`.
    fn decide(&mut self, flag: usize) -> Outcome {
        let definitions = self.definitions;
        let targeting = match &definitions.flags[flag].rules {
            Rules::Inactive => return Ok(ValueCode::FALSE),
            Rules::ExperienceContinuity => {
                return Err(Fallback::inconclusive(
                    UnresolvedReason::ExperienceContinuity,
                ));
            }
            Rules::Malformed(message) => return Err(Fallback::Thrown(message.clone())),
            Rules::Unreadable(message) => return Err(Fallback::Unreadable(message.clone())),
            Rules::Targeting(targeting) => targeting,
        };
        match &targeting.subject {
            Subject::Person => match self.value(0) {
                Value::Missing => Err(self.no_bucketing_value(targeting)),
                distinct_id => self.target(targeting, distinct_id, Properties { absent: false }),
            },
            Subject::Device(slot) => match self.value(*slot) {
                Value::Missing | Value::Undefined | Value::Null | Value::Text("") => {
                    Err(self.no_bucketing_value(targeting))
                }
                device => self.target(targeting, device, Properties { absent: false }),
            },
            Subject::Group(group) => match self.group_key(*group)? {
                Value::Missing => Ok(ValueCode::FALSE),
                key => self.target(targeting, key, self.group_properties(*group)),
            },
            Subject::UnknownGroupType => Err(Fallback::UNSUPPORTED),
        }
    }

    /// Without a distinct id or device id no condition can be checked, so a cause in the definition counts as well.
    fn no_bucketing_value(&self, targeting: &Targeting) -> Fallback {
        match self.definition_reason(&targeting.definition_reason) {
            Ok(reason) => {
                Fallback::inconclusive(reason.unwrap_or(UnresolvedReason::MissingContext))
            }
            Err(message) => Fallback::thrown(message),
        }
    }

    fn definition_reason<'r>(
        &self,
        reason: &'r DefinitionReason,
    ) -> Result<Option<UnresolvedReason>, &'r str> {
        reason.resolve(|text| !self.host.parse_date(text).is_nan())
    }

    fn value(&self, slot: Slot) -> Value<'a> {
        self.inputs.value(slot)
    }

    /// The key of a group, missing if the call names none.
    fn group_key(&self, group: GroupSlots) -> Result<Value<'a>, Fallback> {
        match self.value(group.key) {
            Value::Exotic(exotic) => match exotic.unreadable() {
                Some(message) => Err(Fallback::thrown(message)),
                None => Ok(Value::Exotic(exotic)),
            },
            key => Ok(key),
        }
    }

    fn group_properties(&self, group: GroupSlots) -> Properties {
        Properties {
            absent: matches!(self.value(group.given), Value::Missing | Value::Null),
        }
    }
}

/// Collects why a list of conditions or filters is not decided, as posthog-node does.
#[derive(Debug, Default)]
struct Uncertainty {
    reason: Option<UnresolvedReason>,
    server_regex: bool,
}

impl Uncertainty {
    fn add(&mut self, reason: UnresolvedReason, server_regex: bool) {
        self.reason = Some(reason.or_higher(self.reason));
        self.server_regex |= server_regex;
    }

    fn into_fallback(self) -> Option<Fallback> {
        let reason = self.reason?;
        Some(Fallback::Inconclusive {
            reason,
            server_regex: self.server_regex,
        })
    }
}
