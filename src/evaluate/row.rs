//! What an evaluation suspends when a row of flags and cohorts is too long for the stack.

use super::ledger::Place;
use super::property_holder::PropertyHolder;

/// What is evaluated for the sake of something else, and kept.
#[derive(Debug, Clone, Copy)]
pub enum Node {
    Flag(usize),
    Cohort(usize, PropertyHolder),
}

/// A row that is too long for the stack.
#[derive(Debug, Default)]
pub struct Row {
    /// The evaluation is leaving the stack.
    pub is_suspending: bool,
    /// What was on the stack, the last one first, and where in the row it stands.
    pub suspended: Vec<(Node, Place)>,
}

impl Row {
    /// Forgets what an evaluation that did not come to its end has left.
    pub fn begin(&mut self) {
        self.is_suspending = false;
        self.suspended.clear();
    }
}
