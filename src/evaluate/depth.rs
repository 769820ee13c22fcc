//! Flags that depend on flags and cohorts that contain cohorts form a row, which may have any length. The stack holds only a
//! part of it: before the stack becomes too high, the evaluation suspends everything on it, evaluates the last flag or cohort
//! of the row on an empty stack, and goes back along the row from there. The answer does not depend on where a row was entered.

use super::evaluation::Evaluation;
use super::ledger::{Known, Place};
use super::row::Node;
use super::visitor::Visitor;
use crate::outcome::{Fallback, Outcome};

/// How many flags, cohorts and groups of cohorts may be on the stack when the next flag or cohort begins. The groups of one
/// cohort add at most the depth to which JSON is read. The limit is low because a worker thread may have a small stack.
const MAX_LEVELS: usize = 100;

impl<V: Visitor> Evaluation<'_, V> {
    /// The value of a flag, an index into `definitions.flags`.
    pub fn flag(&mut self, flag: usize) -> Outcome {
        self.on_an_empty_stack(|evaluation| evaluation.flag_in_row(flag))
    }

    /// Asks for something that may need a row of any length.
    #[inline]
    pub(super) fn on_an_empty_stack<T>(&mut self, ask: impl Fn(&mut Self) -> T) -> T {
        // A shortcut may have begun to suspend the row already.
        if !self.scratch.row.is_suspending {
            let answer = ask(self);
            if !self.scratch.row.is_suspending {
                return answer;
            }
        }
        self.at_the_end_of_a_row(ask)
    }

    #[cold]
    fn at_the_end_of_a_row<T>(&mut self, ask: impl Fn(&mut Self) -> T) -> T {
        let mut row = Vec::new();
        loop {
            row.extend(self.scratch.row.suspended.drain(..).rev());
            self.scratch.row.is_suspending = false;
            let Some((node, place)) = row.pop() else {
                self.place = Place::default();
                let answer = ask(self);
                if self.scratch.row.is_suspending {
                    continue;
                }
                return answer;
            };
            self.place = place;
            // Either its value is kept now, or it is suspended again, behind the flags and cohorts that it needs first.
            match node {
                Node::Flag(flag) => {
                    self.scratch.flags.set(flag, Known::Nothing);
                    let _ = self.flag_in_row(flag);
                }
                Node::Cohort(cohort, holder) => {
                    self.scratch.cohorts.set(cohort, Known::Nothing);
                    let _ = self.cohort(cohort, holder);
                }
            }
        }
    }

    /// The value of a flag that the caller, another flag or a cohort asks for.
    pub(super) fn flag_in_row(&mut self, flag: usize) -> Outcome {
        if !self.definitions.flags[flag].is_dependency {
            return self.compute(flag);
        }
        match self.scratch.flags.get(flag) {
            Known::Result(outcome) => return outcome.clone(),
            Known::InProgress(place) => return Err(self.endless(*place)),
            Known::Nothing if self.is_stack_high() => return Err(self.suspend()),
            Known::Nothing => {}
        }
        self.scratch.flags.set(flag, Known::InProgress(self.place));
        let outcome = self.compute(flag);
        if !self.leaves(Node::Flag(flag)) {
            self.scratch.flags.set(flag, Known::Result(outcome.clone()));
        }
        outcome
    }

    fn compute(&mut self, flag: usize) -> Outcome {
        let place = self.place;
        self.place = place.after_flag();
        self.levels += 1;
        let outcome = self.decide(flag);
        self.levels -= 1;
        self.place = place;
        outcome
    }

    /// Whether what is asked for next has to wait.
    pub(super) fn is_stack_high(&self) -> bool {
        self.levels >= MAX_LEVELS
    }

    /// Begins to leave the stack. Every caller on the stack passes the returned value on, as it does with an endless flag.
    pub(super) fn suspend(&mut self) -> Fallback {
        self.scratch.row.is_suspending = true;
        Fallback::Endless(Box::default())
    }

    /// Whether the evaluation is leaving the stack. If so, this flag or cohort is suspended too, and its result means nothing.
    pub(super) fn leaves(&mut self, node: Node) -> bool {
        let row = &mut self.scratch.row;
        if row.is_suspending {
            row.suspended.push((node, self.place));
        }
        row.is_suspending
    }

    /// The row leads back to this place. The message is the same wherever the circle was entered.
    pub(super) fn endless(&self, place: Place) -> Fallback {
        let (flags, _) = self.place.since(place);
        let first = self.scratch.flags.first_in_progress(place, flags);
        let key = first.map_or("", |flag| self.definitions.description.key(flag));
        Fallback::Endless(
            format!(
                "flag '{key}' cannot be evaluated: it depends on itself; correct its flag dependencies in PostHog"
            )
            .into(),
        )
    }
}

#[cfg(test)]
#[path = "depth_tests.rs"]
mod tests;
