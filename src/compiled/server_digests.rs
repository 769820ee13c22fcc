//! What flags and cohorts mean where they are decided as PostHog's server decides them.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::digests::Meanings;
use super::input::GroupSlots;
use super::references::Reference;
use super::server::{
    CohortTest, CohortTree, PropertyRead, ServerCondition, ServerExpected, ServerFilter,
    ServerGroup, ServerRules,
};
use super::texts::narrow;
use crate::outcome::ValueCode;

/// Stands for what is not there, where no other number does.
const NOTHING: u64 = u64::MAX;

/// Adds numbers. It is not inlined, which would make much code of many short lines.
#[inline(never)]
fn add(state: &mut DefaultHasher, numbers: &[u64]) {
    numbers.iter().for_each(|number| state.write_u64(*number));
}

/// The bits of a share that may be missing, which is never as large as this number is.
fn share(share: Option<f64>) -> u64 {
    share.map_or(NOTHING, f64::to_bits)
}

fn code(code: Option<ValueCode>) -> u64 {
    code.map_or(NOTHING, |code| code.0.into())
}

impl Meanings<'_> {
    pub(super) fn server_rules(&self, rules: &ServerRules, state: &mut DefaultHasher) {
        self.server_group(rules.group, state);
        let holdout = rules.holdout;
        let numbers = [
            6,
            rules.device.is_some().into(),
            rules.has_continuity.into(),
            rules.enrollment.is_some().into(),
            rules.early_exit.into(),
            share(holdout.and_then(|holdout| holdout.threshold)),
            code(holdout.map(|holdout| holdout.value)),
            rules.leads_into_a_circle.into(),
            rules.variants.shares.len() as u64,
            rules.conditions.len() as u64,
        ];
        add(state, &numbers);
        for (threshold, value) in &rules.variants.shares {
            add(state, &[threshold.to_bits(), value.0.into()]);
        }
        for condition in &rules.conditions {
            self.server_condition(condition, state);
        }
    }

    fn server_condition(&self, condition: &ServerCondition, state: &mut DefaultHasher) {
        self.server_group(condition.group, state);
        let cohorts = condition.cohorts.as_deref();
        let numbers = [
            share(condition.rollout),
            code(condition.variant),
            condition.filters.len() as u64,
            cohorts.map_or(NOTHING, |cohorts| cohorts.len() as u64),
        ];
        add(state, &numbers);
        for filter in &condition.filters {
            self.server_filter(filter, state);
        }
        for test in cohorts.unwrap_or_default() {
            self.cohort_test(test, false, state);
        }
    }

    fn server_filter(&self, filter: &ServerFilter, state: &mut DefaultHasher) {
        match filter {
            ServerFilter::Property(property) => {
                let (PropertyRead { slot, group, .. }, test) = &**property;
                add(state, &[0, test.meaning()]);
                // What is read in its place follows from the property.
                self.definitions.inputs.get(*slot).hash(state);
                self.server_group(group.map(ServerGroup::Known), state);
            }
            ServerFilter::UnknownGroup(test) => add(state, &[1, test.meaning()]),
            ServerFilter::Flag { flag, expected } => {
                match expected {
                    ServerExpected::Bool(value) => add(state, &[2, (*value).into()]),
                    ServerExpected::Variant(variant) => (3, variant).hash(state),
                }
                match flag {
                    Some(flag) => self.refer(Reference::Flag(narrow(*flag)), state),
                    None => add(state, &[NOTHING]),
                }
            }
            ServerFilter::Never => add(state, &[4]),
            ServerFilter::Open => add(state, &[5]),
        }
    }

    pub(super) fn tree(&self, tree: &CohortTree, state: &mut DefaultHasher) {
        match tree {
            CohortTree::And(parts) | CohortTree::Or(parts) => {
                let is_or = matches!(tree, CohortTree::Or(_));
                add(state, &[0, is_or.into(), parts.len() as u64]);
                parts.iter().for_each(|part| self.tree(part, state));
            }
            CohortTree::Leaf(filter, is_turned) => {
                add(state, &[1, (*is_turned).into()]);
                self.server_filter(filter, state);
            }
            CohortTree::Cohort(test, is_turned) => self.cohort_test(test, *is_turned, state),
        }
    }

    fn cohort_test(&self, test: &CohortTest, is_turned: bool, state: &mut DefaultHasher) {
        add(state, &[2, test.membership as u64, is_turned.into()]);
        self.refer(Reference::Cohort(narrow(test.cohort)), state);
    }

    fn server_group(&self, group: Option<ServerGroup>, state: &mut DefaultHasher) {
        match group {
            None => add(state, &[0]),
            Some(ServerGroup::Unknown) => add(state, &[1]),
            Some(ServerGroup::Known(group)) => self.group_name(group, state),
        }
    }

    #[inline(never)]
    fn group_name(&self, group: GroupSlots, state: &mut DefaultHasher) {
        (2, self.group_type(group)).hash(state);
    }
}

#[cfg(test)]
#[path = "server_digests_tests.rs"]
mod tests;
