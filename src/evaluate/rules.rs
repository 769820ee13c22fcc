//! One flag, by its rules: posthog-node's `computeFlagValueLocally`.

use super::evaluation::Evaluation;
use super::property_holder::PropertyHolder;
use super::visitor::Visitor;
use crate::compiled::{Rules, Subject, Targeting};
use crate::js::value::Value;
use crate::outcome::{Fallback, Outcome, UnresolvedReason, ValueCode};

/// By what a flag buckets its subject.
pub(super) enum BucketedBy<'a> {
    /// By this value, and whose properties its conditions read.
    Known(Value<'a>, PropertyHolder),
    /// The call gives no distinct id, or no device id.
    Nothing,
    /// The call names no such group.
    NoGroup,
    /// The definitions have no such group type.
    UnknownGroupType,
}

impl<'a, V: Visitor> Evaluation<'a, V> {
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
        match self.bucketed_by(&targeting.subject)? {
            BucketedBy::Known(value, holder) => self.target(targeting, value, holder),
            BucketedBy::Nothing => Err(self.no_bucketing_value(targeting)),
            BucketedBy::NoGroup => Ok(ValueCode::FALSE),
            BucketedBy::UnknownGroupType => Err(Fallback::UNSUPPORTED),
        }
    }

    /// What the call gives to bucket the subject of a flag by.
    pub(super) fn bucketed_by(&self, subject: &Subject) -> Result<BucketedBy<'a>, Fallback> {
        let of_person = |value| BucketedBy::Known(value, PropertyHolder { absent: false });
        Ok(match subject {
            Subject::Person => match self.value(0) {
                Value::Missing => BucketedBy::Nothing,
                distinct_id => of_person(distinct_id),
            },
            Subject::Device(slot) => match self.value(*slot) {
                Value::Missing | Value::Undefined | Value::Null | Value::Text("") => {
                    BucketedBy::Nothing
                }
                device => of_person(device),
            },
            Subject::Group(group) => match self.group_key(*group)? {
                Value::Missing => BucketedBy::NoGroup,
                key => BucketedBy::Known(key, self.group_holder(*group)),
            },
            Subject::UnknownGroupType => BucketedBy::UnknownGroupType,
        })
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
