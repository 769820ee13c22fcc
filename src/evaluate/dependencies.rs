//! Filters on the value of another flag: posthog-node's `evaluateFlagDependency`.

use super::{Evaluation, Known};
use crate::compiled::{DependencyLink, DependencyTarget, ExpectedValue, FlagDependency};
use crate::json::Json;
use crate::outcome::{Fallback, UnresolvedReason, ValueCode};

/// The value of a flag in the terms of the flag that depends on it.
enum DependencyValue<'v> {
    Bool(bool),
    Variant(&'v Json),
    Unknown,
}

impl Evaluation<'_> {
    pub(super) fn dependency(&mut self, dependency: &FlagDependency) -> Result<bool, Fallback> {
        let FlagDependency::Chain {
            links,
            target,
            expected,
        } = dependency
        else {
            return Err(Fallback::UNSUPPORTED);
        };
        for link in links {
            self.link(*link)?;
        }
        let value = match target {
            DependencyTarget::Link(DependencyLink::Off) => DependencyValue::Bool(false),
            DependencyTarget::Link(DependencyLink::Flag(flag))
            | DependencyTarget::Elsewhere(Some(flag)) => self.known_value(*flag),
            DependencyTarget::Elsewhere(None) => DependencyValue::Unknown,
        };
        Ok(meets(expected, &value))
    }

    /// Evaluates one flag of the chain. Whatever keeps it from a value leaves the dependent flag unresolved too.
    fn link(&mut self, link: DependencyLink) -> Result<(), Fallback> {
        let DependencyLink::Flag(flag) = link else {
            return Ok(());
        };
        let reason = UnresolvedReason::UnresolvedDependency;
        match self.flag(flag) {
            Ok(_) => Ok(()),
            Err(Fallback::RequiresServer { .. }) => Err(Fallback::RequiresServer { reason }),
            Err(Fallback::Inconclusive { server_regex, .. }) => Err(Fallback::Inconclusive {
                reason,
                server_regex,
            }),
            Err(Fallback::Thrown(_)) => Err(Fallback::inconclusive(reason)),
            Err(endless @ Fallback::Endless(_)) => Err(endless),
        }
    }

    fn known_value(&self, flag: usize) -> DependencyValue<'_> {
        match &self.scratch.flags[flag] {
            Known::Result(Ok(code)) => match code.own_index() {
                None => DependencyValue::Bool(*code == ValueCode::TRUE),
                Some(index) => {
                    DependencyValue::Variant(&self.definitions.flags[flag].values[index])
                }
            },
            _ => DependencyValue::Unknown,
        }
    }
}

/// posthog-node's `flagEvaluatesToExpectedValue`.
fn meets(expected: &ExpectedValue, value: &DependencyValue<'_>) -> bool {
    match (expected, value) {
        (ExpectedValue::Bool(expected), DependencyValue::Bool(value)) => expected == value,
        (ExpectedValue::Bool(true), DependencyValue::Variant(Json::String(_))) => true,
        (ExpectedValue::Variant(expected), DependencyValue::Variant(Json::String(value))) => {
            expected == value
        }
        _ => false,
    }
}
