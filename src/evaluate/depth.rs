//! Flags that depend on flags and cohorts that contain cohorts, in a row of any length: the stack holds a part of the row at
//! a time. Where it would become too high, the evaluation suspends all that is on it, finishes the last of them on an empty
//! stack, and so goes back along the row. An answer never depends on where a row was entered.

use super::evaluation::Evaluation;
use super::ledger::{Known, Place};
use super::row::Node;
use crate::outcome::{Fallback, Outcome};

/// So many flags, cohorts and groups of cohorts may be on the stack before the next flag or cohort; the groups of one
/// cohort are few, as deep as JSON is read. A caller in a worker thread may have left little of the stack.
const MAX_LEVELS: usize = 100;

impl Evaluation<'_> {
    /// The value of a flag, an index into `definitions.flags`.
    pub fn flag(&mut self, flag: usize) -> Outcome {
        // A shortcut may have come upon the row already.
        if !self.scratch.row.is_suspending {
            let outcome = self.flag_in_row(flag);
            if !self.scratch.row.is_suspending {
                return outcome;
            }
        }
        self.flag_at_the_end_of_a_row(flag)
    }

    #[cold]
    fn flag_at_the_end_of_a_row(&mut self, flag: usize) -> Outcome {
        let mut row = Vec::new();
        loop {
            row.extend(self.scratch.row.suspended.drain(..).rev());
            self.scratch.row.is_suspending = false;
            let Some((node, place)) = row.pop() else {
                self.place = Place::default();
                let outcome = self.flag_in_row(flag);
                if self.scratch.row.is_suspending {
                    continue;
                }
                return outcome;
            };
            self.place = place;
            // Its value is kept, or it is suspended once more, with what it needs first.
            match node {
                Node::Flag(flag) => {
                    self.scratch.flags.set(flag, Known::Nothing);
                    let _ = self.flag_in_row(flag);
                }
                Node::Cohort(cohort, properties) => {
                    self.scratch.cohorts.set(cohort, Known::Nothing);
                    let _ = self.cohort(cohort, properties);
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

    /// Begins to leave the stack. What this returns is passed on by all that is on it, like an evaluation without an end.
    pub(super) fn suspend(&mut self) -> Fallback {
        self.scratch.row.is_suspending = true;
        Fallback::Endless(Box::default())
    }

    /// Whether the stack is being left, this one too, so that what it seems to come to means nothing.
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
