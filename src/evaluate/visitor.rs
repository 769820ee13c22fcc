//! What an evaluation tells of its walk, for those who ask how a flag comes to its value.

use std::collections::HashMap;
use std::ptr;

use crate::compiled::{ConditionFilter, PropertyGroup};
use crate::matchers::server::Answer;
use crate::outcome::Fallback;

/// Learns what an evaluation finds out on its way. An ordinary evaluation has `()` in its place, for which the compiler leaves
/// all of this out.
pub trait Visitor {
    /// Whether each flag has to take the long way, which is the one that tells.
    const TAKES_THE_LONG_WAY: bool;

    /// A condition, by its place, has come to this.
    fn condition(&mut self, condition: usize, end: ConditionEnd);

    /// Something else than a condition decides a flag, by the place of its rules.
    fn decided(&mut self, rules: usize, by: Decision);

    /// A filter of a condition or a cohort has come to this.
    fn filter(&mut self, filter: &ConditionFilter, result: &Result<bool, Fallback>);

    /// A part of a cohort has come to this.
    fn group(&mut self, group: &PropertyGroup, result: &Result<bool, Fallback>);

    /// A filter of a condition that is decided as the server decides it, by its place, has come to this.
    fn server_filter(&mut self, filter: usize, answer: Answer);
}

impl Visitor for () {
    const TAKES_THE_LONG_WAY: bool = false;

    #[inline]
    fn condition(&mut self, _: usize, _: ConditionEnd) {}

    #[inline]
    fn decided(&mut self, _: usize, _: Decision) {}

    #[inline]
    fn filter(&mut self, _: &ConditionFilter, _: &Result<bool, Fallback>) {}

    #[inline]
    fn group(&mut self, _: &PropertyGroup, _: &Result<bool, Fallback>) {}

    #[inline]
    fn server_filter(&mut self, _: usize, _: Answer) {}
}

/// What a condition has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionEnd {
    /// It matches.
    Match,
    /// A filter does not match.
    NoMatch,
    /// The filters match, and the rollout excludes.
    OutOfRollout,
    /// It does not match, by a filter or by its rollout.
    NoMatchOrOut,
    /// It is for a group that the call does not name, or of an unknown type.
    NoGroup,
    /// It cannot be told.
    Undecided,
}

/// What decides a flag before its conditions do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The holdout.
    Holdout,
    /// People have chosen the flag themselves.
    Enrollment,
    /// It depends on flags in a circle.
    MissingDependency,
}

/// By what a part of definitions is known, as long as they are not moved.
#[inline]
pub fn place_of<T>(part: &T) -> usize {
    ptr::from_ref(part).addr()
}

/// Keeps what an evaluation tells, by the places of the parts. A flag or a cohort that had to begin anew tells the same again.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Whether filters and cohorts are kept too.
    is_whole: bool,
    conditions: HashMap<usize, ConditionEnd>,
    decisions: HashMap<usize, Decision>,
    /// `None` if it cannot be told.
    matches: HashMap<usize, Option<bool>>,
}

impl Recorder {
    /// Keeps everything.
    pub fn whole() -> Self {
        Self {
            is_whole: true,
            ..Self::default()
        }
    }

    /// What a condition has come to, if the walk came to it.
    pub fn end_of<T>(&self, condition: &T) -> Option<ConditionEnd> {
        self.conditions.get(&place_of(condition)).copied()
    }

    /// What decided a flag before its conditions.
    pub fn decision_of<T>(&self, rules: &T) -> Option<Decision> {
        self.decisions.get(&place_of(rules)).copied()
    }

    /// Whether a filter or a part of a cohort matches, if the walk came to it; `Some(None)` if that cannot be told.
    pub fn matches<T>(&self, part: &T) -> Option<Option<bool>> {
        self.answer_at(place_of(part))
    }

    /// The same of a part that is known by its place.
    pub fn answer_at(&self, place: usize) -> Option<Option<bool>> {
        self.matches.get(&place).copied()
    }

    fn keep<T>(&mut self, part: &T, result: &Result<bool, Fallback>) {
        if self.is_whole {
            self.matches
                .insert(place_of(part), result.as_ref().ok().copied());
        }
    }
}

impl Visitor for Recorder {
    const TAKES_THE_LONG_WAY: bool = true;

    fn condition(&mut self, condition: usize, end: ConditionEnd) {
        self.conditions.insert(condition, end);
    }

    fn decided(&mut self, rules: usize, by: Decision) {
        self.decisions.insert(rules, by);
    }

    fn filter(&mut self, filter: &ConditionFilter, result: &Result<bool, Fallback>) {
        self.keep(filter, result);
    }

    fn group(&mut self, group: &PropertyGroup, result: &Result<bool, Fallback>) {
        self.keep(group, result);
    }

    fn server_filter(&mut self, filter: usize, answer: Answer) {
        if self.is_whole {
            self.matches.insert(filter, answer.known());
        }
    }
}
