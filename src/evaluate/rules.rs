//! One flag, by its rules: posthog-node's `computeFlagValueLocally`.

use super::evaluation::Evaluation;
use super::property_holder::PropertyHolder;
use crate::compiled::{Rules, Subject, Targeting};
use crate::js::value::Value;
use crate::outcome::{Fallback, Outcome, UnresolvedReason, ValueCode};

impl Evaluation<'_> {
    /// posthog-node's `computeFlagValueLocally`.
    pub(super) fn decide(&mut self, flag: usize) -> Outcome {
        let definitions = self.definitions;
        let targeting = match &definitions.flags[flag].rules {
            Rules::Inactive => return Ok(ValueCode::FALSE),
            Rules::Undecided(reason) => return Err(Fallback::inconclusive(*reason)),
            Rules::Malformed(message) => return Err(Fallback::Thrown(message.clone())),
            Rules::Unreadable(message) => return Err(Fallback::Unreadable(message.clone())),
            Rules::Server(rules) => return self.decide_as_server(rules),
            Rules::Targeting(targeting) => targeting,
        };
        match &targeting.subject {
            Subject::Person => match self.value(0) {
                Value::Missing => Err(self.no_bucketing_value(targeting)),
                distinct_id => {
                    self.target(targeting, distinct_id, PropertyHolder { absent: false })
                }
            },
            Subject::Device(slot) => match self.value(*slot) {
                Value::Missing | Value::Undefined | Value::Null | Value::Text("") => {
                    Err(self.no_bucketing_value(targeting))
                }
                device => self.target(targeting, device, PropertyHolder { absent: false }),
            },
            Subject::Group(group) => match self.group_key(*group)? {
                Value::Missing => Ok(ValueCode::FALSE),
                key => self.target(targeting, key, self.group_holder(*group)),
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
}
