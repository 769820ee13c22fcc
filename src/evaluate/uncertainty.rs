//! Why a list of conditions or filters is undecided.

use crate::outcome::{Fallback, UnresolvedReason};

/// Collects the reasons why a list of conditions or filters is undecided, as posthog-node does.
#[derive(Debug, Default)]
pub struct Uncertainty {
    pub reason: Option<UnresolvedReason>,
    server_regex: bool,
}

impl Uncertainty {
    /// Adds one cause.
    pub fn add(&mut self, reason: UnresolvedReason, server_regex: bool) {
        self.reason = Some(reason.or_higher(self.reason));
        self.server_regex |= server_regex;
    }

    /// The result of a list that is undecided; `None` if no cause was added.
    pub fn into_fallback(self) -> Option<Fallback> {
        let reason = self.reason?;
        Some(Fallback::Inconclusive {
            reason,
            server_regex: self.server_regex,
        })
    }
}
