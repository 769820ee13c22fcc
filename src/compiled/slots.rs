//! Which inputs a single flag reads.

use std::collections::HashSet;

use super::definitions::{
    Aggregation, CohortReference, CompiledCohort, CompiledDefinitions, CompiledFlag, Condition,
    ConditionFilter, DependencyLink, DependencyTarget, FlagDependency, PropertyFilter,
    PropertyGroup, Rules, Subject,
};
use super::input::{GroupSlots, Slot};
use super::references::{Lists, Reference, References};
use super::server::{CohortTree, PropertyRead, ServerFilter, ServerGroup, ServerRules};
use super::texts::narrow;

/// What refers to inputs, flags and cohorts.
#[derive(Debug, Clone, Copy)]
pub struct Referring<'d> {
    /// All flags.
    pub flags: &'d [CompiledFlag],
    /// All cohorts as posthog-node reads them; none where the server's are read.
    pub cohorts: &'d [CompiledCohort],
    /// All cohorts as the server reads them; none where posthog-node's are read.
    pub server_cohorts: &'d [CohortTree],
    /// The conditions of all flags.
    pub conditions: &'d [Condition],
    /// The filters of all these conditions.
    pub condition_filters: &'d [ConditionFilter],
    /// The tests of properties.
    pub filters: &'d [PropertyFilter],
}

impl References {
    /// The references of these flags and cohorts.
    pub fn of(all: &Referring<'_>) -> Self {
        let cohorts = match all.server_cohorts {
            [] => lists(all, all.cohorts, |walk, cohort| walk.group(&cohort.group)),
            trees => lists(all, trees, |walk, tree| walk.tree(tree)),
        };
        Self {
            flags: lists(all, all.flags, |walk, flag| walk.rules(&flag.rules)),
            cohorts,
        }
    }
}

/// What each of some flags or cohorts reads and refers to.
fn lists<T>(all: &Referring<'_>, walked: &[T], walk: impl Fn(&mut Walk<'_>, &T)) -> Lists {
    let mut ends = Vec::with_capacity(walked.len());
    let mut references = Vec::with_capacity(walked.len());
    let mut found = Walk {
        all,
        found: Vec::new(),
    };
    for each in walked {
        walk(&mut found, each);
        found.found.sort_unstable();
        found.found.dedup();
        references.append(&mut found.found);
        ends.push(narrow(references.len()));
    }
    Lists {
        references: references.into(),
        ends: ends.into(),
    }
}

impl CompiledDefinitions {
    /// The slots, in order, that are read by a flag and by the cohorts and flags that it refers to.
    pub fn slots_of(&self, flag: usize) -> Vec<Slot> {
        let References { flags, cohorts } = &self.references;
        let mut slots = HashSet::from([0]);
        let first = Reference::Flag(narrow(flag));
        let mut met = HashSet::from([first]);
        let mut pending = vec![first];
        while let Some(reference) = pending.pop() {
            let references = match reference {
                Reference::Flag(flag) => flags.get(flag),
                Reference::Cohort(cohort) => cohorts.get(cohort),
                Reference::Slot(_) => &[],
            };
            for reference in references {
                match reference {
                    Reference::Slot(slot) => {
                        slots.insert(*slot as Slot);
                    }
                    other if met.insert(*other) => pending.push(*other),
                    _ => {}
                }
            }
        }
        let mut slots: Vec<_> = slots.into_iter().collect();
        slots.sort_unstable();
        slots
    }
}

/// What one flag or one cohort reads and refers to.
struct Walk<'d> {
    all: &'d Referring<'d>,
    found: Vec<Reference>,
}

impl Walk<'_> {
    fn rules(&mut self, rules: &Rules) {
        let targeting = match rules {
            Rules::Targeting(targeting) => targeting,
            Rules::Server(rules) => return self.server_rules(rules),
            _ => return,
        };
        match &targeting.subject {
            Subject::Device(slot) => self.found.push(Reference::Slot(narrow(*slot))),
            Subject::Group(group) => self.group_slots(*group),
            Subject::Person | Subject::UnknownGroupType => {}
        }
        for condition in targeting.conditions.of(self.all.conditions) {
            if let Aggregation::Group(group) = condition.aggregation {
                self.group_slots(group);
            }
            for filter in condition.filters.of(self.all.condition_filters) {
                self.filter(filter);
            }
        }
    }

    fn server_rules(&mut self, rules: &ServerRules) {
        let own = [Some(rules.complete), rules.device, rules.enrollment];
        own.into_iter().flatten().for_each(|slot| self.slot(slot));
        self.server_group(rules.group);
        for condition in &rules.conditions {
            self.server_group(condition.group);
            for filter in &condition.filters {
                self.server_filter(filter);
            }
            for test in condition.cohorts.iter().flatten() {
                self.found.push(Reference::Cohort(narrow(test.cohort)));
            }
        }
        let flags = rules
            .flags
            .iter()
            .map(|flag| Reference::Flag(narrow(*flag)));
        self.found.extend(flags);
    }

    fn server_group(&mut self, group: Option<ServerGroup>) {
        if let Some(ServerGroup::Known(group)) = group {
            self.group_slots(group);
        }
    }

    fn server_filter(&mut self, filter: &ServerFilter) {
        if let ServerFilter::Property(property) = filter {
            let PropertyRead {
                slot,
                group,
                instead,
                ..
            } = &property.0;
            self.slot(*slot);
            instead.iter().for_each(|slot| self.slot(*slot));
            if let Some(group) = group {
                self.group_slots(*group);
            }
        }
    }

    fn tree(&mut self, tree: &CohortTree) {
        match tree {
            CohortTree::And(parts) | CohortTree::Or(parts) => {
                parts.iter().for_each(|part| self.tree(part));
            }
            CohortTree::Leaf(filter, _) => self.server_filter(filter),
            CohortTree::Cohort(test, _) => {
                self.found.push(Reference::Cohort(narrow(test.cohort)));
            }
        }
    }

    fn slot(&mut self, slot: Slot) {
        self.found.push(Reference::Slot(narrow(slot)));
    }

    fn group_slots(&mut self, group: GroupSlots) {
        self.found
            .extend([group.key, group.given].map(|slot| Reference::Slot(narrow(slot))));
    }

    fn filter(&mut self, filter: &ConditionFilter) {
        match filter {
            ConditionFilter::Property(filter) => {
                let slot = Reference::Slot(narrow(self.all.filters[*filter as usize].slot));
                // Most cohorts of many filters read one property again and again.
                if self.found.last() != Some(&slot) {
                    self.found.push(slot);
                }
            }
            ConditionFilter::Cohort(filter) => {
                if let CohortReference::Known(cohort) = filter.cohort {
                    self.found.push(Reference::Cohort(narrow(cohort)));
                }
            }
            ConditionFilter::Flag(dependency, _) => {
                let FlagDependency::Chain { links, target, .. } = &**dependency else {
                    return;
                };
                for link in links {
                    if let DependencyLink::Flag(flag) = link {
                        self.found.push(Reference::Flag(narrow(*flag)));
                    }
                }
                if let DependencyTarget::Elsewhere(Some(flag)) = target {
                    self.found.push(Reference::Flag(narrow(*flag)));
                }
            }
            ConditionFilter::Throws(_) | ConditionFilter::Malformed(_) => {}
        }
    }

    fn group(&mut self, group: &PropertyGroup) {
        match group {
            PropertyGroup::Groups { groups, .. } => {
                groups.iter().for_each(|group| self.group(group))
            }
            PropertyGroup::Filters { filters, .. } => filters
                .iter()
                .for_each(|member| self.filter(&member.filter)),
            PropertyGroup::Everyone | PropertyGroup::UnsupportedType | PropertyGroup::Throws(_) => {
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::compiled::Input;
    use crate::testing::{definitions, flags};

    #[test]
    fn a_flag_reads_what_its_cohorts_and_dependencies_read() {
        let definitions = definitions(
            r#"{"flags":[
                {"key":"a","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"b","value":true,"dependency_chain":["b"]},{"type":"cohort","value":1}]}]}},
                {"key":"b","active":true,"filters":{"groups":[{"properties":[{"key":"of-b","value":"x"}]}]}},
                {"key":"c","active":true,"filters":{"groups":[{"properties":[{"key":"of-c","value":"x"}]}]}}],
              "cohorts":{"1":{"type":"AND","values":[{"key":"of-cohort","value":"x"}]}}}"#,
        );
        let read: Vec<_> = definitions
            .slots_of(0)
            .into_iter()
            .map(|slot| &definitions.inputs[slot])
            .collect();
        assert!(read.contains(&&Input::DistinctId));
        assert!(read.contains(&&Input::Person("of-b".into())));
        assert!(read.contains(&&Input::Person("of-cohort".into())));
        assert!(!read.contains(&&Input::Person("of-c".into())));
    }

    #[test]
    fn a_flag_reads_the_groups_that_it_and_its_conditions_are_about() {
        let definitions = flags(
            r#"{"key":"group","active":true,"filters":{"aggregation_group_type_index":0,"groups":[
                   {"properties":[{"key":"tier","value":"gold"}]}]}},
               {"key":"mixed","active":true,"filters":{"groups":[
                   {"aggregation_group_type_index":0,"properties":[{"key":"tier","value":"gold"}]}]}},
               {"key":"device","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{}]}}"#,
        );
        let read = |flag| -> Vec<_> {
            let slots = definitions.slots_of(flag).into_iter();
            slots.map(|slot| &definitions.inputs[slot]).collect()
        };
        let company = || "company".into();
        for flag in [0, 1] {
            let mut expected = [
                &Input::DistinctId,
                &Input::GroupKey(company()),
                &Input::GroupGiven(company()),
                &Input::Group(company(), "tier".into()),
            ];
            let mut read = read(flag);
            let order = |input: &&Input| format!("{input:?}");
            expected.sort_by_key(order);
            read.sort_by_key(order);
            assert_eq!(read, expected);
        }
        assert_eq!(
            read(2),
            [&Input::DistinctId, &Input::Person("$device_id".into())]
        );
    }

    #[test]
    fn cohorts_and_flags_that_reach_each_other_are_read_once() {
        let definitions = definitions(
            r#"{"flags":[
                {"key":"a","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"b","value":true,"dependency_chain":["b"]}]}]}},
                {"key":"b","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"a","value":true,"dependency_chain":["a"]},
                    {"type":"cohort","value":1},{"type":"cohort","value":9}]}]}}],
              "cohorts":{"1":{"type":"OR","values":[{"type":"AND","values":[
                {"type":"cohort","value":1},{"key":"of-cohort","value":"x"}]}]}}}"#,
        );
        let read: Vec<_> = definitions
            .slots_of(0)
            .into_iter()
            .map(|slot| &definitions.inputs[slot])
            .collect();
        assert_eq!(
            read,
            [&Input::DistinctId, &Input::Person("of-cohort".into())]
        );
    }

    #[test]
    fn a_flag_that_is_not_there_reads_the_distinct_id_alone() {
        let definitions = flags(r#"{"key":"a","active":true,"filters":{"groups":[{}]}}"#);
        for flag in [1, 2, usize::MAX] {
            assert_eq!(definitions.slots_of(flag), [0]);
        }
    }
}
