//! What an evaluation suspends when a row of flags and cohorts is too long for the stack.

use super::ledger::Place;
use super::property_holder::PropertyHolder;

/// A flag or a cohort in a row.
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
    /// The flags and cohorts that were on the stack, the last one first, with their places in the row.
    pub suspended: Vec<(Node, Place)>,
}

impl Row {
    /// Forgets what an evaluation left behind that did not end.
    pub fn begin(&mut self) {
        self.is_suspending = false;
        self.suspended.clear();
    }
}
