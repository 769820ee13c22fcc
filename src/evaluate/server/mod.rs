//! One flag as PostHog's server decides it, with three values: what is not known here may be either, and an answer is given only
//! if it is the same whatever the unknown is.

mod cohorts;
mod conditions;
mod explanation;
mod numbers;
mod properties;
mod shares;
mod subject;

use std::borrow::Cow;

use serde_json::Value as Json;

use super::evaluation::Evaluation;
use super::visitor::{ConditionEnd, Decision, Visitor, place_of};
use crate::compiled::server::{ServerCondition, ServerGroup, ServerHoldout, ServerRules};
use crate::hashing;
use crate::js::value::Value;
use crate::matchers::server::Answer;
use crate::outcome::{Fallback, Outcome, UnresolvedReason, ValueCode};
use properties::Known;
use shares::Given;

/// What comes of trying a condition.
enum Tried {
    /// It is for a group that the call does not name, or of an unknown type.
    NoGroup,
    /// It does not count, because there is no device to hash.
    NoDevice,
    NoMatch,
    /// Its filters match, or may match if that is not certain.
    Given {
        is_certain: bool,
        given: Given,
    },
}

impl Tried {
    /// What a visitor is told.
    fn end(&self) -> ConditionEnd {
        match self {
            Self::NoGroup => ConditionEnd::NoGroup,
            Self::NoDevice => ConditionEnd::OutOfRollout,
            Self::NoMatch => ConditionEnd::NoMatch,
            Self::Given { is_certain, given } => match (given, is_certain) {
                (Given::Value(_), true) => ConditionEnd::Match,
                (Given::Out, true) => ConditionEnd::OutOfRollout,
                (Given::Out, false) => ConditionEnd::NoMatchOrOut,
                (Given::Value(_), false) | (Given::Open, _) => ConditionEnd::Undecided,
            },
        }
    }
}

impl<V: Visitor> Evaluation<'_, V> {
    /// The value of a flag by the server's rules.
    pub(super) fn decide_as_server(&mut self, rules: &ServerRules) -> Outcome {
        if rules.leads_into_a_circle {
            let place = place_of(rules);
            self.visitor.decided(place, Decision::MissingDependency);
            return Ok(ValueCode::FALSE);
        }
        // The server evaluates what a flag depends on before the flag, and fails with it.
        for flag in &rules.flags {
            if self.definitions.flags[*flag].may_fail() && self.flag_in_row(*flag).is_err() {
                let reason = UnresolvedReason::UnresolvedDependency;
                return Err(Fallback::inconclusive(reason));
            }
        }
        let outcome = self.decide_by_rules(rules);
        if outcome.is_err() && !self.scratch.row.is_suspending {
            let mut flags = rules.flags.iter();
            if flags.any(|flag| self.flag_in_row(*flag).is_err()) {
                let reason = UnresolvedReason::UnresolvedDependency;
                return Err(Fallback::inconclusive(reason));
            }
        }
        outcome
    }

    fn decide_by_rules(&mut self, rules: &ServerRules) -> Outcome {
        let is_complete = self.is_complete(rules);
        if let Some(value) = self.enrolled(rules, is_complete)? {
            self.visitor.decided(place_of(rules), Decision::Enrollment);
            return Ok(value);
        }
        if let Some(holdout) = rules.holdout
            && self.is_held_out(rules, holdout, is_complete)?
        {
            self.visitor.decided(place_of(rules), Decision::Holdout);
            return Ok(holdout.value);
        }
        self.walk_conditions(rules, is_complete)
    }

    /// Whether what is not given is not there.
    fn is_complete(&self, rules: &ServerRules) -> bool {
        matches!(self.value(rules.complete), Value::Bool(true))
    }

    /// What people have chosen themselves; nothing if they have chosen nothing.
    fn enrolled(
        &self,
        rules: &ServerRules,
        is_complete: bool,
    ) -> Result<Option<ValueCode>, Fallback> {
        let Some(slot) = rules.enrollment else {
            return Ok(None);
        };
        match self.known(slot, is_complete) {
            Known::Absent => Ok(None),
            Known::Given(Json::Bool(true)) => Ok(Some(ValueCode::TRUE)),
            Known::Given(Json::String(text)) if text == "true" => Ok(Some(ValueCode::TRUE)),
            // Whether other spellings count is not known.
            Known::Given(Json::String(text)) if text.eq_ignore_ascii_case("true") => {
                Err(Fallback::UNSUPPORTED)
            }
            Known::Given(_) => Ok(Some(ValueCode::FALSE)),
            Known::Unknown | Known::Open => Err(Fallback::MISSING_CONTEXT),
        }
    }

    /// Whether the person, the device or the group is held out. Who has no device is held out by the distinct id.
    fn is_held_out(
        &self,
        rules: &ServerRules,
        holdout: ServerHoldout,
        is_complete: bool,
    ) -> Result<bool, Fallback> {
        let Some(threshold) = holdout.threshold else {
            return Ok(true);
        };
        let id = match rules.group {
            Some(ServerGroup::Known(group)) => self.usable_key(group.key)?.unwrap_or_default(),
            Some(ServerGroup::Unknown) => Cow::default(),
            None => {
                let device = match rules.device {
                    Some(slot) => self.device(slot, is_complete)?,
                    None => None,
                };
                let id = device.or_else(|| self.distinct_id());
                id.ok_or(Fallback::MISSING_CONTEXT)?
            }
        };
        Ok(hashing::holdout(&id) <= threshold)
    }

    fn walk_conditions(&mut self, rules: &ServerRules, is_complete: bool) -> Outcome {
        let mut possible = Possible::default();
        for condition in &rules.conditions {
            let tried = self.try_condition(condition, rules, is_complete)?;
            self.visitor.condition(place_of(condition), tried.end());
            let Tried::Given { is_certain, given } = tried else {
                continue;
            };
            let value = match given {
                Given::Value(value) => value,
                Given::Out if rules.early_exit => ValueCode::FALSE,
                Given::Out => continue,
                Given::Open => {
                    let reason = UnresolvedReason::ExperienceContinuity;
                    return Err(Fallback::inconclusive(reason));
                }
            };
            possible.add(value)?;
            if is_certain {
                return Ok(value);
            }
        }
        possible.add(ValueCode::FALSE)?;
        Ok(ValueCode::FALSE)
    }

    fn try_condition(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
        is_complete: bool,
    ) -> Result<Tried, Fallback> {
        let group = match condition.group {
            None => None,
            Some(ServerGroup::Unknown) => return Ok(Tried::NoGroup),
            Some(ServerGroup::Known(group)) => match self.usable_key(group.key)? {
                None => return Ok(Tried::NoGroup),
                key => Some(key),
            },
        };
        if group.is_none() && self.lacks_device(condition, rules, is_complete) {
            return Ok(Tried::NoDevice);
        }
        let matches = self.condition_matches(condition, is_complete)?;
        if matches == Answer::No {
            return Ok(Tried::NoMatch);
        }
        Ok(Tried::Given {
            is_certain: matches == Answer::Yes,
            given: match group {
                Some(key) => shares::give(condition, rules, key.as_deref(), false),
                None => self.give_to_person(condition, rules, is_complete)?,
            },
        })
    }
}

/// What the conditions so far may give.
#[derive(Default)]
struct Possible(Option<ValueCode>);

impl Possible {
    /// Adds what a condition gives.
    ///
    /// # Errors
    ///
    /// If the flag may have several values.
    fn add(&mut self, value: ValueCode) -> Result<(), Fallback> {
        match *self.0.get_or_insert(value) == value {
            true => Ok(()),
            false => Err(Fallback::MISSING_CONTEXT),
        }
    }
}
