//! Why a flag has its value, in the words of PostHog's server.

use super::evaluation::Evaluation;
use super::visitor::{ConditionEnd, Decision, Recorder};
use crate::compiled::{ConditionFilter, FlagDependency, Rules};
use crate::hashing::Path;
use crate::outcome::{Fallback, Outcome, ResultCode};

/// Why a flag has its value: the least telling first. Of several conditions the most telling reason counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasonCode {
    /// It depends on a flag that is not there, or on itself.
    MissingDependency = 1,
    /// It is switched off.
    FlagDisabled,
    /// It has no conditions, or only those for groups that the call does not name.
    NoGroupType,
    /// No condition's filters match.
    NoConditionMatch,
    /// The filters of a condition match, and its rollout excludes.
    OutOfRolloutBound,
    /// A condition matches.
    ConditionMatch,
    /// The holdout takes the subject in.
    HoldoutConditionValue,
    /// People have chosen it themselves.
    SuperConditionValue,
}

impl ReasonCode {
    /// Its name in PostHog.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingDependency => "missing_dependency",
            Self::FlagDisabled => "flag_disabled",
            Self::NoGroupType => "no_group_type",
            Self::NoConditionMatch => "no_condition_match",
            Self::OutOfRolloutBound => "out_of_rollout_bound",
            Self::ConditionMatch => "condition_match",
            Self::HoldoutConditionValue => "holdout_condition_value",
            Self::SuperConditionValue => "super_condition_value",
        }
    }
}

/// A reason, and the number of the condition that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The reason.
    pub code: ReasonCode,
    /// The number of the condition in stored order.
    pub condition: Option<u32>,
}

impl Reason {
    fn alone(code: ReasonCode) -> Self {
        Self {
            code,
            condition: None,
        }
    }

    /// The reason as one number: the code in the highest byte, below it the number of the condition plus one.
    pub fn number(reason: Option<Self>) -> u32 {
        const MOST: u32 = 0x00FF_FFFF;
        reason.map_or(0, |Self { code, condition }| {
            let condition = condition.map_or(0, |number| number.saturating_add(1).min(MOST));
            (code as u32) << 24 | condition
        })
    }
}

impl Evaluation<'_, Recorder> {
    /// Evaluates some flags as [`some`](Self::some) does, and writes the [number](Reason::number) of the reason of each.
    pub fn some_with_reasons(
        &mut self,
        path: Option<Path>,
        flags: &mut [u32],
        reasons: &mut [u32],
        mut without_value: impl FnMut(usize, Fallback),
    ) {
        if let Some(path) = path {
            self.prepare(path);
        }
        for (place, (flag, reason)) in flags.iter_mut().zip(reasons).enumerate() {
            let index = *flag as usize;
            let outcome = self.asked_for(index);
            *flag = u32::from(ResultCode::of(&outcome).0);
            match outcome {
                Ok(_) => *reason = Reason::number(self.reason(index, &outcome)),
                Err(fallback) => without_value(place, fallback),
            }
        }
    }

    /// Why a flag has come to this outcome. Nothing if it has no value, unless it lacks a dependency, or if it has the same
    /// value for several possible reasons.
    pub fn reason(&self, flag: usize, outcome: &Outcome) -> Option<Reason> {
        let definitions = self.definitions;
        match (&definitions.flags[flag].rules, outcome) {
            (Rules::Inactive, Ok(_)) => Some(Reason::alone(ReasonCode::FlagDisabled)),
            (Rules::Targeting(targeting), Ok(_)) => {
                let conditions = targeting.conditions.of(&definitions.conditions);
                let ends = conditions
                    .iter()
                    .map(|condition| self.visitor.end_of(condition));
                match self.visitor.decision_of(targeting) {
                    Some(decision) => Some(reason_of(decision)),
                    None => Some(most_telling(ends)),
                }
            }
            (Rules::Server(rules), Ok(_)) => {
                let ends = || {
                    let conditions = rules.conditions.iter();
                    conditions.map(|condition| self.visitor.end_of(condition))
                };
                match self.visitor.decision_of(&**rules) {
                    Some(decision) => Some(reason_of(decision)),
                    None => certain(most_telling(ends()), ends()),
                }
            }
            (_, Err(fallback)) => self
                .lacks_dependency(flag, fallback)
                .then(|| Reason::alone(ReasonCode::MissingDependency)),
            _ => None,
        }
    }

    /// Whether a flag has no value because it depends on itself, or on a flag that is not there.
    fn lacks_dependency(&self, flag: usize, fallback: &Fallback) -> bool {
        let definitions = self.definitions;
        let Rules::Targeting(targeting) = &definitions.flags[flag].rules else {
            return false;
        };
        let is_missing = |filter: &ConditionFilter| {
            let is_unknown = matches!(filter, ConditionFilter::Flag(dependency, _)
                if matches!(**dependency, FlagDependency::Unsupported));
            is_unknown && self.visitor.matches(filter).is_some()
        };
        let conditions = targeting.conditions.of(&definitions.conditions);
        matches!(fallback, Fallback::Endless(_))
            || conditions.iter().any(|condition| {
                let mut filters = condition.filters.of(&definitions.condition_filters).iter();
                filters.any(is_missing)
            })
    }
}

/// The reason, unless what is not known may be another one, though the value is the same.
fn certain(reason: Reason, mut ends: impl Iterator<Item = Option<ConditionEnd>>) -> Option<Reason> {
    let is_certain = !ends.any(|end| match end {
        Some(ConditionEnd::Undecided) => true,
        Some(ConditionEnd::NoMatchOrOut) => reason.code < ReasonCode::ConditionMatch,
        _ => false,
    });
    is_certain.then_some(reason)
}

fn reason_of(decision: Decision) -> Reason {
    match decision {
        Decision::Holdout => Reason::alone(ReasonCode::HoldoutConditionValue),
        Decision::MissingDependency => Reason::alone(ReasonCode::MissingDependency),
        Decision::Enrollment => Reason {
            code: ReasonCode::SuperConditionValue,
            condition: Some(0),
        },
    }
}

/// The most telling reason of conditions that were walked in this order, the last of those.
fn most_telling(ends: impl Iterator<Item = Option<ConditionEnd>>) -> Reason {
    let mut reason = Reason::alone(ReasonCode::NoGroupType);
    for (number, end) in ends.enumerate() {
        let code = match end {
            Some(ConditionEnd::Match) => ReasonCode::ConditionMatch,
            Some(ConditionEnd::OutOfRollout) => ReasonCode::OutOfRolloutBound,
            Some(ConditionEnd::NoMatch) => ReasonCode::NoConditionMatch,
            Some(ConditionEnd::NoGroup) => ReasonCode::NoGroupType,
            Some(ConditionEnd::Undecided | ConditionEnd::NoMatchOrOut) | None => continue,
        };
        if code >= reason.code {
            reason = Reason {
                code,
                condition: u32::try_from(number).ok(),
            };
        }
    }
    reason
}
