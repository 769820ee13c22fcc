//! What flags and cohorts mean where they are decided as PostHog's server decides them.

use std::hash::{DefaultHasher, Hash};

use super::digests::Meanings;
use super::references::Reference;
use super::server::{
    CohortTest, CohortTree, PropertyRead, ServerCondition, ServerExpected, ServerFilter,
    ServerGroup, ServerRules,
};
use super::texts::narrow;

impl Meanings<'_> {
    pub(super) fn server_rules(&self, rules: &ServerRules, state: &mut DefaultHasher) {
        6.hash(state);
        self.server_group(rules.group, state);
        (rules.device.is_some(), rules.has_continuity).hash(state);
        (rules.enrollment.is_some(), rules.early_exit).hash(state);
        let holdout = rules.holdout;
        holdout
            .map(|(threshold, value)| (threshold.map(f64::to_bits), value))
            .hash(state);
        rules.variants.len().hash(state);
        for (share, value) in &rules.variants {
            (share.to_bits(), value).hash(state);
        }
        rules.conditions.len().hash(state);
        for condition in &rules.conditions {
            self.server_condition(condition, state);
        }
    }

    fn server_condition(&self, condition: &ServerCondition, state: &mut DefaultHasher) {
        self.server_group(condition.group, state);
        condition.filters.len().hash(state);
        for filter in &condition.filters {
            self.server_filter(filter, state);
        }
        let cohorts = condition.cohorts.as_deref();
        cohorts.map(<[_]>::len).hash(state);
        for test in cohorts.unwrap_or_default() {
            self.cohort_test(test, state);
        }
        (condition.rollout.map(f64::to_bits), condition.variant).hash(state);
    }

    fn server_filter(&self, filter: &ServerFilter, state: &mut DefaultHasher) {
        match filter {
            ServerFilter::Property(property) => {
                let (PropertyRead { slot, group, .. }, test) = &**property;
                // What is read in its place follows from the property.
                (0, self.definitions.inputs.get(*slot)).hash(state);
                (group.map(|group| self.group_type(group)), test.meaning()).hash(state);
            }
            ServerFilter::UnknownGroup(test) => (1, test.meaning()).hash(state),
            ServerFilter::Flag { flag, expected } => {
                2.hash(state);
                match flag {
                    Some(flag) => self.refer(Reference::Flag(narrow(*flag)), state),
                    None => 2.hash(state),
                }
                match expected {
                    ServerExpected::Bool(value) => (0, value).hash(state),
                    ServerExpected::Variant(variant) => (1, variant).hash(state),
                }
            }
            ServerFilter::Never => 3.hash(state),
            ServerFilter::Open => 4.hash(state),
        }
    }

    pub(super) fn tree(&self, tree: &CohortTree, state: &mut DefaultHasher) {
        match tree {
            CohortTree::And(parts) | CohortTree::Or(parts) => {
                (0, matches!(tree, CohortTree::Or(_)), parts.len()).hash(state);
                parts.iter().for_each(|part| self.tree(part, state));
            }
            CohortTree::Leaf(filter, is_turned) => {
                (1, is_turned).hash(state);
                self.server_filter(filter, state);
            }
            CohortTree::Cohort(test, is_turned) => {
                (2, is_turned).hash(state);
                self.cohort_test(test, state);
            }
        }
    }

    fn cohort_test(&self, test: &CohortTest, state: &mut DefaultHasher) {
        test.is_outside.hash(state);
        match test.cohort {
            Some(cohort) => self.refer(Reference::Cohort(narrow(cohort)), state),
            None => 2.hash(state),
        }
    }

    fn server_group(&self, group: Option<ServerGroup>, state: &mut DefaultHasher) {
        match group {
            None => 0.hash(state),
            Some(ServerGroup::Known(group)) => (1, self.group_type(group)).hash(state),
            Some(ServerGroup::Unknown) => 2.hash(state),
        }
    }
}

#[cfg(test)]
#[path = "server_digests_tests.rs"]
mod tests;
